//! How far the owner has read.

use super::Touched;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::{Outcome, Refused};
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::{Command, Done};
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ids::{ConversationId, MessageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    /// Read up to here.
    message_id: Uuid,
}

/// Say how far you have read; an older mark than the one there is changes nothing.
#[utoipa::path(post, path = "/conversations/{id}/read", tag = "conversations", security(("bearer" = [])), request_body = Read,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Touched), (status = 401), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn read(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Key(key): Key,
    Input(body): Input<Read>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("read", (id, &body)), Permission::Reply).await?;
    let Came { to, replayed } = given.once(Box::pin(marked(&given, id, MessageId(body.message_id)))).await?;
    match to {
        Done::Read { conversation } => Ok(done(StatusCode::OK, replayed, &Touched { conversation_id: conversation.0 })),
        other => Err(unexpected(&other).into()),
    }
}

async fn marked(given: &Given<'_>, id: ConversationId, message: MessageId) -> Result<Done, Refused> {
    let (store, scope) = (given.api.store(), given.signed.scope);
    let row = given.conversation(id).await?.row;
    let message = store.message(scope, given.sight(), message).await?;
    let message = message.what.filter(|message| message.row.conversation == id).ok_or(Problem::not_found())?;
    let by = given.signed.agent();
    if let Some(mark) = store.read_mark(scope, id, message.position).await? {
        let command = Command::Read { by, conversation: id, message: mark.message, inbound: mark.inbound };
        return given.ask(row.thread, command).await;
    }
    // Nothing of the customer's is there to be read yet.
    if row.owner.agent() != Some(by) {
        return Err(Problem::from(Refusal::NotOwner).into());
    }
    given.keep(Outcome::Done { done: Done::Read { conversation: id } }).await.map(|came| came.to)
}
