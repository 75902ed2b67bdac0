//! The way in for scripts of an older system: a number's name, a customer's digits, a text.

use super::asked::{Asked, Command};
use super::command::{Came, Given};
use super::input::without_nul;
use super::messages::post::queued;
use super::outcome::Refused;
use crate::problem::Problem;
use axum::response::Response;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::{Command as Order, Done, ReplyCommand};
use dashoffice_domain::phone;
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Serialize};
use std::future::ready;
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
#[utoipa::path(post, path = "/send", tag = "messages", request_body = Legacy,
    params(("Idempotency-Key" = Option<uuid::Uuid>, Header)),
    responses((status = 202, body = super::messages::post::Queued), (status = 404), (status = 409), (status = 422)))]
pub(super) async fn send(asked: Asked<Legacy>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Legacy {
    const NAME: &'static str = "send by name";
    const NEEDS_KEY: bool = false;
    type Of = ();
    type Done = Done;

    fn question<'a>(&'a self, (): &'a ()) -> impl Serialize + Send + Sync + 'a {
        self
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, (): ()) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(said(given, self))
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(queued(came)))
    }
}

async fn said(given: &Given<'_>, body: &Legacy) -> Result<Done, Refused> {
    let (store, scope) = (given.api.store(), given.signed.scope);
    let digits = phone::whole(&body.to).ok_or_else(|| Problem::invalid("to", "unreadable"))?;
    let numbers = store.directory(scope).await?.what.numbers;
    let number = numbers.iter().find(|number| number.name == body.session_name).ok_or(Problem::not_found())?;
    let spellings = phone::spellings(&digits).into_iter();
    let known_as: Vec<_> = spellings.map(|digits| Identifier::new(IdentifierKind::WaId, digits)).collect();
    let found = store.open_conversation_with(scope, given.visibility(), number.id, &known_as).await?;
    let conversation = found.ok_or(Problem::not_found())?;
    let content = Content::text(without_nul(body.message.clone()));
    let say = ReplyCommand { by: given.signed.agent(), message: given.creates(), content, reply_to: None };
    given.ask(conversation.row.thread, Order::Say(Box::new(say))).await
}
