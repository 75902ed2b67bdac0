//! What has a stream of events of its own.

use crate::ids::{AgentId, MessageId, NumberId, QueueId, TenantId, ThreadId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The owner of a stream of events within a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A conversation actor is keyed by its thread for ever (B3).
    Thread(ThreadId),
    /// Statuses and outcomes of sends belong to the message, so that a tick never disturbs its thread (A8).
    Message(MessageId),
    /// Chosen presence, capacity, pauses.
    Agent(AgentId),
    Queue(QueueId),
    /// Whether a number can send.
    Number(NumberId),
    /// Administration of one tenant.
    Settings(TenantId),
}

impl Entity {
    /// The names of all kinds.
    pub const KINDS: [&'static str; 6] = ["thread", "message", "agent", "queue", "number", "settings"];

    /// The name of the kind, as it stands in both stores.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Thread(_) => "thread",
            Self::Message(_) => "message",
            Self::Agent(_) => "agent",
            Self::Queue(_) => "queue",
            Self::Number(_) => "number",
            Self::Settings(_) => "settings",
        }
    }

    /// The id, without its type.
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Thread(id) => id.0,
            Self::Message(id) => id.0,
            Self::Agent(id) => id.0,
            Self::Queue(id) => id.0,
            Self::Number(id) => id.0,
            Self::Settings(id) => id.0,
        }
    }

    /// The entity with this kind's name and id; nothing for a name this version does not know.
    pub fn of(kind: &str, id: Uuid) -> Option<Self> {
        Some(match kind {
            "thread" => Self::Thread(ThreadId(id)),
            "message" => Self::Message(MessageId(id)),
            "agent" => Self::Agent(AgentId(id)),
            "queue" => Self::Queue(QueueId(id)),
            "number" => Self::Number(NumberId(id)),
            "settings" => Self::Settings(TenantId(id)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_and_read_back_by_its_name() {
        for kind in Entity::KINDS {
            assert_eq!(Entity::of(kind, Uuid::nil()).map(|entity| entity.kind()), Some(kind));
        }
        let count = |entity: Entity| match entity {
            Entity::Thread(_) | Entity::Message(_) | Entity::Agent(_) => 6,
            Entity::Queue(_) | Entity::Number(_) | Entity::Settings(_) => 6,
        };
        assert_eq!(
            count(Entity::Thread(ThreadId(Uuid::nil()))),
            Entity::KINDS.len(),
            "a new kind is counted here, too"
        );
    }
}
