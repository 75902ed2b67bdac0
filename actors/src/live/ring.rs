//! The recent past, by position: from it whoever was cut resumes.

use super::facts::Fact;
use std::collections::VecDeque;
use std::sync::Arc;

/// How much of the past is kept.
#[derive(Clone, Copy, Debug)]
pub struct RingLimits {
    pub facts: usize,
    pub bytes: usize,
}

impl Default for RingLimits {
    fn default() -> Self {
        Self { facts: 20_000, bytes: 16 << 20 }
    }
}

/// Everything that happened after `floor`, up to `head`.
#[derive(Debug)]
pub(super) struct Ring {
    limits: RingLimits,
    facts: VecDeque<Arc<Fact>>,
    weight: usize,
    floor: i64,
    head: i64,
}

impl Ring {
    /// Begins at a position: nothing before it is known.
    pub(super) fn at(position: i64, limits: RingLimits) -> Self {
        Self { limits, facts: VecDeque::new(), weight: 0, floor: position, head: position }
    }

    /// From the next commit on so much is kept.
    pub(super) fn keep_within(&mut self, limits: RingLimits) {
        self.limits = limits;
    }

    pub(super) fn head(&self) -> i64 {
        self.head
    }

    /// The next commit. What is not after the head was told before, and is not kept twice.
    pub(super) fn push(&mut self, fact: Arc<Fact>) {
        if fact.position <= self.head {
            return;
        }
        self.head = fact.position;
        self.weight += fact.weight();
        self.facts.push_back(fact);
        while self.facts.len() > self.limits.facts || self.weight > self.limits.bytes {
            let Some(oldest) = self.facts.pop_front() else { return };
            self.weight -= oldest.weight();
            self.floor = oldest.position;
        }
    }

    /// What came after a cursor, in order; `None`: that is not known any more (or never was), or it is more than `most`.
    pub(super) fn since(&self, cursor: i64, most: usize) -> Option<Vec<Arc<Fact>>> {
        if cursor < self.floor || cursor > self.head {
            return None;
        }
        let first = self.facts.partition_point(|fact| fact.position <= cursor);
        (self.facts.len() - first <= most).then(|| self.facts.range(first..).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::identity::Principal;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn fact(position: i64) -> Arc<Fact> {
        Arc::new(Fact { position, at: 0, cause: Uuid::nil(), actor: Principal::SYSTEM, news: vec![] })
    }

    proptest! {
        #[test]
        fn e3_the_ring_knows_everything_after_a_cursor_or_says_that_it_does_not(
            steps in prop::collection::vec(1_i64..4, 0..60), begins in 0_i64..50, keeps in 1_usize..20, cursor in 0_i64..300,
        ) {
            let mut ring = Ring::at(begins, RingLimits { facts: keeps, bytes: usize::MAX });
            let mut all = Vec::new();
            let mut position = begins;
            for step in steps {
                position += step;
                ring.push(fact(position));
                all.push(position);
            }
            let truth: Vec<i64> = all.iter().copied().filter(|at| *at > cursor).collect();
            match ring.since(cursor, usize::MAX) {
                Some(known) => prop_assert_eq!(known.iter().map(|fact| fact.position).collect::<Vec<_>>(), truth),
                None => prop_assert!(cursor < begins || cursor > position || truth.len() > keeps),
            }
        }
    }

    #[test]
    fn e5_a_ring_that_may_keep_less_forgets_with_the_next_commit_and_says_so() {
        let mut ring = Ring::at(0, RingLimits::default());
        (1..=5).for_each(|at| ring.push(fact(at)));
        ring.keep_within(RingLimits { facts: 2, ..RingLimits::default() });
        assert_eq!(ring.since(0, 10).map(|facts| facts.len()), Some(5));
        ring.push(fact(6));
        assert!(ring.since(3, 10).is_none());
        assert_eq!(ring.since(4, 10).map(|facts| facts.len()), Some(2));
    }

    #[test]
    fn what_is_too_much_to_tell_is_not_told_piece_by_piece() {
        let mut ring = Ring::at(0, RingLimits::default());
        (1..=5).for_each(|at| ring.push(fact(at)));
        assert_eq!(ring.since(2, 3).map(|facts| facts.len()), Some(3));
        assert!(ring.since(1, 3).is_none());
        ring.push(fact(5));
        assert_eq!(ring.since(0, 10).map(|facts| facts.len()), Some(5), "told twice, kept once");
    }
}
