//! How a queue treats those who wait in it.

use crate::ids::{AgentId, QueueId};
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who of the eligible comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Whose last chat ended longest ago; those who had none yet before all.
    #[default]
    LongestIdle,
    /// Nobody: agents pick.
    Manual,
}

/// What a chat's arrival at an agent looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "accept", rename_all = "snake_case")]
pub enum AcceptMode {
    /// It simply appears; if no reply comes within the span it is taken back (rule 7).
    Auto { first_reply_us: Span },
    /// It is held out, and must be taken within the span (rule 6).
    Offer { within_us: Span },
}

/// What becomes of an agent's chats when they have been disconnected for longer than grace (rule 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDisconnect {
    Keep,
    /// Those whose last word is the customer's.
    #[default]
    RequeueUnanswered,
    RequeueAll,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSettings {
    pub id: QueueId,
    pub name: String,
    pub strategy: Strategy,
    pub accept: AcceptMode,
    /// How much longer the reply clock of its chats runs at most while the agent is writing; `None`: as long as it runs anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing_us: Option<Span>,
    pub on_disconnect: OnDisconnect,
    /// How long a lost connection is forgiven.
    pub grace_us: Span,
    pub members: BTreeSet<AgentId>,
}

impl QueueSettings {
    /// A queue with the usual settings: longest idle first, chats simply appear, three minutes to reply, one minute of grace.
    pub fn usual(id: QueueId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            strategy: Strategy::default(),
            accept: AcceptMode::Auto { first_reply_us: Span::seconds(180) },
            typing_us: None,
            on_disconnect: OnDisconnect::default(),
            grace_us: Span::seconds(60),
            members: BTreeSet::new(),
        }
    }
}
