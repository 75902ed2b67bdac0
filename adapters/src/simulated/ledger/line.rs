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
pub(in crate::simulated) struct Written {
    pub(in crate::simulated) customer: u32,
    /// Per customer, from 1.
    pub(in crate::simulated) sequence: u64,
    pub(in crate::simulated) wamid: String,
    pub(in crate::simulated) at_us: i64,
    /// Text, or the words of what is no text.
    pub(in crate::simulated) text: String,
    /// For what is no text: the members of the message, as a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::simulated) content: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::simulated) struct Accepted {
    pub(in crate::simulated) wamid: String,
    /// The correlation id that came along (`biz_opaque_callback_data`).
    pub(in crate::simulated) message: Option<String>,
    /// As the sender addressed it.
    pub(in crate::simulated) to: String,
    pub(in crate::simulated) customer: Option<u32>,
    pub(in crate::simulated) kind: String,
    pub(in crate::simulated) text: String,
    /// The wamid it answers.
    pub(in crate::simulated) reply_to: Option<String>,
    /// Statuses that will be sent, in their natural order.
    pub(in crate::simulated) plan: Vec<Planned>,
    /// What the sender was told: `ok`, or the fault that hid the acceptance.
    pub(in crate::simulated) answered: String,
    pub(in crate::simulated) at_us: i64,
}

/// A status that will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulated) enum Planned {
    Sent,
    Delivered,
    Read,
    /// With Meta's code.
    Failed(i64),
}

impl Planned {
    pub(in crate::simulated) const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed(_) => "failed",
        }
    }
}
