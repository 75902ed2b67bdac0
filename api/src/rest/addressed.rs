//! What stands in the path of a command: over REST it is read there, on the socket it is a field of the body.

use super::input::{Id, Place};
use crate::problem::Problem;
use crate::state::Api;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dashoffice_domain::ids::{ConversationId, MessageId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::Future;

pub(super) trait Addressed: Copy + Send + Sync + Sized + 'static {
    fn in_path(parts: &mut Parts, api: &Api) -> impl Future<Output = Result<Self, Problem>> + Send;

    /// Takes it out of the body.
    fn in_body(body: &mut Map<String, Value>) -> Result<Self, Problem>;
}

/// The body says all.
impl Addressed for () {
    async fn in_path(_: &mut Parts, _: &Api) -> Result<Self, Problem> {
        Ok(())
    }

    fn in_body(_: &mut Map<String, Value>) -> Result<Self, Problem> {
        Ok(())
    }
}

impl Addressed for ConversationId {
    async fn in_path(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        Ok(Id::from_request_parts(parts, api).await?.0)
    }

    fn in_body(body: &mut Map<String, Value>) -> Result<Self, Problem> {
        field(body, "conversation_id")
    }
}

/// Its conversation stands beside it on the socket, for the order of commands.
impl Addressed for MessageId {
    async fn in_path(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        Ok(Id::from_request_parts(parts, api).await?.0)
    }

    fn in_body(body: &mut Map<String, Value>) -> Result<Self, Problem> {
        let _: ConversationId = field(body, "conversation_id")?;
        field(body, "message_id")
    }
}

/// Something that lies aside.
impl Addressed for i64 {
    async fn in_path(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        Ok(Place::from_request_parts(parts, api).await?.0)
    }

    fn in_body(body: &mut Map<String, Value>) -> Result<Self, Problem> {
        field(body, "id")
    }
}

fn field<T: DeserializeOwned>(body: &mut Map<String, Value>, name: &'static str) -> Result<T, Problem> {
    let id = body.remove(name).ok_or_else(|| Problem::invalid(name, "required"))?;
    serde_json::from_value(id).map_err(|_| Problem::invalid(name, "unreadable"))
}
