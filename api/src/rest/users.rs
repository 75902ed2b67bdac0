//! Who signs in.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{List, User};
use crate::state::Api;
use axum::Json;
use axum::extract::State;

/// All users, by name; needs `users.read`.
#[utoipa::path(get, path = "/users", tag = "directory",
    responses((status = 200, body = List<User>)))]
pub(super) async fn list(State(api): State<Api>, signed: Signed) -> Result<Json<List<User>>, Problem> {
    let users = api.store().users(signed.scope).await?;
    Ok(Json(List::whole(users.iter().map(User::from).collect())))
}
