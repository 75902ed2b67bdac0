//! Meta's Cloud API at our door: the handshake that proves the address is ours, and the signed bodies.

use super::Webhooks;
use crate::peer::Peer;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use subtle::ConstantTimeEq;

const PROVIDER: &str = "cloud";

const SIGNATURE: &str = "x-hub-signature-256";

/// The query of Meta's handshake.
#[derive(Debug, Deserialize)]
pub(crate) struct Handshake {
    #[serde(rename = "hub.mode")]
    mode: String,
    #[serde(rename = "hub.verify_token")]
    verify_token: String,
    #[serde(rename = "hub.challenge")]
    challenge: String,
}

/// Gives the challenge back, verbatim, to whoever knows the verify token; 403 to all others.
pub(crate) async fn verify(
    State(webhooks): State<Arc<Webhooks>>,
    peer: Peer,
    Path(token): Path<String>,
    handshake: Result<Query<Handshake>, QueryRejection>,
) -> Result<String, Problem> {
    let Query(handshake) = handshake.map_err(|_| Problem::verification_refused())?;
    let found = webhooks.found(PROVIDER, &token, peer).await?;
    let ours = found.app.verify_token.0.as_bytes();
    let known = !ours.is_empty() && bool::from(ours.ct_eq(handshake.verify_token.as_bytes()));
    if handshake.mode != "subscribe" || !known {
        return Err(Problem::verification_refused());
    }
    Ok(handshake.challenge)
}

/// Takes a body: 200 only when everything in it is on disk.
pub(crate) async fn receive(
    State(webhooks): State<Arc<Webhooks>>,
    peer: Peer,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let found = webhooks.found(PROVIDER, &token, peer).await?;
    let body = webhooks.body(body).await?;
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    if !webhooks.signed(&found, signature, &body.bytes) {
        return Err(Problem::signature_refused());
    }
    webhooks.take(&found, &body.bytes).await?;
    Ok(StatusCode::OK)
}
