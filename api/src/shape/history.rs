//! A line of a conversation's history as outsiders see it.

use super::conversation::OwnerShape;
use super::instant;
use dashoffice_domain::event::OwnerReason;
use dashoffice_domain::ids::{ConversationId, UserId};
use dashoffice_domain::{Event, Timestamp};
use dashoffice_store::views::HistoryLine as Line;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryLine {
    /// The event's.
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub position: i64,
    pub at: String,
    /// `conversation_opened`, `conversation_reopened`, `owner_changed` or `conversation_closed`.
    pub kind: &'static str,
    pub from: Option<OwnerShape>,
    pub to: Option<OwnerShape>,
    pub owner_epoch: i64,
    #[schema(value_type = Option<String>)]
    pub reason: Option<Value>,
    /// The user who did it; null: the system.
    pub actor_id: Option<Uuid>,
}

impl HistoryLine {
    /// `None`: the event is no line of a history.
    pub fn of(line: &Line) -> Option<Self> {
        Self::of_event(line.id, line.position, line.at, line.owner_epoch, line.by, &line.event)
    }

    /// The same for an event as it is told; `by` is the user who did it.
    pub fn of_event(
        id: Uuid,
        position: i64,
        at: Timestamp,
        owner_epoch: i64,
        by: Option<UserId>,
        event: &Event,
    ) -> Option<Self> {
        let (conversation, change): (ConversationId, Option<(_, _, OwnerReason)>) = match event {
            Event::ConversationOpened { conversation }
            | Event::ConversationReopened { conversation }
            | Event::ConversationClosed { conversation, .. } => (*conversation, None),
            Event::OwnerChanged { conversation, from, to, reason, .. } => (*conversation, Some((from, to, *reason))),
            _ => return None,
        };
        let reason = change.map(|(_, _, reason)| serde_json::to_value(reason).expect("a reason is a word"));
        Some(Self {
            id,
            conversation_id: conversation.0,
            position,
            at: instant(at),
            kind: event.kind(),
            from: change.map(|(from, _, _)| OwnerShape::from(from)),
            to: change.map(|(_, to, _)| OwnerShape::from(to)),
            owner_epoch,
            reason,
            actor_id: by.map(|user| user.0),
        })
    }
}
