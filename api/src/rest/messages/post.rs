//! Saying something: recorded at once, sent in its turn, and its status tells what became of it.

use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::messages::said::{self, does_not_fit, fitting};
use crate::rest::outcome::Refused;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use dashoffice_actors::delivery::Delivery;
use dashoffice_domain::channel::template::Filled;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::{Command as Order, Done, ReplyCommand};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_store::views::ConversationView;
use serde::Serialize;
use std::future::ready;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct Queued {
    conversation_id: Uuid,
    /// What became of it is told by its status.
    message_id: Uuid,
}

/// Answer a customer.
#[utoipa::path(post, path = "/messages", tag = "messages", request_body = said::Send,
    params(("Idempotency-Key" = Uuid, Header)),
    responses((status = 202, body = Queued), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn post(asked: Asked<said::Send>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for said::Send {
    const NAME: &'static str = "send";
    type Of = ();
    type Done = Done;

    fn question<'a>(&'a self, (): &'a ()) -> impl Serialize + Send + Sync + 'a {
        self
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, (): ()) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(async move {
            let content = self.content()?;
            let conversation = given.conversation(self.conversation_id.into()).await?;
            let delivery = (given.handles.delivery)(given.signed.tenant(), conversation.row.number);
            let channel = delivery.as_ref().map(Delivery::capabilities).unwrap_or_default();
            let content = fitting(content, &channel)?;
            let reply_to = given.answered(conversation.row.thread, self.reply_to.map(MessageId)).await?;
            let content = worded(delivery.as_ref(), content).await?;
            said(given, &conversation, content, reply_to).await
        })
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(queued(came)))
    }
}

/// A template with the words it has at this moment; one that the provider is sure to refuse is refused. Where its templates are not known
/// now, it goes without its words, and the provider says whether it fits.
async fn worded(delivery: Option<&Delivery>, mut content: Content) -> Result<Content, Problem> {
    if let Content::Template { name, language, parameters, words } = &mut content
        && let Some(delivery) = delivery
    {
        *words = delivery.said(Filled { name, language, parameters }).await.map_err(|unfit| does_not_fit([unfit]))?;
    }
    Ok(content)
}

/// Has the conversation record a message to be sent.
async fn said(
    given: &Given<'_>,
    conversation: &ConversationView,
    content: Content,
    reply_to: Option<String>,
) -> Result<Done, Refused> {
    let reply = ReplyCommand { by: given.signed.agent(), message: given.creates(), content, reply_to };
    given.ask(conversation.row.thread, Order::Reply(reply)).await
}

pub(in crate::rest) fn queued(came: Came<Done>) -> Result<Response, Refused> {
    match came.to {
        Done::Queued { conversation, message } => {
            let body = Queued { conversation_id: conversation.0, message_id: message.0 };
            let mut response = done(StatusCode::ACCEPTED, came.replayed, &body);
            let place = HeaderValue::try_from(format!("/api/v1/messages/{message}"));
            response.headers_mut().insert(header::LOCATION, place.expect("a UUID is fit for a header"));
            Ok(response)
        }
        other => Err(unexpected(&other).into()),
    }
}

/// A conversation answered another question than was asked.
pub(in crate::rest) fn unexpected(done: &Done) -> Problem {
    tracing::error!(?done, "a command came to something else than it was");
    Problem::internal()
}
