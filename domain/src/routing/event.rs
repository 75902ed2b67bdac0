//! What happened to those whom chats are given to.

use super::Chosen;
use crate::ids::AgentId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    PresenceChosen { agent: AgentId, presence: Chosen },
}

impl Event {
    /// The names of all kinds.
    pub const KINDS: &'static [&'static str] = &["presence_chosen"];

    /// The name of the kind, as it stands in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PresenceChosen { .. } => "presence_chosen",
        }
    }

    /// The version of the kind's shape; every kind so far is at its first.
    pub const fn version(&self) -> i64 {
        1
    }
}
