//! What became of a message of which nobody knows whether it arrived, as a person found it out.

use super::post::unexpected;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::outcome::Refused;
use crate::shape::words;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{Command as Order, Done, SettleCommand};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Serialize};
use std::future::ready;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settle {
    /// `sent`: the customer has it; `failed`: they do not.
    #[schema(value_type = words::SettledAs)]
    r#as: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Settled {
    conversation_id: Uuid,
    message_id: Uuid,
}

/// Say what became of a message whose status is `unknown`.
#[utoipa::path(post, path = "/messages/{id}/settle", tag = "messages", request_body = Settle,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Settled), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn settle(asked: Asked<Settle>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Settle {
    const NAME: &'static str = "settle";
    type Of = MessageId;
    type Done = Done;

    fn question<'a>(&'a self, of: &'a MessageId) -> impl Serialize + Send + Sync + 'a {
        (of, self)
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, of: MessageId) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(settled(given, of, self))
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(has_settled(came)))
    }
}

fn has_settled(came: Came<Done>) -> Result<Response, Refused> {
    match came.to {
        Done::Settled { conversation, message } => {
            let body = Settled { conversation_id: conversation.0, message_id: message.0 };
            Ok(done(StatusCode::OK, came.replayed, &body))
        }
        other => Err(unexpected(&other).into()),
    }
}

async fn settled(given: &Given<'_>, id: MessageId, body: &Settle) -> Result<Done, Refused> {
    let arrived = match body.r#as.as_str() {
        "sent" => true,
        "failed" => false,
        _ => return Err(Problem::invalid("as", "unknown").into()),
    };
    let row = given.message(id).await?.row;
    if row.status != Status::Unknown {
        return Err(Problem::from(Refusal::NOT_UNKNOWN).into());
    }
    let (by, message, conversation) = (given.signed.agent(), id, row.conversation);
    given.ask(row.thread, Order::Settle(SettleCommand { by, message, conversation, arrived })).await
}
