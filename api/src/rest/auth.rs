//! Sign-in and sign-out.

use super::input::Unsigned;
use super::leaving;
use crate::auth::{Origin, Signed, Tokens};
use crate::peer::Peer;
use crate::problem::Problem;
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dashoffice_domain::ports::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    email: String,
    password: String,
    /// What an earlier sign-in on this device was answered.
    device: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    refresh_token: String,
}

/// Begin a session.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Credentials,
    responses((status = 200, body = Tokens), (status = 401), (status = 429)))]
pub(super) async fn login(
    State(api): State<Api>,
    peer: Peer,
    Unsigned(body): Unsigned<Credentials>,
) -> Result<Json<Tokens>, Problem> {
    let from = Origin {
        address: peer.0.map(|origin| origin.address),
        is_sure: peer.0.is_some_and(|origin| origin.is_sure),
        device: body.device.as_deref(),
    };
    api.sign_in().sign_in(&body.email, Secret(body.password), from).await.map(Json)
}

/// Go on with a session; the refresh token is used up, and answered the same where it comes again within ten seconds.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = Refresh,
    responses((status = 200, body = Tokens), (status = 401)))]
pub(super) async fn refresh(
    State(api): State<Api>,
    Unsigned(body): Unsigned<Refresh>,
) -> Result<Json<Tokens>, Problem> {
    api.sign_in().refresh(&body.refresh_token).await.map(Json)
}

/// End the bearer's session at once. With the last session of an agent their chosen presence becomes `offline`.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    responses((status = 204)))]
pub(super) async fn logout(State(api): State<Api>, signed: Signed) -> Result<StatusCode, Problem> {
    api.sign_in().sign_out(&signed).await?;
    // The session has ended, and its token would be refused if this were asked again: whatever comes of the rest, that is the answer.
    if let Err(problem) = leaving::leaves(&api, signed.scope, signed.user).await {
        tracing::warn!(code = problem.code, "signed out, and the chosen presence could not be set to offline");
    }
    Ok(StatusCode::NO_CONTENT)
}
