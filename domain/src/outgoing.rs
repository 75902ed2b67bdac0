//! What is to be posted to a provider, and what became of it (A7).

use crate::ids::{MessageId, NumberId, ThreadId};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One row of the outbox: ids only; the words are in the message's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The message to be posted; it is also the correlation id the provider is given.
    pub message: MessageId,
    pub number: NumberId,
    /// The lane: what one conversation sends goes out in order.
    pub thread: ThreadId,
    pub class: Class,
    pub owner_epoch: i64,
}

/// Who goes first when a number has more to say than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Agent,
    Bot,
    Campaign,
}

impl Class {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::Campaign => "campaign",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Agent, Self::Bot, Self::Campaign].into_iter().find(|class| class.name() == name)
    }
}

/// Where a row of the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    Pending,
    /// Committed before the post begins; found at a start, it means nobody knows.
    Sending,
    Unknown,
}

impl SendState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Pending, Self::Sending, Self::Unknown].into_iter().find(|state| state.name() == name)
    }
}

/// What a post came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The provider took it and gave it an id; it may also have corrected the address.
    Accepted { provider_message_id: String, wa_id: Option<String> },
    /// Nothing reached the provider, or it said "not now": try again, not before `after`.
    TryLater { after: Span, error: SendError },
    /// It will never go.
    Refused { error: SendError },
    /// The request was under way and no readable answer came back. Never repeated blindly.
    Unknown,
    /// The number itself cannot send (token, policy): its lanes wait for the operator.
    ChannelStopped { error: SendError },
}

/// The provider's reason, by its code; `text` is ours or the provider's, never the customer's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendError {
    pub code: i64,
    pub text: String,
}

/// A status as a provider reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusNews {
    pub number: NumberId,
    pub provider_message_id: String,
    /// The correlation id we sent along, where the provider gives it back.
    pub message: Option<MessageId>,
    pub status: crate::message::Status,
    pub at: Timestamp,
    pub error: Option<SendError>,
}
