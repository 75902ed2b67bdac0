//! A line of a conversation's history as outsiders see it.

use super::conversation::OwnerShape;
use super::{instant, words};
use dashoffice_domain::ids::UserId;
use dashoffice_domain::{Event, Timestamp, conversation};
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
    #[schema(minimum = 0)]
    pub position: i64,
    pub at: String,
    #[schema(value_type = words::HistoryKind)]
    pub kind: &'static str,
    pub from: Option<OwnerShape>,
    pub to: Option<OwnerShape>,
    #[schema(minimum = 0)]
    pub owner_epoch: i64,
    /// Of a change of owner: why; of a settled message: `sent`, `failed` or `resent`.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Value>,
    /// With `message_settled`: which one.
    pub message_id: Option<Uuid>,
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
        let Event::Conversation(of_conversation) = event else { return None };
        let (conversation, change, message) = match of_conversation {
            conversation::Event::ConversationOpened { conversation }
            | conversation::Event::ConversationReopened { conversation }
            | conversation::Event::ConversationClosed { conversation, .. } => (conversation, None, None),
            conversation::Event::OwnerChanged { conversation, from, to, reason, .. } => {
                (conversation, Some((from, to, reason)), None)
            }
            conversation::Event::MessageSettled { conversation, message, settled, .. } => {
                (conversation, None, Some((message, settled)))
            }
            _ => return None,
        };
        let reason = change.map(|(_, _, reason)| serde_json::to_value(reason).expect("a reason is a word"));
        let reason = reason.or_else(|| message.map(|(_, settled)| settled.name().into()));
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
            message_id: message.map(|(message, _)| message.0),
            actor_id: by.map(|user| user.0),
        })
    }
}
