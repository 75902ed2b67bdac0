//! Saying once more, in a message of its own, what failed or may not have arrived.

use super::post::{Queued, queued};
use crate::problem::Problem;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::outcome::Refused;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::MessageRow;
use dashoffice_domain::conversation::{Command as Order, Done, ResendCommand};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Serialize};
use std::future::ready;
use utoipa::ToSchema;

/// Nothing has to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resend {}

/// Say again what failed, or may not have arrived: then the customer may get it twice. Asked twice, it is said again once.
#[utoipa::path(post, path = "/messages/{id}/resend", tag = "messages", request_body = Resend,
    params(("id" = uuid::Uuid, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 202, body = Queued), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn resend(asked: Asked<Resend>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Resend {
    const NAME: &'static str = "resend";
    type Of = MessageId;
    type Done = Done;

    fn question<'a>(&'a self, of: &'a MessageId) -> impl Serialize + Send + Sync + 'a {
        of
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, of: MessageId) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(resent(given, of))
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(queued(came)))
    }
}

async fn resent(given: &Given<'_>, id: MessageId) -> Result<Done, Refused> {
    let row = resendable(given, id).await?;
    let thread = row.thread;
    let command = ResendCommand {
        by: given.signed.agent(),
        of: id,
        conversation: row.conversation,
        message: given.creates(),
        content: row.content,
        reply_to: row.reply_to,
    };
    let answer = given.ask(thread, Order::Resend(Box::new(command))).await;
    if answer.as_ref().is_err_and(|refused| !refused.is_recorded()) {
        // Perhaps it turned out to have arrived since we looked, which its commit does not pass over: then that is the answer.
        resendable(given, id).await?;
    }
    answer
}

async fn resendable(given: &Given<'_>, id: MessageId) -> Result<MessageRow, Refused> {
    let row = given.message(id).await?.row;
    if !row.status.may_be_said_again() {
        return Err(Problem::from(Refusal::NOT_FAILED).into());
    }
    Ok(row)
}
