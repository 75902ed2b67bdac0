//! Guessing is made slow: after ten failures within ten minutes an address or an e-mail has to wait.

use dashoffice_domain::{Span, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

const FAILURES: usize = 10;
const WINDOW: Span = Span::minutes(10);
/// Between two looks through all keys.
const SWEEP: Span = Span::minutes(1);

/// Whose failures are counted. E-mail addresses are kept as hashes: an attacker chooses them, and they name people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Address(IpAddr),
    Email([u8; 32]),
}

#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Windows>);

#[derive(Debug, Default)]
struct Windows {
    failures: HashMap<Key, VecDeque<Timestamp>>,
    swept_at: Timestamp,
}

impl Throttle {
    /// Counts an attempt as a failure until [`Throttle::succeeded`] says otherwise, so that many at once are no way round.
    ///
    /// # Errors
    /// Seconds to wait, when one of the keys has failed too often.
    pub(super) fn attempt(&self, keys: &[Key], now: Timestamp) -> Result<(), u32> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.sweep(now);
        if let Some(wait) = keys.iter().filter_map(|key| windows.wait(key, now)).max() {
            return Err(wait);
        }
        for key in keys {
            windows.failures.entry(*key).or_default().push_back(now);
        }
        Ok(())
    }

    /// The attempt that was counted at `at` was none.
    pub(super) fn succeeded(&self, keys: &[Key], at: Timestamp) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if let Some(failures) = windows.failures.get_mut(key)
                && let Some(index) = failures.iter().rposition(|failure| *failure == at)
            {
                failures.remove(index);
            }
        }
    }
}

impl Windows {
    fn wait(&mut self, key: &Key, now: Timestamp) -> Option<u32> {
        let failures = self.failures.get_mut(key)?;
        while failures.front().is_some_and(|failure| now >= failure.plus(WINDOW)) {
            failures.pop_front();
        }
        let oldest = *failures.front().filter(|_| failures.len() >= FAILURES)?;
        let micros = oldest.plus(WINDOW).since(now).0;
        Some(u32::try_from(micros.div_euclid(1_000_000) + 1).unwrap_or(1))
    }

    /// Keys without a failure in the window are forgotten, or every address ever tried would stay.
    fn sweep(&mut self, now: Timestamp) {
        if now < self.swept_at.plus(SWEEP) {
            return;
        }
        self.swept_at = now;
        self.failures.retain(|_, failures| failures.back().is_some_and(|failure| now < failure.plus(WINDOW)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn ana() -> Key {
        Key::Email([1; 32])
    }

    #[test]
    fn after_ten_failures_the_eleventh_waits_until_the_first_is_ten_minutes_old() {
        let throttle = Throttle::default();
        for second in 0..10 {
            throttle.attempt(&[ana()], NOON.plus(Span::seconds(second))).unwrap();
        }
        let wait = throttle.attempt(&[ana()], NOON.plus(Span::seconds(60))).unwrap_err();
        assert_eq!(wait, 541);
        assert!(throttle.attempt(&[Key::Email([2; 32])], NOON).is_ok(), "others are not held up");
        assert!(throttle.attempt(&[ana()], NOON.plus(Span::minutes(10))).is_ok());
    }

    #[test]
    fn those_who_sign_in_are_not_counted() {
        let throttle = Throttle::default();
        for _ in 0..50 {
            throttle.attempt(&[ana()], NOON).unwrap();
            throttle.succeeded(&[ana()], NOON);
        }
        assert!(throttle.attempt(&[ana()], NOON).is_ok());
    }

    #[test]
    fn what_was_tried_long_ago_is_forgotten() {
        let throttle = Throttle::default();
        for guess in 0..100 {
            throttle.attempt(&[Key::Email([guess; 32])], NOON).unwrap();
        }
        throttle.attempt(&[ana()], NOON.plus(Span::minutes(11))).unwrap();
        assert_eq!(throttle.0.lock().unwrap().failures.len(), 1);
    }
}
