//! The circuit breaker of a number: whether anything may leave now. Plain state; the clock and chance are handed in.
//!
//! Faults of the provider or of the way to it, one after the other, open it; so does a provider that stops the number. After a
//! while one single attempt is let through. Any answer closes it, a refusal of the business too: somebody is there and reads.
//!
//! A provider may take a post and tell only later, by a status, that nothing of this number goes. Then no answer is proof of the
//! contrary: one message is let through, and after it was taken the number waits whether a status refuses it again.

use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::{Span, Timestamp};

/// So many faults in a row open it.
const FAULTS: u32 = 5;
/// The first rest after faults; each attempt that fails doubles it.
const FIRST_REST: Span = Span::seconds(1);
const LONGEST_REST: Span = Span::seconds(60);
/// The rest of a number that the provider stopped: somebody must act first.
const STOPPED_REST: Span = Span::seconds(60);

/// How long after a taken post a number that was refused by status waits for the next refusal.
const REFUSED_WITHIN: Span = Span::seconds(20);

/// What an attempt told of the provider, whatever became of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It took a message.
    Accepted,
    /// It answered, if only with no.
    Answered,
    /// It did not, or with a fault of its own.
    Failed,
    /// The number as a whole is refused.
    Stopped(StopReason),
    /// The same, told by the status of a message that it had taken.
    StoppedLater(StopReason),
}

/// What may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    /// One attempt, to see: [`Breaker::tries`] says that it began.
    One,
    /// Nothing before then.
    Until(Timestamp),
    /// An attempt is under way.
    Awaiting,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Timestamp,
        reason: StopReason,
        told: Told,
    },
    Trying {
        reason: StopReason,
        told: Told,
    },
    /// The one attempt was taken, and may be refused until then.
    Waiting {
        until: Timestamp,
        reason: StopReason,
    },
}

/// How the provider told that it stops the number, and thereby what proves that it does not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    ByAnswer,
    ByStatus,
}

#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// In a row, while closed.
    faults: u32,
    /// Rests in a row.
    rests: u32,
}

impl Breaker {
    pub(super) fn gate(&self, now: Timestamp) -> Gate {
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
    pub(super) fn tries(&mut self) {
        if let State::Open { reason, told, .. } = self.state {
            self.state = State::Trying { reason, told };
        }
    }

    /// The one attempt came to nothing before the provider was asked: another may be made.
    pub(super) fn did_not_try(&mut self, now: Timestamp) {
        if let State::Trying { reason, told } = self.state {
            self.state = State::Open { until: now, reason, told };
        }
    }

    /// The attempt that was taken was refused by no status for long enough: the number can send again.
    pub(super) fn was_not_refused(&mut self, now: Timestamp) -> Option<NumberState> {
        match self.state {
            State::Waiting { until, .. } if now >= until => {
                *self = Self::default();
                Some(NumberState::Connected)
            }
            _ => None,
        }
    }

    /// What is known of the number from now on, where this tells; `fraction` between 0 and 1 is chance, which spreads attempts.
    pub(super) fn hears(&mut self, heard: Heard, now: Timestamp, fraction: f64) -> Option<NumberState> {
        match (heard, self.state) {
            (Heard::Accepted, State::Trying { reason, told: Told::ByStatus }) => {
                self.state = State::Waiting { until: now.plus(REFUSED_WITHIN), reason };
            }
            // It answers, and refuses by status alone: only a message that is taken can tell.
            (Heard::Answered, State::Trying { reason, told: told @ Told::ByStatus }) => {
                self.state = State::Open { until: now.plus(STOPPED_REST), reason, told };
            }
            // What was under way when a status stopped the number.
            (Heard::Accepted | Heard::Answered, State::Open { told: Told::ByStatus, .. } | State::Waiting { .. }) => {}
            (Heard::Accepted | Heard::Answered, _) => {
                *self = Self::default();
                return Some(NumberState::Connected);
            }
            (Heard::Stopped(reason), _) => {
                self.state = State::Open { until: now.plus(STOPPED_REST), reason, told: Told::ByAnswer };
            }
            (Heard::StoppedLater(reason), _) => {
                self.state = State::Open { until: now.plus(STOPPED_REST), reason, told: Told::ByStatus };
            }
            (Heard::Failed, state) => {
                self.faults += 1;
                match state {
                    // What was under way when it opened comes home and tells nothing new.
                    State::Open { .. } | State::Waiting { .. } => {}
                    State::Closed if self.faults < FAULTS => {}
                    State::Trying { reason, told: told @ Told::ByStatus } => {
                        self.state = State::Open { until: now.plus(STOPPED_REST), reason, told };
                    }
                    State::Closed | State::Trying { .. } => self.rest(now, fraction),
                }
            }
        }
        match self.state {
            State::Closed => None,
            State::Open { reason, .. } | State::Trying { reason, .. } | State::Waiting { reason, .. } => {
                Some(NumberState::Stopped { reason })
            }
        }
    }

    fn rest(&mut self, now: Timestamp, fraction: f64) {
        let doubled = FIRST_REST.0.saturating_mul(1 << self.rests.min(10)).min(LONGEST_REST.0);
        let spread = Span((doubled as f64 * (0.5 + fraction / 2.0)) as i64);
        self.rests += 1;
        let (reason, told) = (StopReason::ProviderUnreachable, Told::ByAnswer);
        self.state = State::Open { until: now.plus(spread), reason, told };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000 + seconds)
    }

    fn after_faults(count: u32) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..count {
            breaker.hears(Heard::Failed, at(0), 1.0);
        }
        breaker
    }

    #[test]
    fn a7_faults_in_a_row_open_it_and_an_answer_between_them_does_not_count() {
        let mut breaker = after_faults(FAULTS - 1);
        assert_eq!(breaker.gate(at(0)), Gate::Open);
        assert_eq!(breaker.hears(Heard::Answered, at(0), 1.0), Some(NumberState::Connected));
        for _ in 1..FAULTS {
            assert_eq!(breaker.hears(Heard::Failed, at(0), 1.0), None);
        }
        let stopped = NumberState::Stopped { reason: StopReason::ProviderUnreachable };
        assert_eq!(breaker.hears(Heard::Failed, at(0), 1.0), Some(stopped));
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
            breaker.hears(Heard::Failed, now, 1.0);
            assert_eq!(breaker.gate(now), Gate::Until(now.plus(Span::seconds(rest))));
            now = now.plus(Span::seconds(rest));
        }
        breaker.tries();
        breaker.hears(Heard::Answered, now, 1.0);
        assert_eq!(breaker.gate(now), Gate::Open);
    }

    #[test]
    fn a_number_that_was_stopped_rests_a_minute_and_says_why() {
        let mut breaker = Breaker::default();
        let state = breaker.hears(Heard::Stopped(StopReason::TokenExpired), at(0), 0.0);
        assert_eq!(state, Some(NumberState::Stopped { reason: StopReason::TokenExpired }));
        assert_eq!(breaker.gate(at(59)), Gate::Until(at(60)));
        assert_eq!(breaker.gate(at(60)), Gate::One);
        breaker.tries();
        breaker.did_not_try(at(61));
        assert_eq!(breaker.gate(at(61)), Gate::One, "an attempt that was none is made again");
    }

    fn stopped_by_status() -> Breaker {
        let mut breaker = Breaker::default();
        let state = breaker.hears(Heard::StoppedLater(StopReason::PaymentProblem), at(0), 0.0);
        assert_eq!(state, Some(NumberState::Stopped { reason: StopReason::PaymentProblem }));
        breaker
    }

    #[test]
    fn a_number_stopped_by_status_is_not_believed_to_be_well_because_it_answers() {
        let mut breaker = stopped_by_status();
        let stopped = Some(NumberState::Stopped { reason: StopReason::PaymentProblem });
        for heard in [Heard::Answered, Heard::Accepted] {
            assert_eq!(breaker.hears(heard, at(1), 0.0), stopped, "it was under way before");
            assert_eq!(breaker.gate(at(1)), Gate::Until(at(60)));
        }
        breaker.tries();
        assert_eq!(breaker.hears(Heard::Answered, at(60), 0.0), stopped, "a question about the number proves nothing");
        assert_eq!(breaker.gate(at(60)), Gate::Until(at(120)));
        breaker.tries();
        assert_eq!(breaker.hears(Heard::Accepted, at(120), 0.0), stopped);
        assert_eq!(breaker.gate(at(120)), Gate::Until(at(140)), "one, and no other beside it");
        assert_eq!(breaker.was_not_refused(at(139)), None);
        breaker.hears(Heard::StoppedLater(StopReason::PaymentProblem), at(125), 0.0);
        assert_eq!(breaker.was_not_refused(at(140)), None);
        assert_eq!(breaker.gate(at(140)), Gate::Until(at(185)));
    }

    #[test]
    fn a_number_stopped_by_status_goes_on_when_a_message_was_taken_and_no_status_refused_it() {
        let mut breaker = stopped_by_status();
        breaker.tries();
        breaker.hears(Heard::Accepted, at(60), 0.0);
        assert_eq!(breaker.was_not_refused(at(80)), Some(NumberState::Connected));
        assert_eq!(breaker.gate(at(80)), Gate::Open);
        assert_eq!(breaker.was_not_refused(at(81)), None, "it is said once");
    }

    proptest! {
        #[test]
        fn it_never_rests_for_longer_than_a_minute_and_never_for_ever(
            steps in prop::collection::vec((0..6_u8, 0..90_i64, 0.0..1.0_f64), 0..60),
        ) {
            let (mut breaker, mut now) = (Breaker::default(), at(0));
            for (step, seconds, fraction) in steps {
                now = now.plus(Span::seconds(seconds));
                match step {
                    0 => { breaker.hears(Heard::Answered, now, fraction); }
                    1 => { breaker.hears(Heard::Failed, now, fraction); }
                    2 => { breaker.hears(Heard::Stopped(StopReason::PaymentProblem), now, fraction); }
                    3 => { breaker.hears(Heard::StoppedLater(StopReason::PaymentProblem), now, fraction); }
                    4 => { breaker.hears(Heard::Accepted, now, fraction); }
                    _ => if breaker.gate(now) == Gate::One { breaker.tries() },
                }
                match breaker.gate(now) {
                    Gate::Until(until) => {
                        prop_assert!(until > now && until <= now.plus(Span::seconds(60)));
                        let waited = Breaker { ..breaker }.was_not_refused(until).is_some();
                        prop_assert_eq!(breaker.gate(until), if waited { Gate::Open } else { Gate::One });
                    }
                    Gate::Awaiting => {
                        let mut answered = Breaker { ..breaker };
                        answered.hears(Heard::Accepted, now, fraction);
                        let later = now.plus(REFUSED_WITHIN);
                        answered.was_not_refused(later);
                        prop_assert_eq!(answered.gate(later), Gate::Open);
                    }
                    Gate::Open | Gate::One => {}
                }
            }
        }
    }
}
