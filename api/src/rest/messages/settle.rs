//! What became of a message of which nobody knows whether it arrived, as a person found it out.

use super::post::unexpected;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::outcome::Refused;
use crate::shape::words;
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{Command, Done, SettleCommand};
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ids::MessageId;
use serde::{Deserialize, Serialize};
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
#[utoipa::path(post, path = "/messages/{id}/settle", tag = "messages", security(("bearer" = [])), request_body = Settle,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Settled), (status = 401), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn settle(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<MessageId>,
    Key(key): Key,
    Input(body): Input<Settle>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("settle", (id, &body)), Permission::Reply).await?;
    let Came { to, replayed } = given.once(Box::pin(settled(&given, id, &body))).await?;
    match to {
        Done::Settled { conversation, message } => {
            let body = Settled { conversation_id: conversation.0, message_id: message.0 };
            Ok(done(StatusCode::OK, replayed, &body))
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
        return Err(Problem::from(Refusal::NotUnknown).into());
    }
    let (by, message, conversation) = (given.signed.agent(), id, row.conversation);
    given.ask(row.thread, Command::Settle(SettleCommand { by, message, conversation, arrived })).await
}
