//! A message as outsiders see it.

use super::conversation::direction;
use super::{instant, maybe_instant, words};
use crate::files::mark;
use dashoffice_domain::channel::media::{MediaFailure, MediaState};
use dashoffice_domain::channel::outgoing::SendError;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::{Forwarded, Referral};
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::MessageId;
use dashoffice_store::Reaction;
use dashoffice_store::views::{MediaView, MessageView, Waiting};
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
    #[schema(minimum = 0)]
    pub position: i64,
    #[schema(value_type = words::Direction)]
    pub direction: &'static str,
    /// Only moves forward.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    pub error: Option<SendErrorShape>,
    /// While it waits to be tried again: why, and until when.
    pub waiting: Option<WaitingShape>,
    /// Tagged by `type`: `text`, `media`, `location`, `contacts`, `choice`, `form`, `order`, `system`, `template`,
    /// `unsupported`, `unknown`.
    #[schema(value_type = Object)]
    pub content: Value,
    pub author: Option<Author>,
    pub reply_to: Option<Uuid>,
    pub provider_message_id: Option<String>,
    pub said_at: String,
    pub recorded_at: String,
    /// When the edit was made that it says now.
    pub edited_at: Option<String>,
    pub revoked_at: Option<String>,
    /// What it said before it was edited, the oldest first; nothing of one that was revoked.
    pub versions: Vec<VersionShape>,
    /// The provider says it, not the customer: it opens nothing and counts for nothing the customer did.
    pub notice: bool,
    #[schema(value_type = Option<words::Forwarded>)]
    pub forwarded: Option<&'static str>,
    /// The product of a catalogue that the customer asks about.
    pub product: Option<ProductShape>,
    /// The advertisement or post that led the customer here.
    pub referral: Option<ReferralShape>,
    pub reactions: Vec<ReactionShape>,
    pub media: Option<MediaShape>,
    /// Of a message of ours, once the provider has said it.
    pub pricing: Option<PricingShape>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub struct VersionShape {
    /// As a message's `content`.
    #[schema(value_type = Object)]
    pub content: Value,
    pub said_at: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductShape {
    pub catalog_id: Option<String>,
    pub product_id: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Referral)]
pub struct ReferralShape {
    /// The provider's word: `ad`, `post`.
    pub source_type: Option<String>,
    pub source_id: Option<String>,
    pub source_url: Option<String>,
    pub headline: Option<String>,
    pub body: Option<String>,
    pub media_type: Option<String>,
    pub image_url: Option<String>,
    pub video_url: Option<String>,
    pub thumbnail_url: Option<String>,
    /// What the advertisement greeted them with.
    pub welcome: Option<String>,
    /// The provider's id of the click.
    pub ctwa_clid: Option<String>,
}

impl From<&Referral> for ReferralShape {
    fn from(referral: &Referral) -> Self {
        let known = referral.clone();
        Self {
            source_type: known.source_type,
            source_id: known.source_id,
            source_url: known.source_url,
            headline: known.headline,
            body: known.body,
            media_type: known.media_type,
            image_url: known.image_url,
            video_url: known.video_url,
            thumbnail_url: known.thumbnail_url,
            welcome: known.welcome,
            ctwa_clid: known.click_id,
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SendError)]
pub struct SendErrorShape {
    /// The provider's; negative where the fault lies before it.
    pub code: i64,
    /// What it asks of whoever wanted to send.
    #[schema(value_type = words::ErrorClass)]
    pub class: &'static str,
    /// Ours; of a code that we do not know the provider's own.
    pub text: String,
    /// What the provider wrote for developers, as it wrote it.
    pub details: Option<String>,
    /// The provider's id of its answer, which its support asks for.
    pub trace_id: Option<String>,
}

impl From<&SendError> for SendErrorShape {
    fn from(error: &SendError) -> Self {
        Self {
            code: error.code,
            class: error.class.name(),
            text: error.text.clone(),
            details: error.details.clone(),
            trace_id: error.trace.clone(),
        }
    }
}

/// What the message costs, as the provider says it: the names are the provider's own, and may grow.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Pricing)]
pub struct PricingShape {
    pub billable: Option<bool>,
    /// `PMP`: by message.
    pub pricing_model: Option<String>,
    /// `regular`, `free_customer_service`, `free_entry_point`.
    pub r#type: Option<String>,
    /// `marketing`, `utility`, `authentication`, `service` …
    pub category: Option<String>,
}

impl From<&Pricing> for PricingShape {
    fn from(pricing: &Pricing) -> Self {
        Self {
            billable: pricing.billable,
            pricing_model: pricing.model.clone(),
            r#type: pricing.kind.clone(),
            category: pricing.category.clone(),
        }
    }
}

/// The provider did not take it for a reason that passes: it is tried again by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Waiting)]
pub struct WaitingShape {
    pub reason: SendErrorShape,
    /// Not before then; a number that is stopped may keep it waiting for longer.
    pub until: Option<String>,
}

impl From<&Waiting> for WaitingShape {
    fn from(waiting: &Waiting) -> Self {
        Self { reason: SendErrorShape::from(&waiting.reason), until: maybe_instant(waiting.until) }
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
    #[schema(minimum = 0)]
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
            waiting: view.waiting.as_ref().map(WaitingShape::from),
            content,
            author,
            reply_to: view.answers.map(|message| message.0),
            provider_message_id: row.provider_message_id.clone(),
            said_at: instant(row.said_at),
            recorded_at: instant(row.recorded_at),
            edited_at: maybe_instant(view.edited_at),
            revoked_at: maybe_instant(view.revoked_at),
            versions: view
                .versions
                .iter()
                .filter(|_| !revoked)
                .map(|version| VersionShape { content: json!(version.content), said_at: instant(version.said_at) })
                .collect(),
            notice: row.context.notice,
            forwarded: row.context.forwarded.map(Forwarded::name),
            product: row
                .context
                .product
                .as_ref()
                .filter(|_| !revoked)
                .map(|known| ProductShape { catalog_id: known.catalog.clone(), product_id: known.product.clone() }),
            referral: row.context.referral.as_deref().map(ReferralShape::from),
            reactions: view.reactions.iter().map(ReactionShape::from).collect(),
            media: is_media.then(|| MediaShape::of(row.id, view.media.as_ref())),
            pricing: view.pricing.as_ref().map(PricingShape::from),
        }
    }
}
