//! Who has which role: what a user is given, and what follows for those who have a role when it changes.
//!
//! A user has one that is built in, and may have one of the tenant's own beside it, which says what they may do. The one that is built in
//! is the nearest of those that allow no more: it is all that a program without roles of one's own knows of them.

use crate::identity::{Administers, Permissions, Role, allowed, last_administrator_stays};
use crate::identity::{ROLE_AT, ROLE_ID_AT, USER, User};
use crate::ids::UserId;
use crate::record::{Change, Expect, Fault, Record, Value, Wish, propose};
use crate::{Refusal, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Everybody of a tenant, and every role of its own, at one moment.
#[derive(Clone, Debug)]
pub struct Staff<'a> {
    users: Vec<(&'a Record, User)>,
    roles: Vec<&'a Record>,
}

/// What somebody is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    BuiltIn(Role),
    /// The record's id.
    Own(Uuid),
}

/// Why it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    Fault(Fault),
    Refused(Refusal),
}

impl From<Refusal> for Unfit {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What follows from changes of roles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Follows {
    /// Of those who have it.
    pub changes: Vec<Change>,
    /// Those who may do something else from now on.
    pub users: Vec<UserId>,
}

/// The strongest role that is built in and allows no more than this; nothing where even the weakest allows more.
fn nearest(permissions: Permissions) -> Option<Role> {
    Role::BUILT_IN.into_iter().find(|role| permissions.include(role.permissions()))
}

impl<'a> Staff<'a> {
    /// Of all records of both kinds; what is no user of this version's is nobody.
    pub fn of(users: impl IntoIterator<Item = &'a Record>, roles: impl IntoIterator<Item = &'a Record>) -> Self {
        let users = users.into_iter().filter_map(|record| Some((record, User::of(record)?)));
        Self { users: users.collect(), roles: roles.into_iter().collect() }
    }

    fn own(&self, id: Uuid) -> Option<&'a Record> {
        self.roles.iter().copied().find(|role| role.id == id)
    }

    fn permissions(&self, user: &User) -> Permissions {
        let own = user.role_id.and_then(|id| self.own(id));
        own.map_or(user.role.permissions(), allowed)
    }

    /// Whether somebody is left who can administer: everybody as they are, but for what `instead` says some of them may do.
    fn administer(&self, instead: impl Fn(&User) -> Option<Permissions>) -> Result<(), Refusal> {
        let active = |record: &Record, user: &User| user.active && record.archived_at.is_none();
        let now = self
            .users
            .iter()
            .map(|(record, user)| Administers { active: active(record, user), permissions: self.permissions(user) });
        let then = self.users.iter().map(|(record, user)| Administers {
            active: active(record, user),
            permissions: instead(user).unwrap_or_else(|| self.permissions(user)),
        });
        last_administrator_stays(now, then)
    }

    /// What a user becomes who is given a role by somebody who may do this; nothing where they have it already.
    ///
    /// # Errors
    /// There is no such user or role, the role allows what its giver lacks or less than every role that is built in, or nobody would be
    /// left who can administer.
    pub fn given(
        &self,
        user: UserId,
        role: &Given,
        by: Permissions,
        now: Timestamp,
    ) -> Result<(Record, Option<Change>), Unfit> {
        let found = self.users.iter().find(|(record, _)| record.id == user.0);
        let (record, known) = found.ok_or(Refusal::NOT_FOUND)?;
        let (permissions, built_in, role_id) = match role {
            Given::BuiltIn(role) => (role.permissions(), Some(role.clone()), Value::Null),
            Given::Own(id) => {
                let own = self.own(*id).filter(|own| own.archived_at.is_none());
                let own = own.ok_or(Unfit::Fault(Fault::new("role_id", "not_found")))?;
                (allowed(own), nearest(allowed(own)), Value::Id(*id))
            }
        };
        let field = if role_id == Value::Null { "role" } else { "role_id" };
        let built_in = built_in.ok_or(Unfit::Fault(Fault::new(field, "less_than_agent")))?;
        if !by.include(permissions) {
            return Err(Unfit::Fault(Fault::new(field, "lacking")));
        }
        self.administer(|of| std::ptr::eq(of, known).then_some(permissions))?;
        let change = becomes(record, &built_in, role_id, now);
        let after = change.as_ref().and_then(|change| change.after.clone());
        Ok((after.unwrap_or_else(|| (*record).clone()), change))
    }

    /// What follows from changes of roles for those who have them, as they come together.
    ///
    /// # Errors
    /// Somebody has what would be archived, or would have less than every role that is built in; or nobody would be left who can
    /// administer.
    pub fn follow<'c>(&self, changes: impl IntoIterator<Item = &'c Change>, now: Timestamp) -> Result<Follows, Unfit> {
        let (mut follows, mut allow) = (Follows::default(), BTreeMap::new());
        for change in changes {
            let has_it = |(_, user): &&(&Record, User)| user.role_id == Some(change.id);
            let holders: Vec<&Record> = self.users.iter().filter(has_it).map(|(record, _)| *record).collect();
            let after = change.after.as_ref().filter(|after| after.archived_at.is_none());
            if holders.is_empty() || after.map(allowed) == change.before.as_ref().map(allowed) {
                continue;
            }
            let permissions = after.map(allowed).ok_or(Refusal::IN_USE)?;
            let built_in = nearest(permissions).ok_or(Unfit::Fault(Fault::new("permissions", "less_than_agent")))?;
            let become_so = |record: &&Record| becomes(record, &built_in, Value::Id(change.id), now);
            follows.changes.extend(holders.iter().filter_map(become_so));
            follows.users.extend(holders.iter().map(|record| UserId(record.id)));
            allow.insert(change.id, permissions);
        }
        self.administer(|user| user.role_id.and_then(|id| allow.get(&id).copied()))?;
        Ok(follows)
    }
}

fn becomes(record: &Record, built_in: &Role, role_id: Value, now: Timestamp) -> Option<Change> {
    let mut values = record.values.clone();
    (values[ROLE_AT], values[ROLE_ID_AT]) = (Value::text(built_in.name()), role_id);
    propose(&USER, record.id, Some(record), Expect::Any, Wish::Put(values), now).expect("another role is a role")
}

#[cfg(test)]
#[path = "roles_tests.rs"]
mod tests;
