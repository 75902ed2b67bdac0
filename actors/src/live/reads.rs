//! What the hub reads: bodies as outsiders see them, ready to be sent. Implemented where shapes are known.

use super::facts::RecordEffect;
use super::viewer::{ConversationOwner, Viewer};
use crate::Office;
use crate::router::Board;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::context::Referral;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{ConversationRow, MessageRow};
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId};
use dashoffice_domain::ports::{BoxFuture, Unavailable};
use dashoffice_runtime::Envelope;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// A JSON value as text, made once and sent to many.
pub type Body = Arc<str>;

/// What a few facts speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub conversations: BTreeSet<ConversationId>,
    /// Those of them that nobody had for a while: who had them before decides who saw them.
    pub last_agents: BTreeSet<ConversationId>,
    /// Conversations whose contact is told, too.
    pub contacts: BTreeSet<ConversationId>,
    pub messages: BTreeSet<MessageId>,
    /// Messages that are known by the provider's id only.
    pub altered: BTreeSet<(ThreadId, String)>,
}

/// What was found: never older than what was committed when the read began, and no message newer than the conversation that says who
/// may see it. Every conversation of a message is there too.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    pub conversations: HashMap<ConversationId, ConversationBody>,
    pub messages: HashMap<MessageId, MessageBody>,
    pub altered: HashMap<(ThreadId, String), MessageId>,
    /// Of each conversation that was read.
    pub faces: HashMap<ConversationId, Face>,
}

impl Bodies {
    /// Adds what is older: of what is in both, this one stays.
    pub(super) fn add(&mut self, older: Self) {
        for (id, body) in older.conversations {
            self.conversations.entry(id).or_insert(body);
        }
        for (id, body) in older.messages {
            self.messages.entry(id).or_insert(body);
        }
    }
}

#[derive(Clone, Debug)]
pub struct ConversationBody {
    pub standing: Arc<ConversationOwner>,
    /// A conversation.
    pub body: Body,
    /// Its contact, if that was asked for.
    pub contact: Option<Body>,
}

/// What the list shows of a conversation beside its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Whose it is.
    pub contact: ContactId,
    pub thread: ThreadId,
    pub name: Option<String>,
    pub username: Option<String>,
    /// The one to show when there is no name.
    pub identifier: Option<Identifier>,
    /// What led the customer here.
    pub referral: Option<Referral>,
}

#[derive(Clone, Debug)]
pub struct MessageBody {
    pub conversation: ConversationId,
    /// A message.
    pub body: Body,
    /// The body of `message.status`; `None`: nothing has happened to it since it was said.
    pub status: Option<Body>,
}

/// The names and figures of numbers, queues and agents.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub numbers: BTreeMap<NumberId, Body>,
    pub queues: BTreeMap<QueueId, Body>,
    pub agents: BTreeMap<AgentId, Body>,
    /// The members of each queue.
    pub members: BTreeMap<QueueId, BTreeSet<AgentId>>,
    /// Of each number and queue what is no figure: names, members, states. When it changes, every list is told.
    pub names: BTreeMap<Uuid, Body>,
}

/// A topic as it was at one position.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub as_of: i64,
    pub contents: Contents,
}

#[derive(Clone, Debug)]
pub enum Contents {
    /// Conversations newest first; `truncated`: there are more.
    Inbox { directory: Directory, conversations: Vec<(ConversationId, Body)>, truncated: bool },
    /// An object with `conversation`, `contact`, `messages`, `older_cursor` and `history`.
    Conversation(Body),
}

/// Reads of one tenant whose shard we own. A read that begins after a commit was told sees it.
pub trait LiveReads: Send + Sync {
    fn tenant(&self) -> TenantId;
    /// Names this ownership of this data: cursors of another one mean nothing here.
    fn incarnation(&self) -> String;
    fn position(&self) -> BoxFuture<'_, Result<i64, Unavailable>>;
    fn bodies(&self, wanted: Wanted) -> BoxFuture<'_, Result<Bodies, Unavailable>>;
    fn directory(&self, board: Arc<Board>) -> BoxFuture<'_, Result<Directory, Unavailable>>;
    fn inbox(&self, viewer: Viewer, board: Arc<Board>) -> BoxFuture<'_, Result<Snapshot, Unavailable>>;
    /// `None`: there is none, or they may not see it.
    fn conversation(&self, viewer: Viewer, id: ConversationId) -> BoxFuture<'_, Result<Option<Snapshot>, Unavailable>>;
    /// A conversation whose last message has this status, as it is told.
    fn line(&self, row: &ConversationRow, face: &Face, last_status: Status) -> Body;
    /// A message of a customer's that nothing has happened to since it was recorded at this position; it answers none, and has no file.
    fn said(&self, row: &MessageRow, position: i64, contact: ContactId) -> MessageBody;
    /// A line of a conversation's history.
    fn history(&self, line: &Envelope<Office>) -> Body;
    /// What of a record changed.
    fn record(&self, news: &RecordEffect) -> Body;
}
