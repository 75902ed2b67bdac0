//! Who may do what: three roles, and the permissions that follow from them.

use serde::{Deserialize, Serialize};

/// What a user is in their tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Administrator,
    Supervisor,
    Agent,
}

/// One thing that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Permission {
    #[serde(rename = "conversations.reply")]
    Reply,
    #[serde(rename = "conversations.pick")]
    Pick,
    /// See every conversation of the tenant, not only one's own and those of one's queues.
    #[serde(rename = "conversations.read_all")]
    ReadAll,
    #[serde(rename = "board.read")]
    ReadBoard,
    #[serde(rename = "users.read")]
    ReadUsers,
    /// See what was put aside, and how the machinery does: how much, and never what was said.
    #[serde(rename = "ops.read")]
    ReadOps,
    /// See what was put aside byte for byte.
    #[serde(rename = "ops.read_raw")]
    ReadRaw,
    /// Decide about what was put aside.
    #[serde(rename = "ops.write")]
    WriteOps,
    #[serde(rename = "settings.write")]
    WriteSettings,
}

impl Permission {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reply => "conversations.reply",
            Self::Pick => "conversations.pick",
            Self::ReadAll => "conversations.read_all",
            Self::ReadBoard => "board.read",
            Self::ReadUsers => "users.read",
            Self::ReadOps => "ops.read",
            Self::ReadRaw => "ops.read_raw",
            Self::WriteOps => "ops.write",
            Self::WriteSettings => "settings.write",
        }
    }
}

impl Role {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Supervisor => "supervisor",
            Self::Agent => "agent",
        }
    }

    pub const ALL: [Self; 3] = [Self::Administrator, Self::Supervisor, Self::Agent];

    /// The role with this name; nothing for a name this version does not know.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Everything the role may do, in the order in which it is shown.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{Pick, ReadAll, ReadBoard, ReadOps, ReadRaw, ReadUsers, Reply, WriteOps, WriteSettings};
        match self {
            Self::Agent => &[Reply, Pick],
            Self::Supervisor => &[Reply, Pick, ReadAll, ReadBoard, ReadUsers, ReadOps],
            Self::Administrator => {
                &[Reply, Pick, ReadAll, ReadBoard, ReadUsers, ReadOps, ReadRaw, WriteOps, WriteSettings]
            }
        }
    }

    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_all_that_the_one_below_may() {
        let ladder = [Role::Agent, Role::Supervisor, Role::Administrator];
        for (lower, higher) in ladder.iter().zip(&ladder[1..]) {
            assert!(lower.permissions().iter().all(|permission| higher.may(*permission)));
            assert!(higher.permissions().len() > lower.permissions().len());
        }
    }

    #[test]
    fn only_those_who_read_all_see_the_board_and_the_users() {
        for role in [Role::Administrator, Role::Supervisor, Role::Agent] {
            assert_eq!(role.may(Permission::ReadBoard), role.may(Permission::ReadAll));
            assert_eq!(role.may(Permission::ReadUsers), role.may(Permission::ReadAll));
            assert_eq!(Role::named(role.name()), Some(role));
        }
        assert!(!Role::Agent.may(Permission::ReadAll));
    }

    #[test]
    fn a_permission_is_called_the_same_everywhere() {
        for permission in Role::Administrator.permissions() {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.name());
        }
    }
}
