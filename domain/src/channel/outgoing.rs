//! What is to be posted to a provider, and what became of it (A7).

use crate::channel::number::StopReason;
use crate::channel::pricing::Pricing;
use crate::conversation::contact::Identifier;
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
    /// The provider took it and gave it an id; it may also have said what else the customer is known by.
    Accepted { provider_message_id: String, known_as: Vec<Identifier> },
    /// Nothing reached the provider, or it said "not now" of this message: try again, not before `after`.
    TryLater { after: Span, error: SendError },
    /// "Not now", said of everything this number sends: it rests for `after`, and then this message is tried again.
    Throttled { after: Span, error: SendError },
    /// It will never go.
    Refused { error: SendError },
    /// The request was under way and no readable answer came back. Never repeated blindly.
    Unknown,
    /// The number itself cannot send (token, policy): its lanes wait for the operator.
    ChannelStopped { reason: StopReason, error: SendError },
}

/// What became of telling the provider that a message was read. It may be told twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Told,
    /// Not now, or nobody knows.
    TryLater {
        after: Span,
    },
    /// It cannot be told.
    Never,
}

/// What a provider says when it is asked for nothing but whether a number is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    Well,
    Stopped {
        reason: StopReason,
        error: SendError,
    },
    /// It did not answer, or with a fault of its own.
    Away,
}

/// What an error means for whoever wanted to send. The names are stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// A passing fault of the provider or of the way to it: saying it again may help.
    Retry,
    /// A limit was reached: later.
    Wait,
    /// As it is, it will never go.
    #[default]
    Never,
    /// Only a template may be sent.
    Template,
    /// This customer cannot be reached, or not with this.
    Recipient,
    /// The number or its account is not in order: the operator must act.
    Account,
}

impl ErrorClass {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Wait => "wait",
            Self::Never => "never",
            Self::Template => "template",
            Self::Recipient => "recipient",
            Self::Account => "account",
        }
    }

    pub const ALL: [Self; 6] = [Self::Retry, Self::Wait, Self::Never, Self::Template, Self::Recipient, Self::Account];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// The provider's reason, by its code; `text` is ours or the provider's, never the customer's words. It stands in rows alone: what the
/// provider writes may quote what was sent to it (C1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendError {
    pub code: i64,
    #[serde(default)]
    pub class: ErrorClass,
    pub text: String,
    /// What the provider writes for developers, as it wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The provider's own id of its answer: what its support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// Codes that are no provider's. Integrators know them: they never change.
impl SendError {
    /// The provider could not be reached, or could not even be asked.
    pub const NOT_REACHED: i64 = -1;
    /// It waited for too long.
    pub const GAVE_UP: i64 = -2;
    /// A person declared it not sent.
    pub const DECLARED: i64 = -3;
    /// A person said it again instead.
    pub const SAID_AGAIN: i64 = -4;
    /// The store was lost before anything was asked of the provider; it is tried again.
    pub const NOT_BEGUN: i64 = -5;

    pub fn new(code: i64, class: ErrorClass, text: impl Into<String>) -> Self {
        Self { code, class, text: text.into(), details: None, trace: None }
    }
}

/// A status as a provider reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusNews {
    pub number: NumberId,
    pub provider_message_id: String,
    /// The correlation id we sent along, where the provider gives it back.
    pub message: Option<MessageId>,
    pub status: crate::conversation::message::Status,
    pub at: Timestamp,
    pub error: Option<SendError>,
    /// With a failure: the trouble is the number's or its account's, and nothing else of it will go either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<StopReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// The business-scoped id of the customer it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Identifier>,
}
