//! The same commands as they are spoken on the live socket: the same handlers decide, so rules, ids and answers are the same.

use super::conversations::{close, pick, react, read};
use super::cursor;
use super::input::{Id, Input, Key, shape};
use super::messages::{post, resend, settle};
use super::presence;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use axum::body::to_bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_store::views::Cursor;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Longer than any answer of a command, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// The answer of a command, or why not. `key` is its id, in the one space of all idempotency keys of its user.
pub(crate) async fn carry_out(api: &Api, signed: Signed, key: Uuid, name: &str, body: &str) -> Result<Value, Problem> {
    let mut body: Map<String, Value> = serde_json::from_str(body).map_err(|_| Problem::malformed())?;
    let (state, key) = (State(api.clone()), Key(key));
    let response = match name {
        "send" => post::post(state, signed, key, Input(parsed(body)?)).await.into_response(),
        "pick" => {
            let id = Id(addressed(&mut body)?);
            pick::pick(state, signed, id, key, Input(parsed(body)?)).await.into_response()
        }
        "close" => {
            let id = Id(addressed(&mut body)?);
            close::close(state, signed, id, key, Input(parsed(body)?)).await.into_response()
        }
        "read" => {
            let id = Id(addressed(&mut body)?);
            read::read(state, signed, id, key, Input(parsed(body)?)).await.into_response()
        }
        "react" => {
            let id = Id(addressed(&mut body)?);
            react::react(state, signed, id, key, Input(parsed(body)?)).await.into_response()
        }
        "settle" => {
            let id = Id(message(&mut body)?);
            settle::settle(state, signed, id, key, Input(parsed(body)?)).await.into_response()
        }
        "resend" => {
            let id = Id(message(&mut body)?);
            resend::resend(state, signed, id, key, Input(parsed(body)?)).await.into_response()
        }
        "presence" => presence::choose(state, signed, key, Input(parsed(body)?)).await.into_response(),
        _ => return Err(Problem::invalid("name", "unknown")),
    };
    outcome(response).await
}

/// The id that stands in the path elsewhere.
fn addressed(body: &mut Map<String, Value>) -> Result<ConversationId, Problem> {
    field(body, "conversation_id")
}

fn field<T: DeserializeOwned>(body: &mut Map<String, Value>, name: &'static str) -> Result<T, Problem> {
    let id = body.remove(name).ok_or_else(|| Problem::invalid(name, "required"))?;
    serde_json::from_value(id).map_err(|_| Problem::invalid(name, "unreadable"))
}

/// The message's, where that stands in the path; its conversation stands beside it, for the order of commands.
fn message(body: &mut Map<String, Value>) -> Result<MessageId, Problem> {
    addressed(body)?;
    field(body, "message_id")
}

fn parsed<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(body)).map_err(|error| shape(&error))
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
