//! What stands for a tenant at this moment, for operators.

use super::input::{Params, limit};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::Actors;
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The most slots of each kind that are told, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Actors, mailboxes and clocks, and the health of what they stand on; needs `ops.read`.
#[utoipa::path(get, path = "/ops/actors", tag = "ops", params(Asked),
    responses((status = 200, body = Actors), (status = 422), (status = 503)))]
pub(super) async fn actors(
    State(api): State<Api>,
    signed: Signed,
    Params(asked): Params<Asked>,
) -> Result<Json<Actors>, Problem> {
    let limit = limit(asked.limit)?;
    let handles = api.handles().get()?;
    let seen = (handles.seen)(signed.tenant(), limit as usize).ok_or(Problem::unavailable(1))?;
    Ok(Json(Actors::of(&seen, &api.store().inspect(), (api.stamps().now)())))
}
