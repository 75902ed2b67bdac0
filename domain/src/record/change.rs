//! From what somebody wants of a record to what changes.

use super::{Fault, Field, Kind, Record, Row, Value};
use crate::Timestamp;
use crate::settings::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Which version somebody has seen of what they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// There is none yet.
    New,
    Version(i64),
    /// Whichever.
    Any,
}

/// What is to become of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// These values, whether it is there or not.
    Put(Vec<Value>),
    Archive,
    Restore,
    Remove,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Created,
    Changed,
    Archived,
    Restored,
    Removed,
}

impl What {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Archived => "archived",
            Self::Restored => "restored",
            Self::Removed => "removed",
        }
    }
}

/// Why nothing changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    NotFound,
    /// Somebody has changed it since, or it is there already: the version it has.
    Stale {
        version: i64,
    },
    Invalid(Vec<Fault>),
}

/// A record before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub kind: &'static Kind,
    pub id: Uuid,
    pub what: What,
    pub before: Option<Record>,
    pub after: Option<Record>,
}

/// What comes of a wish; nothing where all is as it is wanted already.
///
/// # Errors
/// It cannot be so.
pub fn propose(
    kind: &'static Kind,
    id: Uuid,
    before: Option<&Record>,
    expect: Expect,
    wish: Wish,
    now: Timestamp,
) -> Result<Option<Change>, Refused> {
    match (expect, before) {
        (Expect::New, Some(before)) => return Err(Refused::Stale { version: before.version }),
        (Expect::Version(_), None) => return Err(Refused::NotFound),
        (Expect::Version(seen), Some(before)) if seen != before.version => {
            return Err(Refused::Stale { version: before.version });
        }
        _ => {}
    }
    let next = |before: &Record| Record { version: before.version + 1, changed_at: now, ..before.clone() };
    let (what, after) = match (wish, before) {
        (Wish::Put(values), None) => {
            let record = Record { id, version: 1, changed_at: now, archived_at: None, values };
            (What::Created, Some(record))
        }
        (Wish::Put(mut values), Some(before)) => {
            for ((field, value), known) in kind.fields.iter().zip(&mut values).zip(&before.values) {
                if field.is_learnt() && *value == Value::Null {
                    value.clone_from(known);
                }
            }
            if values == before.values {
                return Ok(None);
            }
            (What::Changed, Some(Record { values, ..next(before) }))
        }
        (Wish::Archive | Wish::Restore | Wish::Remove, None) => return Err(Refused::NotFound),
        (Wish::Archive, Some(before)) if before.archived_at.is_some() => return Ok(None),
        (Wish::Restore, Some(before)) if before.archived_at.is_none() => return Ok(None),
        (Wish::Archive, Some(before)) => (What::Archived, Some(Record { archived_at: Some(now), ..next(before) })),
        (Wish::Restore, Some(before)) => (What::Restored, Some(Record { archived_at: None, ..next(before) })),
        (Wish::Remove, Some(_)) => (What::Removed, None),
    };
    let faults = after.as_ref().map_or_else(Vec::new, |record| kind.faults(&record.values));
    if !faults.is_empty() {
        return Err(Refused::Invalid(faults));
    }
    Ok(Some(Change { kind, id, what, before: before.cloned(), after }))
}

impl Change {
    /// Who hears of it: which record, and which fields, and none of their values (C1).
    pub fn event(&self) -> Event {
        let known = self.after.as_ref().or(self.before.as_ref());
        Event::RecordChanged {
            record: self.kind.name.to_owned(),
            id: self.id,
            version: known.map_or(0, |record| record.version),
            what: self.what,
            fields: self.fields().into_iter().collect(),
        }
    }

    /// What the store is to remember of it.
    pub fn rows(self) -> [Row; 2] {
        let Self { kind, id, .. } = self;
        let expected = self.before.as_ref().map(|before| before.version);
        let row = match (&self.after, expected) {
            (Some(record), expected) => Row::Put { kind, record: Box::new(record.clone()), expected },
            (None, expected) => Row::Remove { kind, id, expected: expected.unwrap_or_default() },
        };
        [row, Row::Changed(Box::new(self))]
    }

    /// The names of fields that are otherwise than before; `field.member` within objects.
    pub fn fields(&self) -> BTreeSet<String> {
        self.differing().map(|(name, ..)| name).collect()
    }

    /// Each value that is otherwise than before, with both; what is secret is told as changed, without its value.
    pub fn told(&self) -> impl Iterator<Item = (String, Json, Json)> {
        self.differing().map(
            |(name, is_secret, before, after)| {
                if is_secret { (name, Json::Null, Json::Null) } else { (name, before, after) }
            },
        )
    }

    fn differing(&self) -> impl Iterator<Item = (String, bool, Json, Json)> {
        let of = |record: &Option<Record>, place: usize| {
            record.as_ref().map_or(Json::Null, |record| record.values[place].to_json())
        };
        self.kind.fields.iter().enumerate().flat_map(move |(place, field)| {
            let (before, after) = (of(&self.before, place), of(&self.after, place));
            members(field, before, after)
        })
    }
}

/// A field, or those members of it that differ.
fn members(field: &Field, before: Json, after: Json) -> Vec<(String, bool, Json, Json)> {
    if before == after {
        return Vec::new();
    }
    let (Json::Object(old), Json::Object(new)) = (&before, &after) else {
        return vec![(field.name.to_owned(), field.is_secret(), before, after)];
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let of = |object: &serde_json::Map<String, Json>, name: &str| object.get(name).cloned().unwrap_or_default();
    let differing = names.into_iter().map(|name| (name, of(old, name), of(new, name)));
    let differing = differing.filter(|(_, before, after)| before != after);
    differing
        .map(|(name, before, after)| (format!("{}.{name}", field.name), field.is_secret(), before, after))
        .collect()
}
