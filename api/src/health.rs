//! `/healthz` says that the process lives, `/readyz` that it may be given work.

use crate::readiness::{Readiness, StartupState};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Always 200: whoever can answer lives.
pub async fn healthz() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// 200 when owned and standing, with a store that takes what is written, else 503; the body says how far it is, and why not further.
pub async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, Json<Value>) {
    let standing = readiness.standing();
    let status = if standing == StartupState::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = match standing.reason() {
        Some(reason) => json!({ "status": standing.name(), "reason": reason }),
        None => json!({ "status": standing.name() }),
    };
    (status, Json(body))
}
