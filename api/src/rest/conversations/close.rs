//! Closing a conversation of one's own, unless the customer wrote after what was seen.

use super::Touched;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::conversation::{Command as Order, Done};
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Serialize};
use std::future::ready;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Close {
    /// The newest message you saw: should the customer have written since, it is not closed. Left out: it is closed in any case.
    #[serde(default)]
    seen: Option<Uuid>,
}

/// Without what was seen it is the question it was before that could be said.
#[derive(Serialize)]
#[serde(untagged)]
enum Question {
    Whatever(ConversationId),
    Seen(ConversationId, Uuid),
}

/// Close a conversation that is yours.
#[utoipa::path(post, path = "/conversations/{id}/close", tag = "conversations", request_body = Close,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Touched), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn close(asked: Asked<Close>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Close {
    const NAME: &'static str = "close";
    type Of = ConversationId;
    type Done = Done;

    fn question<'a>(&'a self, of: &'a ConversationId) -> impl Serialize + Send + Sync + 'a {
        self.seen.map_or(Question::Whatever(*of), |seen| Question::Seen(*of, seen))
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, of: ConversationId) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(async move {
            let thread = given.conversation(of).await?.row.thread;
            let seen = match self.seen {
                None => None,
                Some(seen) => Some(messages_up_to(given, of, MessageId(seen)).await?),
            };
            given.ask(thread, Order::Close { by: given.signed.agent(), seen }).await
        })
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(closed(came)))
    }
}

fn closed(came: Came<Done>) -> Result<Response, Refused> {
    match came.to {
        Done::Closed { conversation } => {
            Ok(done(StatusCode::OK, came.replayed, &Touched { conversation_id: conversation.0 }))
        }
        other => Err(unexpected(&other).into()),
    }
}

/// How many messages of the customer stand in the conversation up to this one, which is of either side.
async fn messages_up_to(given: &Given<'_>, id: ConversationId, message: MessageId) -> Result<i64, Refused> {
    let message = given.message(message).await?;
    if message.row.conversation != id {
        return Err(Problem::not_found().into());
    }
    let mark = given.api.store().read_mark(given.signed.scope, id, message.position).await?;
    Ok(mark.map_or(0, |mark| mark.inbound))
}
