//! What is to happen later: one list in order of time, one task that waits for its first entry.

use crate::clock::now_us;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Entries of the same instant come in the order in which they were made.
#[derive(Debug)]
pub(crate) struct Calendar<T> {
    entries: Mutex<Entries<T>>,
    changed: Notify,
}

#[derive(Debug)]
struct Entries<T> {
    by_time: BTreeMap<(i64, u64), T>,
    made: u64,
}

impl<T> Calendar<T> {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::new(Entries { by_time: BTreeMap::new(), made: 0 }), changed: Notify::new() }
    }

    fn entries(&self) -> MutexGuard<'_, Entries<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Callers bound what they put here: it comes from messages, of which only so many may wait.
    pub(crate) fn add(&self, at_us: i64, entry: T) {
        let mut entries = self.entries();
        entries.made += 1;
        let key = (at_us, entries.made);
        let is_first = entries.by_time.first_key_value().is_none_or(|(first, _)| key < *first);
        entries.by_time.insert(key, entry);
        drop(entries);
        if is_first {
            self.changed.notify_one();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries().by_time.len()
    }

    /// Waits for the next entry whose time has come.
    pub(crate) async fn next(&self) -> T {
        loop {
            let wait_us = {
                let mut entries = self.entries();
                match entries.by_time.first_entry() {
                    Some(first) if first.key().0 <= now_us() => return first.remove(),
                    Some(first) => Some((first.key().0 - now_us()).max(0) as u64),
                    None => None,
                }
            };
            match wait_us {
                Some(wait_us) => {
                    // Either the time comes or an earlier entry does: both mean looking again.
                    let _ = tokio::time::timeout(Duration::from_micros(wait_us), self.changed.notified()).await;
                }
                None => self.changed.notified().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn entries_come_in_order_of_time_then_of_making() {
        let calendar = Calendar::new();
        let now = now_us();
        calendar.add(now + 20_000, "late");
        calendar.add(now + 5_000, "first");
        calendar.add(now + 5_000, "second");
        assert_eq!([calendar.next().await, calendar.next().await, calendar.next().await], ["first", "second", "late"]);
        assert!(now_us() >= now + 20_000);
        assert_eq!(calendar.len(), 0);
    }
}
