//! What a decision asks the store to remember of what goes out and comes in: sends, read marks, files, numbers (C4).

use super::media::{KeptMedia, MediaFailure, WantedMedia};
use super::number::NumberState;
use super::outgoing::{Outgoing, SendError, SendState};
use crate::conversation::contact::Identifier;
use crate::conversation::content::Content;
use crate::conversation::message::{Settled, Status};
use crate::ids::{MessageId, NumberId, ThreadId};
use crate::time::{Span, Timestamp};

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// Insert into the outbox as `pending`. Its commit has an event, so that its place is its own.
    SendQueued(Outgoing),
    /// `pending → sending`. In any other state the whole commit is a conflict (A7).
    SendStarted { message: MessageId },
    /// `sending → pending` again, not before the given instant; nothing reached the customer. One that is `unknown` stays so.
    SendPostponed { message: MessageId, not_before: Timestamp, error: SendError },
    /// `sending → unknown`: somebody must look, or a status will tell.
    SendUnknown { message: MessageId },
    /// The outbox row goes; the message's status, provider id and error are merged, with any status that came early (A8).
    SendEnded { message: MessageId, status: Status, provider_message_id: Option<String>, error: Option<SendError> },
    /// What a person says of a message of this thread: where it is still `unknown`, it is what they say and leaves the outbox; else
    /// nothing happens. But said again is only what failed or is `unknown`: if it turned out to have arrived, the whole commit is a
    /// conflict.
    SendSettled { thread: ThreadId, message: MessageId, settled: Settled },
    /// The provider is to be told that the thread was read up to `message`, the customer's: the thread has one such mark, the latest.
    ReadMark { thread: ThreadId, number: NumberId, message: MessageId },
    /// These were told, and go; a mark that has moved on in the meantime stays.
    ReadMarksNotified { marks: Vec<(ThreadId, MessageId)> },
    /// What delivery found of a number.
    NumberState { number: NumberId, state: NumberState },
    /// Pending rows of the thread are withdrawn: a change of owner silences what a bot still wanted to say.
    SendsCancelled { thread: ThreadId },
    /// Insert by message: a file to be fetched, due at once (A9).
    MediaWanted(Box<WantedMedia>),
    /// Not now, and not before the given instant; `tried`: the file itself was at fault. No longer wanted: a conflict.
    MediaPostponed { message: MessageId, due_at: Timestamp, tried: bool },
    /// `wanted → ready`. In any other state the whole commit is a conflict.
    MediaReady { message: MessageId, file: KeptMedia },
    /// `wanted → failed`. In any other state the whole commit is a conflict.
    MediaFailed { message: MessageId, why: MediaFailure },
    /// Keeps what was not fully understood for 30 days.
    UnparsedItem { number: NumberId, reason: String, raw: Vec<u8> },
}

/// A row of the outbox as delivery reads it, with what the post needs.
#[derive(Clone, Debug, PartialEq)]
pub struct SendRow {
    pub outgoing: Outgoing,
    pub state: SendState,
    pub attempts: i64,
    pub not_before: Option<Timestamp>,
    /// Where to: what the thread's customer is known by on this number today, the strongest kind first, of each kind the one last seen.
    pub to: Vec<Identifier>,
    pub content: Content,
    pub reply_to: Option<String>,
    /// When it was said.
    pub queued_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
}

/// The place of a row in the outbox: rows are added only after every place there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendPlace {
    /// Of the commit that queued it, and its place within that commit.
    pub position: i64,
    pub ordinal: i64,
}

/// A row of the outbox as far as its turn is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSend {
    pub outgoing: Outgoing,
    pub place: SendPlace,
    pub state: SendState,
    pub not_before: Option<Timestamp>,
    pub queued_at: Timestamp,
    pub changed_at: Timestamp,
}

/// A thread whose read mark the provider is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMarkRow {
    pub thread: ThreadId,
    /// The customer's message it was read up to.
    pub message: MessageId,
    /// The provider's id of that message; `None`: it was erased, and nothing can be told.
    pub provider_message_id: Option<String>,
}

/// How long a message that is tried again may keep what is behind it waiting between two attempts.
pub const LANE_WAITS: Span = Span::minutes(5);

impl SendRow {
    /// Whether it was postponed for so long that what is behind it does not wait for it (A7).
    pub fn steps_aside(&self) -> bool {
        steps_aside(self.not_before, self.changed_at)
    }
}

impl WaitingSend {
    /// As [`SendRow::steps_aside`].
    pub fn steps_aside(&self) -> bool {
        steps_aside(self.not_before, self.changed_at)
    }
}

fn steps_aside(not_before: Option<Timestamp>, changed_at: Timestamp) -> bool {
    not_before.is_some_and(|then| then.since(changed_at) > LANE_WAITS)
}
