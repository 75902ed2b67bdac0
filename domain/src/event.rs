//! What happened. Events carry ids and facts, never a customer's words, names or numbers (C1).
//!
//! Additive for ever: a kind is never renamed, a field never changes its meaning, unknown kinds are skipped on replay (C2).

use crate::ids::{AgentId, ConversationId, MessageId, ThreadId};
use crate::message::Status;
use crate::thread::Owner;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    // Of a thread.
    ThreadStarted {
        number: crate::ids::NumberId,
        contact: crate::ids::ContactId,
    },
    IdentifiersLinked {
        count: u32,
    },
    PossibleDuplicate {
        of: ThreadId,
    },
    ConversationOpened {
        conversation: ConversationId,
    },
    ConversationReopened {
        conversation: ConversationId,
    },
    /// The only event that changes the owner; its envelope carries the epoch that begins with it (I12, I17).
    OwnerChanged {
        conversation: ConversationId,
        from: Owner,
        to: Owner,
        reason: OwnerReason,
    },
    /// `window_until` is the instant (µs) at which the service window closes after this message.
    MessageReceived {
        conversation: ConversationId,
        message: MessageId,
        window_until: i64,
    },
    MessageChanged {
        message: MessageId,
    },
    ReplyQueued {
        conversation: ConversationId,
        message: MessageId,
        by: Option<AgentId>,
    },
    ConversationClosed {
        conversation: ConversationId,
        by: Option<AgentId>,
    },
    // Of a message.
    SendStarted {
        message: MessageId,
    },
    StatusChanged {
        message: MessageId,
        status: Status,
        error_code: Option<i64>,
    },
}

/// Why an owner changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerReason {
    Opened,
    Reopened,
    Assigned,
    Picked,
    Transferred,
    Closed,
}

impl Event {
    /// The name of the kind, as it stands in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ThreadStarted { .. } => "thread_started",
            Self::IdentifiersLinked { .. } => "identifiers_linked",
            Self::PossibleDuplicate { .. } => "possible_duplicate",
            Self::ConversationOpened { .. } => "conversation_opened",
            Self::ConversationReopened { .. } => "conversation_reopened",
            Self::OwnerChanged { .. } => "owner_changed",
            Self::MessageReceived { .. } => "message_received",
            Self::MessageChanged { .. } => "message_changed",
            Self::ReplyQueued { .. } => "reply_queued",
            Self::ConversationClosed { .. } => "conversation_closed",
            Self::SendStarted { .. } => "send_started",
            Self::StatusChanged { .. } => "status_changed",
        }
    }

    /// The version of the kind's shape; every kind so far is at its first.
    pub const fn version(&self) -> i64 {
        1
    }
}
