//! What an agent thinks of a message: one emoji, or none any more.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::conversation::{Command, Done, ReactCommand};
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ids::{ConversationId, MessageId};
use serde::{Deserialize, Deserializer, Serialize};
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
#[utoipa::path(post, path = "/conversations/{id}/react", tag = "conversations", security(("bearer" = [])),
    request_body = React, params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Reacted), (status = 401), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn react(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Key(key): Key,
    Input(body): Input<React>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("react", (id, &body)), Permission::Reply).await?;
    let Came { to, replayed } = given.once(Box::pin(reacted(&given, id, &body))).await?;
    match to {
        Done::Reacted { conversation, message } => {
            let body = Reacted { conversation_id: conversation.0, message_id: message.0 };
            Ok(done(StatusCode::OK, replayed, &body))
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
    given.ask(thread, Command::React(ReactCommand { by, message, target, to, emoji })).await
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
