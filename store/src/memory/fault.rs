//! What may go wrong with a transaction, scripted or drawn from a seed.

use std::collections::VecDeque;
use std::time::Duration;

/// One thing that goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the commit: nothing is on disk, nobody is answered.
    DieBefore,
    /// The process dies after the commit: it is on disk, nobody is answered or told.
    DieAfter,
    /// The answer is `Unknown`.
    AnswerLost { applied: bool },
    /// Everybody is told of the batch twice.
    ToldTwice,
    /// The hint that something arrived does not come.
    HintDropped,
    /// Nothing can be written for this long, from now on.
    Unavailable { lasts: Duration },
}

/// Of a thousand transactions, how many meet each fault, on average.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chances {
    pub die_before: u32,
    pub die_after: u32,
    pub answer_lost: u32,
    pub told_twice: u32,
    pub hint_dropped: u32,
    pub unavailable: u32,
    /// A transaction takes up to this long.
    pub slowest: Duration,
}

/// How long a drawn absence lasts at most.
const LONGEST_ABSENCE_MS: u64 = 3000;

pub(super) struct Faults {
    state: u64,
    chances: Chances,
    script: VecDeque<Fault>,
}

impl Faults {
    pub(super) const fn seeded(seed: u64) -> Self {
        let chances = Chances {
            die_before: 0,
            die_after: 0,
            answer_lost: 0,
            told_twice: 0,
            hint_dropped: 0,
            unavailable: 0,
            slowest: Duration::ZERO,
        };
        Self { state: seed, chances, script: VecDeque::new() }
    }

    pub(super) const fn set_chances(&mut self, chances: Chances) {
        self.chances = chances;
    }

    pub(super) fn script(&mut self, fault: Fault) {
        self.script.push_back(fault);
    }

    /// What the next transaction meets.
    pub(super) fn draw(&mut self) -> Option<Fault> {
        if let Some(scripted) = self.script.pop_front() {
            return Some(scripted);
        }
        let c = self.chances;
        let mut ticket = self.below(1000) as u32;
        let applied = self.below(2) == 0;
        let lasts = Duration::from_millis(self.below(LONGEST_ABSENCE_MS) + 1);
        let wheel = [
            (c.die_before, Fault::DieBefore),
            (c.die_after, Fault::DieAfter),
            (c.answer_lost, Fault::AnswerLost { applied }),
            (c.told_twice, Fault::ToldTwice),
            (c.hint_dropped, Fault::HintDropped),
            (c.unavailable, Fault::Unavailable { lasts }),
        ];
        for (share, fault) in wheel {
            if ticket < share {
                return Some(fault);
            }
            ticket -= share;
        }
        None
    }

    /// How long the next transaction takes.
    pub(super) fn pause(&mut self) -> Duration {
        let slowest_us = self.chances.slowest.as_micros() as u64;
        Duration::from_micros(if slowest_us == 0 { 0 } else { self.below(slowest_us) })
    }

    /// Evenly below `n`; the same sequence for the same seed, in every version of this program.
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_brings_the_same_faults() {
        let drawn = |seed| {
            let mut faults = Faults::seeded(seed);
            faults.set_chances(Chances { die_before: 200, answer_lost: 300, unavailable: 300, ..Chances::default() });
            (0..100).map(|_| faults.draw()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }
}
