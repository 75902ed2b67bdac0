//! Says once in a while what happens all the time: a store that is away meets hundreds of webhooks a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Between two lines.
const WHILE: Duration = Duration::from_secs(10);

/// When it was said last, and how often it has happened since.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<(Option<Instant>, u64)>);

impl Seldom {
    /// It happened. `Some`: say so, and that it happened so many times since the last line, this one included.
    pub(crate) fn again(&self) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, times) = &mut *said;
        *times += 1;
        if last.is_some_and(|last| last.elapsed() < WHILE) {
            return None;
        }
        *last = Some(Instant::now());
        Some(std::mem::take(times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_happens_all_the_time_is_said_once_in_a_while_with_its_count() {
        let seldom = Seldom::default();
        assert_eq!([seldom.again(), seldom.again(), seldom.again()], [Some(1), None, None]);
        tokio::time::advance(WHILE).await;
        assert_eq!([seldom.again(), seldom.again()], [Some(3), None]);
    }
}
