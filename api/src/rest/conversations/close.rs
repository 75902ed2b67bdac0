//! Closing a conversation of one's own, unless the customer wrote after what was seen.

use super::Touched;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::conversation::{Command, Done};
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ids::{ConversationId, MessageId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Close {
    /// The newest message you saw: should the customer have written since, it is not closed. Left out: it is closed in any case.
    #[serde(default)]
    seen: Option<Uuid>,
}

/// Close a conversation that is yours.
#[utoipa::path(post, path = "/conversations/{id}/close", tag = "conversations", security(("bearer" = [])), request_body = Close,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Touched), (status = 401), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn close(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Key(key): Key,
    Input(Close { seen }): Input<Close>,
) -> Result<Response, Refused> {
    // Without what was seen it is the question it was before that could be said.
    let given = match seen {
        None => Given::by(&api, signed, Some(key), &("close", id), Permission::Reply).await?,
        Some(seen) => Given::by(&api, signed, Some(key), &("close", (id, seen)), Permission::Reply).await?,
    };
    let deciding = Box::pin(async {
        let thread = given.conversation(id).await?.row.thread;
        let seen = match seen {
            None => None,
            Some(seen) => Some(messages_up_to(&given, id, MessageId(seen)).await?),
        };
        given.ask(thread, Command::Close { by: signed.agent(), seen }).await
    });
    let Came { to, replayed } = given.once(deciding).await?;
    match to {
        Done::Closed { conversation } => {
            Ok(done(StatusCode::OK, replayed, &Touched { conversation_id: conversation.0 }))
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
