//! Closing a conversation of one's own.

use super::Touched;
use crate::auth::Signed;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::access::Permission;
use dashoffice_domain::ids::ConversationId;
use dashoffice_domain::thread::{Command, Done};
use serde::Deserialize;
use utoipa::ToSchema;

/// Nothing has to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Close {}

/// Close a conversation that is yours.
#[utoipa::path(post, path = "/conversations/{id}/close", tag = "conversations", security(("bearer" = [])), request_body = Close,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Touched), (status = 401), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn close(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Key(key): Key,
    Input(Close {}): Input<Close>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("close", id), Permission::Reply).await?;
    let deciding = Box::pin(async {
        let thread = given.conversation(id).await?.row.thread;
        given.ask(thread, Command::Close { by: signed.agent() }).await
    });
    let Came { to, replayed } = given.once(deciding).await?;
    match to {
        Done::Closed { conversation } => {
            Ok(done(StatusCode::OK, replayed, &Touched { conversation_id: conversation.0 }))
        }
        other => Err(unexpected(&other).into()),
    }
}
