//! Who owns the store: one process at a time, each time under a higher term (D).

mod lease;
mod lock;

pub(crate) use lease::Lease;
pub use lease::LeaseTimes;
pub use lock::TakenError;
pub(crate) use lock::{lock, unlock};

use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// Where our ownership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Not asked for, or not granted yet.
    Waiting,
    Owner {
        term: i64,
    },
    /// Somebody else has it: this term will never commit again.
    Lost {
        term: i64,
    },
}

#[derive(Clone, Copy)]
struct Held {
    term: i64,
    /// By our own monotonic clock; from then on we may have been replaced. `None`: as long as the process lives.
    until: Option<Instant>,
    /// What the last owner left has been settled, so others may use it.
    open: bool,
}

/// What the process knows of its ownership.
pub(crate) struct OwnershipState {
    held: Mutex<Option<Held>>,
    changes: watch::Sender<Ownership>,
}

impl OwnershipState {
    pub(crate) fn new() -> Self {
        Self { held: Mutex::new(None), changes: watch::Sender::new(Ownership::Waiting) }
    }

    /// The term, once everything the last owner left is settled.
    pub(crate) fn term(&self) -> Option<i64> {
        self.current().filter(|held| held.open).map(|held| held.term)
    }

    /// The term under which the writer may write, settled or not.
    pub(crate) fn writing_term(&self) -> Option<i64> {
        self.current().map(|held| held.term)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<Ownership> {
        self.changes.subscribe()
    }

    pub(crate) fn hold(&self, term: i64, until: Option<Instant>) {
        self.with(|held| *held = Some(Held { term, until, open: false }));
    }

    /// The same term, for longer.
    fn extend(&self, term: i64, until: Instant) {
        self.with(|held| {
            if let Some(held) = held.as_mut().filter(|held| held.term == term) {
                held.until = Some(until);
            }
        });
    }

    /// Lets others in.
    pub(crate) fn open(&self, term: i64) {
        let opened = self.with(|held| {
            let held = held.as_mut().filter(|held| held.term == term);
            held.map(|held| held.open = true).is_some()
        });
        if opened {
            self.changes.send_replace(Ownership::Owner { term });
        }
    }

    /// Somebody else took it.
    pub(crate) fn lose(&self, term: i64) {
        if self.with(|held| held.take_if(|held| held.term == term)).is_some() {
            tracing::error!(term, "the ownership of the store went to another process");
            self.changes.send_replace(Ownership::Lost { term });
        }
    }

    /// Given back by ourselves.
    pub(crate) fn give_back(&self) {
        if self.with(Option::take).is_some() {
            self.changes.send_replace(Ownership::Waiting);
        }
    }

    fn current(&self) -> Option<Held> {
        self.with(|held| held.filter(|held| held.until.is_none_or(|until| Instant::now() < until)))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Option<Held>) -> T) -> T {
        look(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn d_past_the_local_deadline_there_is_no_term() {
        let standing = OwnershipState::new();
        standing.hold(3, Some(Instant::now() + Duration::from_mins(1)));
        assert_eq!((standing.writing_term(), standing.term()), (Some(3), None), "not settled yet");
        standing.open(3);
        assert_eq!(standing.term(), Some(3));
        standing.extend(3, Instant::now());
        assert_eq!((standing.writing_term(), standing.term()), (None, None));
        standing.extend(3, Instant::now() + Duration::from_mins(1));
        assert_eq!(standing.term(), Some(3), "nobody took it, so it is the same term");
    }

    #[test]
    fn d_a_lost_term_never_comes_back() {
        let standing = OwnershipState::new();
        standing.hold(3, None);
        standing.open(3);
        standing.lose(3);
        standing.extend(3, Instant::now() + Duration::from_mins(1));
        assert_eq!(standing.term(), None);
        assert_eq!(*standing.changes().borrow(), Ownership::Lost { term: 3 });
    }
}
