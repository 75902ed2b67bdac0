//! What is to be done in the world and is not done, by kind.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::JobKinds;
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use dashoffice_domain::Span;

/// What failed longer ago is told in its chat alone.
const DEAD_FOR: Span = Span::days(7);

/// Jobs that are not done, by kind and state, and how many run in this process. Of the dead those that were wanted in the last seven days.
#[utoipa::path(get, path = "/ops/jobs", tag = "ops",
    responses((status = 200, body = JobKinds), (status = 503)))]
pub(crate) async fn jobs(State(api): State<Api>, signed: Signed) -> Result<Json<JobKinds>, Problem> {
    let dead_since = (api.stamps().now)().plus(Span(-DEAD_FOR.0));
    let heaps = api.store().jobs(signed.scope, dead_since).await?;
    let handles = api.handles().get()?;
    let seen = (handles.seen)(signed.tenant(), 1).ok_or(Problem::unavailable(1))?;
    Ok(Json(JobKinds::of(&heaps, &seen.jobs)))
}
