//! The catalogue: everything that not everybody may do, by module, with the name it has in the API, in files and in the store.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far a permission reaches, the narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// What is one's own.
    Own,
    /// What one's team has.
    Team,
    /// What waits in one's queues.
    Queue,
    /// Whatever the tenant has.
    All,
}

impl Scope {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Team => "team",
            Self::Queue => "queue",
            Self::All => "all",
        }
    }
}

/// A line of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub permission: Permission,
    /// The business area it is about.
    pub module: &'static str,
    /// Kept for ever: roles are stored by it.
    pub name: &'static str,
    /// `None`: it makes no difference whose it is.
    pub scope: Option<Scope>,
    /// What it allows, in a sentence.
    pub allows: &'static str,
}

/// A name that no permission of this version has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission called {0:?}")]
pub struct UnknownPermission(pub String);

macro_rules! catalogue {
    ($($permission:ident: $module:literal, $name:literal, $scope:expr, $allows:literal;)+) => {
        /// One thing that not everybody may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Permission {
            $(#[doc = $allows] $permission,)+
        }

        const NAMES: &[&str] = &[$($name),+];

        /// In the order of the variants, which is the order in which they are shown.
        const CATALOGUE: &[Entry] = &[$(Entry {
            permission: Permission::$permission,
            module: $module,
            name: $name,
            scope: $scope,
            allows: $allows,
        },)+];
    };
}

catalogue! {
    Reply: "conversation", "conversations.reply", Some(Scope::Own), "Answer customers, and settle what one has said.";
    Pick: "conversation", "conversations.pick", Some(Scope::Queue), "Take a conversation that waits in a queue of one's own.";
    ReadAll: "conversation", "conversations.read_all", Some(Scope::All), "See every conversation of the tenant, not only one's own and those of one's queues.";
    ReadBoard: "routing", "board.read", None, "See the wallboard.";
    ReadUsers: "identity", "users.read", None, "See who signs in, and which roles there are.";
    WriteRoles: "identity", "roles.write", None, "Change what roles there are, and what they allow.";
    ReadOps: "ops", "ops.read", None, "See what was put aside, and how the machinery does: how much, and never what was said.";
    ReadRaw: "ops", "ops.read_raw", None, "See what was put aside byte for byte.";
    WriteOps: "ops", "ops.write", None, "Decide about what was put aside.";
    WriteSettings: "settings", "settings.write", None, "Administer: change how the tenant is set up.";
}

impl Permission {
    /// The whole catalogue, in the order in which it is shown.
    pub const fn catalogue() -> &'static [Entry] {
        CATALOGUE
    }

    /// The names of all of them, in the same order.
    pub const NAMES: &'static [&'static str] = NAMES;

    /// Its line of the catalogue.
    pub const fn entry(self) -> &'static Entry {
        &CATALOGUE[self as usize]
    }

    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// # Errors
    /// A name that this version does not know.
    pub fn named(name: &str) -> Result<Self, UnknownPermission> {
        let entry = CATALOGUE.iter().find(|entry| entry.name == name);
        entry.map(|entry| entry.permission).ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_permission_is_called_the_same_everywhere() {
        for (place, entry) in Permission::catalogue().iter().enumerate() {
            assert_eq!((entry.permission as usize, entry.permission.entry()), (place, entry));
            assert_eq!(Permission::named(entry.name), Ok(entry.permission));
            assert_eq!(serde_json::to_value(entry.permission).unwrap(), entry.name);
            assert_eq!(serde_json::from_value::<Permission>(entry.name.into()).unwrap(), entry.permission);
        }
        let names: BTreeSet<_> = Permission::catalogue().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), Permission::catalogue().len(), "no two have one name");
    }

    #[test]
    fn an_unknown_permission_is_refused_by_its_name() {
        let unknown = Permission::named("conversations.fly").unwrap_err();
        assert_eq!(unknown.to_string(), r#"there is no permission called "conversations.fly""#);
        let error = serde_json::from_str::<Permission>(r#""board.write""#).unwrap_err();
        assert!(error.to_string().starts_with(r#"there is no permission called "board.write""#), "{error}");
    }
}
