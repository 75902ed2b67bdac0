//! Every error an outsider sees: RFC 9457 problem details with a stable `code`, all of them in this file.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An answer that is not the one hoped for. `code` never changes its meaning; `title` may be worded better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub title: &'static str,
    /// Sent as `Retry-After`: trying again after so many seconds can help.
    pub retry_after_s: Option<u32>,
    /// The connection is of no further use: the rest of the request was not read.
    pub closes: bool,
}

impl Problem {
    const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, retry_after_s: None, closes: false }
    }

    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
    }

    pub const fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not answer to this method.")
    }

    pub const fn signature_refused() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signature_refused", "The signature is missing or wrong.")
    }

    pub const fn verification_refused() -> Self {
        Self::new(StatusCode::FORBIDDEN, "verification_refused", "The mode or the verify token is not ours.")
    }

    pub const fn malformed_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_body", "The body is not what this provider sends.")
    }

    pub const fn body_too_large() -> Self {
        let problem =
            Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is longer than this server takes.");
        Self { closes: true, ..problem }
    }

    pub const fn body_too_slow() -> Self {
        let problem = Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time.");
        Self { closes: true, ..problem }
    }

    pub const fn body_broken() -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "body_broken", "The body ended before it was whole.");
        Self { closes: true, ..problem }
    }

    /// The server stands, but cannot take this now.
    pub const fn unavailable(retry_after_s: u32) -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The server cannot take this now; nothing was lost by asking.",
        );
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// Admission: too much is waiting to be worked on (A6).
    pub const fn backlog(retry_after_s: u32) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "backlog", "Too much is waiting; try again later.");
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// A bug of ours: logged where it happened.
    pub const fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "code": self.code,
        });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
