//! The lines of the ledger's file: what happened, in the order in which it happened.

use serde::{Deserialize, Serialize};

/// One line. Positions count the `written` (inbound) and the `accepted` (outbound) lines of the file, from 1.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// A simulator began to write here.
    Started { at_us: i64 },
    /// A customer wrote: to be sent until it is acknowledged.
    Written(Written),
    /// A webhook with these messages was posted.
    Attempted { messages: Vec<usize>, at_us: i64, again: bool },
    /// The webhook with these messages was answered 200.
    Acknowledged { messages: Vec<usize>, at_us: i64 },
    /// Graph took a message.
    Accepted(Accepted),
    /// Graph was told that a customer's message was read.
    MarkedRead { message: usize, at_us: i64 },
    /// A webhook with this status of the outbound message was answered 200.
    StatusAcknowledged { message: usize, status: Planned, at_us: i64 },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) customer: u32,
    /// Per customer, from 1.
    pub(crate) sequence: u64,
    pub(crate) wamid: String,
    pub(crate) at_us: i64,
    /// Text, or the words of what is no text.
    pub(crate) text: String,
    /// For what is no text: the members of the message, as a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) wamid: String,
    /// The correlation id that came along (`biz_opaque_callback_data`).
    pub(crate) message: Option<String>,
    /// As the sender addressed it.
    pub(crate) to: String,
    pub(crate) customer: Option<u32>,
    pub(crate) kind: String,
    pub(crate) text: String,
    /// The wamid it answers.
    pub(crate) reply_to: Option<String>,
    /// Statuses that will be sent, in their natural order.
    pub(crate) plan: Vec<Planned>,
    /// What the sender was told: `ok`, or the fault that hid the acceptance.
    pub(crate) answered: String,
    pub(crate) at_us: i64,
}

/// A status that will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Planned {
    Sent,
    Delivered,
    Read,
    /// With Meta's code.
    Failed(i64),
}

impl Planned {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed(_) => "failed",
        }
    }
}
