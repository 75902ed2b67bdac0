//! What was committed and is not told yet: bounded, and taken by the hub all at once, so that a read serves many commits.

use super::facts::{Fact, facts_of};
use crate::Office;
use dashoffice_domain::Row;
use dashoffice_runtime::Published;
use std::sync::{Arc, Mutex, PoisonError};

/// Facts that wait; one more, and everybody is told anew.
const MOST: usize = 10_000;
/// Facts that wait with their rows, and batches of rows; with more of either the rows are let go, and read again.
const MOST_WITH_ROWS: usize = 500;

#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Taken>);

/// What waited.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) missed: bool,
    /// The position of the first event.
    pub(super) first: i64,
    pub(super) facts: Vec<Fact>,
    /// What was written with them.
    pub(super) rows: Rows,
}

/// The rows of some batches, in the order in which they were committed.
#[derive(Debug)]
pub(super) enum Rows {
    All(Vec<Arc<Vec<Row>>>),
    LetGo,
}

impl Default for Rows {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Rows {
    fn add(&mut self, rows: &Arc<Vec<Row>>, facts: usize) {
        match self {
            Self::All(kept) if facts <= MOST_WITH_ROWS && kept.len() < MOST_WITH_ROWS => kept.push(Arc::clone(rows)),
            Self::All(_) | Self::LetGo => *self = Self::LetGo,
        }
    }
}

impl Pending {
    /// True: the hub must be woken.
    pub(super) fn add(&self, batch: &Published<Office>) -> bool {
        let facts = facts_of(batch);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.missed {
            return false;
        }
        if !batch.rows.is_empty() {
            let known = waiting.facts.len() + facts.len();
            waiting.rows.add(&batch.rows, known);
        }
        // Nobody is told of rows alone; they count for what is told next.
        let Some(first) = batch.events.first().map(|event| event.position) else { return false };
        let wakes = waiting.facts.is_empty();
        if waiting.facts.len() + facts.len() > MOST {
            *waiting = Taken { missed: true, ..Taken::default() };
            return wakes;
        }
        if wakes {
            waiting.first = first;
        }
        waiting.facts.extend(facts);
        wakes
    }

    /// Something was missed before it came here.
    pub(super) fn missed(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Taken { missed: true, ..Taken::default() };
        true
    }

    pub(super) fn take(&self) -> Taken {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::channel;
    use uuid::Uuid;

    #[test]
    fn rows_that_nobody_is_told_of_do_not_pile_up() {
        let pending = Pending::default();
        let rows = Arc::new(vec![channel::Row::ReadMarksNotified { marks: Vec::new() }.into()]);
        let batch = Published { tenant: Uuid::nil(), events: Vec::new(), rows, due: None };
        for _ in 0..MOST_WITH_ROWS {
            assert!(!pending.add(&batch), "nobody is woken for them");
        }
        let Rows::All(kept) = pending.take().rows else { panic!("so many are kept") };
        assert_eq!(kept.len(), MOST_WITH_ROWS);
        assert!((0..=MOST_WITH_ROWS).all(|_| !pending.add(&batch)));
        assert!(matches!(pending.take().rows, Rows::LetGo));
    }
}
