//! Whose rights or sessions changed, and when: what was read of somebody before that is not believed any more.

use dashoffice_domain::ids::{TenantId, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::broadcast;

/// Changes that a slow listener may be behind.
const BEHIND: usize = 1_024;

/// A point in the order of all changes: what is read after it was taken contains every change before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RightsAsOf(u64);

/// Somebody whose rights changed, or one of whose sessions ended.
pub type UserChanged = (TenantId, UserId);

/// What became of somebody's rights since a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightsSince {
    Same,
    Changed,
    /// Another process may have changed them, or a transaction of ours whose answer was lost.
    NotKnown,
}

/// Counts changes, keeps the last one of each user, and tells whoever listens.
pub(crate) struct Rights {
    counted: Mutex<Counted>,
    told: broadcast::Sender<UserChanged>,
}

#[derive(Default)]
struct Counted {
    last: u64,
    /// The last change that may have been anybody's.
    of_all: u64,
    /// No more than there are users.
    of: HashMap<UserChanged, u64>,
}

impl Default for Rights {
    fn default() -> Self {
        Self { counted: Mutex::default(), told: broadcast::Sender::new(BEHIND) }
    }
}

impl Rights {
    pub(crate) fn as_of(&self) -> RightsAsOf {
        RightsAsOf(self.with(|counted| counted.last))
    }

    pub(crate) fn changed_since(&self, as_of: RightsAsOf, user: UserChanged) -> bool {
        let last = self.with(|counted| counted.of.get(&user).copied().unwrap_or_default().max(counted.of_all));
        as_of < RightsAsOf(last)
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<UserChanged> {
        self.told.subscribe()
    }

    /// It is on disk.
    pub(super) fn changed(&self, user: UserChanged) {
        self.with(|counted| {
            counted.last += 1;
            counted.of.insert(user, counted.last);
        });
        // An error says that nobody listens.
        let _ = self.told.send(user);
    }

    /// Whatever was read before may be wrong: others wrote, or a commit got no answer.
    pub(super) fn all_changed(&self) {
        self.with(|counted| {
            counted.last += 1;
            counted.of_all = counted.last;
            counted.of.clear();
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Counted) -> T) -> T {
        look(&mut self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn user(n: u128) -> UserChanged {
        (TenantId(Uuid::from_u128(1)), UserId(Uuid::from_u128(n)))
    }

    #[test]
    fn what_was_read_before_a_change_is_not_believed_and_what_was_read_after_it_is() {
        let rights = Rights::default();
        let before = rights.as_of();
        rights.changed(user(7));
        assert!(rights.changed_since(before, user(7)));
        assert!(!rights.changed_since(before, user(8)), "nobody else's changed");
        let after = rights.as_of();
        assert!(!rights.changed_since(after, user(7)));
        rights.changed(user(7));
        assert!(rights.changed_since(after, user(7)));
    }

    #[test]
    fn a_commit_without_an_answer_may_have_changed_anybody() {
        let rights = Rights::default();
        rights.changed(user(7));
        let before = rights.as_of();
        rights.all_changed();
        assert!(rights.changed_since(before, user(7)) && rights.changed_since(before, user(8)));
        assert!(!rights.changed_since(rights.as_of(), user(7)));
    }
}
