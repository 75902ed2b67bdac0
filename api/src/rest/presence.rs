//! What an agent says of themselves.

use super::answer::done;
use super::asked::{Asked, Command};
use super::command::{Came, Given, answered};
use super::directory::own_agent;
use super::input::without_nul;
use super::leaving;
use super::outcome::Refused;
use crate::problem::Problem;
use crate::shape::{Agent, words};
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_domain::routing::{AgentCommand, Chosen, LONGEST_LEASE_S};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Presence {
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
#[utoipa::path(put, path = "/me/presence", tag = "me", request_body = Presence,
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Agent), (status = 422)))]
pub(super) async fn choose(asked: Asked<Presence>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Presence {
    const NAME: &'static str = "presence";
    type Of = ();
    type Done = ();

    fn question<'a>(&'a self, (): &'a ()) -> impl Serialize + Send + Sync + 'a {
        self
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, (): ()) -> BoxFuture<'a, Result<(), Refused>> {
        Box::pin(async move {
            let presence = Chosen::named(&self.chosen).ok_or_else(|| Problem::invalid("presence", "unknown"))?;
            self.lease()?;
            let reason = self.reason.clone().map(without_nul);
            if reason.as_ref().is_some_and(|reason| reason.chars().count() > 60) {
                return Err(Problem::invalid("reason", "too_long").into());
            }
            own_agent(given.api, &given.signed).await?.ok_or(Problem::forbidden())?;
            let command = AgentCommand::Choose { presence, reason };
            let (tenant, agent) = (given.signed.tenant(), given.signed.agent());
            answered(given.handles.agents.command(tenant, agent, given.caller.clone(), command).await)
        })
    }

    fn answer<'a>(&'a self, given: &'a Given<'a>, came: Came<()>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(async move {
            let (api, signed) = (given.api, &given.signed);
            attends(given, &self.chosen, self.lease()?).await?;
            // Their last session may have ended meanwhile: whoever saw them go did not see this.
            if api.sessions().stands(signed.tenant(), signed.session).await?.is_none() {
                leaving::leaves(api, signed.scope, signed.user).await?;
                return Err(Problem::unauthenticated().into());
            }
            let agent = own_agent(api, signed).await?.ok_or(Problem::forbidden())?;
            Ok(done(StatusCode::OK, came.replayed, &agent))
        })
    }
}

/// Begins the lease that was asked for, or ends the one there is with `offline`. It is in memory alone, so a repetition begins it again,
/// unless something else was chosen since.
async fn attends(given: &Given<'_>, asked: &str, lease: Option<Lease>) -> Result<(), Refused> {
    let agent = own_agent(given.api, &given.signed).await?.ok_or(Problem::forbidden())?;
    let router = given.handles.router(given.signed.tenant())?;
    match lease {
        _ if agent.chosen_presence != asked => {}
        _ if asked == Chosen::Offline.name() => router.ends_lease(given.signed.agent()),
        Some(Lease { lasts, routable }) => router.leases(given.signed.agent(), lasts, routable),
        None => {}
    }
    Ok(())
}
