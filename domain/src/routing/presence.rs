//! Presence: what an agent chose, whether a socket is there, and what follows from both (B4).

use super::Event;
use crate::ids::AgentId;
use crate::refusal::Refusal;
use crate::routing::Row;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What an agent chose; journalled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    #[default]
    Offline,
    Online,
    /// Here, and no new chats.
    Busy,
    Away,
    TransfersOnly,
}

impl Chosen {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::TransfersOnly => "transfers_only",
        }
    }

    pub const ALL: [Self; 5] = [Self::Offline, Self::Online, Self::Busy, Self::Away, Self::TransfersOnly];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chosen| chosen.name() == name)
    }
}

/// The longest lease of presence that may be asked for, in seconds.
pub const LONGEST_LEASE_S: u32 = 300;

/// Whether the agent is there: by a socket, or by a lease that their requests renew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// A socket is there, or a lease under which chats may be offered.
    Connected,
    /// Only a lease under which no chat is offered: they may pick and answer.
    Leased,
    /// The last socket went or the lease ended, and grace has not ended.
    Grace,
    /// Grace has ended, or there never was a socket since the start.
    #[default]
    Gone,
}

impl Connection {
    /// Whether they may take chats, and keep those they have.
    pub const fn is_present(self) -> bool {
        matches!(self, Self::Connected | Self::Leased)
    }
}

/// What everybody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effective {
    Offline,
    Online,
    Busy,
    Away,
    TransfersOnly,
    /// Set by the system after too many misses, until the agent acts.
    NotResponding,
    /// Chosen is not offline, but neither a socket nor a lease is there.
    Disconnected,
}

impl Effective {
    pub const ALL: [Self; 7] = [
        Self::Offline,
        Self::Online,
        Self::Busy,
        Self::Away,
        Self::TransfersOnly,
        Self::NotResponding,
        Self::Disconnected,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::TransfersOnly => "transfers_only",
            Self::NotResponding => "not_responding",
            Self::Disconnected => "disconnected",
        }
    }

    /// Whether new chats may be offered (I9).
    pub const fn is_routable(self) -> bool {
        matches!(self, Self::Online)
    }
}

/// What follows from choice, connectivity and misses.
pub const fn effective(chosen: Chosen, connection: Connection, not_responding: bool) -> Effective {
    match (chosen, connection) {
        (Chosen::Offline, _) => Effective::Offline,
        (_, Connection::Grace | Connection::Gone) => Effective::Disconnected,
        (_, Connection::Connected | Connection::Leased) if not_responding => Effective::NotResponding,
        (Chosen::Online, _) => Effective::Online,
        (Chosen::Busy, _) => Effective::Busy,
        (Chosen::Away, _) => Effective::Away,
        (Chosen::TransfersOnly, _) => Effective::TransfersOnly,
    }
}

/// The longest reason that may be given for being away, in characters.
const LONGEST_REASON: usize = 60;

/// The state of an agent actor: what is journalled of a person at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub chosen: Chosen,
    pub since: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum AgentCommand {
    /// The agent says how they are. Saying it is an act: misses are forgiven.
    Choose { presence: Chosen, reason: Option<String> },
}

impl Agent {
    pub fn fresh(id: AgentId) -> Self {
        Self { id, chosen: Chosen::Offline, since: Timestamp::default() }
    }

    /// The events and rows a command causes.
    pub fn decide(&self, command: &AgentCommand, now: Timestamp) -> Result<(Vec<Event>, Vec<Row>), Refusal> {
        let AgentCommand::Choose { presence, reason } = command;
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
            return Err(Refusal::TOO_LONG);
        }
        let now = now.max(self.since);
        let event = Event::PresenceChosen { agent: self.id, presence: *presence };
        let row = Row::AgentPresence { agent: self.id, chosen: *presence, reason: reason.clone(), since: now };
        Ok((vec![event], vec![row]))
    }

    /// Total: history is never refused.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        let Event::PresenceChosen { presence, .. } = event;
        self.chosen = *presence;
        self.since = at;
    }
}
