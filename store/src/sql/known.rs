//! What the writer need not read, because nobody else writes it while we own the store.

use super::prefetch::PrefetchKeys;
use crate::records::{ContactRecord, Cursor, StateRecord, Tables};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::ContactId;
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of a table that are remembered; with one more, all are forgotten.
const MOST: usize = 20_000;

#[derive(Default)]
pub(super) struct Known {
    term: i64,
    /// The tenants' cursors as we left them.
    pub(super) cursors: HashMap<Uuid, Cursor>,
    /// Whether any change, of anybody's, waits for its message: nearly always none does. `None`: it must be looked for.
    pub(super) has_early_changes: Option<bool>,
    /// Without their bodies.
    states: HashMap<(Uuid, Entity), StateRecord>,
    contacts: HashMap<(Uuid, ContactId), ContactRecord>,
}

impl Known {
    /// What is known under this term.
    pub(super) fn under(&mut self, term: i64) -> &mut Self {
        if self.term != term {
            *self = Self { term, ..Self::default() };
        }
        self
    }

    /// Puts what is known where the judge finds it, so that it is needed no more.
    pub(super) fn answer(&self, prefetch: &mut PrefetchKeys, tables: &mut Tables) {
        prefetch.cursors.retain(|tenant| {
            let known = self.cursors.get(tenant).map(|cursor| tables.cursors.known(*tenant, *cursor));
            known.is_none()
        });
        prefetch.states.retain(|key| {
            let known = self.states.get(key).map(|state| tables.states.known(*key, state.clone()));
            known.is_none()
        });
        prefetch.contacts.retain(|key| {
            let known = self.contacts.get(key).map(|contact| tables.contacts.known(*key, contact.clone()));
            known.is_none()
        });
    }

    /// After a transaction that is on disk.
    pub(super) fn learn(&mut self, tables: &Tables) {
        self.cursors.extend(tables.cursors.written().map(|(tenant, cursor)| (*tenant, *cursor)));
        remember(
            &mut self.states,
            tables.states.written().map(|(key, state)| {
                let StateRecord { sequence, schema_version, .. } = *state;
                (*key, StateRecord { sequence, schema_version, body: Vec::new() })
            }),
        );
        let contacts = tables.contacts.iter().filter(|(key, contact)| self.contacts.get(key) != Some(contact));
        let contacts: Vec<_> = contacts.map(|(key, contact)| (*key, contact.clone())).collect();
        remember(&mut self.contacts, contacts);
        if tables.early_changes.written().next().is_some() {
            self.has_early_changes = Some(true);
        }
    }

    /// The last of what waited may have been thrown away.
    pub(super) fn tidied(&mut self) {
        self.has_early_changes = None;
    }

    /// After a transaction whose end is not known.
    pub(super) fn forget(&mut self) {
        *self = Self { term: self.term, ..Self::default() };
    }
}

fn remember<K: Eq + std::hash::Hash, R>(known: &mut HashMap<K, R>, rows: impl IntoIterator<Item = (K, R)>) {
    known.extend(rows);
    if known.len() > MOST {
        known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d_what_is_known_under_one_term_is_not_known_under_the_next() {
        let (tenant, key) = (Uuid::from_u128(1), (Uuid::from_u128(1), ContactId(Uuid::from_u128(2))));
        let contact = ContactRecord { name: None, username: None, seen_at: dashoffice_domain::Timestamp(1) };
        let mut tables = Tables::default();
        tables.cursors.put(tenant, Cursor { position: 1, inbox_position: 1 });
        tables.contacts.put(key, contact);
        let mut known = Known::default();
        known.under(1).learn(&tables);
        let prefetch = || PrefetchKeys { cursors: [tenant].into(), contacts: [key].into(), ..PrefetchKeys::default() };
        let unknown = |known: &Known| {
            let mut prefetch = prefetch();
            known.answer(&mut prefetch, &mut Tables::default());
            prefetch.cursors.len() + prefetch.contacts.len()
        };
        assert_eq!(unknown(known.under(1)), 0);
        assert_eq!(unknown(known.under(2)), 2);
        known.under(2).learn(&tables);
        known.forget();
        assert_eq!(unknown(&known), 2, "nobody knows what became of the last transaction");
    }
}
