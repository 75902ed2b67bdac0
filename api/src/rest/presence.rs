//! What an agent says of themselves.

use super::answer::done;
use super::command::{Given, answered};
use super::directory::own_agent;
use super::input::{Input, Key, without_nul};
use super::leaving;
use super::outcome::Refused;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Agent, words};
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::identity::Permission;
use dashoffice_domain::routing::{AgentCommand, Chosen, LONGEST_LEASE_S};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Presence {
    #[serde(rename = "presence")]
    #[schema(value_type = words::ChosenPresence)]
    chosen: String,
    /// At most 60 characters.
    #[serde(default)]
    reason: Option<String>,
    /// To be there without a socket for so many seconds; each request of yours begins them anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 300)]
    for_s: Option<u32>,
    /// With `for_s`: whether chats may be offered to you meanwhile. Absent: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    routable: Option<bool>,
}

/// A presence that needs no socket.
#[derive(Clone, Copy)]
struct Lease {
    lasts: Duration,
    routable: bool,
}

impl Presence {
    fn lease(&self) -> Result<Option<Lease>, Problem> {
        match (self.for_s, self.routable) {
            (Some(1..=LONGEST_LEASE_S), routable) => {
                let lasts = Duration::from_secs(self.for_s.unwrap_or_default().into());
                Ok(Some(Lease { lasts, routable: routable.unwrap_or_default() }))
            }
            (Some(_), _) => Err(Problem::invalid("for_s", "out_of_range")),
            (None, Some(_)) => Err(Problem::invalid("for_s", "required")),
            (None, None) => Ok(None),
        }
    }
}

/// Choose a presence.
#[utoipa::path(put, path = "/me/presence", tag = "me", security(("bearer" = [])), request_body = Presence,
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Agent), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn choose(
    State(api): State<Api>,
    signed: Signed,
    Key(key): Key,
    Input(body): Input<Presence>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("presence", &body), Permission::Reply).await?;
    let (asked, lease) = (body.chosen.clone(), body.lease());
    let deciding = Box::pin(async {
        let presence = Chosen::named(&body.chosen).ok_or_else(|| Problem::invalid("presence", "unknown"))?;
        body.lease()?;
        let reason = body.reason.map(without_nul);
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > 60) {
            return Err(Problem::invalid("reason", "too_long").into());
        }
        own_agent(&api, &signed).await?.ok_or(Problem::forbidden())?;
        let command = AgentCommand::Choose { presence, reason };
        let answer = given.handles.agents.command(signed.tenant(), signed.agent(), given.caller, command).await;
        answered(answer)
    });
    let came = given.once::<()>(deciding).await?;
    attends(&api, &given, &asked, lease?).await?;
    // Their last session may have ended meanwhile: whoever saw them go did not see this.
    if api.sessions().stands(signed.tenant(), signed.session).await?.is_none() {
        leaving::leaves(&api, signed.scope, signed.user).await?;
        return Err(Problem::unauthenticated().into());
    }
    let agent = own_agent(&api, &signed).await?.ok_or(Problem::forbidden())?;
    Ok(done(StatusCode::OK, came.replayed, &agent))
}

/// Begins the lease that was asked for, or ends the one there is with `offline`. It is in memory alone, so a repetition begins it again,
/// unless something else was chosen since.
async fn attends(api: &Api, given: &Given<'_>, asked: &str, lease: Option<Lease>) -> Result<(), Refused> {
    let agent = own_agent(api, &given.signed).await?.ok_or(Problem::forbidden())?;
    let router = given.handles.router(given.signed.tenant())?;
    match lease {
        _ if agent.chosen_presence != asked => {}
        _ if asked == Chosen::Offline.name() => router.ends_lease(given.signed.agent()),
        Some(Lease { lasts, routable }) => router.leases(given.signed.agent(), lasts, routable),
        None => {}
    }
    Ok(())
}
