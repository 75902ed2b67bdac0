//! What happened on the way to providers and back: of messages, of their files, of numbers.

use super::media::MediaFailure;
use super::number::{NumberState, StopReason};
use crate::conversation::message::Status;
use crate::ids::{MessageId, NumberId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    SendStarted {
        message: MessageId,
    },
    /// It was not taken, for a reason that passes, and is not tried again before `until` (µs).
    SendPostponed {
        message: MessageId,
        until: i64,
        error_code: i64,
    },
    StatusChanged {
        message: MessageId,
        status: Status,
        error_code: Option<i64>,
    },
    /// The provider failed the message for a trouble of its number or of the account: nothing else of it will go either.
    NumberRefused {
        message: MessageId,
        number: NumberId,
        reason: StopReason,
        error_code: i64,
    },
    /// The message's file is here.
    MediaFetched {
        message: MessageId,
        size_bytes: i64,
    },
    /// The message's file will never be here.
    MediaFailed {
        message: MessageId,
        why: MediaFailure,
    },
    NumberStateChanged {
        number: NumberId,
        state: NumberState,
    },
}

impl Event {
    /// The names of all kinds.
    pub const KINDS: &'static [&'static str] = &[
        "send_started",
        "send_postponed",
        "status_changed",
        "number_refused",
        "media_fetched",
        "media_failed",
        "number_state_changed",
    ];

    /// The name of the kind, as it stands in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendStarted { .. } => "send_started",
            Self::SendPostponed { .. } => "send_postponed",
            Self::StatusChanged { .. } => "status_changed",
            Self::NumberRefused { .. } => "number_refused",
            Self::MediaFetched { .. } => "media_fetched",
            Self::MediaFailed { .. } => "media_failed",
            Self::NumberStateChanged { .. } => "number_state_changed",
        }
    }

    /// The version of the kind's shape; every kind so far is at its first.
    pub const fn version(&self) -> i64 {
        1
    }
}
