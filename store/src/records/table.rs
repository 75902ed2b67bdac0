//! A table, or the part of one that a batch is about, which remembers what was changed in it.

use std::collections::BTreeMap;

/// What must be done to a row so that the database agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    New,
    Changed,
    Gone,
}

/// Rows by key, ordered, so that every walk over them is the same walk.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, R> {
    rows: BTreeMap<K, R>,
    changes: BTreeMap<K, Change>,
}

impl<K, R> Default for Table<K, R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), changes: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, R> Table<K, R> {
    /// Puts in what the database already has.
    pub(crate) fn known(&mut self, key: K, row: R) {
        self.rows.insert(key, row);
    }

    pub(crate) fn get(&self, key: &K) -> Option<&R> {
        self.rows.get(key)
    }

    pub(crate) fn has(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// Adds a row, or replaces the one with this key.
    pub(crate) fn put(&mut self, key: K, row: R) {
        let replaces = self.rows.insert(key.clone(), row).is_some();
        let change = self.changes.entry(key).or_insert(if replaces { Change::Changed } else { Change::New });
        if *change == Change::Gone {
            *change = Change::Changed;
        }
    }

    /// The row, to be changed.
    pub(crate) fn change(&mut self, key: &K) -> Option<&mut R> {
        let row = self.rows.get_mut(key)?;
        self.changes.entry(key.clone()).or_insert(Change::Changed);
        Some(row)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<R> {
        let row = self.rows.remove(key)?;
        if self.changes.insert(key.clone(), Change::Gone) == Some(Change::New) {
            self.changes.remove(key);
        }
        Some(row)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &R)> {
        self.rows.iter()
    }

    pub(crate) fn range(&self, range: impl std::ops::RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &R)> {
        self.rows.range(range)
    }

    /// Rows that are new, or that were replaced or changed; `which` says of which kind.
    pub(crate) fn touched(&self, which: Change) -> impl Iterator<Item = (&K, &R)> {
        self.changes
            .iter()
            .filter(move |(_, change)| **change == which)
            .filter_map(|(key, _)| Some((key, self.rows.get(key)?)))
    }

    /// Rows to be inserted or replaced, whichever it is.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&K, &R)> {
        self.touched(Change::New).chain(self.touched(Change::Changed))
    }

    pub(crate) fn gone(&self) -> impl Iterator<Item = &K> {
        self.changes.iter().filter(|(_, change)| **change == Change::Gone).map(|(key, _)| key)
    }

    pub(crate) fn is_touched(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Drops rows without a trace, where nothing is written elsewhere.
    pub(crate) fn forget(&mut self, which: impl Fn(&K, &R) -> bool) {
        self.rows.retain(|key, row| !which(key, row));
    }

    /// From here on, what is here is what is kept.
    pub(crate) fn settle(&mut self) {
        self.changes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_leaves_no_trace() {
        let mut table = Table::default();
        table.put(1, "a");
        table.remove(&1);
        assert!(!table.is_touched());
    }

    #[test]
    fn a_row_that_was_there_is_changed_and_one_that_was_not_is_new() {
        let mut table = Table::default();
        table.known(1, "a");
        table.put(1, "b");
        table.put(2, "c");
        assert_eq!(table.touched(Change::Changed).collect::<Vec<_>>(), [(&1, &"b")]);
        assert_eq!(table.touched(Change::New).collect::<Vec<_>>(), [(&2, &"c")]);
        table.remove(&1);
        assert_eq!(table.gone().collect::<Vec<_>>(), [&1]);
    }
}
