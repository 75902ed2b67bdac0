//! Guessing is made slow. Who fails for one account from one network is refused for a while; a network alone and an account alone are
//! only made to wait, longer and longer, so that nobody is locked out by a stranger.
//!
//! Whoever shows that this account signed in from here before is measured by the first rule alone, and a device by a count of its own.

use super::network::Network;
use dashoffice_domain::{Span, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Failures of one account from one place before it is refused.
const REFUSED_AFTER: usize = 10;
const WINDOW: Span = Span::minutes(10);
/// Between two looks through all keys.
const SWEEP: Span = Span::minutes(1);
/// Failures before anybody waits: of an account, and of a network, behind which many may sit.
const FREE_OF_ACCOUNT: usize = 10;
const FREE_OF_NETWORK: usize = 30;
/// The first wait; each failure doubles it, so many times at the most.
const FIRST_WAIT: Span = Span::millis(250);
const DOUBLINGS: usize = 5;
/// Between two of a network that came at once, and of which nobody has failed yet: a whole office may begin its day together.
const PACE: Span = Span::millis(50);
/// Who would have to wait for longer is told to come again.
const PATIENCE: Span = Span::seconds(5);
/// Until the next turn, at the most: whoever waits for as long as may be, and then the longest pause.
const LONGEST_WAIT: Span = Span(PATIENCE.0 + (FIRST_WAIT.0 << DOUBLINGS));
/// Keys that are remembered; beyond that all are forgotten. So many cannot be filled within the window, for each takes a password's time.
const MOST: usize = 100_000;

/// An account, by the hash of its e-mail address: an attacker chooses them, and they name people.
pub(super) type Account = [u8; 32];

/// Who tries to sign in, and from where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) account: Account,
    /// `None`: nobody says, as in a test without a socket.
    pub(super) network: Option<Network>,
    /// A device of ours on which this account signed in before.
    pub(super) device: Option<Uuid>,
    /// It signed in from this network, or on this device, before.
    pub(super) known: bool,
}

/// Whose failures are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Here(Option<Network>, Account),
    Device(Uuid, Account),
    Network(Network),
    Account(Account),
}

#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Counts>);

/// An attempt that may be looked at after a while. It has failed unless somebody says otherwise, also when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    throttle: &'a Throttle,
    attempt: Attempt,
    at: Timestamp,
    /// How long to wait before the password is looked at.
    pub(super) wait: Span,
    failed: bool,
}

#[derive(Debug, Default)]
struct Counts {
    of: HashMap<Key, Count>,
    swept_at: Timestamp,
}

#[derive(Debug, Default)]
struct Count {
    failures: VecDeque<Timestamp>,
    /// Attempts of which it is not known yet.
    under_way: usize,
    /// When the next attempt may be looked at: each one takes its turn.
    next: Timestamp,
}

impl Attempt {
    const fn hard(&self) -> Key {
        match self.device {
            Some(device) => Key::Device(device, self.account),
            None => Key::Here(self.network, self.account),
        }
    }

    fn soft(&self) -> impl Iterator<Item = Key> + use<> {
        let known = self.known;
        [Some(Key::Account(self.account)), self.network.map(Key::Network)].into_iter().flatten().filter(move |_| !known)
    }
}

impl Throttle {
    /// Takes a turn. Attempts under way count, so that many at once are no way round.
    ///
    /// # Errors
    /// Seconds after which to come again: nothing is looked at, and nothing was counted.
    pub(super) fn attempt(&self, attempt: Attempt, now: Timestamp) -> Result<Turn<'_>, u32> {
        self.with(|counts| {
            counts.sweep(now);
            if let Some(wait) = counts.refused(attempt.hard(), now) {
                return Err(wait);
            }
            let wait = attempt.soft().map(|key| counts.wait(key, now)).max().unwrap_or_default();
            if wait > PATIENCE {
                return Err(in_seconds(wait));
            }
            for key in attempt.soft() {
                counts.takes_turn(key, now.plus(wait));
            }
            counts.of.entry(attempt.hard()).or_default().under_way += 1;
            Ok(Turn { throttle: self, attempt, at: now, wait, failed: true })
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Turn<'_> {
    /// The password was right, or was not looked at.
    pub(super) fn has_not_failed(mut self) {
        self.failed = false;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.throttle.with(|counts| {
            for key in self.attempt.soft().chain([self.attempt.hard()]) {
                let count = counts.of.entry(key).or_default();
                count.under_way = count.under_way.saturating_sub(1);
                if self.failed {
                    count.failures.push_back(self.at);
                }
            }
        });
    }
}

impl Counts {
    /// With the failures of the last ten minutes.
    fn count(&mut self, key: Key, now: Timestamp) -> Option<&mut Count> {
        let count = self.of.get_mut(&key)?;
        while count.failures.front().is_some_and(|failure| now >= failure.plus(WINDOW)) {
            count.failures.pop_front();
        }
        Some(count)
    }

    fn refused(&mut self, key: Key, now: Timestamp) -> Option<u32> {
        let count = self.count(key, now)?;
        if count.failures.len() >= REFUSED_AFTER {
            return count.failures.front().map(|oldest| in_seconds(oldest.plus(WINDOW).since(now)));
        }
        (count.failures.len() + count.under_way >= REFUSED_AFTER).then_some(1)
    }

    fn wait(&mut self, key: Key, now: Timestamp) -> Span {
        let wait = self.count(key, now).map_or(0, |count| count.next.since(now).0);
        // Nobody was ever told to wait for longer: the clock was set back.
        Span(if wait > LONGEST_WAIT.0 { 0 } else { wait.max(0) })
    }

    /// The one after it waits for longer, the more have failed.
    fn takes_turn(&mut self, key: Key, at: Timestamp) {
        let count = self.of.entry(key).or_default();
        let pause = count.pause(key);
        if pause.0 > 0 {
            count.next = at.plus(pause);
        }
        count.under_way += 1;
    }

    /// Keys without a failure in the window are forgotten, or every address ever tried would stay.
    fn sweep(&mut self, now: Timestamp) {
        if self.of.len() >= MOST {
            self.of.clear();
        }
        if now < self.swept_at.plus(SWEEP) {
            return;
        }
        self.swept_at = now;
        self.of.retain(|_, count| {
            count.under_way > 0 || count.failures.back().is_some_and(|failure| now < failure.plus(WINDOW))
        });
    }
}

impl Count {
    /// Between an attempt that takes its turn now and the next one.
    fn pause(&self, key: Key) -> Span {
        let doubled = |beyond: usize| Span(FIRST_WAIT.0 << beyond.min(DOUBLINGS));
        match key {
            Key::Network(_) => match self.failures.len().checked_sub(FREE_OF_NETWORK) {
                Some(beyond) => doubled(beyond),
                None if self.under_way >= FREE_OF_NETWORK => PACE,
                None => Span::default(),
            },
            // Nobody signs in so often at once.
            Key::Account(_) => {
                let tried = self.failures.len() + self.under_way;
                tried.checked_sub(FREE_OF_ACCOUNT).map_or(Span::default(), doubled)
            }
            Key::Here(..) | Key::Device(..) => Span::default(),
        }
    }
}

/// At least one.
fn in_seconds(span: Span) -> u32 {
    u32::try_from(span.0.div_euclid(1_000_000) + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const ANA: Account = [1; 32];

    fn network(n: u8) -> Network {
        Network::of(std::net::Ipv4Addr::new(198, 51, n, 1).into())
    }

    fn from(n: u8) -> Attempt {
        Attempt { account: ANA, network: Some(network(n)), device: None, known: false }
    }

    fn seconds(n: i64) -> Timestamp {
        NOON.plus(Span::seconds(n))
    }

    impl Throttle {
        /// A guess that fails; how long it had to wait.
        fn guess(&self, attempt: Attempt, now: Timestamp) -> Result<Span, u32> {
            self.attempt(attempt, now).map(|turn| turn.wait)
        }
    }

    const AT_ONCE: Result<Span, u32> = Ok(Span(0));

    #[test]
    fn after_ten_failures_from_one_network_an_account_is_refused_there_until_the_first_is_ten_minutes_old() {
        let throttle = Throttle::default();
        for second in 0..10 {
            throttle.guess(from(1), seconds(second)).unwrap();
        }
        let known = Attempt { known: true, ..from(1) };
        for attempt in [from(1), known] {
            assert_eq!(throttle.guess(attempt, seconds(60)), Err(541));
        }
        let other = Attempt { account: [2; 32], ..from(1) };
        assert!(throttle.guess(other, NOON).is_ok(), "others are not held up");
        assert!(throttle.guess(known, NOON.plus(Span::minutes(10))).is_ok());
    }

    #[test]
    fn guesses_at_once_are_no_way_round() {
        let throttle = Throttle::default();
        let turns: Vec<_> = (0..10).map(|_| throttle.attempt(from(1), NOON).unwrap()).collect();
        assert_eq!(throttle.guess(from(1), NOON), Err(1), "the tenth may be right");
        turns.into_iter().for_each(Turn::has_not_failed);
        assert_eq!(throttle.guess(from(1), NOON.plus(Span::seconds(1))), AT_ONCE);
    }

    #[test]
    fn nobody_is_locked_out_of_where_they_signed_in_before_by_guesses_from_elsewhere() {
        let throttle = Throttle::default();
        for n in 0..200_u8 {
            // Some are told to come again: nothing is looked at then.
            let _ = throttle.guess(from(n), NOON);
        }
        assert!(throttle.guess(from(201), NOON).is_err(), "a stranger waits");
        assert_eq!(throttle.guess(Attempt { known: true, ..from(202) }, NOON), AT_ONCE);
    }

    #[test]
    fn a_device_is_counted_for_itself_whoever_guesses_beside_it() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.guess(from(1), NOON).unwrap();
        }
        let device = Attempt { device: Some(Uuid::from_u128(7)), known: true, ..from(1) };
        assert!(throttle.guess(from(1), NOON).is_err());
        for _ in 0..10 {
            assert_eq!(throttle.guess(device, NOON), AT_ONCE);
        }
        assert!(throttle.guess(device, NOON).is_err(), "nor does a stolen one guess for ever");
        let another = Attempt { device: Some(Uuid::from_u128(8)), ..device };
        assert_eq!(throttle.guess(another, NOON), AT_ONCE);
    }

    #[test]
    fn guesses_at_one_account_from_everywhere_wait_for_longer_and_longer() {
        let millis = |n| -> Result<Span, u32> { Ok(Span::millis(n)) };
        // One after the other, and all at once.
        for at_once in [false, true] {
            let (throttle, mut turns) = (Throttle::default(), Vec::new());
            let waits: Vec<Result<Span, u32>> = (0..16)
                .map(|n| {
                    let turn = throttle.attempt(from(n), NOON)?;
                    let wait = turn.wait;
                    turns.extend(Some(turn).filter(|_| at_once));
                    Ok(wait)
                })
                .collect();
            assert_eq!(waits[..11], [millis(0); 11]);
            assert_eq!(waits[11..], [millis(250), millis(750), millis(1_750), millis(3_750), Err(8)]);
            assert_eq!(throttle.guess(from(16), seconds(8)), AT_ONCE);
        }
    }

    #[test]
    fn guesses_from_one_network_at_whichever_accounts_wait_and_those_from_elsewhere_do_not() {
        let throttle = Throttle::default();
        let attempt = |n: u8, account: u8| Attempt { account: [account; 32], ..from(n) };
        let taken = (0..220).filter(|n| throttle.guess(attempt(1, *n), NOON).is_ok()).count();
        assert!((30..40).contains(&taken), "{taken} of 220");
        assert_eq!(throttle.guess(attempt(2, 250), NOON), AT_ONCE);
        assert_eq!(throttle.guess(Attempt { known: true, ..attempt(1, 251) }, NOON), AT_ONCE);
    }

    #[test]
    fn an_office_that_begins_its_day_together_is_let_in_one_after_the_other() {
        let throttle = Throttle::default();
        let attempt = |account: u8| Attempt { account: [account; 32], ..from(1) };
        let turns: Vec<_> = (0..120).map(|n| throttle.attempt(attempt(n), NOON).unwrap()).collect();
        assert_eq!(turns[30].wait, Span(0));
        assert_eq!(turns[119].wait, Span::millis(89 * 50));
        turns.into_iter().for_each(Turn::has_not_failed);
        assert_eq!(throttle.guess(attempt(200), seconds(5)), AT_ONCE);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let throttle = Throttle::default();
        for n in 0..16 {
            let _ = throttle.guess(from(n), NOON);
        }
        assert!(throttle.guess(from(20), NOON).is_err());
        assert_eq!(throttle.guess(from(20), seconds(-3_600)), AT_ONCE);
    }

    #[test]
    fn those_who_sign_in_are_not_counted() {
        let throttle = Throttle::default();
        for _ in 0..50 {
            let turn = throttle.attempt(from(1), NOON).unwrap();
            assert_eq!(turn.wait, Span(0));
            turn.has_not_failed();
        }
    }

    #[test]
    fn what_was_tried_long_ago_is_forgotten_and_no_more_is_kept_than_may_be() {
        let throttle = Throttle::default();
        let attempt = |n: u32| {
            let mut account = [0; 32];
            account[..4].copy_from_slice(&n.to_be_bytes());
            Attempt { account, network: None, device: None, known: true }
        };
        for n in 0..100 {
            throttle.guess(attempt(n), NOON).unwrap();
        }
        let late = NOON.plus(Span::minutes(11));
        throttle.guess(attempt(7), late).unwrap();
        assert_eq!(throttle.with(|counts| counts.of.len()), 1);
        for n in 0..MOST as u32 + 10 {
            throttle.guess(attempt(n), late).unwrap();
        }
        assert!(throttle.with(|counts| counts.of.len()) <= MOST);
    }
}
