//! The frames of the live socket, as far as a load test reads them (docs/api-design.md, section 7).

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Any frame of the server.
#[derive(Debug, Deserialize)]
pub(crate) struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    pub(crate) kind: Cow<'a, str>,
    pub(crate) position: Option<i64>,
    #[serde(default, borrow)]
    pub(crate) changes: Vec<Change<'a>>,
    #[serde(borrow)]
    pub(crate) topic: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) last: bool,
    #[serde(default)]
    pub(crate) conversations: Vec<Conversation>,
    #[serde(default)]
    pub(crate) messages: Vec<Message>,
    pub(crate) agent: Option<Agent>,
    /// Of a board.
    #[serde(default)]
    pub(crate) agents: Vec<Agent>,
    #[serde(borrow)]
    pub(crate) command_id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) ok: bool,
    pub(crate) problem: Option<Problem>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Change<'a> {
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) body: &'a RawValue,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) thread_id: String,
    pub(crate) contact: Contact,
    pub(crate) state: String,
    pub(crate) owner: Owner,
    pub(crate) owner_epoch: i64,
    #[serde(default)]
    pub(crate) unanswered: i64,
    pub(crate) last_message: Option<LastMessage>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Contact {
    pub(crate) identifier: Option<Identifier>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Identifier {
    pub(crate) value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Owner {
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
}

impl Owner {
    /// The same for the same owner, and for nobody else.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.kind, self.id.as_deref().unwrap_or_default())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LastMessage {
    pub(crate) direction: String,
    #[serde(default)]
    pub(crate) preview: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) position: i64,
    pub(crate) direction: String,
    pub(crate) status: String,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Content {
    #[serde(default)]
    pub(crate) body: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) capacity_units: i64,
    #[serde(default)]
    pub(crate) used_units: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Problem {
    pub(crate) code: String,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_cursor: Option<String>,
}

/// How often each code was answered.
pub(crate) type Refusals = BTreeMap<String, u64>;
