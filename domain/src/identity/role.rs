//! Roles: a name and what it allows. Three are built in and cannot be changed; others are read from where they are kept.

use super::permission::Permission;
use super::permissions::Permissions;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// What a user is in their tenant. Users name their role, in the store, in files and in answers; what it allows is read with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    name: Cow<'static, str>,
    permissions: Permissions,
}

impl Role {
    pub const AGENT: Self = Self::built_in("agent", Permissions::of(&[Permission::Reply, Permission::Pick]));
    pub const SUPERVISOR: Self = Self::built_in(
        "supervisor",
        Permissions::of(&[
            Permission::Reply,
            Permission::Pick,
            Permission::ReadAll,
            Permission::ReadBoard,
            Permission::ReadUsers,
            Permission::ReadOps,
        ]),
    );
    pub const ADMINISTRATOR: Self = Self::built_in("administrator", Permissions::all());

    /// In every tenant, and the same in all of them.
    pub const BUILT_IN: [Self; 3] = [Self::ADMINISTRATOR, Self::SUPERVISOR, Self::AGENT];

    const fn built_in(name: &'static str, permissions: Permissions) -> Self {
        Self { name: Cow::Borrowed(name), permissions }
    }

    /// A role as it was read. Nothing that is kept takes the place of one that is built in: their names are taken.
    ///
    /// # Errors
    /// `Err` holds the built-in role that has this name.
    pub fn read(name: String, permissions: Permissions) -> Result<Self, Self> {
        match Self::named(&name) {
            Some(built_in) => Err(built_in),
            None => Ok(Self { name: Cow::Owned(name), permissions }),
        }
    }

    /// The built-in role with this name; nothing for a name that none of them has.
    pub fn named(name: &str) -> Option<Self> {
        Self::BUILT_IN.into_iter().find(|role| role.name == name)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub const fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Whether it can be changed by nobody.
    pub fn is_built_in(&self) -> bool {
        Self::named(&self.name).is_some()
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.name)
    }
}

/// By its name; of those that are built in.
impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::named(&name)
            .ok_or_else(|| serde::de::Error::unknown_variant(&name, &["administrator", "supervisor", "agent"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_all_that_the_one_below_may() {
        let ladder = [Role::AGENT, Role::SUPERVISOR, Role::ADMINISTRATOR];
        for (lower, higher) in ladder.iter().zip(&ladder[1..]) {
            assert!(higher.permissions().include(lower.permissions()));
            assert_ne!(higher.permissions(), lower.permissions());
        }
        assert_eq!(Role::ADMINISTRATOR.permissions(), Permissions::all());
    }

    #[test]
    fn only_those_who_read_all_see_the_board_and_the_users() {
        for role in Role::BUILT_IN {
            let may = role.permissions();
            assert_eq!(may.has(Permission::ReadBoard), may.has(Permission::ReadAll));
            assert_eq!(may.has(Permission::ReadUsers), may.has(Permission::ReadAll));
            assert_eq!(Role::named(role.name()), Some(role.clone()));
            assert_eq!(serde_json::to_value(&role).unwrap(), role.name());
            assert_eq!(serde_json::from_value::<Role>(role.name().into()).unwrap(), role);
        }
        assert!(!Role::AGENT.permissions().has(Permission::ReadAll));
    }

    #[test]
    fn a_built_in_role_is_read_only() {
        for role in Role::BUILT_IN {
            assert!(role.is_built_in());
            assert_eq!(Role::read(role.name().to_owned(), Permissions::all()), Err(role));
        }
        let listener = Role::read("listener".into(), Permissions::of(&[Permission::ReadAll])).unwrap();
        assert!(!listener.is_built_in() && listener.permissions().has(Permission::ReadAll));
    }

    #[test]
    fn an_unknown_role_is_refused_by_its_name_and_told_which_there_are() {
        let error = serde_json::from_str::<Role>(r#""boss""#).unwrap_err();
        assert!(error.to_string().contains("expected one of `administrator`, `supervisor`, `agent`"), "{error}");
    }
}
