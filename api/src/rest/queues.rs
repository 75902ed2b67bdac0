//! The tenant's queues.

use super::answer::{as_of, live};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{List, Queue};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;

/// All queues, by name.
#[utoipa::path(get, path = "/queues", tag = "directory",
    responses((status = 200, body = List<Queue>)))]
pub(super) async fn list(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    let shown = api.store().directory(signed.scope).await?;
    let live = live(&api, &signed);
    let items = shown.what.queues.iter().map(|queue| Queue::of(queue, live.as_deref())).collect();
    Ok(as_of(&api, shown.as_of, &List::<Queue>::whole(items)))
}
