//! How many frames a socket may send: fifty a second, averaged over ten.

use tokio::time::Instant;

const PER_SECOND: f64 = 50.0;
const AT_ONCE: f64 = 500.0;

#[derive(Debug)]
pub(super) struct Rate {
    left: f64,
    since: Instant,
}

impl Rate {
    pub(super) fn new() -> Self {
        Self { left: AT_ONCE, since: Instant::now() }
    }

    /// One more; `false`: that is too many.
    pub(super) fn takes(&mut self) -> bool {
        let now = Instant::now();
        self.left = (self.left + now.duration_since(self.since).as_secs_f64() * PER_SECOND).min(AT_ONCE);
        self.since = now;
        self.left -= 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn e3_five_hundred_at_once_and_fifty_a_second_after_that() {
        let mut rate = Rate::new();
        assert!((0..500).all(|_| rate.takes()));
        assert!(!rate.takes());
        tokio::time::advance(Duration::from_millis(100)).await;
        assert!((0..4).all(|_| rate.takes()));
        assert!(!rate.takes());
    }
}
