//! A set of permissions, as sessions, sockets and requests carry it: one word of bits, copied and never looked up.

use super::permission::{Permission, UnknownPermission};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What somebody may do. The bits are places in this version's catalogue, so a set is stored and sent by names alone.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u128);

const _: () = assert!(Permission::catalogue().len() <= u128::BITS as usize, "the catalogue has outgrown its set");

impl Permissions {
    pub const NONE: Self = Self(0);

    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut next) = (0, 0);
        while next < permissions.len() {
            bits |= 1 << permissions[next] as u8;
            next += 1;
        }
        Self(bits)
    }

    /// The whole catalogue.
    pub const fn all() -> Self {
        let (mut bits, mut next) = (0, 0);
        while next < Permission::catalogue().len() {
            bits |= 1 << next;
            next += 1;
        }
        Self(bits)
    }

    /// The set with these names, as a role lists them.
    ///
    /// # Errors
    /// The first name that this version does not know.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownPermission> {
        names.into_iter().map(Permission::named).collect()
    }

    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Whether whoever has these may all that `others` allow.
    pub const fn include(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !(1 << permission as u8))
    }

    #[must_use]
    pub const fn except(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// In the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::catalogue().iter().map(|entry| entry.permission).filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, |set, one| Self(set.0 | Self::of(&[one]).0))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::name)).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(from)?;
        Self::named(names.iter().map(String::as_str)).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_and_written_by_names_in_the_order_of_the_catalogue() {
        let set: Permissions = serde_json::from_str(r#"["board.read", "conversations.reply"]"#).unwrap();
        assert_eq!(set, Permissions::of(&[Permission::Reply, Permission::ReadBoard]));
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["conversations.reply","board.read"]"#);
        assert_eq!(format!("{set:?}"), r#"{"conversations.reply", "board.read"}"#);
        let error = serde_json::from_str::<Permissions>(r#"["board.read", "board.paint"]"#).unwrap_err();
        assert!(error.to_string().starts_with(r#"there is no permission called "board.paint""#), "{error}");
    }

    #[test]
    fn a_set_has_what_was_put_into_it_and_nothing_else() {
        for entry in Permission::catalogue() {
            let alone = Permissions::of(&[entry.permission]);
            assert_eq!(alone.iter().collect::<Vec<_>>(), [entry.permission]);
            assert!(Permissions::all().has(entry.permission) && !Permissions::NONE.has(entry.permission));
            let others = Permissions::all().without(entry.permission);
            assert!(!others.has(entry.permission) && !others.include(alone) && Permissions::all().include(others));
        }
    }
}
