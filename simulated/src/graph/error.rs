//! Graph's way to say no.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

/// One error answer, as Graph shapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GraphError {
    status: StatusCode,
    code: i64,
    subcode: Option<i64>,
    kind: &'static str,
    message: String,
    /// Sent as `Retry-After`.
    retry_after_s: Option<u64>,
}

impl GraphError {
    fn new(status: StatusCode, code: i64, message: &str) -> Self {
        Self { status, code, subcode: None, kind: "OAuthException", message: message.to_owned(), retry_after_s: None }
    }

    pub(super) fn token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 190, "the access token is not the one of this simulator, or has expired")
    }

    pub(super) fn no_such_object() -> Self {
        let error = Self::new(StatusCode::BAD_REQUEST, 100, "there is no object with this id here");
        Self { subcode: Some(33), kind: "GraphMethodException", ..error }
    }

    pub(super) fn parameter(details: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 100, details)
    }

    pub(super) fn window_closed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 131_047, "the customer wrote too long ago")
    }

    /// A value that is there, and does not fit.
    pub(super) fn value(details: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 131_009, details)
    }

    pub(super) fn parameter_count() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 132_000, "the number of parameters is not the template's")
    }

    pub(super) fn no_such_template() -> Self {
        Self::new(StatusCode::NOT_FOUND, 132_001, "there is no such approved template in this language")
    }

    pub(super) fn passing() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 2, "a passing fault was asked for")
    }

    pub(super) fn throttled() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, 130_429, "too many messages at once")
    }

    /// Asks to be left alone for so many seconds; 0: does not say for how long.
    pub(super) fn for_seconds(self, seconds: u64) -> Self {
        Self { retry_after_s: (seconds > 0).then_some(seconds), ..self }
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut error = json!({
            "message": format!("(#{}) {}", self.code, self.message),
            "type": self.kind,
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.message },
            "fbtrace_id": "Simulated",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
