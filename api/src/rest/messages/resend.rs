//! Saying once more, in a message of its own, what failed or may not have arrived.

use super::post::{Queued, queued};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::command::Given;
use crate::rest::input::{Id, Input, Key};
use crate::rest::outcome::Refused;
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::MessageRow;
use dashoffice_domain::conversation::{Command, Done, ResendCommand};
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ids::MessageId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Nothing has to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resend {}

/// Say again what failed, or may not have arrived: then the customer may get it twice. Asked twice, it is said again once.
#[utoipa::path(post, path = "/messages/{id}/resend", tag = "messages", security(("bearer" = [])), request_body = Resend,
    params(("id" = uuid::Uuid, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 202, body = Queued), (status = 401), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn resend(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<MessageId>,
    Key(key): Key,
    Input(Resend {}): Input<Resend>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("resend", id), Permission::Reply).await?;
    queued(given.once(Box::pin(resent(&given, id))).await?)
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
    let answer = given.ask(thread, Command::Resend(Box::new(command))).await;
    if answer.as_ref().is_err_and(|refused| !refused.is_recorded()) {
        // Perhaps it turned out to have arrived since we looked, which its commit does not pass over: then that is the answer.
        resendable(given, id).await?;
    }
    answer
}

async fn resendable(given: &Given<'_>, id: MessageId) -> Result<MessageRow, Refused> {
    let row = given.message(id).await?.row;
    if !row.status.may_be_said_again() {
        return Err(Problem::from(Refusal::NotFailed).into());
    }
    Ok(row)
}
