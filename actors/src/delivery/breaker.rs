//! The circuit breaker of a number: whether anything may leave now. Plain state; the clock and chance are handed in.
//!
//! Faults of the provider or of the way to it, one after the other, open it; so does a provider that stops the number. After a
//! while one single attempt is let through. Any answer closes it, a refusal of the business too: somebody is there and reads.

use dashoffice_domain::number::{NumberState, StopReason};
use dashoffice_domain::{Span, Timestamp};

/// So many faults in a row open it.
const FAULTS: u32 = 5;
/// The first rest after faults; each attempt that fails doubles it.
const FIRST_REST: Span = Span::seconds(1);
const LONGEST_REST: Span = Span::seconds(60);
/// The rest of a number that the provider stopped: somebody must act first.
const STOPPED_REST: Span = Span::seconds(60);

/// What an attempt told of the provider, whatever became of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It answered, if only with no.
    Answered,
    /// It did not, or with a fault of its own.
    Failed,
    /// The number as a whole is refused.
    Stopped(StopReason),
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
    },
    Trying {
        reason: StopReason,
    },
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
            State::Trying { .. } => Gate::Awaiting,
        }
    }

    /// The one attempt begins.
    pub(super) fn tries(&mut self) {
        if let State::Open { reason, .. } = self.state {
            self.state = State::Trying { reason };
        }
    }

    /// The one attempt came to nothing before the provider was asked: another may be made.
    pub(super) fn did_not_try(&mut self, now: Timestamp) {
        if let State::Trying { reason } = self.state {
            self.state = State::Open { until: now, reason };
        }
    }

    /// What is known of the number from now on, where this tells; `fraction` between 0 and 1 is chance, which spreads attempts.
    pub(super) fn hears(&mut self, heard: Heard, now: Timestamp, fraction: f64) -> Option<NumberState> {
        match heard {
            Heard::Answered => {
                *self = Self::default();
                return Some(NumberState::Connected);
            }
            Heard::Stopped(reason) => {
                self.state = State::Open { until: now.plus(STOPPED_REST), reason };
            }
            Heard::Failed => {
                self.faults += 1;
                match self.state {
                    // What was under way when it opened comes home and tells nothing new.
                    State::Open { .. } => {}
                    State::Closed if self.faults < FAULTS => {}
                    State::Closed | State::Trying { .. } => self.rest(now, fraction),
                }
            }
        }
        match self.state {
            State::Closed => None,
            State::Open { reason, .. } | State::Trying { reason } => Some(NumberState::Stopped { reason }),
        }
    }

    fn rest(&mut self, now: Timestamp, fraction: f64) {
        let doubled = FIRST_REST.0.saturating_mul(1 << self.rests.min(10)).min(LONGEST_REST.0);
        let spread = Span((doubled as f64 * (0.5 + fraction / 2.0)) as i64);
        self.rests += 1;
        self.state = State::Open { until: now.plus(spread), reason: StopReason::ProviderUnreachable };
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

    proptest! {
        #[test]
        fn it_never_rests_for_longer_than_a_minute_and_never_for_ever(
            steps in prop::collection::vec((0..4_u8, 0..90_i64, 0.0..1.0_f64), 0..60),
        ) {
            let (mut breaker, mut now) = (Breaker::default(), at(0));
            for (step, seconds, fraction) in steps {
                now = now.plus(Span::seconds(seconds));
                match step {
                    0 => { breaker.hears(Heard::Answered, now, fraction); }
                    1 => { breaker.hears(Heard::Failed, now, fraction); }
                    2 => { breaker.hears(Heard::Stopped(StopReason::PaymentProblem), now, fraction); }
                    _ => if breaker.gate(now) == Gate::One { breaker.tries() },
                }
                match breaker.gate(now) {
                    Gate::Until(until) => {
                        prop_assert!(until > now && until <= now.plus(Span::seconds(60)));
                        prop_assert_eq!(breaker.gate(until), Gate::One);
                    }
                    Gate::Awaiting => {
                        let mut answered = Breaker { ..breaker };
                        answered.hears(Heard::Answered, now, fraction);
                        prop_assert_eq!(answered.gate(now), Gate::Open);
                    }
                    Gate::Open | Gate::One => {}
                }
            }
        }
    }
}
