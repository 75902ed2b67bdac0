//! Who has something done: it stands in the envelope of every event, and in the audit.

use crate::ids::{AgentId, BotId, ContactId, UserId};
use uuid::Uuid;

/// Whoever something is done by. What is kept of it is an id, and the name of a kind where the id alone does not say it: an id without
/// one is a user's, and the nil id is the system's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    User(UserId),
    /// A program of somebody else's that signs in with a key.
    ApiKey(Uuid),
    Bot(BotId),
    Automation(Uuid),
    Customer(ContactId),
    System(Part),
    /// Of a kind that only another version knows; kept as it was read.
    Unknown {
        kind: Box<str>,
        id: Uuid,
    },
}

/// Which part of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Whatever needs nobody: clocks, webhooks, routing, delivery.
    #[default]
    Machinery,
    /// The operator's file, as it was applied.
    OfficeFile,
}

/// Between the system and its part in the name of a kind that is kept.
const OF: char = ':';

impl Part {
    const NAMED: [Self; 1] = [Self::OfficeFile];

    /// `None`: the system, without saying more.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Machinery => None,
            Self::OfficeFile => Some("office_file"),
        }
    }
}

impl Principal {
    /// The system, without saying which part.
    pub const SYSTEM: Self = Self::System(Part::Machinery);

    /// From what is kept: the name of the kind, if there is one, and the id. Total: what this version does not know stays as it is.
    pub fn read(kind: Option<&str>, id: Uuid) -> Self {
        match kind {
            None if id.is_nil() => Self::SYSTEM,
            None => Self::User(UserId(id)),
            Some("api_key") => Self::ApiKey(id),
            Some("bot") => Self::Bot(BotId(id)),
            Some("automation") => Self::Automation(id),
            Some("customer") => Self::Customer(ContactId(id)),
            Some(kind) => {
                let part = kind.strip_prefix("system").and_then(|rest| rest.strip_prefix(OF));
                let named = Part::NAMED.into_iter().find(|known| part.is_some() && known.name() == part);
                match named.filter(|_| id.is_nil()) {
                    Some(part) => Self::System(part),
                    None => Self::Unknown { kind: kind.into(), id },
                }
            }
        }
    }

    /// The name of the kind as it is kept beside [`Self::id`]: nothing for users, and for the system where no part is named.
    pub fn kept_kind(&self) -> Option<String> {
        match self {
            Self::User(_) => None,
            Self::System(part) => part.name().map(|part| format!("system{OF}{part}")),
            Self::Unknown { kind, .. } => Some(kind.to_string()),
            Self::ApiKey(_) | Self::Bot(_) | Self::Automation(_) | Self::Customer(_) => Some(self.kind().to_owned()),
        }
    }

    /// Nil: the system.
    pub fn id(&self) -> Uuid {
        match self {
            Self::User(UserId(id))
            | Self::ApiKey(id)
            | Self::Bot(BotId(id))
            | Self::Automation(id)
            | Self::Customer(ContactId(id))
            | Self::Unknown { id, .. } => *id,
            Self::System(_) => Uuid::nil(),
        }
    }

    /// The name of the kind as people are shown it, without the part of the system.
    pub fn kind(&self) -> &str {
        match self {
            Self::User(_) => "user",
            Self::ApiKey(_) => "api_key",
            Self::Bot(_) => "bot",
            Self::Automation(_) => "automation",
            Self::Customer(_) => "customer",
            Self::System(_) => "system",
            Self::Unknown { kind, .. } => kind.split(OF).next().unwrap_or_default(),
        }
    }

    /// Which part of the system, where one is named.
    pub fn part(&self) -> Option<&str> {
        match self {
            Self::System(part) => part.name(),
            Self::Unknown { kind, .. } => kind.split_once(OF).map(|(_, part)| part),
            _ => None,
        }
    }

    /// The user, where it is one.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(*user),
            _ => None,
        }
    }
}

/// The system, without saying which part.
impl Default for Principal {
    fn default() -> Self {
        Self::SYSTEM
    }
}

impl From<UserId> for Principal {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

/// An agent's id is their user's.
impl From<AgentId> for Principal {
    fn from(agent: AgentId) -> Self {
        Self::User(UserId(agent.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    #[test]
    fn each_kind_is_kept_by_a_name_and_an_id_and_read_again() {
        let nil = Uuid::nil();
        let kept = [
            (Principal::User(UserId(ID)), None, ID),
            (Principal::SYSTEM, None, nil),
            (Principal::System(Part::OfficeFile), Some("system:office_file"), nil),
            (Principal::ApiKey(ID), Some("api_key"), ID),
            (Principal::Bot(BotId(ID)), Some("bot"), ID),
            (Principal::Automation(ID), Some("automation"), ID),
            (Principal::Customer(ContactId(ID)), Some("customer"), ID),
        ];
        for (principal, kind, id) in kept {
            assert_eq!((principal.kept_kind().as_deref(), principal.id()), (kind, id));
            assert_eq!(Principal::read(kind, id), principal);
        }
    }

    #[test]
    fn what_another_version_kept_is_read_and_kept_as_it_was() {
        for (kind, id) in [("device", ID), ("system:backup", Uuid::nil()), ("system:office_file", ID), ("system", ID)] {
            let principal = Principal::read(Some(kind), id);
            assert_eq!((principal.kept_kind().as_deref(), principal.id()), (Some(kind), id));
            assert_eq!(principal.user(), None);
        }
        let backup = Principal::read(Some("system:backup"), Uuid::nil());
        assert_eq!((backup.kind(), backup.part()), ("system", Some("backup")));
        assert_eq!(Principal::read(Some("device"), ID).kind(), "device");
    }

    #[test]
    fn people_are_shown_a_kind_and_a_part() {
        let file = Principal::System(Part::OfficeFile);
        assert_eq!((file.kind(), file.part()), ("system", Some("office_file")));
        assert_eq!((Principal::SYSTEM.kind(), Principal::SYSTEM.part()), ("system", None));
        let ana = Principal::from(AgentId(ID));
        assert_eq!((ana.kind(), ana.part(), ana.user()), ("user", None, Some(UserId(ID))));
    }
}
