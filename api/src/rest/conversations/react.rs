//! What an agent thinks of a message: one emoji, or none any more.

use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::conversation::{Command as Order, Done, ReactCommand};
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Deserializer, Serialize};
use std::future::ready;
use utoipa::ToSchema;
use uuid::Uuid;

/// A family of several people in several colours has some twenty.
const LONGEST_EMOJI: usize = 24;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct React {
    /// A message of the same thread that the provider knows.
    message_id: Uuid,
    /// One emoji; null takes an earlier reaction back.
    #[serde(deserialize_with = "given")]
    #[schema(required)]
    emoji: Option<String>,
}

/// Null is an answer, and nothing is none.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}

#[derive(Serialize, ToSchema)]
pub(super) struct Reacted {
    conversation_id: Uuid,
    /// The message that was reacted to.
    message_id: Uuid,
}

/// React to a message of a conversation that is yours, or take that back.
#[utoipa::path(post, path = "/conversations/{id}/react", tag = "conversations",
    request_body = React, params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Reacted), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn react(asked: Asked<React>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for React {
    const NAME: &'static str = "react";
    type Of = ConversationId;
    type Done = Done;

    fn question<'a>(&'a self, of: &'a ConversationId) -> impl Serialize + Send + Sync + 'a {
        (of, self)
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, of: ConversationId) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(reacted(given, of, self))
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(has_reacted(came)))
    }
}

fn has_reacted(came: Came<Done>) -> Result<Response, Refused> {
    match came.to {
        Done::Reacted { conversation, message } => {
            let body = Reacted { conversation_id: conversation.0, message_id: message.0 };
            Ok(done(StatusCode::OK, came.replayed, &body))
        }
        other => Err(unexpected(&other).into()),
    }
}

async fn reacted(given: &Given<'_>, id: ConversationId, body: &React) -> Result<Done, Refused> {
    if body.emoji.as_deref().is_some_and(|emoji| !is_emoji(emoji)) {
        return Err(Problem::invalid("emoji", "unreadable").into());
    }
    let thread = given.conversation(id).await?.row.thread;
    let target = MessageId(body.message_id);
    let to = given.answered(thread, Some(target)).await?.ok_or(Problem::not_found())?;
    let (by, message, emoji) = (given.signed.agent(), given.creates(), body.emoji.clone());
    given.ask(thread, Order::React(ReactCommand { by, message, target, to, emoji })).await
}

/// Whether it may be one: short, without blanks, and not just letters. Which ones there are, the provider knows better.
fn is_emoji(text: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let length = text.chars().count();
    (1..=LONGEST_EMOJI).contains(&length) && !text.chars().any(|c| is_blank(c) || c.is_alphabetic()) && !text.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_short_and_no_word() {
        for emoji in ["👍", "❤️", "👩🏽‍🚀", "👨‍👩‍👧‍👦", "🇧🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in ["", " ", "ok", "1", "👍 👍", "é", "👍\n", "bom 👍", &"👍".repeat(25)] {
            assert!(!is_emoji(other), "{other}");
        }
    }

    #[test]
    fn null_is_said_and_not_left_out() {
        let read = |text: &str| serde_json::from_str::<React>(text).is_ok();
        let id = Uuid::nil();
        assert!(read(&format!(r#"{{"message_id":"{id}","emoji":null}}"#)));
        assert!(!read(&format!(r#"{{"message_id":"{id}"}}"#)));
    }
}
