//! Chance from a seed: the same seed and the same order of questions give the same answers.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::{Mutex, PoisonError};

/// One stream of chance; each purpose has its own, so that one does not disturb the other.
#[derive(Debug)]
pub(crate) struct Chance(Mutex<StdRng>);

impl Chance {
    pub(crate) fn stream(seed: u64, purpose: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }

    fn draw<T>(&self, ask: impl FnOnce(&mut StdRng) -> T) -> T {
        ask(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Between 0 and 1, the upper end excluded.
    pub(crate) fn share(&self) -> f64 {
        self.draw(RngExt::random)
    }

    pub(crate) fn happens(&self, probability: f64) -> bool {
        probability > 0.0 && self.share() < probability
    }

    /// Between both ends, which may be equal or the wrong way round.
    pub(crate) fn between(&self, [one, other]: [u64; 2]) -> u64 {
        let (low, high) = (one.min(other), one.max(other));
        if low == high { low } else { self.draw(|rng| rng.random_range(low..=high)) }
    }

    /// One of `all`, which must not be empty.
    pub(crate) fn one_of<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.draw(|rng| rng.random_range(0..all.len()))]
    }

    /// The wait until the next of events that come at random with this mean distance.
    pub(crate) fn next_after(&self, mean_ms: u64) -> u64 {
        let waited = -(1.0 - self.share()).ln() * mean_ms as f64;
        waited.min(mean_ms as f64 * 20.0) as u64
    }
}
