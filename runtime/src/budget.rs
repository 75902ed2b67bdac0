//! How often something may fail, and how long to wait before it is tried again. Plain arithmetic.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Doubling delays with jitter, between a shortest and a longest.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub shortest: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// Between restarts of an actor (F3).
    pub const RESTARTS: Self = Self { shortest: Duration::from_millis(100), longest: Duration::from_secs(30) };
    /// Between questions to a store that is away.
    pub const PROBES: Self = Self { shortest: Duration::from_millis(20), longest: Duration::from_secs(1) };

    /// The delay before the attempt after `failures` failures in a row; `fraction` in 0..1 spreads it over its upper half.
    pub fn delay(self, failures: u32, fraction: f64) -> Duration {
        let doubled = self.shortest.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1).min(20)).unwrap_or(1));
        doubled.min(self.longest).mul_f64(0.5 + fraction / 2.0)
    }
}

/// Counts what happened within the last `within`; full at `most`.
#[derive(Clone, Debug)]
pub struct Window {
    most: usize,
    within: Duration,
    times: VecDeque<Instant>,
}

impl Window {
    pub const fn new(most: usize, within: Duration) -> Self {
        Self { most, within, times: VecDeque::new() }
    }

    /// Records one more, and says whether that fills the window.
    pub fn record(&mut self, now: Instant) -> bool {
        while self.times.front().is_some_and(|first| now.duration_since(*first) > self.within) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.times.len() >= self.most
    }

    pub fn clear(&mut self) {
        self.times.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_never_leave_their_half() {
        let backoff = Backoff { shortest: Duration::from_millis(100), longest: Duration::from_secs(1) };
        assert_eq!(backoff.delay(1, 1.0), Duration::from_millis(100));
        assert_eq!(backoff.delay(2, 1.0), Duration::from_millis(200));
        assert_eq!(backoff.delay(2, 0.0), Duration::from_millis(100));
        assert_eq!(backoff.delay(40, 1.0), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn old_failures_are_forgiven() {
        let mut window = Window::new(3, Duration::from_secs(600));
        assert!(!window.record(Instant::now()));
        assert!(!window.record(Instant::now()));
        tokio::time::advance(Duration::from_secs(601)).await;
        assert!(!window.record(Instant::now()));
        assert!(!window.record(Instant::now()));
        assert!(window.record(Instant::now()));
    }
}
