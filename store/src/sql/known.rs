//! What the writer need not read, because nobody else writes it while we own the store.

use crate::records::{Cursor, Tables};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Known {
    term: i64,
    /// The tenants' cursors as we left them.
    pub(super) cursors: HashMap<Uuid, Cursor>,
    /// Whether any change, of anybody's, waits for its message: nearly always none does. `None`: it must be looked for.
    pub(super) has_early_changes: Option<bool>,
}

impl Known {
    /// What is known under this term.
    pub(super) fn under(&mut self, term: i64) -> &mut Self {
        if self.term != term {
            *self = Self { term, ..Self::default() };
        }
        self
    }

    /// After a transaction that is on disk.
    pub(super) fn learn(&mut self, tables: &Tables) {
        self.cursors.extend(tables.cursors.written().map(|(tenant, cursor)| (*tenant, *cursor)));
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
