//! What an actor was told of and has not looked at yet, beside its mailbox: bounded, and taken all at once.
//!
//! A mailbox has no end, so it carries no news: whoever has some puts it here and sends one hint for all that waits. Where more waits than
//! there is room for, all of it is let go, and the actor is told that it missed something: what it was to hear of is in the store, and it
//! reads again. An actor that begins has missed whatever waited for the one before it.

use std::mem;
use std::sync::{Mutex, PoisonError};

/// What waits for one actor and its successors.
#[derive(Debug)]
pub struct Backlog<T> {
    most: usize,
    waiting: Mutex<Changes<T>>,
}

/// What waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes<T> {
    /// In the order in which it was told; empty: nothing waited.
    All(Vec<T>),
    /// There was more than that, or nobody knows what there was: read again.
    Missed,
}

impl<T> Default for Changes<T> {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl<T> Backlog<T> {
    /// With room for so many.
    pub fn of(most: usize) -> Self {
        Self { most, waiting: Mutex::default() }
    }

    /// Items that belong together. `true`: nothing waited before, so the actor is to be sent a hint; else one is on its way.
    pub fn add(&self, items: Vec<T>) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Changes::All(known) = &mut *waiting else { return false };
        if known.len() + items.len() > self.most {
            let wakes = known.is_empty();
            *waiting = Changes::Missed;
            return wakes;
        }
        let wakes = known.is_empty() && !items.is_empty();
        known.extend(items);
        wakes
    }

    /// Something was missed before it came here. `true`: the actor is to be sent a hint.
    pub fn missed(&self) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *waiting, Changes::Missed);
        matches!(before, Changes::All(known) if known.is_empty())
    }

    /// All that waits. Whoever takes it looks at it before they take any more.
    pub fn take(&self) -> Changes<T> {
        mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hint_is_sent_for_all_that_waits() {
        let backlog = Backlog::of(10);
        assert!(!backlog.add(vec![]), "nobody is woken for nothing");
        assert!(backlog.add(vec![1, 2]));
        assert!(!backlog.add(vec![3]));
        assert_eq!(backlog.take(), Changes::All(vec![1, 2, 3]));
        assert_eq!(backlog.take(), Changes::All(vec![]));
        assert!(backlog.add(vec![4]), "what waited was taken, and so was its hint");
    }

    #[test]
    fn what_waits_never_becomes_more_than_there_is_room_for() {
        let backlog = Backlog::of(3);
        assert!(backlog.add(vec![1, 2]));
        assert!(!backlog.add(vec![3, 4]), "the hint that is on its way will do");
        for n in 0..1_000 {
            assert!(!backlog.add(vec![n]));
        }
        assert_eq!(backlog.take(), Changes::Missed);
        assert!(backlog.add(vec![5, 6, 7]), "there is room again");
        assert_eq!(backlog.take(), Changes::All(vec![5, 6, 7]));
        assert!(backlog.add(vec![1, 2, 3, 4]), "too much at once is missed, too, and somebody has to say so");
        assert_eq!(backlog.take(), Changes::Missed);
    }

    #[test]
    fn whatever_waited_when_something_was_missed_is_part_of_it() {
        let backlog = Backlog::of(3);
        assert!(backlog.missed());
        assert!(!backlog.missed());
        assert_eq!(backlog.take(), Changes::Missed);
        assert!(backlog.add(vec![1]));
        assert!(!backlog.missed());
        assert!(!backlog.add(vec![2]));
        assert_eq!(backlog.take(), Changes::Missed);
    }
}
