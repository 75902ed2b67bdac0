//! The tenant's numbers, and what may be said by each when the service window is closed.

use super::answer::as_of;
use super::input::Id;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{List, Number, Template};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::ids::NumberId;

/// The approved templates of a number's account that can be filled with texts, as of a few minutes ago at most.
#[utoipa::path(get, path = "/numbers/{id}/templates", tag = "directory",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = List<Template>), (status = 404), (status = 409),
        (status = 502), (status = 503)))]
pub(super) async fn templates(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<NumberId>,
) -> Result<Json<List<Template>>, Problem> {
    let handles = api.handles().get()?;
    let delivery = (handles.delivery)(signed.tenant(), id).ok_or(Problem::not_found())?;
    let told = delivery.templates().await?;
    Ok(Json(List::whole(told.iter().filter(|template| template.offered).map(Template::from).collect())))
}

/// All numbers, by name.
#[utoipa::path(get, path = "/numbers", tag = "directory",
    responses((status = 200, body = List<Number>)))]
pub(super) async fn list(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    let shown = api.store().directory(signed.scope).await?;
    let items = shown.what.numbers.iter().map(Number::from).collect();
    Ok(as_of(&api, shown.as_of, &List::<Number>::whole(items)))
}
