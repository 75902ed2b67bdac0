//! What was read since the last write is still so: only the owner writes, so it need not be read again before something is written.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers kept at once; with more, all are forgotten.
const MOST: usize = 4_096;

/// Answers by question, all of them as of the same moment: a number that grows with each transaction.
pub(crate) struct ReadCache<Q, A>(Mutex<Kept<Q, A>>);

struct Kept<Q, A> {
    write_version: u64,
    answers: HashMap<Q, Arc<A>>,
}

impl<Q, A> Default for ReadCache<Q, A> {
    fn default() -> Self {
        Self(Mutex::new(Kept { write_version: 0, answers: HashMap::new() }))
    }
}

impl<Q: Eq + Hash, A> ReadCache<Q, A> {
    /// What was answered at this very moment.
    pub(crate) fn at(&self, write_version: u64, question: &Q) -> Option<Arc<A>> {
        self.with(|kept| if kept.write_version == write_version { kept.answers.get(question).cloned() } else { None })
    }

    /// `write_version` is from before the question was asked, so what was written meanwhile makes the answer one of the past.
    pub(crate) fn keep(&self, write_version: u64, question: Q, answer: &Arc<A>) {
        self.with(|kept| {
            if kept.write_version < write_version || kept.answers.len() >= MOST {
                kept.answers.clear();
            }
            if kept.write_version <= write_version {
                kept.write_version = write_version;
                kept.answers.insert(question, Arc::clone(answer));
            }
        });
    }

    fn with<R>(&self, look: impl FnOnce(&mut Kept<Q, A>) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_at_its_moment_and_at_no_other() {
        let still = ReadCache::default();
        still.keep(7, "who", &Arc::new("Ana"));
        assert_eq!(still.at(7, &"who").as_deref(), Some(&"Ana"));
        assert_eq!((still.at(6, &"who"), still.at(8, &"who"), still.at(7, &"whom")), (None, None, None));
        still.keep(8, "whom", &Arc::new("Eva"));
        assert_eq!(still.at(7, &"who"), None, "something was written");
        still.keep(7, "who", &Arc::new("Ana, of yesterday"));
        assert_eq!((still.at(7, &"who"), still.at(8, &"who")), (None, None), "an answer that came late");
        assert_eq!(still.at(8, &"whom").as_deref(), Some(&"Eva"));
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let still = ReadCache::default();
        for n in 0..=MOST {
            still.keep(1, n, &Arc::new(n));
        }
        assert_eq!((still.at(1, &0), still.at(1, &MOST).as_deref()), (None, Some(&MOST)));
    }
}
