//! Whoever is signed in nowhere is not there: their choice becomes `offline` and their lease of presence ends, whoever ended their last
//! session (themselves, an operator, a changed password, a file).

use super::command::settled;
use crate::problem::Problem;
use crate::state::Api;
use dashoffice_actors::asking::Caller;
use dashoffice_domain::ids::{AgentId, UserId};
use dashoffice_domain::routing::{AgentCommand, Chosen};
use dashoffice_runtime::{Upkeep, task};
use dashoffice_store::UserChanged;
use dashoffice_store::views::TenantScope;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::sleep;

/// Between two tries, while the store or the office is away.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Looks at everybody whose rights change, or one of whose sessions ends, from now on.
pub(crate) fn keep_looking(api: Api) {
    let mut changes = Some(api.sessions().changes());
    task::keep("leaving", Upkeep::ForEver, move || {
        // After a fall nobody knows what was missed.
        let missed = if changes.is_none() { leased(&api) } else { BTreeSet::new() };
        let changes = changes.take().unwrap_or_else(|| api.sessions().changes());
        look_on(api.clone(), changes, missed)
    });
}

async fn look_on(api: Api, mut changes: Receiver<UserChanged>, mut waiting: BTreeSet<UserChanged>) {
    loop {
        tokio::select! {
            changed = changes.recv() => match changed {
                Ok(changed) => waiting.extend([changed]),
                Err(RecvError::Lagged(_)) => waiting.extend(leased(&api)),
                Err(RecvError::Closed) => return,
            },
            () = sleep(BETWEEN_TRIES), if !waiting.is_empty() => {}
        }
        for whose in std::mem::take(&mut waiting) {
            if let Err(problem) = look(&api, whose).await {
                tracing::debug!(code = problem.code, "whether somebody has left is looked at again");
                waiting.insert(whose);
            }
        }
    }
}

/// Whoever is there without a socket: a socket looks at its own session.
fn leased(api: &Api) -> BTreeSet<UserChanged> {
    let Ok(handles) = api.handles().get() else { return BTreeSet::new() };
    let leased = handles.routers.iter().map(|(tenant, router)| (tenant, router.leased()));
    leased.flat_map(|(tenant, agents)| agents.into_iter().map(|agent| (*tenant, UserId(agent.0)))).collect()
}

async fn look(api: &Api, (tenant, user): UserChanged) -> Result<(), Problem> {
    let scopes = api.store().tenants().await?;
    match scopes.into_iter().find(|scope| scope.tenant() == tenant) {
        Some(scope) => leaves(api, scope, user).await,
        None => Ok(()),
    }
}

/// Has somebody leave who is signed in nowhere. Sessions are looked at after one has ended, so that of two that end at once the later one
/// sees that none is left.
pub(super) async fn leaves(api: &Api, scope: TenantScope, user: UserId) -> Result<(), Problem> {
    if api.store().is_signed_in(scope, user).await? {
        return Ok(());
    }
    let who = api.store().who(scope, user).await?;
    let Some(chosen) = who.as_ref().and_then(|who| who.agent.as_ref()).map(|agent| agent.chosen) else { return Ok(()) };
    let handles = api.handles().get()?;
    // What is in memory goes first: it needs no store.
    handles.router(scope.tenant())?.ends_lease(AgentId(user.0));
    if chosen != Chosen::Offline {
        let command = AgentCommand::Choose { presence: Chosen::Offline, reason: None };
        let caller = Caller::of(user, (api.stamps().correlation)(), &"signed out");
        settled(handles.agents.command(scope.tenant(), AgentId(user.0), caller, command).await)?;
    }
    Ok(())
}
