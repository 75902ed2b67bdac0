//! A kind of record: its fields, its name and place, and the rule that no description can say.

use super::value::Given;
use super::{Change, Field, Record, Value};
use crate::identity::{Permission, Permissions};
use serde_json::{Map, Value as Json};
use std::fmt;
use uuid::Uuid;

/// Everything that is known of a kind of record.
pub struct Kind {
    /// One of them; in events and changes, and never renamed.
    pub name: &'static str,
    /// All of them; in addresses.
    pub plural: &'static str,
    pub table: &'static str,
    pub fields: &'static [Field],
    pub uniques: &'static [Unique],
    /// The tenant's actors read it: they are told to look when it changes.
    pub is_wired: bool,
    /// It is read and changed over the API by the routes that follow from this description; else it has routes of its own.
    pub is_served: bool,
    /// `None`: everybody of the tenant.
    pub read: Option<Permission>,
    pub write: Permission,
    /// What is wrong with these values beyond each field's own bounds.
    pub check: fn(&Kind, &[Value]) -> Vec<Fault>,
    /// What of a change goes beyond what somebody with these permissions may do.
    pub beyond: fn(&Change, Permissions) -> Vec<Fault>,
    /// Those that are in every tenant and that nobody changes, where there are any. They are in no table.
    pub built_in: Option<fn() -> Vec<Record>>,
}

/// Fields that no two records have alike. Text is compared by its folded words where it is searched, and byte for byte elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unique {
    pub fields: &'static [&'static str],
    /// Over all tenants.
    pub everywhere: bool,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: &'static str,
    pub code: &'static str,
}

impl Fault {
    pub const fn new(field: &'static str, code: &'static str) -> Self {
        Self { field, code }
    }
}

/// By name, which is one kind's alone.
impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Kind {
    /// A rule for kinds whose description says everything.
    pub const fn no_more(_: &Self, _: &[Value]) -> Vec<Fault> {
        Vec::new()
    }

    /// A rule for kinds that whoever may write them may change in any way.
    pub const fn nothing_beyond(_: &Change, _: Permissions) -> Vec<Fault> {
        Vec::new()
    }

    pub fn beyond(&self, change: &Change, by: Permissions) -> Vec<Fault> {
        (self.beyond)(change, by)
    }

    /// Those that are in every tenant.
    pub fn built_in_records(&self) -> Vec<Record> {
        self.built_in.map(|built_in| built_in()).unwrap_or_default()
    }

    /// The one with this id, where it is built in.
    pub fn built_in_record(&self, id: Uuid) -> Option<Record> {
        self.built_in_records().into_iter().find(|record| record.id == id)
    }

    /// The field with this name, and where it stands among the values.
    pub fn place(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|known| known.name == field)
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Values from a JSON object: what is not named stays as it was in `before`, or is null in a new record.
    ///
    /// # Errors
    /// Each thing that is wrong; a field that the kind does not have is `unknown` under the name of the kind.
    pub fn given(&self, object: &Map<String, Json>, before: Option<&Record>) -> Result<Vec<Value>, Vec<Fault>> {
        let known = |name: &str| self.fields.iter().any(|field| field.name == name);
        let mut faults = Vec::new();
        if object.keys().any(|name| !known(name)) {
            faults.push(Fault::new(self.name, "unknown_field"));
        }
        let mut values = Vec::with_capacity(self.fields.len());
        for (place, field) in self.fields.iter().enumerate() {
            let value = match object.get(field.name) {
                Some(json) => field.read(Given::Json(json)),
                None => match before {
                    Some(record) => Ok(record.values[place].clone()),
                    None => field.fault(&Value::Null).map_or(Ok(Value::Null), Err),
                },
            };
            values.push(value.unwrap_or_else(|code| {
                faults.push(Fault::new(field.name, code));
                Value::Null
            }));
        }
        if faults.is_empty() { Ok(values) } else { Err(faults) }
    }

    /// What is wrong with these values, by the bounds of each field and the kind's own rule.
    pub fn faults(&self, values: &[Value]) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self
            .fields
            .iter()
            .zip(values)
            .filter_map(|(field, value)| field.fault(value).map(|code| Fault::new(field.name, code)))
            .collect();
        if faults.is_empty() {
            faults = (self.check)(self, values);
        }
        faults
    }

    /// The record as people see it: what is secret is left out.
    pub fn shown(&self, record: &Record) -> Map<String, Json> {
        let values = self.fields.iter().zip(&record.values).filter(|(field, _)| !field.is_secret());
        values.map(|(field, value)| (field.name.to_owned(), value.to_json())).collect()
    }
}
