//! Time and ids are handed in: a day passes in a millisecond, and a failing run is replayed from its seed.

use crate::commit::Micros;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Says what time it is, in microseconds since 1970 (UTC).
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Micros;
}

/// The machine's clock.
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
