//! A message as outsiders see it.

use super::conversation::direction;
use super::{instant, maybe_instant, words};
use crate::files::mark;
use dashoffice_domain::content::Content;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::media::{MediaFailure, MediaState};
use dashoffice_domain::message::Direction;
use dashoffice_domain::outgoing::SendError;
use dashoffice_store::Reaction;
use dashoffice_store::views::{MediaView, MessageView};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Message {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub thread_id: Uuid,
    pub number_id: Uuid,
    /// The order within a thread, never changed.
    pub position: i64,
    #[schema(value_type = words::Direction)]
    pub direction: &'static str,
    /// Only moves forward.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    pub error: Option<SendErrorShape>,
    /// Tagged by `type`: `text`, `media`, `location`, `contacts`, `choice`, `form`, `order`, `system`, `template`,
    /// `unsupported`, `unknown`.
    #[schema(value_type = Object)]
    pub content: Value,
    pub author: Option<Author>,
    pub reply_to: Option<Uuid>,
    pub provider_message_id: Option<String>,
    pub said_at: String,
    pub recorded_at: String,
    pub edited_at: Option<String>,
    pub revoked_at: Option<String>,
    pub reactions: Vec<ReactionShape>,
    pub media: Option<MediaShape>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SendError)]
pub struct SendErrorShape {
    /// The provider's; negative where the fault lies before it.
    pub code: i64,
    /// What it asks of whoever wanted to send.
    #[schema(value_type = words::ErrorClass)]
    pub class: &'static str,
    pub text: String,
}

impl From<&SendError> for SendErrorShape {
    fn from(error: &SendError) -> Self {
        Self { code: error.code, class: error.class.name(), text: error.text.clone() }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Author {
    #[schema(value_type = words::AuthorKind)]
    pub kind: &'static str,
    pub id: Uuid,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Reaction)]
pub struct ReactionShape {
    /// Whose it is.
    #[schema(value_type = words::Direction)]
    pub by: &'static str,
    pub emoji: String,
}

impl From<&Reaction> for ReactionShape {
    fn from(reaction: &Reaction) -> Self {
        Self { by: direction(reaction.by), emoji: reaction.emoji.clone() }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Media)]
pub struct MediaShape {
    /// `not_fetched`: nobody fetches it; `gone`: the provider has it no more.
    #[schema(value_type = words::MediaProgress)]
    pub state: &'static str,
    /// With `ready`: signed for the reader, good for ten minutes, asked without any header.
    pub url: Option<String>,
    pub size_bytes: Option<i64>,
    /// With `failed` and `gone`: why, for people.
    pub reason: Option<&'static str>,
}

impl MediaShape {
    /// The address is a mark, in whose place each reader gets one of their own (see [`crate::files`]).
    fn of(message: MessageId, view: Option<&MediaView>) -> Self {
        let state = match view.map(|view| (view.state, view.failure)) {
            None => "not_fetched",
            Some((MediaState::Wanted, _)) => "fetching",
            Some((MediaState::Ready, _)) => "ready",
            Some((MediaState::Failed, Some(MediaFailure::Gone))) => "gone",
            Some((MediaState::Failed, _)) => "failed",
        };
        let file = view.and_then(|view| view.file.as_ref());
        Self {
            state,
            url: file.map(|_| mark(message)),
            size_bytes: file.map(|file| file.size_bytes),
            reason: view.and_then(|view| view.failure).map(MediaFailure::words),
        }
    }
}

impl From<&MessageView> for Message {
    fn from(view: &MessageView) -> Self {
        let row = &view.row;
        let revoked = view.revoked_at.is_some();
        let content = if revoked { json!({"type": "unknown", "what": "revoked"}) } else { json!(row.content) };
        let is_media = !revoked && matches!(row.content, Content::Media(_));
        let author = match row.direction {
            Direction::Inbound => Some(Author { kind: "contact", id: view.contact.0 }),
            Direction::Outbound => row.author.map(|agent| Author { kind: "agent", id: agent.0 }),
        };
        Self {
            id: row.id.0,
            conversation_id: row.conversation.0,
            thread_id: row.thread.0,
            number_id: row.number.0,
            position: view.position,
            direction: direction(row.direction),
            status: row.status.name(),
            error: view.error.as_ref().map(SendErrorShape::from),
            content,
            author,
            reply_to: view.answers.map(|message| message.0),
            provider_message_id: row.provider_message_id.clone(),
            said_at: instant(row.said_at),
            recorded_at: instant(row.recorded_at),
            edited_at: maybe_instant(view.edited_at),
            revoked_at: maybe_instant(view.revoked_at),
            reactions: view.reactions.iter().map(ReactionShape::from).collect(),
            media: is_media.then(|| MediaShape::of(row.id, view.media.as_ref())),
        }
    }
}
