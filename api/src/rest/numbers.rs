//! The tenant's numbers.

use super::answer::as_of;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{List, Number};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;

/// All numbers, by name.
#[utoipa::path(get, path = "/numbers", tag = "directory", security(("bearer" = [])),
    responses((status = 200, body = List<Number>), (status = 401)))]
pub(super) async fn list(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    let shown = api.store().directory(signed.scope).await?;
    let items = shown.what.numbers.iter().map(Number::from).collect();
    Ok(as_of(&api, shown.as_of, &List::<Number>::whole(items)))
}
