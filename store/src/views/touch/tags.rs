//! As many tags as nobody has, for all lists of records are read as theirs are.

use super::{CHATS, NOON, TENANT, id};
use crate::records::Tables;
use crate::views::{RecordFilter, RecordPlace};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::TAG;
use dashoffice_domain::record::{Record, Value};

pub(super) fn fill(house: &mut Tables) {
    for n in 0..CHATS {
        let colour = if n.is_multiple_of(2) { "red" } else { "blue" };
        let values = vec![Value::Text(name(n)), Value::Text(colour.into()), Value::Boolean(true), Value::Boolean(true)];
        let record = Record { id: id(10, n), version: 1, changed_at: Timestamp(NOON), archived_at: None, values };
        house.records.put((TENANT.0, TAG.name, record.id), record);
    }
}

fn name(n: u128) -> String {
    format!("etiqueta {n:05}")
}

/// In each order, and of each half.
pub(super) fn lists() -> Vec<(String, RecordFilter)> {
    let red = (TAG.field("colour").unwrap(), Value::Text("red".into()));
    let mut lists = Vec::new();
    for (sort, descending) in [(None, false), (None, true), (TAG.field("name"), false), (TAG.field("name"), true)] {
        for equal in [Vec::new(), vec![red.clone()]] {
            let name = format!("by {:?}, descending {descending}, {equal:?}", sort.map(|field| field.name));
            lists.push((name, RecordFilter { equal, sort, descending, ..RecordFilter::default() }));
        }
    }
    lists
}

/// In the middle.
pub(super) fn place(filter: &RecordFilter) -> RecordPlace {
    let n = CHATS / 2;
    RecordPlace { key: filter.sort.map_or(Value::Null, |_| Value::Text(name(n))), id: id(10, n) }
}
