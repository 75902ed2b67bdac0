//! Guessing is made slow. A stranger who fails for one account from one network is refused for a while; a network alone and an account
//! alone are only made to wait, longer and longer, so that nobody is locked out by a stranger.
//!
//! Whoever shows that this account signed in from here before is measured by what failed for it here alone, on a device by what failed on
//! the device, and is made to wait as well, never refused.

use super::network::Network;
use dashoffice_domain::{Span, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Failures of one account from one place before strangers are refused there, and whoever was here before waits.
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
/// And so many times for whoever was here before: nothing else slows guesses down there.
const DOUBLINGS_OF_KNOWN: usize = 6;
/// Between two of a network that came at once, and of which nobody has failed yet: a whole office may begin its day together.
const PACE: Span = Span::millis(50);
/// Who would have to wait for longer is told to come again.
const PATIENCE: Span = Span::seconds(5);
/// Longer than the longest pause: whoever was here before and comes alone is looked at, however often they were wrong.
const PATIENCE_OF_KNOWN: Span = Span::seconds(20);
/// Until the next turn, at the most: whoever waits for as long as may be, and then the longest pause.
const LONGEST_WAIT: Span = Span(PATIENCE_OF_KNOWN.0 + (FIRST_WAIT.0 << DOUBLINGS_OF_KNOWN));
/// Keys that are remembered. Beyond that a tenth of them makes room: those with the fewest failures, the oldest first.
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
    /// Whoever came last was nobody who had been here before, nor has anybody signed in since.
    of_strangers: bool,
}

impl Attempt {
    /// Of this account, here.
    const fn own(&self) -> Key {
        match self.device {
            Some(device) => Key::Device(device, self.account),
            None => Key::Here(self.network, self.account),
        }
    }

    /// Where it takes its turn.
    fn waits_for(&self) -> impl Iterator<Item = Key> + use<> {
        let (known, own) = (self.known, self.own());
        let of_all = [Some(Key::Account(self.account)), self.network.map(Key::Network)].into_iter().flatten();
        of_all.filter(move |_| !known).chain(Some(own).filter(move |_| known))
    }

    /// Where it is counted.
    fn counted(&self) -> impl Iterator<Item = Key> + use<> {
        let own = self.own();
        self.waits_for().filter(move |key| *key != own).chain([own])
    }

    const fn patience(&self) -> Span {
        if self.known { PATIENCE_OF_KNOWN } else { PATIENCE }
    }
}

impl Throttle {
    /// Whether somebody without a device is refused whom we know to be a stranger here; costs nothing but a look into memory, so that
    /// whoever keeps guessing is refused before anything is read for them.
    ///
    /// # Errors
    /// As [`Throttle::attempt`].
    pub(super) fn look(&self, account: Account, network: Option<Network>, now: Timestamp) -> Result<(), u32> {
        let attempt = Attempt { account, network, device: None, known: false };
        self.with(|counts| {
            if !counts.of.get(&attempt.own()).is_some_and(|count| count.of_strangers) {
                return Ok(());
            }
            counts.wait_of(&attempt, now).map(|_| ())
        })
    }

    /// Takes a turn. Attempts under way count, so that many at once are no way round.
    ///
    /// # Errors
    /// Seconds after which to come again: nothing is looked at, and nothing was counted.
    pub(super) fn attempt(&self, attempt: Attempt, now: Timestamp) -> Result<Turn<'_>, u32> {
        self.with(|counts| {
            counts.sweep(now);
            let wait = counts.wait_of(&attempt, now)?;
            for key in attempt.waits_for() {
                counts.takes_turn(key, now.plus(wait));
            }
            for key in attempt.counted() {
                counts.of.entry(key).or_default().under_way += 1;
            }
            if let Some(count) = counts.of.get_mut(&attempt.own()) {
                count.of_strangers = !attempt.known;
            }
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
            for key in self.attempt.counted() {
                let count = counts.of.entry(key).or_default();
                count.under_way = count.under_way.saturating_sub(1);
                count.of_strangers &= self.failed;
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

    /// How long an attempt waits; `Err`: seconds after which to come again.
    fn wait_of(&mut self, attempt: &Attempt, now: Timestamp) -> Result<Span, u32> {
        if !attempt.known
            && let Some(wait) = self.refused(attempt.own(), now)
        {
            return Err(wait);
        }
        let wait = attempt.waits_for().map(|key| self.wait(key, now)).max().unwrap_or_default();
        if wait > attempt.patience() { Err(in_seconds(wait)) } else { Ok(wait) }
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
    }

    /// Keys without a failure in the window are forgotten, or every address ever tried would stay.
    fn sweep(&mut self, now: Timestamp) {
        if self.of.len() >= MOST {
            self.make_room();
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

impl Counts {
    /// A flood of keys pushes out its own: whoever failed more often than most stays counted.
    fn make_room(&mut self) {
        let idle = self.of.iter().filter(|(_, count)| count.under_way == 0);
        let mut weights: Vec<_> = idle.map(|(key, count)| (count.weight(), *key)).collect();
        let goes = (MOST / 10).min(weights.len());
        if let Some(last) = goes.checked_sub(1) {
            weights.select_nth_unstable_by_key(last, |(weight, _)| *weight);
        }
        for (_, key) in &weights[..goes] {
            self.of.remove(key);
        }
    }
}

impl Count {
    fn weight(&self) -> (usize, Option<Timestamp>) {
        (self.failures.len(), self.failures.back().copied())
    }

    /// Between an attempt that takes its turn now and the next one.
    fn pause(&self, key: Key) -> Span {
        let doubled = |beyond: usize, most: usize| Span(FIRST_WAIT.0 << beyond.min(most));
        let tried = self.failures.len() + self.under_way;
        match key {
            Key::Network(_) => match self.failures.len().checked_sub(FREE_OF_NETWORK) {
                Some(beyond) => doubled(beyond, DOUBLINGS),
                None if self.under_way >= FREE_OF_NETWORK => PACE,
                None => Span::default(),
            },
            // Nobody signs in so often at once.
            Key::Account(_) => {
                tried.checked_sub(FREE_OF_ACCOUNT).map_or(Span::default(), |beyond| doubled(beyond, DOUBLINGS))
            }
            // Only whoever was here before waits for these.
            Key::Here(..) | Key::Device(..) => {
                tried.checked_sub(REFUSED_AFTER).map_or(Span::default(), |beyond| doubled(beyond, DOUBLINGS_OF_KNOWN))
            }
        }
    }
}

/// At least one.
fn in_seconds(span: Span) -> u32 {
    u32::try_from(span.0.div_euclid(1_000_000) + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests;
