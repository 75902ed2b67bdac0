//! Every error an outsider sees: RFC 9457 problem details with a stable `code`, all of them in this file.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dashoffice_domain::Refusal;
use dashoffice_domain::channel::template::NoTemplates;
use dashoffice_domain::refusal::Class;
use dashoffice_runtime::{AskError, Unavailable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;
use utoipa::ToSchema;
use uuid::Uuid;

/// An answer that is not the one hoped for. `code` never changes its meaning; `title` may be worded better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    /// English, for developers: the console translates by the code.
    pub title: &'static str,
    /// Sent as `Retry-After`: trying again after so many seconds can help.
    pub retry_after_s: Option<u32>,
    /// Which fields are wrong, with a code each; of `invalid` alone.
    pub errors: Vec<FieldError>,
    /// The connection is of no further use: the rest of the request was not read.
    pub closes: bool,
}

/// A field and what is wrong with it. The value is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    pub field: String,
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
}

/// A problem as it is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemShape<'a> {
    /// `urn:dashoffice:problem:` and the code.
    r#type: String,
    /// English, for developers.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Never changes its meaning: what programs read.
    code: &'a str,
    detail: Option<&'a str>,
    /// As the header `Retry-After`.
    retry_after_s: Option<u32>,
    /// Which fields or parameters are wrong, with `invalid`.
    errors: &'a [FieldError],
    /// As the header `X-Request-Id`; null outside `/api/v1`.
    request_id: Option<Uuid>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $title:literal;)+) => {
        impl Problem {
            $($(#[$doc])*
            pub const fn $name() -> Self {
                Self::new(StatusCode::$status, stringify!($name), $title)
            })+
        }
    };
}

problems! {
    malformed = BAD_REQUEST, "The body is not JSON, or not of this shape.";
    idempotency_key_required = BAD_REQUEST, "The header Idempotency-Key is absent or no UUID.";
    malformed_body = BAD_REQUEST, "The body is not what this provider sends.";
    unauthenticated = UNAUTHORIZED, "There is no token, or it is not ours, or its session has ended.";
    token_expired = UNAUTHORIZED, "The access token has expired.";
    /// The same for an unknown address, a wrong password and a user who was disabled.
    wrong_credentials = UNAUTHORIZED, "E-mail and password do not belong together.";
    refresh_reused = UNAUTHORIZED, "This refresh token was used before: its family is revoked.";
    signature_refused = UNAUTHORIZED, "The signature is missing or wrong.";
    forbidden = FORBIDDEN, "The permission is missing.";
    /// A page of another server may open no socket.
    origin_refused = FORBIDDEN, "The page that asks is not this server's own.";
    /// `GET /api/v1/ws` by something that is no WebSocket client, or one of another version.
    upgrade_required = UPGRADE_REQUIRED, "Only a WebSocket of version 13 is opened here.";
    handshake_broken = BAD_REQUEST, "The WebSocket handshake is not whole: a header of it is absent or wrong.";
    verification_refused = FORBIDDEN, "The mode or the verify token is not ours.";
    not_found = NOT_FOUND, "Nothing is known by this id or at this address.";
    method_not_allowed = METHOD_NOT_ALLOWED, "This address does not answer to this method.";
    range_not_satisfiable = RANGE_NOT_SATISFIABLE, "The file has no such part.";
    idempotency_key_reused = UNPROCESSABLE_ENTITY, "This key was used for another request.";
    /// A bug of ours: logged where it happened.
    internal = INTERNAL_SERVER_ERROR, "Something went wrong on our side.";
    precondition_required = PRECONDITION_REQUIRED, "The header If-Match says which version is meant to be changed; * for whichever.";
    /// Which account a number belongs to is learned from its first webhook, where it is not configured.
    account_unknown = CONFLICT, "It is not known yet to which account of the provider this number belongs.";
    provider_refused = BAD_GATEWAY, "The provider refuses to tell: the number's token or account is not in order.";
    timed_out = GATEWAY_TIMEOUT, "There was no outcome in time; it may still happen.";
}

impl Problem {
    pub(crate) const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, retry_after_s: None, errors: Vec::new(), closes: false }
    }

    fn after(self, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..self }
    }

    /// The connection ends with this answer.
    fn last(self) -> Self {
        Self { closes: true, ..self }
    }

    pub fn body_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is longer than this server takes.").last()
    }

    pub fn body_too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time.").last()
    }

    pub fn body_broken() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "body_broken", "The body ended before it was whole.").last()
    }

    /// The server stands, but cannot take this now.
    pub fn unavailable(retry_after_s: u32) -> Self {
        let title = "The server cannot take this now; nothing was decided.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title).after(retry_after_s)
    }

    /// What connections are left are kept for webhooks and operators.
    pub fn no_connection() -> Self {
        Self::unavailable(1).last()
    }

    /// The conversation has too much to do at this moment; nothing was decided.
    pub fn busy() -> Self {
        let title = "There is too much to do at this moment; nothing was decided.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", title).after(1)
    }

    /// What must be asked of the provider cannot be asked now.
    pub fn provider_unavailable() -> Self {
        let title = "The provider does not answer at the moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable", title).after(5)
    }

    /// Admission: too much is waiting to be worked on (A6).
    pub fn backlog(retry_after_s: u32) -> Self {
        let title = "Too much is waiting; try again later.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "backlog", title).after(retry_after_s)
    }

    pub fn rate_limited(retry_after_s: u32) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many attempts.").after(retry_after_s)
    }

    /// A value out of range.
    pub fn invalid(field: impl Into<String>, code: &'static str) -> Self {
        Self::all_invalid(vec![FieldError { field: field.into(), code: code.into() }])
    }

    /// Several at once.
    pub fn all_invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Refusal::INVALID.into() }
    }

    /// As a body; the request's id is put in by [`crate::request_id`].
    pub fn to_json(&self, request_id: Option<Uuid>) -> Value {
        json!(ProblemShape {
            r#type: format!("urn:dashoffice:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: None,
            retry_after_s: self.retry_after_s,
            errors: &self.errors,
            request_id,
        })
    }
}

/// The store is away, or not ours: nothing was decided.
impl From<Unavailable> for Problem {
    fn from(error: Unavailable) -> Self {
        tracing::warn!(%error, "a request could not be answered");
        Self::unavailable(1)
    }
}

/// A provider's templates cannot be told.
impl From<NoTemplates> for Problem {
    fn from(why: NoTemplates) -> Self {
        match why {
            NoTemplates::Away => Self::provider_unavailable(),
            NoTemplates::Refused(_) => Self::provider_refused(),
            NoTemplates::AccountUnknown => Self::account_unknown(),
        }
    }
}

/// The business's no.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.class() {
            Class::Conflict => StatusCode::CONFLICT,
            Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::Stale => StatusCode::PRECONDITION_FAILED,
            Class::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, refusal.code(), refusal.says())
    }
}

/// Nobody knows: all but a fault and a reused key may be asked again under the same key. A fault was decided by its repetition.
impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Busy | AskError::Quarantined => Self::busy(),
            AskError::TimedOut => Self::timed_out(),
            AskError::Draining => Self::unavailable(1),
            AskError::Fault => Refusal::COMMAND_FAILED.into(),
            AskError::KeyReused => Self::idempotency_key_reused(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.to_json(None))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // Also where no route was asked.
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_has_a_problem_of_its_own_is_said_alike_wherever_it_comes_from() {
        assert_eq!(Problem::from(Refusal::NOT_FOUND), Problem::not_found());
        assert_eq!(Problem::from(Refusal::FORBIDDEN), Problem::forbidden());
    }
}
