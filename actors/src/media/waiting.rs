//! Which files wait, and until when: an index of rows that are in the store, bounded, and rebuilt by a look.

use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::MessageId;
use std::collections::{BTreeSet, HashMap};

/// What is beyond it stays in the store until a look finds room.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    by_due: BTreeSet<(Timestamp, MessageId)>,
    due: HashMap<MessageId, Timestamp>,
}

impl Waiting {
    /// It waits until `due_at`, whatever was known of it before.
    pub(super) fn put(&mut self, message: MessageId, due_at: Timestamp) {
        if self.due.len() >= MOST && !self.due.contains_key(&message) {
            return;
        }
        if let Some(before) = self.due.insert(message, due_at) {
            self.by_due.remove(&(before, message));
        }
        self.by_due.insert((due_at, message));
    }

    /// The one that has waited longest of those that are due, taken.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<MessageId> {
        let (due_at, message) = *self.by_due.first()?;
        if due_at > now {
            return None;
        }
        self.by_due.pop_first();
        self.due.remove(&message);
        Some(message)
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.by_due.first().map(|(due_at, _)| *due_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn message(n: u128) -> MessageId {
        MessageId(Uuid::from_u128(n))
    }

    #[test]
    fn whoever_is_due_first_goes_first_and_what_was_put_off_waits() {
        let mut waiting = Waiting::default();
        waiting.put(message(1), Timestamp(10));
        waiting.put(message(2), Timestamp(5));
        waiting.put(message(1), Timestamp(20));
        assert_eq!(waiting.take_due(Timestamp(4)), None);
        assert_eq!(waiting.take_due(Timestamp(19)), Some(message(2)));
        assert_eq!((waiting.take_due(Timestamp(19)), waiting.next_at()), (None, Some(Timestamp(20))));
        assert_eq!(waiting.take_due(Timestamp(20)), Some(message(1)));
        assert_eq!(waiting.next_at(), None);
    }

    #[test]
    fn the_index_is_bounded_and_what_it_holds_can_still_be_put_off() {
        let mut waiting = Waiting::default();
        for n in 0..=MOST as u128 {
            waiting.put(message(n), Timestamp(n as i64));
        }
        assert_eq!(waiting.due.len(), MOST);
        waiting.put(message(0), Timestamp(1_000_000));
        assert_eq!((waiting.due.len(), waiting.by_due.len()), (MOST, MOST));
        assert_eq!(waiting.next_at(), Some(Timestamp(1)));
    }
}
