//! One user as the hub knows them, and where a conversation stands: what they see of it follows from `identity`.

use super::Claims;
use super::reads::Directory;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::identity::{Permission, Permissions, Visibility, Visible};
use dashoffice_domain::ids::{AgentId, UserId};

/// A user with what follows from their rights and their queues, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub user: UserId,
    /// `None`: they take no conversations.
    pub agent: Option<AgentId>,
    pub permissions: Permissions,
    /// Of the tenant's conversations.
    pub visible: Visible,
}

/// Where a conversation stands, as far as seeing it is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationOwner {
    pub owner: Owner,
    /// The agent who owned it last; must be there where the owner is nobody, or was nobody until now.
    pub last_agent: Option<AgentId>,
}

/// Why somebody does not see a conversation any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Taken,
    Moved,
}

impl Loss {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Moved => "moved",
        }
    }
}

impl Viewer {
    /// As the directory has their queues.
    pub(super) fn of(claims: Claims, directory: &Directory) -> Self {
        let Claims { user, agent, permissions } = claims;
        let visibility = Visibility::of(permissions, agent.unwrap_or(AgentId(user.0)));
        let visible = visibility.among(directory.members.iter().map(|(queue, members)| (*queue, members)));
        Self { user, agent, permissions, visible }
    }

    pub(super) const fn claims(&self) -> Claims {
        Claims { user: self.user, agent: self.agent, permissions: self.permissions }
    }

    pub fn sees(&self, standing: &ConversationOwner) -> bool {
        self.visible.sees(&standing.owner, standing.last_agent)
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }
}

impl ConversationOwner {
    /// What to say to somebody who saw it and does not any more.
    pub fn loss(&self) -> Loss {
        if matches!(self.owner, Owner::Queue { .. }) { Loss::Moved } else { Loss::Taken }
    }
}
