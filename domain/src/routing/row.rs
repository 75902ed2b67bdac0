//! What a decision asks the store to remember of those whom chats are given to (C4).

use super::Chosen;
use crate::ids::AgentId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// What a conversation's decision means for an agent's line in the routing (B2): upsert by agent.
    AgentActivity { agent: AgentId, at: Timestamp, what: Activity },
    /// How many units of work an agent takes at once; one who has no line yet gets one.
    AgentCapacity { agent: AgentId, units: i64 },
    /// What an agent chose; upsert by agent, and their misses are forgiven.
    AgentPresence { agent: AgentId, chosen: Chosen, reason: Option<String>, since: Timestamp },
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
