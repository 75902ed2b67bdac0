//! The circuit breaker of a queue: whether anything may be begun now. Plain state; the clock and chance are handed in.
//!
//! Faults of whoever is asked or of the way there, one after the other, open it; so does whoever says that nothing of the queue goes.
//! After a while one single attempt is let through. Any answer closes it, a refusal of the job too: somebody is there and reads.
//!
//! A job may be taken, and it be told only later that nothing of the queue goes. Then no answer is proof of the contrary: one job is
//! let through, and after it was taken the queue waits whether it is refused later again.

use crate::commit::Micros;

const SECOND: Micros = 1_000_000;
/// So many faults in a row open it.
const FAULTS: u32 = 5;
/// The first rest after faults; each attempt that fails doubles it.
const FIRST_REST: Micros = SECOND;
const LONGEST_REST: Micros = 60 * SECOND;
/// The rest of a queue that was stopped: somebody must act first.
const STOPPED_REST: Micros = 60 * SECOND;

/// How long after a job was taken a queue that was refused later waits for the next refusal.
const REFUSED_WITHIN: Micros = 20 * SECOND;

/// What an attempt told of whoever was asked, whatever became of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal<S> {
    /// The job was taken.
    Accepted,
    /// There was an answer, if only with no.
    Answered,
    /// There was none, or a fault of the one who was asked.
    Failed,
    /// The queue as a whole is refused.
    Stopped(S),
    /// The same, told later of a job that had been taken.
    StoppedLater(S),
}

/// What is known of whoever is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<S> {
    Well,
    Stopped(S),
}

/// What may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// One attempt, to see: [`Breaker::tries`] says that it began.
    One,
    /// Nothing before then.
    Until(Micros),
    /// An attempt is under way.
    Awaiting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State<S> {
    Closed,
    Open {
        until: Micros,
        reason: S,
        stopped_by: StoppedBy,
    },
    Trying {
        reason: S,
        stopped_by: StoppedBy,
    },
    /// The one attempt was taken, and may be refused until then.
    Waiting {
        until: Micros,
        reason: S,
    },
}

/// How it was told that the queue is stopped, and thereby what proves that it is not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoppedBy {
    ByAnswer,
    Later,
}

#[derive(Clone, Copy, Debug)]
pub struct Breaker<S> {
    state: State<S>,
    /// Why nothing goes after faults.
    unreachable: S,
    /// In a row, while closed.
    faults: u32,
    /// Rests in a row.
    rests: u32,
}

impl<S: Copy> Breaker<S> {
    /// A closed one; `unreachable` is why nothing goes after faults.
    pub fn closed(unreachable: S) -> Self {
        Self { state: State::Closed, unreachable, faults: 0, rests: 0 }
    }

    pub fn gate(&self, now: Micros) -> Gate {
        match self.state {
            State::Closed => Gate::Open,
            State::Open { until, .. } if now >= until => Gate::One,
            State::Open { until, .. } => Gate::Until(until),
            State::Waiting { until, .. } if now >= until => Gate::Open,
            State::Waiting { until, .. } => Gate::Until(until),
            State::Trying { .. } => Gate::Awaiting,
        }
    }

    /// The one attempt begins.
    pub fn tries(&mut self) {
        if let State::Open { reason, stopped_by, .. } = self.state {
            self.state = State::Trying { reason, stopped_by };
        }
    }

    /// The one attempt came to nothing before anybody was asked: another may be made.
    pub fn did_not_try(&mut self, now: Micros) {
        if let State::Trying { reason, stopped_by } = self.state {
            self.state = State::Open { until: now, reason, stopped_by };
        }
    }

    /// The attempt that was taken was not refused later for long enough: the queue is well again.
    pub fn was_not_refused(&mut self, now: Micros) -> Option<Found<S>> {
        match self.state {
            State::Waiting { until, .. } if now >= until => {
                *self = Self::closed(self.unreachable);
                Some(Found::Well)
            }
            _ => None,
        }
    }

    /// What is known from now on, where this tells; `fraction` between 0 and 1 is chance, which spreads attempts.
    pub fn hears(&mut self, heard: Signal<S>, now: Micros, fraction: f64) -> Option<Found<S>> {
        match (heard, self.state) {
            (Signal::Accepted, State::Trying { reason, stopped_by: StoppedBy::Later }) => {
                self.state = State::Waiting { until: now + REFUSED_WITHIN, reason };
            }
            // There is an answer, and refusals come later alone: only a job that is taken can tell.
            (Signal::Answered, State::Trying { reason, stopped_by: stopped_by @ StoppedBy::Later }) => {
                self.state = State::Open { until: now + STOPPED_REST, reason, stopped_by };
            }
            // What was under way when it was stopped.
            (
                Signal::Accepted | Signal::Answered,
                State::Open { stopped_by: StoppedBy::Later, .. } | State::Waiting { .. },
            ) => {}
            (Signal::Accepted | Signal::Answered, _) => {
                *self = Self::closed(self.unreachable);
                return Some(Found::Well);
            }
            (Signal::Stopped(reason), _) => {
                self.state = State::Open { until: now + STOPPED_REST, reason, stopped_by: StoppedBy::ByAnswer };
            }
            (Signal::StoppedLater(reason), _) => {
                self.state = State::Open { until: now + STOPPED_REST, reason, stopped_by: StoppedBy::Later };
            }
            (Signal::Failed, state) => {
                self.faults += 1;
                match state {
                    // What was under way when it opened comes home and tells nothing new.
                    State::Open { .. } | State::Waiting { .. } => {}
                    State::Closed if self.faults < FAULTS => {}
                    State::Trying { reason, stopped_by: stopped_by @ StoppedBy::Later } => {
                        self.state = State::Open { until: now + STOPPED_REST, reason, stopped_by };
                    }
                    State::Closed | State::Trying { .. } => self.rest(now, fraction),
                }
            }
        }
        match self.state {
            State::Closed => None,
            State::Open { reason, .. } | State::Trying { reason, .. } | State::Waiting { reason, .. } => {
                Some(Found::Stopped(reason))
            }
        }
    }

    fn rest(&mut self, now: Micros, fraction: f64) {
        let doubled = FIRST_REST.saturating_mul(1 << self.rests.min(10)).min(LONGEST_REST);
        let spread = (doubled as f64 * (0.5 + fraction / 2.0)) as i64;
        self.rests += 1;
        let (reason, stopped_by) = (self.unreachable, StoppedBy::ByAnswer);
        self.state = State::Open { until: now + spread, reason, stopped_by };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Why a toy does not want to be asked.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Why {
        Unreachable,
        Expired,
        Unpaid,
    }

    const UNPAID: Option<Found<Why>> = Some(Found::Stopped(Why::Unpaid));

    fn at(seconds: i64) -> Micros {
        (1_700_000_000 + seconds) * SECOND
    }

    fn after_faults(count: u32) -> Breaker<Why> {
        let mut breaker = Breaker::closed(Why::Unreachable);
        for _ in 0..count {
            breaker.hears(Signal::Failed, at(0), 1.0);
        }
        breaker
    }

    #[test]
    fn a7_faults_in_a_row_open_it_and_an_answer_between_them_does_not_count() {
        let mut breaker = after_faults(FAULTS - 1);
        assert_eq!(breaker.gate(at(0)), Gate::Open);
        assert_eq!(breaker.hears(Signal::Answered, at(0), 1.0), Some(Found::Well));
        for _ in 1..FAULTS {
            assert_eq!(breaker.hears(Signal::Failed, at(0), 1.0), None);
        }
        let stopped = Found::Stopped(Why::Unreachable);
        assert_eq!(breaker.hears(Signal::Failed, at(0), 1.0), Some(stopped));
        assert_eq!(breaker.gate(at(0)), Gate::Until(at(1)));
    }

    #[test]
    fn a7_after_its_rest_one_attempt_is_made_and_each_that_fails_doubles_the_rest() {
        let mut breaker = after_faults(FAULTS);
        let mut now = at(1);
        for rest in [2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(breaker.gate(now), Gate::One);
            breaker.tries();
            assert_eq!(breaker.gate(now), Gate::Awaiting, "one, and no other beside it");
            breaker.hears(Signal::Failed, now, 1.0);
            assert_eq!(breaker.gate(now), Gate::Until(now + rest * SECOND));
            now += rest * SECOND;
        }
        breaker.tries();
        breaker.hears(Signal::Answered, now, 1.0);
        assert_eq!(breaker.gate(now), Gate::Open);
    }

    #[test]
    fn a7_a_queue_that_was_stopped_rests_a_minute_and_says_why() {
        let mut breaker = Breaker::closed(Why::Unreachable);
        let state = breaker.hears(Signal::Stopped(Why::Expired), at(0), 0.0);
        assert_eq!(state, Some(Found::Stopped(Why::Expired)));
        assert_eq!(breaker.gate(at(59)), Gate::Until(at(60)));
        assert_eq!(breaker.gate(at(60)), Gate::One);
        breaker.tries();
        breaker.did_not_try(at(61));
        assert_eq!(breaker.gate(at(61)), Gate::One, "an attempt that was none is made again");
    }

    fn stopped_later() -> Breaker<Why> {
        let mut breaker = Breaker::closed(Why::Unreachable);
        let state = breaker.hears(Signal::StoppedLater(Why::Unpaid), at(0), 0.0);
        assert_eq!(state, UNPAID);
        breaker
    }

    #[test]
    fn a7_a_queue_that_is_refused_later_is_not_believed_to_be_well_because_it_answers() {
        let mut breaker = stopped_later();
        let stopped = UNPAID;
        for heard in [Signal::Answered, Signal::Accepted] {
            assert_eq!(breaker.hears(heard, at(1), 0.0), stopped, "it was under way before");
            assert_eq!(breaker.gate(at(1)), Gate::Until(at(60)));
        }
        breaker.tries();
        assert_eq!(breaker.hears(Signal::Answered, at(60), 0.0), stopped, "a question proves nothing");
        assert_eq!(breaker.gate(at(60)), Gate::Until(at(120)));
        breaker.tries();
        assert_eq!(breaker.hears(Signal::Accepted, at(120), 0.0), stopped);
        assert_eq!(breaker.gate(at(120)), Gate::Until(at(140)), "one, and no other beside it");
        assert_eq!(breaker.was_not_refused(at(139)), None);
        breaker.hears(Signal::StoppedLater(Why::Unpaid), at(125), 0.0);
        assert_eq!(breaker.was_not_refused(at(140)), None);
        assert_eq!(breaker.gate(at(140)), Gate::Until(at(185)));
    }

    #[test]
    fn a7_a_queue_that_is_refused_later_goes_on_when_a_job_was_taken_and_not_refused() {
        let mut breaker = stopped_later();
        breaker.tries();
        breaker.hears(Signal::Accepted, at(60), 0.0);
        assert_eq!(breaker.was_not_refused(at(80)), Some(Found::Well));
        assert_eq!(breaker.gate(at(80)), Gate::Open);
        assert_eq!(breaker.was_not_refused(at(81)), None, "it is said once");
    }

    proptest! {
        #[test]
        fn it_never_rests_for_longer_than_a_minute_and_never_for_ever(
            steps in prop::collection::vec((0..6_u8, 0..90_i64, 0.0..1.0_f64), 0..60),
        ) {
            let (mut breaker, mut now) = (Breaker::closed(Why::Unreachable), at(0));
            for (step, seconds, fraction) in steps {
                now += seconds * SECOND;
                match step {
                    0 => { breaker.hears(Signal::Answered, now, fraction); }
                    1 => { breaker.hears(Signal::Failed, now, fraction); }
                    2 => { breaker.hears(Signal::Stopped(Why::Unpaid), now, fraction); }
                    3 => { breaker.hears(Signal::StoppedLater(Why::Unpaid), now, fraction); }
                    4 => { breaker.hears(Signal::Accepted, now, fraction); }
                    _ => if breaker.gate(now) == Gate::One { breaker.tries() },
                }
                match breaker.gate(now) {
                    Gate::Until(until) => {
                        prop_assert!(until > now && until <= now + STOPPED_REST);
                        let waited = Breaker { ..breaker }.was_not_refused(until).is_some();
                        prop_assert_eq!(breaker.gate(until), if waited { Gate::Open } else { Gate::One });
                    }
                    Gate::Awaiting => {
                        let mut answered = Breaker { ..breaker };
                        answered.hears(Signal::Accepted, now, fraction);
                        let later = now + REFUSED_WITHIN;
                        answered.was_not_refused(later);
                        prop_assert_eq!(answered.gate(later), Gate::Open);
                    }
                    Gate::Open | Gate::One => {}
                }
            }
        }
    }
}
