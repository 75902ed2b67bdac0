//! How far the owner has read.

use super::Touched;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Given, Refused};
use crate::rest::input::{Id, Input, Key};
use crate::rest::messages::post::unexpected;
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::access::Permission;
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::thread::{Command, Done};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
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
    let given = Given::by(&api, signed, key, Permission::Reply).await?;
    let row = given.conversation(id).await?.row;
    let message = api.store().message(signed.scope, given.sight(), MessageId(body.message_id)).await?;
    let message = message.what.filter(|message| message.row.conversation == id).ok_or(Problem::not_found())?;
    let by = signed.agent();
    let Some(mark) = api.store().read_mark(signed.scope, id, message.position).await? else {
        // Nothing of the customer's is there to be read yet.
        let owns = row.owner.agent() == Some(by);
        let touched = Touched { conversation_id: id.0 };
        return if owns {
            Ok(done(StatusCode::OK, false, &touched))
        } else {
            Err(Problem::from(Refusal::NotOwner).into())
        };
    };
    let command = Command::Read { by, conversation: id, message: mark.message, inbound: mark.inbound };
    match given.ask(row.thread, command).await? {
        Done::Read { conversation } => {
            Ok(done(StatusCode::OK, given.replayed, &Touched { conversation_id: conversation.0 }))
        }
        other => Err(unexpected(&other).into()),
    }
}
