//! What a change of a record asks the store to remember.

use super::{Change, Kind, Record};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// The record as it is from now on; `expected`: the version that it replaces, none for a new one.
    Put { kind: &'static Kind, record: Box<Record>, expected: Option<i64> },
    /// It is gone, if it is still of this version.
    Remove { kind: &'static Kind, id: Uuid, expected: i64 },
    /// For the audit: what it was and what it is. Erasable, unlike the event beside it.
    Changed(Box<Change>),
}
