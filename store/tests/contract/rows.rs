//! Rows, bodies and statuses as tests want them: what nobody asks about is the same each time.

use crate::desk::{AGENT, CONTACT, NOON, NUMBER, QUEUE};
use dashoffice_domain::channel::outgoing::StatusNews;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{AddressRow, ConversationRow, MessageRow, Preview};
use dashoffice_domain::conversation::{ConversationState, Owner};
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::ports::{Arrival, Delivery};
use dashoffice_domain::{Entity, Row, Timestamp, conversation};
use dashoffice_runtime::Take;
use uuid::Uuid;

pub fn address(phone: &str, thread: ThreadId) -> Row {
    claim(thread, Claim::link(Identifier::new(IdentifierKind::WaId, phone), Timestamp(NOON)))
}

pub fn claim(thread: ThreadId, claim: Claim) -> Row {
    Row::Conversation(conversation::Row::Address(Box::new(AddressRow {
        number: NUMBER,
        thread,
        contact: CONTACT,
        claim,
    })))
}

pub fn conversation_row(id: ConversationId, thread: ThreadId) -> ConversationRow {
    ConversationRow {
        last_message: None,
        changed_at: Timestamp(NOON),
        excluded: Vec::new(),
        reply_clock: None,
        pauses: Vec::new(),
        id,
        thread,
        number: NUMBER,
        contact: CONTACT,
        state: ConversationState::Queued,
        owner: Owner::Queue { queue: QUEUE },
        owner_epoch: 1,
        queue: QUEUE,
        opened_at: Timestamp(NOON),
        enqueued_at: Timestamp(NOON),
        closed_at: None,
        last_message_at: Timestamp(NOON),
        last_direction: Direction::Inbound,
        preview: Some(Preview { text: "oi".into(), kind: "text".into() }),
        waiting_since: Some(Timestamp(NOON)),
        window_until: None,
        unanswered: 1,
        unread: 1,
        last_agent: None,
    }
}

pub fn message_row(id: MessageId, thread: ThreadId, conversation: ConversationId, direction: Direction) -> MessageRow {
    let outbound = direction == Direction::Outbound;
    MessageRow {
        id,
        thread,
        conversation,
        number: NUMBER,
        direction,
        status: if outbound { Status::Queued } else { Status::Received },
        content: Content::text("bom dia"),
        provider_message_id: (!outbound).then(|| format!("wamid.{}", id.0.simple())),
        reply_to: None,
        author: outbound.then_some(AGENT),
        said_at: Timestamp(NOON),
        recorded_at: Timestamp(NOON),
        context: dashoffice_domain::conversation::context::MessageContext::default(),
    }
}

pub fn delivery() -> Delivery {
    Delivery { received_at: Timestamp(NOON), correlation: Uuid::from_u128(0xC0), ..Delivery::default() }
}

pub fn arrival(key: &str) -> Arrival {
    Arrival::new(NUMBER, key, key.as_bytes().to_vec())
}

/// A body with one item per key.
pub fn body(keys: &[&str]) -> Delivery {
    Delivery { arrivals: keys.iter().map(|key| arrival(key)).collect(), ..delivery() }
}

pub fn news(provider_message_id: &str, message: Option<MessageId>, status: Status) -> StatusNews {
    StatusNews {
        number: NUMBER,
        provider_message_id: provider_message_id.into(),
        message,
        status,
        at: Timestamp(NOON),
        error: None,
        stops: None,
        pricing: None,
        recipient: None,
    }
}

/// A body with statuses alone.
pub fn statuses(news: Vec<StatusNews>) -> Delivery {
    Delivery { statuses: news, ..delivery() }
}

pub fn take(position: i64) -> Vec<Take<Entity>> {
    vec![Take::Inbox(position)]
}
