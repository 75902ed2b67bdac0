//! What requests bring: bodies, parameters, ids and keys, each refused in words of ours where it is not right.

use crate::problem::Problem;
use crate::state::Api;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A JSON body of somebody who is signed in: a handler asks for [`crate::auth::Signed`] before it. Unknown fields are refused, so that a misspelt option is never silently dropped.
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Api> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let held = api.bodies().read(request.into_body()).await?;
        serde_json::from_slice(&held.bytes).map(Self).map_err(|error| shape(&error))
    }
}

/// The same of somebody who is not signed in: a short one, with room of its own.
pub(super) struct Unsigned<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Api> for Unsigned<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let held = api.bodies_of_strangers().read(request.into_body()).await?;
        serde_json::from_slice(&held.bytes).map(Self).map_err(|error| shape(&error))
    }
}

/// The words of serde's error may repeat a value, so only the name of an unknown field is taken from them.
pub(super) fn shape(error: &serde_json::Error) -> Problem {
    let words = error.to_string();
    match words.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        Some((field, _)) if field.len() <= 64 => Problem::invalid(field, "unknown"),
        Some(_) => Problem::invalid("", "unknown"),
        None => Problem::malformed(),
    }
}

/// Query parameters; those that the route does not know were refused before (see [`super::unknown`]).
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let query = Query::<T>::try_from_uri(&parts.uri).map_err(|error| misread(&error.body_text()))?;
        Ok(Self(query.0))
    }
}

/// The words of the error may repeat a value, so only a parameter's name is taken from them.
fn misread(words: &str) -> Problem {
    let words = words.trim_start_matches("Failed to deserialize query string: ");
    if let Some((name, _)) = words.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        return Problem::invalid(name, "required");
    }
    let name = words.split_once(':').map_or("query", |(name, _)| name);
    let is_ours = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    Problem::invalid(if is_ours { name } else { "query" }, "unreadable")
}

/// The id in a path. What is no id names nothing.
pub(super) struct Id<T>(pub(super) T);

impl<T: From<Uuid>> FromRequestParts<Api> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, api).await.map_err(|_| Problem::not_found())?;
        text.parse().map(|id: Uuid| Self(T::from(id))).map_err(|_| Problem::not_found())
    }
}

/// The number in a path that something is known by, where it has no id. What is no number names nothing.
pub(super) struct Place(pub(super) i64);

impl FromRequestParts<Api> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, api).await.map_err(|_| Problem::not_found())?;
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

/// `Idempotency-Key`, which everything that acts must carry.
pub(super) struct Key(pub(super) Uuid);

/// The same where it may be absent.
pub(super) struct MaybeKey(pub(super) Option<Uuid>);

impl FromRequestParts<Api> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let MaybeKey(key) = MaybeKey::from_request_parts(parts, api).await?;
        key.map(Self).ok_or(Problem::idempotency_key_required())
    }
}

impl FromRequestParts<Api> for MaybeKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().and_then(|text| text.parse().ok());
        key.map(|key| Self(Some(key))).ok_or(Problem::idempotency_key_required())
    }
}

/// How many items a page has: 1 to 200.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(50) {
        limit @ 1..=200 => Ok(limit),
        _ => Err(Problem::invalid("limit", "out_of_range")),
    }
}

/// What is looked for: `least` to 100 characters.
pub(super) fn sought(q: Option<&str>, least: usize) -> Result<Option<&str>, Problem> {
    let Some(q) = q.map(str::trim).filter(|q| !q.is_empty()) else { return Ok(None) };
    match q.chars().count() {
        length if length < least => Err(Problem::invalid("q", "too_short")),
        length if length > 100 => Err(Problem::invalid("q", "too_long")),
        _ if q.contains('\0') => Err(Problem::invalid("q", "unreadable")),
        _ => Ok(Some(q)),
    }
}

/// U+0000 is in no text that is kept (C5).
pub(super) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}
