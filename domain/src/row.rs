//! What a decision asks the store to remember beside its events: erasable content, and the views that lists and decisions read (C4).

use crate::channel::media::{KeptMedia, MediaFailure, WantedMedia};
use crate::channel::number::NumberState;
use crate::channel::outgoing::{Outgoing, SendError, SendState};
use crate::conversation::contact::Identifier;
use crate::conversation::content::Content;
use crate::conversation::context::MessageContext;
use crate::conversation::identity::Claim;
use crate::conversation::message::{Direction, Settled, Status};
use crate::conversation::{ConversationState, Owner, ReplyClock};
use crate::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, QueueId, ThreadId};
use crate::routing::Chosen;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    /// Insert or update by id. Seen to the minute, so that of many messages one changes it.
    /// A name or user name that is not given stays what it was, and so does a later sighting; 0: nobody saw them.
    Contact { id: ContactId, name: Option<String>, username: Option<String>, seen_at: Timestamp },
    /// Insert by id.
    Thread { id: ThreadId, number: NumberId, contact: ContactId, created_at: Timestamp },
    /// A claim: (number, identifier) points to one thread. The whole commit is a conflict where another thread holds it than the one
    /// it is taken from (B3), and where it is a second business-scoped id of the thread that no notice of the provider links.
    Address(Box<AddressRow>),
    /// What the provider called the customer of the thread in an answer. Held by anybody, or a business-scoped id where the thread has
    /// one: nothing happens.
    AddressLearned { thread: ThreadId, number: NumberId, identifier: Identifier, at: Timestamp },
    /// Insert or update by id: the line of the inbox list.
    Conversation(Box<ConversationRow>),
    /// Insert by id. One whose content is a reaction changes the message it is about, at once (found by its id; none found: nothing
    /// happens), and is no message of the thread's list; if it fails, that is taken back.
    Message(Box<MessageRow>),
    /// A reaction, edit or revocation of a message of this thread, found by the provider's id; none found: it is kept until the message
    /// comes.
    MessageChange { thread: ThreadId, provider_message_id: String, change: MessageChange },
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
    ReadMarksTold { marks: Vec<(ThreadId, MessageId)> },
    /// What delivery found of a number.
    NumberState { number: NumberId, state: NumberState },
    /// Pending rows of the thread are withdrawn: a change of owner silences what a bot still wanted to say.
    SendsCancelled { thread: ThreadId },
    /// What a conversation's decision means for an agent's line in the routing (B2): upsert by agent.
    AgentActivity { agent: AgentId, at: Timestamp, what: Activity },
    /// What an agent chose; upsert by agent, and their misses are forgiven.
    AgentPresence { agent: AgentId, chosen: Chosen, reason: Option<String>, since: Timestamp },
    /// Insert by message: a file to be fetched, due at once (A9).
    MediaWanted(Box<WantedMedia>),
    /// Not now, and not before the given instant; `tried`: the file itself was at fault. No longer wanted: a conflict.
    MediaPostponed { message: MessageId, due_at: Timestamp, tried: bool },
    /// `wanted → ready`. In any other state the whole commit is a conflict.
    MediaReady { message: MessageId, file: KeptMedia },
    /// `wanted → failed`. In any other state the whole commit is a conflict.
    MediaFailed { message: MessageId, why: MediaFailure },
    /// Keeps what was not fully understood for 30 days.
    RawItem { number: NumberId, reason: String, raw: Vec<u8> },
}

/// One way to reach a customer, as a thread claims it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRow {
    pub number: NumberId,
    pub thread: ThreadId,
    pub contact: ContactId,
    pub claim: Claim,
}

/// What happened to an agent's line in the routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// They were given a chat: `last_assigned_at`.
    Assigned,
    /// A chat of theirs ended or went elsewhere: `last_release_at`.
    Released,
    /// They let a chat pass: one more miss.
    Missed,
    /// They answered a chat they were given: misses begin anew.
    Answered,
}

/// A conversation as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub thread: ThreadId,
    pub number: NumberId,
    pub contact: ContactId,
    pub state: ConversationState,
    pub owner: Owner,
    pub owner_epoch: i64,
    /// The home queue.
    pub queue: QueueId,
    pub opened_at: Timestamp,
    /// When it began to wait for a human; kept through requeues (I7).
    pub enqueued_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub last_message: Option<MessageId>,
    pub last_message_at: Timestamp,
    pub last_direction: Direction,
    /// A line of the last message, for the list; erasable. `None`: the row keeps the one it has.
    pub preview: Option<Preview>,
    /// Since when the customer has waited for an answer.
    pub waiting_since: Option<Timestamp>,
    /// When the service window closes; `None`: it never opened.
    pub window_until: Option<Timestamp>,
    /// Messages of the customer since the last reply.
    pub unanswered: i64,
    /// Messages of the customer since the owner's read mark, which a reply moves too; an edit of older ones counts as one.
    pub unread: i64,
    /// The agent who has it, or had it last.
    pub last_agent: Option<AgentId>,
    /// How long its agent has to say something; `None`: no such clock runs.
    pub reply_clock: Option<ReplyClock>,
    /// When the row last changed.
    pub changed_at: Timestamp,
    /// Agents it is not to be offered to, until when.
    pub excluded: Vec<(AgentId, Timestamp)>,
    /// Those of them who missed it: until when they are not asked even where nobody else can be.
    pub pauses: Vec<(AgentId, Timestamp)>,
}

/// What the list shows of a message: at most 120 characters of it, and its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub text: String,
    pub kind: String,
}

impl Preview {
    /// Of a message that says this.
    pub fn of(content: &Content) -> Self {
        Self { text: content.preview(), kind: content.kind().to_owned() }
    }

    /// Of a message that was taken back: nothing of what it said.
    pub fn revoked() -> Self {
        Self { text: String::new(), kind: "revoked".to_owned() }
    }
}

/// A message with its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: MessageId,
    pub thread: ThreadId,
    pub conversation: ConversationId,
    pub number: NumberId,
    pub direction: Direction,
    pub status: Status,
    pub content: Content,
    pub provider_message_id: Option<String>,
    pub reply_to: Option<String>,
    pub author: Option<AgentId>,
    /// What the clock of the customer's phone or of our server said.
    pub said_at: Timestamp,
    pub recorded_at: Timestamp,
    #[serde(default, skip_serializing_if = "MessageContext::is_empty")]
    pub context: MessageContext,
}

/// `at` is when the change was made, by the provider's clock: of two, the one made last counts, whichever came first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum MessageChange {
    Reaction {
        by: Direction,
        emoji: Option<String>,
        at: Timestamp,
    },
    Edited {
        content: Content,
        at: Timestamp,
    },
    /// What an edited message said at first, when its edit came before it.
    Original {
        content: Content,
        at: Timestamp,
    },
    Revoked {
        at: Timestamp,
    },
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
