//! Records of every kind, in one table of the judge's.

use super::{Table, Tables};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::record::{Change, Kind, Record, Unique, Value};
use dashoffice_domain::{kinds, wording};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Tenant, the name of the kind, and the record's id.
pub(crate) type RecordKey = (Uuid, &'static str, Uuid);

/// A change as it is kept for the audit.
#[derive(Clone, Debug)]
pub(crate) struct ChangeRecord {
    pub(crate) tenant: Uuid,
    pub(crate) position: i64,
    pub(crate) ordinal: i64,
    pub(crate) actor: Principal,
    pub(crate) at: i64,
    pub(crate) change: Change,
}

/// One part of what no two records have alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UniquePart {
    Text(String),
    Id(Uuid),
}

/// What no two records have alike: the kind's name, the place of its unique, the tenant (nil where it counts for all of them), the parts.
type UniqueKey = (&'static str, usize, Uuid, Vec<UniquePart>);

/// Records of all kinds, found by their ids and by what no two may have alike.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    rows: Table<RecordKey, Record>,
    /// Tenants and ids.
    by_unique: BTreeMap<UniqueKey, BTreeSet<(Uuid, Uuid)>>,
}

impl Records {
    /// Puts in what the database already has.
    pub(crate) fn known(&mut self, key: RecordKey, record: Record) {
        self.index(key, Some(&record));
        self.rows.known(key, record);
    }

    /// Adds a record, or replaces the one with this key.
    pub(crate) fn put(&mut self, key: RecordKey, record: Record) {
        self.index(key, Some(&record));
        self.rows.put(key, record);
    }

    pub(crate) fn remove(&mut self, key: &RecordKey) {
        self.index(*key, None);
        self.rows.remove(key);
    }

    pub(crate) fn get(&self, key: &RecordKey) -> Option<&Record> {
        self.rows.get(key)
    }

    /// All of a kind that are here, by id.
    pub(crate) fn of(&self, tenant: Uuid, kind: &Kind) -> impl Iterator<Item = &Record> {
        let (first, last) = ((tenant, kind.name, Uuid::nil()), (tenant, kind.name, Uuid::max()));
        self.rows.range(first..=last).map(|(_, record)| record)
    }

    pub(crate) const fn rows(&self) -> &Table<RecordKey, Record> {
        &self.rows
    }

    pub(crate) fn settle(&mut self) {
        self.rows.settle();
    }

    /// Those of a kind that have these parts of the unique at `place`, with their tenants: the tenant's own, or anybody's where the unique
    /// counts for all of them.
    pub(crate) fn alike(
        &self,
        tenant: Uuid,
        kind: &Kind,
        place: usize,
        parts: Vec<UniquePart>,
    ) -> impl Iterator<Item = (Uuid, &Record)> {
        let key = kind.uniques.get(place).map(|unique| (kind.name, place, whose(unique, tenant), parts));
        let found = key.and_then(|key| self.by_unique.get(&key)).into_iter().flatten();
        found.filter_map(|(of, id)| Some((*of, self.rows.get(&(*of, kind.name, *id))?)))
    }

    /// The record is found by what it has from now on, and no longer by what it had.
    fn index(&mut self, key: RecordKey, after: Option<&Record>) {
        let (tenant, name, id) = key;
        let Some(kind) = kinds::named(name) else { return };
        let before = self.rows.get(&key);
        for (place, unique) in kind.uniques.iter().enumerate() {
            let parts = |record: Option<&Record>| record.and_then(|record| unique_parts(kind, unique, &record.values));
            let (had, has) = (parts(before), parts(after));
            if had == has {
                continue;
            }
            let key = |parts| (kind.name, place, whose(unique, tenant), parts);
            if let Some(had) = had.map(key)
                && let Some(alike) = self.by_unique.get_mut(&had)
            {
                alike.remove(&(tenant, id));
                if alike.is_empty() {
                    self.by_unique.remove(&had);
                }
            }
            if let Some(has) = has.map(key) {
                self.by_unique.entry(has).or_default().insert((tenant, id));
            }
        }
    }
}

/// In whose name a unique counts.
const fn whose(unique: &Unique, tenant: Uuid) -> Uuid {
    if unique.everywhere { Uuid::nil() } else { tenant }
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
        self.records.of(tenant, kind)
    }

    /// Whether another record has what no two may have alike.
    pub(crate) fn is_taken(&self, tenant: Uuid, kind: &Kind, record: &Record) -> bool {
        kind.uniques.iter().enumerate().any(|(place, unique)| {
            let Some(mine) = unique_parts(kind, unique, &record.values) else { return false };
            let mut alike = self.records.alike(tenant, kind, place, mine);
            alike.any(|(of, other)| (of, other.id) != (tenant, record.id))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::Timestamp;
    use dashoffice_domain::conversation::TAG;

    fn tag(id: u128, name: &str) -> Record {
        let values = vec![Value::text(name), Value::text("red"), Value::Boolean(true), Value::Boolean(false)];
        Record { id: Uuid::from_u128(id), version: 1, changed_at: Timestamp(0), archived_at: None, values }
    }

    #[test]
    fn a_record_is_found_by_what_it_has_and_not_by_what_it_had() {
        let tenant = Uuid::from_u128(1);
        let mut records = Records::default();
        let key = |id| (tenant, TAG.name, Uuid::from_u128(id));
        let found = |records: &Records, tenant: Uuid, name: &str| -> Vec<u128> {
            let parts = vec![UniquePart::Text(wording::folded(name))];
            records.alike(tenant, &TAG, 0, parts).map(|(_, record)| record.id.as_u128()).collect()
        };
        records.known(key(7), tag(7, "Ação"));
        assert_eq!(found(&records, tenant, "acao"), [7]);
        assert_eq!(found(&records, Uuid::from_u128(2), "acao"), [], "another tenant's");
        records.put(key(7), tag(7, "Vendas"));
        records.put(key(8), tag(8, "AÇÃO"));
        assert_eq!((found(&records, tenant, "acao"), found(&records, tenant, "vendas")), (vec![8], vec![7]));
        records.remove(&key(8));
        assert_eq!(found(&records, tenant, "acao"), []);
    }
}
