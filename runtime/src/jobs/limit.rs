//! How many jobs of a queue run at once, and how many begin in a second, on the clock that stands still in tests.

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

/// What a queue may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub at_once: usize,
    /// `None`: as many as there are.
    pub per_second: Option<u32>,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioTime, NoOpMiddleware<Instant>>;

/// At most so many a second, with bursts of one second's worth.
pub(super) struct Limit {
    most: Option<u32>,
    limiter: Option<Limiter>,
}

impl Limit {
    pub(super) fn per_second(most: Option<u32>) -> Self {
        let limiter = most.map(|most| {
            let quota = Quota::per_second(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
            RateLimiter::direct_with_clock(quota, TokioTime)
        });
        Self { most, limiter }
    }

    /// From now on so many; a new limit begins with a burst of its own.
    pub(super) fn becomes(&mut self, most: Option<u32>) {
        if self.most != most {
            *self = Self::per_second(most);
        }
    }

    /// Takes one, or says how long to wait for it.
    pub(super) fn take(&self) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check().map_err(|not_until| not_until.wait_time_from(TokioTime.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_begin_in_a_second_than_may() {
        let limit = Limit::per_second(Some(10));
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
    async fn e5_a_limit_that_changes_counts_from_the_next_job_on() {
        let mut limit = Limit::per_second(Some(1));
        assert!(limit.take().is_ok() && limit.take().is_err());
        limit.becomes(Some(1));
        assert!(limit.take().is_err(), "the same limit does not begin anew");
        limit.becomes(Some(3));
        assert_eq!((0..5).filter(|_| limit.take().is_ok()).count(), 3);
        limit.becomes(None);
        assert!((0..5).all(|_| limit.take().is_ok()));
    }
}
