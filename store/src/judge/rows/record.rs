//! Rows of records: nothing of a record's version is overwritten that its author has not seen, and no two have alike what only one may.

use super::super::access;
use super::super::commit::Against;
use super::super::status::Author;
use super::{Moves, Place};
use crate::records::{ChangeRecord, Tables};
use dashoffice_domain::channel::{NUMBER, NumberSettings};
use dashoffice_domain::identity::USER;
use dashoffice_domain::ids::UserId;
use dashoffice_domain::record::{Kind, Record, Row, Value};
use uuid::Uuid;

pub(super) fn violation(tables: &Tables, tenant: Uuid, row: &Row) -> Option<Against> {
    let expected = |there: bool| (!there).then_some(Against::Conflict);
    let version = |kind: &Kind, id: Uuid| tables.record(tenant, kind, id).map(|record| record.version);
    match row {
        Row::Put { kind, record, expected: seen } => {
            expected(version(kind, record.id) == *seen && !tables.is_taken(tenant, kind, record))
        }
        Row::Remove { kind, id, expected: seen } => expected(version(kind, *id) == Some(*seen)),
        Row::Changed(_) => None,
    }
}

pub(super) fn record(tables: &mut Tables, author: &Author, place: Place, row: &Row, moves: &mut Moves) {
    let tenant = author.tenant;
    match row {
        Row::Put { kind, record, .. } => {
            let before = tables.record(tenant, kind, record.id).cloned();
            let after = Record { values: learnt(kind, before.as_ref(), &record.values), ..(**record).clone() };
            tables.records.put((tenant, kind.name, record.id), after);
            if **kind == USER {
                access::follow(tables, (tenant, UserId(record.id)), before.as_ref(), author.at);
            } else if **kind == NUMBER {
                moves.connected.extend(NumberSettings::of(record).map(|number| (record.id.into(), number)));
            }
        }
        Row::Remove { kind, id, .. } => {
            tables.records.remove(&(tenant, kind.name, *id));
        }
        Row::Changed(change) => tables.changes.push(ChangeRecord {
            tenant,
            position: place.position,
            ordinal: place.ordinal as i64,
            actor: author.actor.clone(),
            at: author.at.0,
            change: (**change).clone(),
        }),
    }
}

/// What somebody else found out meanwhile stays, as both databases have it.
fn learnt(kind: &Kind, before: Option<&Record>, values: &[Value]) -> Vec<Value> {
    let merged = kind.fields.iter().zip(values).enumerate().map(|(place, (field, value))| match before {
        Some(before) if field.is_learnt() && *value == Value::Null => before.values[place].clone(),
        _ => value.clone(),
    });
    merged.collect()
}
