//! Who gets the next chat: presence, capacity, queues, and the match between those who wait and those who are free.
//!
//! Pure: the router actor keeps an [`Index`] current, asks it for offers, and carries them to conversations, which alone decide (B1).
//! A further strategy is a variant of [`Strategy`] and its key in `matching`; hours, skills, sticky agents and overflow belong in
//! [`Index::eligible`], beside what is there.

mod chat;
mod event;
mod index;
mod load;
mod matching;
#[cfg(test)]
mod passing_tests;
mod presence;
#[cfg(test)]
mod presence_tests;
mod queue;
mod record;
mod refusals;
mod row;
#[cfg(test)]
mod tests;

pub use chat::ChatView;
pub use event::Event;
pub use index::{AgentView, Index, Reservation};
pub use load::Load;
pub use matching::Proposal;
pub use presence::{Agent, AgentCommand, Chosen, Connection, Effective, LONGEST_LEASE_S, effective};
pub use queue::{AcceptMode, OnDisconnect, QueueSettings, Strategy};
pub use record::QUEUE;
pub(crate) use refusals::REFUSALS;
pub use row::{Activity, Row};

use crate::time::Span;

/// Units a chat takes of an agent's capacity (routing rule 4: WhatsApp 20 of 100, five chats).
pub const CHAT_UNITS: i64 = 20;
/// An agent's capacity, where nothing else is set.
pub const DEFAULT_CAPACITY: i64 = 100;
/// How long an agent who missed a chat is not offered it again (rule 6).
pub const MISS_EXCLUDES: Span = Span::seconds(120);
/// How long of that, where nobody else can be offered it.
pub const MISS_PAUSES: Span = Span::seconds(10);
/// How long an agent who declined a chat is not offered it again.
pub const DECLINE_EXCLUDES: Span = Span::seconds(10);
/// Misses after which the system takes an agent for not responding, until they act (rule 6).
pub const MOST_MISSES: i64 = 3;
