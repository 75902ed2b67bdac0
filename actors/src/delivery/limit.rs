//! How fast a number may send, on the clock that stands still in tests.

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// Tokio's clock as the limiter reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TokioTime;

impl Clock for TokioTime {
    type Instant = Instant;

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// At most so many a second, with bursts of one second's worth.
pub(super) struct Limit {
    most: u32,
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioTime, NoOpMiddleware<Instant>>,
}

impl Limit {
    pub(super) fn per_second(most: u32) -> Self {
        let quota = Quota::per_second(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
        Self { most, limiter: RateLimiter::direct_with_clock(quota, TokioTime) }
    }

    /// From now on so many; a new limit begins with a burst of its own.
    pub(super) fn becomes(&mut self, most: u32) {
        if self.most != most {
            *self = Self::per_second(most);
        }
    }

    /// Takes one, or says how long to wait for it.
    pub(super) fn take(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|not_until| not_until.wait_time_from(TokioTime.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_number_sends_no_more_than_it_may() {
        let limit = Limit::per_second(10);
        let began = tokio::time::Instant::now();
        for _ in 0..30 {
            while let Err(wait) = limit.take() {
                tokio::time::sleep(wait).await;
            }
        }
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(1_900) && took <= Duration::from_millis(2_200), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn e5_a_limit_that_changes_counts_from_the_next_message_on() {
        let mut limit = Limit::per_second(1);
        assert!(limit.take().is_ok() && limit.take().is_err());
        limit.becomes(1);
        assert!(limit.take().is_err(), "the same limit does not begin anew");
        limit.becomes(3);
        assert_eq!((0..5).filter(|_| limit.take().is_ok()).count(), 3);
    }
}
