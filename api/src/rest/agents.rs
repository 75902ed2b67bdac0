//! The tenant's agents.

use super::answer::{as_of, live};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Agent, List};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;

/// All agents, by name.
#[utoipa::path(get, path = "/agents", tag = "directory",
    responses((status = 200, body = List<Agent>)))]
pub(super) async fn list(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    let shown = api.store().directory(signed.scope).await?;
    let live = live(&api, &signed);
    let items = shown.what.agents.iter().map(|agent| Agent::of(agent, live.as_deref())).collect();
    Ok(as_of(&api, shown.as_of, &List::<Agent>::whole(items)))
}
