//! Roles as a tenant keeps them: sets of permissions under names of its own, beside those that are built in.

use super::permission::Permission;
use super::permissions::Permissions;
use super::role::Role;
use crate::record::{Change, Fault, Field, Kind, Record, Unique, Value};
use crate::{Timestamp, wording};
use uuid::Uuid;

/// What a role allows stands in it by names; those that only another version knows are kept, and allow nothing here.
pub static ROLE: Kind = Kind {
    name: "role",
    plural: "roles",
    table: "role",
    fields: &[
        Field::text("name", 60).searched().sorted(),
        Field::set("permissions", Permission::NAMES),
        Field::text("note", 1_000).optional(),
    ],
    uniques: &[Unique { fields: &["name"], everywhere: false }],
    is_wired: false,
    is_served: true,
    read: Some(Permission::ReadUsers),
    write: Permission::WriteRoles,
    check,
    beyond,
    built_in: Some(built_in),
};

const NAME: usize = 0;
const PERMISSIONS: usize = 1;

/// The names of those that are built in are taken, however they are written.
fn check(_: &Kind, values: &[Value]) -> Vec<Fault> {
    let name = wording::folded(values.get(NAME).and_then(Value::as_text).unwrap_or_default());
    let is_taken = Role::BUILT_IN.iter().any(|role| role.name() == name);
    is_taken.then(|| Fault::new("name", "taken")).into_iter().collect()
}

/// Nobody gives what they lack: what a role allows from now on, and did not before, is had by whoever says so.
fn beyond(change: &Change, by: Permissions) -> Vec<Fault> {
    let allows = |record: &Option<Record>| {
        let in_use = record.as_ref().filter(|record| record.archived_at.is_none());
        in_use.map_or(Permissions::NONE, allowed)
    };
    let given = allows(&change.after).except(allows(&change.before));
    (!by.include(given)).then(|| Fault::new("permissions", "lacking")).into_iter().collect()
}

/// What a record of a role allows.
pub fn allowed(record: &Record) -> Permissions {
    allowed_by(record.values.get(PERMISSIONS).and_then(Value::as_set).unwrap_or_default())
}

/// What a role with these names in it allows.
pub fn allowed_by(names: &[String]) -> Permissions {
    names.iter().filter_map(|name| Permission::named(name).ok()).collect()
}

/// Those that are in every tenant, as records that nobody changes.
fn built_in() -> Vec<Record> {
    let record = |(role, number): (Role, u128)| {
        let permissions = role.permissions().iter().map(|permission| permission.name().to_owned());
        Record {
            id: Uuid::from_u128(number),
            version: 1,
            changed_at: Timestamp(0),
            archived_at: None,
            values: vec![Value::text(role.name()), Value::Set(permissions.collect()), Value::Null],
        }
    };
    Role::BUILT_IN.into_iter().zip(1..).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Expect, Refused, Wish, propose};
    use serde_json::json;

    const ID: Uuid = Uuid::from_u128(70);

    fn values(name: &str, permissions: &[&str]) -> Vec<Value> {
        let given = json!({ "name": name, "permissions": permissions });
        ROLE.given(given.as_object().unwrap(), None).unwrap()
    }

    fn changed(before: Option<&Record>, wish: Wish) -> Change {
        propose(&ROLE, ID, before, Expect::Any, wish, Timestamp(1)).unwrap().unwrap()
    }

    fn lacking(change: &Change, by: Permissions) -> bool {
        ROLE.beyond(change, by) == [Fault::new("permissions", "lacking")]
    }

    #[test]
    fn a_permission_that_nobody_knows_is_refused_by_field_and_code() {
        let given = json!({ "name": "Listener", "permissions": ["board.read", "board.paint"] });
        let faults = ROLE.given(given.as_object().unwrap(), None).unwrap_err();
        assert_eq!(faults, [Fault::new("permissions", "unknown")]);
        let nothing = json!({ "name": "Listener", "permissions": [] });
        let faults = ROLE.given(nothing.as_object().unwrap(), None).unwrap_err();
        assert_eq!(faults, [Fault::new("permissions", "required")]);
    }

    #[test]
    fn what_another_version_kept_stays_and_allows_nothing() {
        let kept = Value::Set(vec!["board.read".to_owned(), "board.paint".to_owned()]);
        let role = changed(None, Wish::Put(values("Listener", &["board.read"]))).after.unwrap();
        let role = Record { values: vec![Value::text("Listener"), kept.clone(), Value::Null], ..role };
        assert_eq!(allowed(&role), Permissions::of(&[Permission::ReadBoard]));
        assert_eq!(role.get(&ROLE, "permissions"), Some(&kept));
    }

    #[test]
    fn the_names_of_those_that_are_built_in_are_taken_however_they_are_written() {
        for name in ["agent", "Agent", " SUPERVISOR ", "Àdministrator"] {
            let refused = propose(&ROLE, ID, None, Expect::New, Wish::Put(values(name, &["board.read"])), Timestamp(1));
            assert_eq!(refused, Err(Refused::Invalid(vec![Fault::new("name", "taken")])), "{name}");
        }
    }

    #[test]
    fn nobody_gives_what_they_lack() {
        for lacked in Permissions::all().iter() {
            let by = Permissions::all().without(lacked);
            let role = |permissions: &[&str]| Wish::Put(values("Listener", permissions));
            let weak: Vec<&str> = by.iter().map(Permission::name).collect();
            let (whole, weak) = (changed(None, role(Permission::NAMES)), changed(None, role(&weak)));
            assert!(lacking(&whole, by) && !lacking(&whole, Permissions::all()), "a new one with {lacked:?}");
            assert!(!lacking(&weak, by), "a new one without");
            let raised = changed(weak.after.as_ref(), role(Permission::NAMES));
            assert!(lacking(&raised, by) && !lacking(&raised, Permissions::all()), "one that gains {lacked:?}");
            let strong = whole.after.as_ref();
            let renamed = changed(strong, Wish::Put(values("Auditor", Permission::NAMES)));
            assert!(!lacking(&renamed, by), "what it allows already is not given");
            let archived = changed(strong, Wish::Archive);
            assert!(!lacking(&archived, by));
            let restored = changed(archived.after.as_ref(), Wish::Restore);
            assert!(lacking(&restored, by) && !lacking(&restored, Permissions::all()), "restored with {lacked:?}");
        }
    }

    #[test]
    fn built_in_roles_are_shown_as_records_with_ids_of_their_own() {
        let shown: Vec<(Uuid, Permissions)> = built_in().iter().map(|role| (role.id, allowed(role))).collect();
        let roles = Role::BUILT_IN.map(|role| role.permissions());
        assert_eq!(shown, [1, 2, 3].map(Uuid::from_u128).into_iter().zip(roles).collect::<Vec<_>>());
        assert!(ROLE.built_in_record(Uuid::from_u128(3)).is_some() && ROLE.built_in_record(ID).is_none());
    }
}
