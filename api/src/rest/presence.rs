//! What an agent says of themselves.

use super::answer::done;
use super::command::{Given, answered};
use super::directory::own_agent;
use super::input::{Input, Key, without_nul};
use super::outcome::Refused;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Agent, words};
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::access::Permission;
use dashoffice_domain::routing::{AgentCommand, Chosen};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Presence {
    #[schema(value_type = words::ChosenPresence)]
    presence: String,
    /// At most 60 characters.
    #[serde(default)]
    reason: Option<String>,
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
    let deciding = Box::pin(async {
        let presence = Chosen::named(&body.presence).ok_or_else(|| Problem::invalid("presence", "unknown"))?;
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
    let agent = own_agent(&api, &signed).await?.ok_or(Problem::forbidden())?;
    Ok(done(StatusCode::OK, came.replayed, &agent))
}
