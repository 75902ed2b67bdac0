//! What happened, by module. Events carry ids and facts, never a customer's words, names or numbers (C1).
//!
//! Additive for ever: a kind is never renamed, a field never changes its meaning, unknown kinds are skipped on replay (C2). Which module a
//! kind belongs to is not written down anywhere: it may move.

use crate::deed::Deed;
use crate::{Entity, channel, conversation, routing, settings};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    Conversation(conversation::Event),
    Routing(routing::Event),
    Channel(channel::Event),
    Settings(settings::Event),
}

impl Event {
    /// The name of the kind, as it stands in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Conversation(event) => event.kind(),
            Self::Routing(event) => event.kind(),
            Self::Channel(event) => event.kind(),
            Self::Settings(event) => event.kind(),
        }
    }

    /// What the audit tells of it; nothing of what nobody did, and of what is told elsewhere.
    pub fn deed(&self, of: Entity) -> Option<Deed> {
        match self {
            Self::Conversation(event) => event.deed(),
            Self::Settings(event) => Some(event.deed(of.id())),
            Self::Routing(_) | Self::Channel(_) => None,
        }
    }

    /// The version of the kind's shape.
    pub const fn version(&self) -> i64 {
        match self {
            Self::Conversation(event) => event.version(),
            Self::Routing(event) => event.version(),
            Self::Channel(event) => event.version(),
            Self::Settings(event) => event.version(),
        }
    }
}

impl From<conversation::Event> for Event {
    fn from(event: conversation::Event) -> Self {
        Self::Conversation(event)
    }
}

impl From<routing::Event> for Event {
    fn from(event: routing::Event) -> Self {
        Self::Routing(event)
    }
}

impl From<channel::Event> for Event {
    fn from(event: channel::Event) -> Self {
        Self::Channel(event)
    }
}

impl From<settings::Event> for Event {
    fn from(event: settings::Event) -> Self {
        Self::Settings(event)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let kind = event.get("kind").and_then(Value::as_str).ok_or_else(|| D::Error::missing_field("kind"))?;
        let read = if conversation::Event::KINDS.contains(&kind) {
            serde_json::from_value(event).map(Self::Conversation)
        } else if routing::Event::KINDS.contains(&kind) {
            serde_json::from_value(event).map(Self::Routing)
        } else if channel::Event::KINDS.contains(&kind) {
            serde_json::from_value(event).map(Self::Channel)
        } else if settings::Event::KINDS.contains(&kind) {
            serde_json::from_value(event).map(Self::Settings)
        } else {
            return Err(D::Error::custom(format_args!("this version knows no event of the kind {kind}")));
        };
        read.map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AgentId, MessageId};
    use crate::routing::Chosen;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    #[test]
    fn c2_an_event_is_written_without_its_module_and_read_by_its_kind() {
        let (message, agent) = (MessageId(Uuid::from_u128(1)), AgentId(Uuid::from_u128(2)));
        let events: [Event; 4] = [
            conversation::Event::MessageChanged { message }.into(),
            routing::Event::PresenceChosen { agent, presence: Chosen::Away }.into(),
            channel::Event::SendStarted { message }.into(),
            settings::Event::TenantRenamed.into(),
        ];
        for event in events {
            let written = serde_json::to_value(&event).unwrap();
            assert_eq!(written["kind"], event.kind());
            assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event);
        }
    }

    #[test]
    fn c2_no_two_modules_have_a_kind_of_the_same_name_and_one_that_nobody_has_is_named() {
        let kinds =
            [conversation::Event::KINDS, routing::Event::KINDS, channel::Event::KINDS, settings::Event::KINDS].concat();
        assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len());
        let unknown = serde_json::from_str::<Event>(r#"{"kind": "wedding_announced"}"#).unwrap_err().to_string();
        assert!(unknown.contains("wedding_announced"), "{unknown}");
        assert!(serde_json::from_str::<Event>(r#"{"kind": "send_started"}"#).is_err(), "what belongs to it is missing");
    }
}
