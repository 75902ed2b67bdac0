//! Records of every kind, in one table of the judge's.

use super::Tables;
use dashoffice_domain::record::{Change, Kind, Record, Unique, Value};
use dashoffice_domain::{kinds, wording};
use uuid::Uuid;

/// Tenant, the name of the kind, and the record's id.
pub(crate) type RecordKey = (Uuid, &'static str, Uuid);

/// A change as it is kept for the audit.
#[derive(Clone, Debug)]
pub(crate) struct ChangeRecord {
    pub(crate) tenant: Uuid,
    pub(crate) position: i64,
    pub(crate) ordinal: i64,
    pub(crate) actor: Uuid,
    pub(crate) at: i64,
    pub(crate) change: Change,
}

/// One part of what no two records have alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UniquePart {
    Text(String),
    Id(Uuid),
}

/// What a record must not share with another; nothing where a part of it is null.
pub(crate) fn unique_parts(kind: &Kind, unique: &Unique, values: &[Value]) -> Option<Vec<UniquePart>> {
    let parts = unique.fields.iter().map(|name| {
        let (place, field) = (kind.place(name)?, kind.field(name)?);
        match values.get(place)? {
            Value::Text(text) if field.is_searched() => Some(UniquePart::Text(wording::folded(text))),
            Value::Text(text) => Some(UniquePart::Text(text.clone())),
            Value::Id(id) => Some(UniquePart::Id(*id)),
            _ => None,
        }
    });
    parts.collect()
}

impl Tables {
    pub(crate) fn record(&self, tenant: Uuid, kind: &Kind, id: Uuid) -> Option<&Record> {
        self.records.get(&(tenant, kind.name, id))
    }

    /// All of a kind that are here, by id.
    pub(crate) fn records_of(&self, tenant: Uuid, kind: &Kind) -> impl Iterator<Item = &Record> {
        let (first, last) = ((tenant, kind.name, Uuid::nil()), (tenant, kind.name, Uuid::max()));
        self.records.range(first..=last).map(|(_, record)| record)
    }

    /// Records that have what no two may have alike, with their tenants.
    pub(crate) fn alike(
        &self,
        tenant: Uuid,
        kind: &str,
        place: usize,
        parts: &[UniquePart],
    ) -> impl Iterator<Item = (Uuid, &Record)> {
        let kind = kinds::named(kind);
        let unique = kind.and_then(|kind| kind.uniques.get(place));
        self.records.iter().filter_map(move |((of, name, _), record)| {
            let (kind, unique) = (kind?, unique?);
            let is_alike = *name == kind.name
                && (unique.everywhere || *of == tenant)
                && unique_parts(kind, unique, &record.values).as_deref() == Some(parts);
            is_alike.then_some((*of, record))
        })
    }

    /// Whether another record has what no two may have alike.
    pub(crate) fn is_taken(&self, tenant: Uuid, kind: &Kind, record: &Record) -> bool {
        kind.uniques.iter().enumerate().any(|(place, unique)| {
            let Some(mine) = unique_parts(kind, unique, &record.values) else { return false };
            let mut alike = self.alike(tenant, kind.name, place, &mine);
            alike.any(|(of, other)| (of, other.id) != (tenant, record.id))
        })
    }
}
