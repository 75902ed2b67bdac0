//! What a decision of a thread's asks the store to remember beside its events (C4).

use super::contact::Identifier;
use super::content::Content;
use super::context::MessageContext;
use super::identity::Claim;
use super::message::{Direction, Status};
use super::{ConversationState, Owner, ReplyClock};
use crate::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, QueueId, ThreadId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
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
}

/// One way to reach a customer, as a thread claims it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRow {
    pub number: NumberId,
    pub thread: ThreadId,
    pub contact: ContactId,
    pub claim: Claim,
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
