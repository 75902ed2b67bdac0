//! Time and ids are handed in: a day passes in a millisecond, and a failing run is replayed from its seed.

use crate::commit::Micros;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// A clock that waits for the machine's runs slower by this part: an hour is made up for in ten.
const SLOWER_BY: Micros = 10;
/// In µs.
const LONGEST_AHEAD: Micros = 24 * 3_600 * 1_000_000;

/// Says what time it is, in microseconds since 1970 (UTC).
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Micros;
}

/// The machine's clock, as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Micros {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The machine's clock for as long as a process lives: its hands may be put back, the time that is told goes on (B5).
///
/// A clock that is put forward is followed at once. One that is put back is waited for: the time told goes on by itself, a little
/// slower than it should, until the machine's has come up with it. Nothing that was to happen in a minute happens an hour later.
#[derive(Debug)]
pub struct SteadyClock {
    begun: Instant,
    told: Mutex<Told>,
}

/// What was told last.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: Micros,
    /// Since the clock was made.
    running_us: Micros,
}

impl Told {
    /// What is told when the machine shows `wall`, and we have run for `running_us`.
    fn next(self, wall: Micros, running_us: Micros) -> Self {
        let passed = (running_us - self.running_us).max(0);
        let by_itself = self.at + passed - passed / SLOWER_BY;
        Self { at: wall.max(by_itself), running_us: running_us.max(self.running_us) }
    }
}

impl Default for SteadyClock {
    fn default() -> Self {
        let told = Told { at: SystemClock.now(), running_us: 0 };
        Self { begun: Instant::now(), told: Mutex::new(told) }
    }
}

impl SteadyClock {
    /// Something happened then, in another process: it is no longer the future. A clock that was ahead of ours by more than a day
    /// was wrong, and is not followed.
    pub fn not_before(&self, at: Micros) {
        let now = self.now();
        if at - now > LONGEST_AHEAD {
            tracing::error!(
                ahead_s = (at - now) / 1_000_000,
                "the last event lies in the future by this machine's clock"
            );
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.at = told.at.max(at);
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Micros {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let running_us = i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX);
        *told = told.next(SystemClock.now(), running_us);
        told.at
    }
}

/// Follows tokio's clock, which stands still and leaps in tests.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    begun_at: Micros,
    begun: tokio::time::Instant,
}

impl TokioClock {
    /// A clock that shows `now` at this moment.
    pub fn showing(now: Micros) -> Self {
        Self { begun_at: now, begun: tokio::time::Instant::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Micros {
        self.begun_at + i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// Makes ids in the order of time (UUID version 7, RFC 9562) from a clock and a generator.
pub struct Ids {
    clock: Arc<dyn Clock>,
    chance: Mutex<StdRng>,
}

impl Ids {
    /// Ids nobody can guess the rest of.
    pub fn from_system(clock: Arc<dyn Clock>) -> Self {
        Self::seeded(clock, rand::make_rng::<StdRng>())
    }

    /// The same ids each time the clock shows the same.
    pub fn from_seed(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::seeded(clock, StdRng::seed_from_u64(seed))
    }

    fn seeded(clock: Arc<dyn Clock>, chance: StdRng) -> Self {
        Self { clock, chance: Mutex::new(chance) }
    }

    /// A new id of this moment.
    pub fn next(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now() / 1_000).unwrap_or(0);
        let mut random = [0_u8; 10];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A number in `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        let bits = self.chance.lock().unwrap_or_else(PoisonError::into_inner).next_u32();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Micros = 1_000_000;

    #[test]
    fn b5_a_clock_that_is_put_back_goes_on_by_itself_until_the_machines_has_come_up() {
        let begun = Told { at: 7_200 * SECOND, running_us: 0 };
        let set_back = begun.next(3_600 * SECOND, 10 * SECOND);
        assert_eq!(set_back.at, 7_209 * SECOND, "ten seconds are nine");
        let later = set_back.next(3_590 * SECOND + 40_000 * SECOND, 40_000 * SECOND);
        assert_eq!(later.at, 43_590 * SECOND, "what was put back is made up for");
    }

    #[test]
    fn b5_a_clock_that_is_put_forward_is_followed_at_once_and_never_goes_back() {
        let mut told = Told { at: 0, running_us: 0 };
        let mut last = told.at;
        for (n, wall) in [1, 3_601, 3_602, 2, 3, 7_200, 7_201].into_iter().enumerate() {
            told = told.next(wall * SECOND, (n as Micros + 1) * SECOND);
            assert!(told.at > last && told.at >= wall * SECOND);
            last = told.at;
        }
        assert_eq!(last, 7_201 * SECOND);
    }

    #[test]
    fn b5_a_process_that_starts_with_a_clock_behind_goes_on_from_the_last_event() {
        let clock = SteadyClock::default();
        let an_hour_ahead = SystemClock.now() + 3_600 * SECOND;
        clock.not_before(an_hour_ahead);
        assert!(clock.now() >= an_hour_ahead);
        clock.not_before(an_hour_ahead + 50 * 3_600 * SECOND);
        assert!(clock.now() < an_hour_ahead + 3_600 * SECOND, "two days ahead is a fault of another clock");
    }
}
