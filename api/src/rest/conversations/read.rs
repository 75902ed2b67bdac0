//! How far the owner has read.

use super::Touched;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::{Outcome, Refused};
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::{Command as Order, Done};
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Serialize};
use std::future::ready;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    /// Read up to here.
    message_id: Uuid,
}

/// Say how far you have read; an older mark than the one there is changes nothing.
#[utoipa::path(post, path = "/conversations/{id}/read", tag = "conversations", request_body = Read,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Touched), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn read(asked: Asked<Read>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Read {
    const NAME: &'static str = "read";
    type Of = ConversationId;
    type Done = Done;

    fn question<'a>(&'a self, of: &'a ConversationId) -> impl Serialize + Send + Sync + 'a {
        (of, self)
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, of: ConversationId) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(marked(given, of, MessageId(self.message_id)))
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(read_up_to(came)))
    }
}

fn read_up_to(came: Came<Done>) -> Result<Response, Refused> {
    match came.to {
        Done::Read { conversation } => {
            Ok(done(StatusCode::OK, came.replayed, &Touched { conversation_id: conversation.0 }))
        }
        other => Err(unexpected(&other).into()),
    }
}

async fn marked(given: &Given<'_>, id: ConversationId, message: MessageId) -> Result<Done, Refused> {
    let (store, scope) = (given.api.store(), given.signed.scope);
    let row = given.conversation(id).await?.row;
    let message = store.message(scope, given.visibility(), message).await?;
    let message = message.what.filter(|message| message.row.conversation == id).ok_or(Problem::not_found())?;
    let by = given.signed.agent();
    if let Some(mark) = store.read_mark(scope, id, message.position).await? {
        let command = Order::Read { by, conversation: id, message: mark.message, inbound: mark.inbound };
        return given.ask(row.thread, command).await;
    }
    // Nothing of the customer's is there to be read yet.
    if row.owner.agent() != Some(by) {
        return Err(Problem::from(Refusal::NOT_OWNER).into());
    }
    given.keep(Outcome::Done { done: Done::Read { conversation: id } }).await.map(|came| came.to)
}
