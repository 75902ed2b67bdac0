//! Those who sign in, as records.

use crate::identity::{Permission, Role};
use crate::ports::Secret;
use crate::record::{Fault, Field, Kind, Record, Unique, Value};

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
    ],
    uniques: &[Unique { fields: &["email"], everywhere: true }],
    is_wired: true,
    read: Some(Permission::ReadUsers),
    write: Permission::WriteSettings,
    check,
};

fn check(_: &Kind, values: &[Value]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let text = |place: usize| values.get(place).and_then(Value::as_text).unwrap_or_default();
    if text(0) != text(0).to_lowercase() {
        faults.push(Fault::new("email", "not_lower_case"));
    }
    if Role::named(text(2)).is_none() {
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
    pub role: Role,
    /// In the PHC string format.
    pub password_hash: Secret,
    /// Whoever is not active cannot sign in.
    pub active: bool,
    pub language: Option<String>,
}

impl User {
    /// Nothing where the record is of another kind, or their role is none that this version knows.
    pub fn of(record: &Record) -> Option<Self> {
        let [email, name, role, password_hash, active, language] = record.values.as_slice() else { return None };
        let text = |value: &Value| value.as_text().map(str::to_owned);
        Some(Self {
            email: text(email)?,
            name: text(name)?,
            role: Role::named(role.as_text()?)?,
            password_hash: Secret(text(password_hash)?),
            active: active.as_boolean()?,
            language: text(language),
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
        ]
    }
}
