//! A conversation as outsiders see it.

use super::contact::IdentifierShape;
use super::message::ReferralShape;
use super::{instant, maybe_instant, words};
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::conversation::{Owner, ReplyClock};
use dashoffice_store::views::ConversationView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Conversation {
    pub id: Uuid,
    pub thread_id: Uuid,
    pub number_id: Uuid,
    pub contact: ContactLine,
    #[schema(value_type = words::ConversationState)]
    pub state: &'static str,
    pub owner: OwnerShape,
    /// Rises by exactly one at each change of owner, per thread, for ever.
    #[schema(minimum = 0)]
    pub owner_epoch: i64,
    /// The home queue.
    pub queue_id: Uuid,
    pub opened_at: String,
    pub enqueued_at: String,
    pub closed_at: Option<String>,
    pub waiting_since: Option<String>,
    pub window_until: Option<String>,
    #[schema(minimum = 0)]
    pub unanswered: i64,
    #[schema(minimum = 0)]
    pub unread: i64,
    /// How long its agent has to say something, before it is taken back; null: no such clock runs.
    pub reply_clock: Option<ReplyClockShape>,
    pub last_message: Option<LastMessage>,
    /// The advertisement or post that led the customer here.
    pub referral: Option<ReferralShape>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactLine {
    pub id: Uuid,
    pub name: Option<String>,
    /// The name they chose to be found by, without `@`.
    pub username: Option<String>,
    /// The one to show when there is no name.
    pub identifier: Option<IdentifierShape>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Owner)]
pub struct OwnerShape {
    #[schema(value_type = words::OwnerKind)]
    pub kind: &'static str,
    pub id: Option<Uuid>,
    /// Of an offer alone: to whom it is held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agent_ids: Option<Vec<Uuid>>,
}

impl From<&Owner> for OwnerShape {
    fn from(owner: &Owner) -> Self {
        let (id, agent_ids) = match owner {
            Owner::Nobody => (None, None),
            Owner::Bot { bot } => (Some(bot.0), None),
            Owner::Queue { queue } => (Some(queue.0), None),
            Owner::Agent { agent } => (Some(agent.0), None),
            Owner::Offered { offer, agents, .. } => (Some(offer.0), Some(agents.iter().map(|agent| agent.0).collect())),
        };
        Self { kind: owner.kind(), id, agent_ids }
    }
}

/// Both instants move together by time in which the office was down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReplyClock)]
pub struct ReplyClockShape {
    pub began_at: String,
    /// It is taken back then.
    pub due_at: String,
}

impl From<&ReplyClock> for ReplyClockShape {
    fn from(clock: &ReplyClock) -> Self {
        Self { began_at: instant(clock.began_at), due_at: instant(clock.due_at) }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LastMessage {
    pub id: Option<Uuid>,
    #[schema(value_type = words::Direction)]
    pub direction: &'static str,
    /// As a message's content is tagged, a file by its own kind; `revoked`: it was taken back.
    pub kind: String,
    /// At most 120 characters; empty where the kind says enough.
    pub preview: String,
    #[schema(value_type = Option<words::Status>)]
    pub status: Option<&'static str>,
    pub at: String,
}

/// The name of a direction, as outsiders know it.
pub(super) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

impl From<&ConversationView> for Conversation {
    fn from(view: &ConversationView) -> Self {
        let row = &view.row;
        let last_message = row.preview.as_ref().map(|preview| LastMessage {
            id: row.last_message.map(|message| message.0),
            direction: direction(row.last_direction),
            kind: preview.kind.clone(),
            preview: preview.text.clone(),
            status: view.last_status.map(dashoffice_domain::conversation::message::Status::name),
            at: instant(row.last_message_at),
        });
        Self {
            id: row.id.0,
            thread_id: row.thread.0,
            number_id: row.number.0,
            contact: ContactLine {
                id: row.contact.0,
                name: view.contact_name.clone(),
                username: view.contact_username.clone(),
                identifier: view.identifier.as_ref().map(IdentifierShape::from),
            },
            state: row.state.name(),
            owner: OwnerShape::from(&row.owner),
            owner_epoch: row.owner_epoch,
            queue_id: row.queue.0,
            opened_at: instant(row.opened_at),
            enqueued_at: instant(row.enqueued_at),
            closed_at: maybe_instant(row.closed_at),
            waiting_since: maybe_instant(row.waiting_since),
            window_until: maybe_instant(row.window_until),
            unanswered: row.unanswered,
            unread: row.unread,
            reply_clock: row.reply_clock.as_ref().map(ReplyClockShape::from),
            last_message,
            referral: view.referral.as_ref().map(ReferralShape::from),
        }
    }
}
