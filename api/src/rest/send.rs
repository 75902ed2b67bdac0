//! The way in for scripts of an older system: a number's name, a customer's digits, a text.

use super::command::Given;
use super::input::{Input, MaybeKey, without_nul};
use super::messages::post::queued;
use super::outcome::Refused;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::{Command, ReplyCommand};
use dashoffice_domain::identity::Permission;
use dashoffice_domain::phone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Legacy {
    /// A number's name.
    session_name: String,
    /// The customer's number with its country, as people write it; of a number that WhatsApp spells in two ways either one will do.
    to: String,
    message: String,
}

/// Send a text in the open conversation with a customer: yours, or one that no agent has. It needs neither a pick nor a presence. Without a key a repetition is a second message.
#[utoipa::path(post, path = "/send", tag = "messages", security(("bearer" = [])), request_body = Legacy,
    params(("Idempotency-Key" = Option<uuid::Uuid>, Header)),
    responses((status = 202, body = super::messages::post::Queued), (status = 401), (status = 404), (status = 409), (status = 422)))]
pub(super) async fn send(
    State(api): State<Api>,
    signed: Signed,
    MaybeKey(key): MaybeKey,
    Input(body): Input<Legacy>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, key, &("send by name", &body), Permission::Reply).await?;
    let deciding = Box::pin(async {
        let digits = phone::whole(&body.to).ok_or_else(|| Problem::invalid("to", "unreadable"))?;
        let numbers = api.store().directory(signed.scope).await?.what.numbers;
        let number = numbers.iter().find(|number| number.name == body.session_name).ok_or(Problem::not_found())?;
        let spellings = phone::spellings(&digits).into_iter();
        let known_as: Vec<_> = spellings.map(|digits| Identifier::new(IdentifierKind::WaId, digits)).collect();
        let found = api.store().open_conversation_with(signed.scope, given.sight(), number.id, &known_as).await?;
        let conversation = found.ok_or(Problem::not_found())?;
        let (by, message, content) = (signed.agent(), given.creates(), Content::text(without_nul(body.message)));
        let say = ReplyCommand { by, message, content, reply_to: None };
        given.ask(conversation.row.thread, Command::Say(Box::new(say))).await
    });
    queued(given.once(deciding).await?)
}
