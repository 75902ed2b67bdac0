//! What outsiders see of things: one shape per thing, the same on REST and on the live socket.

mod actors;
mod contact;
mod conversation;
mod directory;
mod history;
mod jobs;
mod message;
mod ops;
pub(crate) mod words;

pub use actors::Actors;
pub use contact::{Contact, IdentifierShape};
pub use conversation::{ContactLine, Conversation, LastMessage, OwnerShape};
pub use directory::{Agent, Board, Number, Queue, Template, User};
pub use history::HistoryLine;
pub use jobs::{JobKind, JobKinds, JobState};
pub use message::{Author, MediaShape, Message, SendErrorShape, WaitingShape};
pub use ops::{DeadLetter, EntityShape, Heap, PutAside, RawItem};

use chrono::{DateTime, SecondsFormat};
use dashoffice_domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// RFC 3339 in UTC, to the microsecond.
pub fn instant(at: Timestamp) -> String {
    DateTime::from_timestamp_micros(at.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn maybe_instant(at: Option<Timestamp>) -> Option<String> {
    at.map(instant)
}

/// A page; no cursor: it was the last.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct List<T: ToSchema> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T: ToSchema> List<T> {
    /// Of a list that is never paged.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_rfc_3339_in_utc_to_the_microsecond() {
        assert_eq!(instant(Timestamp(1_795_269_789_120_431)), "2026-11-21T14:03:09.120431Z");
    }
}
