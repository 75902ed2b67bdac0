//! Those who sign in, as records.

use super::{Permission, Role};
use crate::ports::Secret;
use crate::record::{Fault, Field, Kind, Record, Unique, Value};
use uuid::Uuid;

/// A user; their address is in lower case, and one user's alone over all tenants.
pub static USER: Kind = Kind {
    name: "user",
    plural: "users",
    table: "app_user",
    fields: &[
        Field::text("email", 254),
        Field::text("name", 200),
        Field::text("role", 100),
        Field::text("password_hash", 10_000).secret(),
        Field::boolean("active"),
        Field::text("language", 100).optional(),
        Field::id("role_id", "role").optional(),
    ],
    uniques: &[Unique { fields: &["email"], everywhere: true }],
    is_wired: true,
    is_served: false,
    read: Some(Permission::ReadUsers),
    write: Permission::WriteSettings,
    check,
    beyond: Kind::nothing_beyond,
    built_in: None,
};

pub(crate) const ROLE_AT: usize = 2;
pub(crate) const ROLE_ID_AT: usize = 6;

fn check(_: &Kind, values: &[Value]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let text = |place: usize| values.get(place).and_then(Value::as_text).unwrap_or_default();
    if text(0) != text(0).to_lowercase() {
        faults.push(Fault::new("email", "not_lower_case"));
    }
    if Role::named(text(ROLE_AT)).is_none() {
        faults.push(Fault::new("role", "unknown"));
    }
    faults
}

/// A user as their record holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// In lower case.
    pub email: String,
    pub name: String,
    /// Built in; beside a role of the tenant's own, the nearest one that allows no more.
    pub role: Role,
    /// In the PHC string format.
    pub password_hash: Secret,
    /// Whoever is not active cannot sign in.
    pub active: bool,
    pub language: Option<String>,
    /// Of a role of the tenant's own, which then says what they may do.
    pub role_id: Option<Uuid>,
}

impl User {
    /// Nothing where the record is of another kind, or their role is none that this version knows.
    pub fn of(record: &Record) -> Option<Self> {
        let [email, name, role, password_hash, active, language, role_id] = record.values.as_slice() else {
            return None;
        };
        let text = |value: &Value| value.as_text().map(str::to_owned);
        Some(Self {
            email: text(email)?,
            name: text(name)?,
            role: Role::named(role.as_text()?)?,
            password_hash: Secret(text(password_hash)?),
            active: active.as_boolean()?,
            language: text(language),
            role_id: role_id.as_id(),
        })
    }

    /// The values of their record.
    pub fn values(&self) -> Vec<Value> {
        vec![
            Value::text(self.email.to_lowercase()),
            Value::text(&self.name),
            Value::text(self.role.name()),
            Value::text(&self.password_hash.0),
            Value::Boolean(self.active),
            self.language.clone().into(),
            self.role_id.map_or(Value::Null, Value::Id),
        ]
    }
}
