//! What a console may have done over its socket: the commands of section 6, under the same rules as everywhere.

use super::incoming::Command as Asked;
use super::shape;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use dashoffice_domain::access::Permission;
use dashoffice_domain::content::Content;
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::routing::{AgentCommand, Chosen};
use dashoffice_domain::thread::{Command, Done, ReplyCommand};
use dashoffice_store::views::{ConversationView, Sight};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    conversation_id: ConversationId,
    r#type: String,
    text: Option<String>,
    template: Option<Template>,
    reply_to: Option<MessageId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    name: String,
    language: String,
    parameters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pick {
    conversation_id: ConversationId,
    expected_epoch: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Close {
    conversation_id: ConversationId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    conversation_id: ConversationId,
    message_id: MessageId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presence {
    presence: Chosen,
    reason: Option<String>,
}

/// The answer of a command, or why not.
pub(super) async fn carry_out(api: &Api, signed: Signed, asked: Asked) -> Result<Value, Problem> {
    let Asked { id: key, name, body } = asked;
    match name.as_str() {
        "send" => send(api, signed, key, read(body.get())?).await,
        "pick" => pick(api, signed, key, read(body.get())?).await,
        "close" => {
            let Close { conversation_id } = read(body.get())?;
            let view = seen(api, signed, conversation_id).await?;
            let done = ask(api, signed, &view, key, Command::Close { by: signed.agent() }).await?;
            Ok(answer(&done))
        }
        "read" => mark(api, signed, key, read(body.get())?).await,
        "presence" => presence(api, signed, key, read(body.get())?).await,
        _ => Err(Problem::malformed()),
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body).map_err(|_| Problem::malformed())
}

fn sight(signed: Signed) -> Sight {
    if signed.may(Permission::ReadAll) { Sight::All } else { Sight::Of(signed.agent()) }
}

/// A conversation they may see; any other is not found.
async fn seen(api: &Api, signed: Signed, id: ConversationId) -> Result<ConversationView, Problem> {
    let found = api.store().conversation(signed.scope, sight(signed), id).await?;
    found.what.ok_or(Problem::not_found())
}

async fn ask(
    api: &Api,
    signed: Signed,
    view: &ConversationView,
    key: Uuid,
    command: Command,
) -> Result<Done, Problem> {
    let handles = api.handles().get()?;
    let asked = handles.conversations.command(signed.tenant(), view.row.thread, signed.user.0, key, command);
    Ok(asked.await??)
}

fn answer(done: &Done) -> Value {
    match done {
        Done::Picked { conversation, owner_epoch }
        | Done::Offered { conversation, owner_epoch }
        | Done::Requeued { conversation, owner_epoch } => {
            json!({"conversation_id": conversation, "owner_epoch": owner_epoch})
        }
        Done::Queued { conversation, message } => json!({"conversation_id": conversation, "message_id": message}),
        Done::Closed { conversation } | Done::Read { conversation } => json!({"conversation_id": conversation}),
    }
}

async fn send(api: &Api, signed: Signed, key: Uuid, body: Send) -> Result<Value, Problem> {
    let content = match (body.r#type.as_str(), body.text, body.template) {
        // PostgreSQL takes no U+0000, and no customer reads one (C5).
        ("text", Some(text), None) => Content::text(text.replace('\0', "")),
        ("template", None, Some(Template { name, language, parameters })) => {
            Content::Template { name, language, parameters }
        }
        _ => return Err(Problem::malformed()),
    };
    let view = seen(api, signed, body.conversation_id).await?;
    let reply_to = match body.reply_to {
        None => None,
        Some(id) => {
            let found = api.store().message(signed.scope, sight(signed), id).await?.what;
            let found = found.filter(|message| message.row.thread == view.row.thread);
            Some(found.and_then(|message| message.row.provider_message_id).ok_or(Problem::not_found())?)
        }
    };
    let message = MessageId(Uuid::new_v5(&signed.user.0, key.as_bytes()));
    let reply = ReplyCommand { by: signed.agent(), message, content, reply_to };
    Ok(answer(&ask(api, signed, &view, key, Command::Reply(reply)).await?))
}

async fn pick(api: &Api, signed: Signed, key: Uuid, body: Pick) -> Result<Value, Problem> {
    let view = seen(api, signed, body.conversation_id).await?;
    let handles = api.handles().get()?;
    let router = handles.router(signed.tenant())?;
    let picked = router.pick(signed.agent(), view.row.thread, body.expected_epoch, signed.user.0, key);
    Ok(answer(&picked.await??))
}

async fn mark(api: &Api, signed: Signed, key: Uuid, body: Read) -> Result<Value, Problem> {
    let view = seen(api, signed, body.conversation_id).await?;
    let message = api.store().message(signed.scope, sight(signed), body.message_id).await?.what;
    let message = message.filter(|message| message.row.conversation == view.row.id).ok_or(Problem::not_found())?;
    let mark = api.store().read_mark(signed.scope, view.row.id, message.position).await?;
    let Some(mark) = mark else { return Ok(json!({"conversation_id": view.row.id})) };
    let (by, conversation) = (signed.agent(), view.row.id);
    let command = Command::Read { by, conversation, message: mark.message, inbound: mark.inbound };
    Ok(answer(&ask(api, signed, &view, key, command).await?))
}

async fn presence(api: &Api, signed: Signed, key: Uuid, body: Presence) -> Result<Value, Problem> {
    let handles = api.handles().get()?;
    let board = handles.router(signed.tenant())?.board();
    if !board.borrow().agents.contains_key(&signed.agent()) {
        return Err(Problem::forbidden());
    }
    let command = AgentCommand::Choose { presence: body.presence, reason: body.reason };
    let chosen = handles.agents.command(signed.tenant(), signed.agent(), signed.user.0, key, command).await?;
    chosen.map_err(|_| Problem::invalid("reason", "too_long"))?;
    let directory = api.store().directory(signed.scope).await?.what;
    let agent = directory.agents.iter().find(|agent| agent.id == signed.agent()).ok_or(Problem::forbidden())?;
    let board = board.borrow().clone();
    Ok(shape::agent(agent, &board))
}
