//! The same commands as they are spoken on the live socket: the table of routes says which there are, and each is carried out as over REST.

use super::addressed::Addressed as _;
use super::asked::{Asked, Command};
use super::cursor;
use super::input::shape;
use super::table::{Access, TABLE};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use axum::body::to_bytes;
use axum::response::{IntoResponse, Response};
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::ports::BoxFuture;
use dashoffice_store::views::Cursor;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Longer than any answer of a command, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// A command as it comes: who gives it, what they must be allowed, its id, and its body.
pub(super) struct Frame {
    api: Api,
    signed: Signed,
    access: Access,
    key: Uuid,
    body: Map<String, Value>,
}

/// How a command is carried out that the socket takes.
pub(super) struct Spoken {
    pub(super) name: &'static str,
    carry: fn(Frame) -> BoxFuture<'static, Result<Response, Problem>>,
}

impl Spoken {
    pub(super) const fn of<C: Command>() -> Self {
        Self { name: C::NAME, carry: carry::<C> }
    }
}

fn carry<C: Command>(frame: Frame) -> BoxFuture<'static, Result<Response, Problem>> {
    Box::pin(async move {
        let Frame { api, signed, access, key, mut body } = frame;
        let of = C::Of::in_body(&mut body)?;
        let command: C = serde_json::from_value(Value::Object(body)).map_err(|error| shape(&error))?;
        Ok(Asked::spoken(&api, signed, access, key, of, command).carried_out().await.into_response())
    })
}

/// The answer of a command, or why not. `key` is its id, in the one space of all idempotency keys of its user.
pub(crate) async fn carry_out(api: &Api, signed: Signed, key: Uuid, name: &str, body: &str) -> Result<Value, Problem> {
    let body: Map<String, Value> = serde_json::from_str(body).map_err(|_| Problem::malformed())?;
    let mut spoken = TABLE.iter().filter_map(|declared| Some((declared.spoken.as_ref()?, declared.access)));
    let (spoken, access) =
        spoken.find(|(spoken, _)| spoken.name == name).ok_or_else(|| Problem::invalid("name", "unknown"))?;
    let response = (spoken.carry)(Frame { api: api.clone(), signed, access, key, body }).await?;
    outcome(response).await
}

async fn outcome(response: Response) -> Result<Value, Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Err(problem.clone());
    }
    let body = to_bytes(response.into_body(), LONGEST_ANSWER).await.map_err(|_| Problem::internal())?;
    serde_json::from_slice(&body).map_err(|_| Problem::internal())
}

/// Where the older messages of a conversation begin, as `GET …/messages?cursor=` takes it.
pub(crate) fn older_than(conversation: ConversationId, position: i64, message: MessageId) -> String {
    cursor::encode(Cursor { key: position, id: message.0 }, &super::conversations::messages_query(conversation))
}
