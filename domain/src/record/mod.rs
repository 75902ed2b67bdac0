//! Records: what people edit at their own pace (queues, numbers, users, tags …), each kind described once.
//!
//! A [`Kind`] says which fields a record has and how they are stored. From that follow reading and writing it in every store, lists,
//! versions, changes for the audit, CSV, and its part of the API. Kinds belong to modules and stand in [`crate::kinds`].

mod change;
mod field;
mod kind;
mod refusals;
mod row;
mod value;

pub use change::{Change, Expect, Refused, What, Wish, propose};
pub use field::{Field, Holds};
pub use kind::{Fault, Kind, Unique};
pub(crate) use refusals::REFUSALS;
pub use row::Row;
pub use value::{Given, Value};

use crate::Timestamp;
use uuid::Uuid;

/// A record as it stands; `values` are in the order of its kind's fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: Uuid,
    /// Rises by one with each change, from 1.
    pub version: i64,
    pub changed_at: Timestamp,
    /// Out of use: kept for what refers to it, and not offered any more.
    pub archived_at: Option<Timestamp>,
    pub values: Vec<Value>,
}

impl Record {
    /// The value of the field with this name; nothing where the kind has no such field.
    pub fn get(&self, kind: &Kind, field: &str) -> Option<&Value> {
        self.values.get(kind.place(field)?)
    }
}

#[cfg(test)]
mod tests;
