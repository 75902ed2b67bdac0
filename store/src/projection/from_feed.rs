//! What the feed brought of a tenant's commits and a projection has not folded yet, so that it need not read them. It is bounded and may have
//! gaps: whatever is missing stands in the journal.

use crate::Office;
use dashoffice_runtime::{Backlog, Changes, Envelope, Published};
use std::collections::VecDeque;
use std::sync::Arc;

/// Batches that wait for a projection; with more, all are let go, and it reads the journal.
const MOST: usize = 256;

/// What was committed for one projection of a tenant since it looked last.
pub(super) type Batches = Arc<Backlog<Arc<Published<Office>>>>;

pub(super) fn batches() -> Batches {
    Arc::new(Backlog::of(MOST))
}

/// What was taken from there.
pub(super) struct FromFeed {
    batches: Batches,
    waiting: VecDeque<Arc<Published<Office>>>,
}

impl FromFeed {
    pub(super) const fn of(batches: Batches) -> Self {
        Self { batches, waiting: VecDeque::new() }
    }

    /// Takes what has come, and lets go what is not after this position.
    pub(super) fn refresh(&mut self, position: i64) {
        match self.batches.take() {
            Changes::All(batches) => self.waiting.extend(batches),
            Changes::Missed => self.waiting.clear(),
        }
        let is_folded =
            |batch: &Arc<Published<Office>>| batch.events.last().is_none_or(|last| last.position <= position);
        while self.waiting.front().is_some_and(is_folded) {
            self.waiting.pop_front();
        }
    }

    /// The events right after a position, as far as none is missing.
    pub(super) fn after(&self, position: i64) -> impl Iterator<Item = &Envelope<Office>> {
        let events =
            self.waiting.iter().flat_map(|batch| &batch.events).skip_while(move |event| event.position <= position);
        events.zip(position + 1..).take_while(|(event, next)| event.position == *next).map(|(event, _)| event)
    }
}
