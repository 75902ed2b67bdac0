//! The reply clock: how long the agent of a chat that was given to them has to say something (rule 7).

use super::decide::{ClockChange, Decided};
use super::draft::Draft;
use super::state::{Owner, Thread};
use super::{FIRST_REPLY, OFFER};
use crate::event::{Event, OfferEnd};
use crate::ids::OfferId;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A clock that runs. Both instants move alike by time in which nobody could do anything (B5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyClock {
    pub began_at: Timestamp,
    /// The chat is taken back then.
    pub due_at: Timestamp,
    /// How long it was to run when it began.
    pub lasts_us: Span,
    /// How much longer it runs at most while its agent is writing, in all.
    pub typing_us: Span,
}

impl ReplyClock {
    pub const fn beginning(now: Timestamp, lasts_us: Span, typing_us: Span) -> Self {
        Self { began_at: now, due_at: now.plus(lasts_us), lasts_us, typing_us }
    }

    const fn moved(self, by: Span) -> Self {
        Self { began_at: self.began_at.plus(by), due_at: self.due_at.plus(by), ..self }
    }
}

impl Thread {
    /// What a clock causes that has run out. One that no longer means anything causes nothing; one that was given more time in the
    /// meantime goes on.
    pub fn run_out(&self, kind: &str, now: Timestamp) -> Decided {
        let mut draft = Draft::of(self, now);
        if let Some(episode) = self.open_episode()
            && let Some(offer) = episode.clock
        {
            match (&episode.owner, kind) {
                (Owner::Offered { agents, .. }, OFFER) => {
                    if let Some(agent) = agents.first() {
                        draft.take_back(offer, *agent, OfferEnd::TimedOut);
                    }
                }
                (Owner::Agent { agent }, FIRST_REPLY) => match episode.reply_clock {
                    Some(clock) if clock.due_at > draft.now => {
                        draft.decided.clocks.push(ClockChange::Set {
                            kind: FIRST_REPLY,
                            token: offer,
                            due_at: clock.due_at,
                        });
                    }
                    _ => draft.take_back(offer, *agent, OfferEnd::NotAnswered),
                },
                _ => {}
            }
        }
        draft.finish()
    }

    /// The clock with this token stood still for so long, and its timer was moved already: the thread believes it, so that it is shown.
    pub fn stood(&self, token: OfferId, by: Span, now: Timestamp) -> Decided {
        let mut draft = Draft::of(self, now);
        if let Some(episode) = self.open_episode().filter(|episode| episode.clock == Some(token))
            && let Some(clock) = episode.reply_clock
        {
            draft.run(token, clock.moved(by));
        }
        draft.finish()
    }
}

impl Draft {
    /// The owner is to say something within the span; `typing_us`: as [`OfferCommand`](super::OfferCommand) has it.
    pub(super) fn begin_reply_clock(&mut self, token: OfferId, lasts_us: Span, typing_us: Option<Span>) {
        self.run(token, ReplyClock::beginning(self.now, lasts_us, typing_us.unwrap_or(lasts_us)));
    }

    fn run(&mut self, token: OfferId, clock: ReplyClock) {
        let Some(conversation) = self.conversation() else { return };
        self.push(Event::ReplyClockSet { conversation, offer: token, clock });
        self.decided.clocks.push(ClockChange::Set { kind: FIRST_REPLY, token, due_at: clock.due_at });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{arrived, believe, id, noon};
    use super::super::{Command, OfferCommand, ReplyCommand};
    use super::*;
    use crate::content::Content;
    use crate::routing::AcceptMode;

    const LASTS: Span = Span::seconds(180);

    fn after(seconds: i64) -> Timestamp {
        noon().plus(Span::seconds(seconds))
    }

    /// A chat that Ana (101) was given at noon.
    fn given_to_ana() -> Thread {
        let mut thread = Thread::fresh(id(7));
        let wrote = thread.receive(&arrived(1, noon()), noon());
        believe(&mut thread, &wrote, noon());
        let accept = AcceptMode::Auto { first_reply_us: LASTS };
        let epoch = thread.owner_epoch;
        let offer = OfferCommand {
            offer: id(8),
            agent: id(101),
            expected_epoch: epoch,
            accept,
            typing_us: None,
            incarnation: 1,
        };
        let given = thread.decide(&Command::Offer(offer), noon()).expect("it waits");
        believe(&mut thread, &given, noon());
        thread
    }

    fn shown(thread: &Thread) -> Option<ReplyClock> {
        thread.conversation_row(None).expect("a line").reply_clock
    }

    fn replies(thread: &mut Thread, message: u128, now: Timestamp) -> Decided {
        let reply = ReplyCommand { by: id(101), message: id(message), content: Content::text("ya"), reply_to: None };
        let decided = thread.decide(&Command::Reply(reply), now).expect("it is hers");
        believe(thread, &decided, now);
        decided
    }

    fn set(due_at: Timestamp) -> ClockChange {
        ClockChange::Set { kind: FIRST_REPLY, token: id(8), due_at }
    }

    #[test]
    fn the_row_says_how_long_its_agent_has_until_they_have_answered() {
        let mut thread = given_to_ana();
        assert_eq!(shown(&thread), Some(ReplyClock::beginning(noon(), LASTS, LASTS)));
        assert_eq!(shown(&thread).map(|clock| clock.due_at), Some(after(180)));
        let wrote = thread.receive(&arrived(2, after(60)), after(60));
        believe(&mut thread, &wrote, after(60));
        assert_eq!(shown(&thread).map(|clock| clock.due_at), Some(after(180)), "who asks again does not change it");
        replies(&mut thread, 9, after(90));
        assert_eq!(shown(&thread), None);
    }

    #[test]
    fn a_chat_that_was_taken_back_or_closed_shows_no_clock() {
        let mut closed = given_to_ana();
        let close = closed.decide(&Command::Close { by: id(101), seen: None }, after(9)).expect("hers");
        believe(&mut closed, &close, after(9));
        let mut missed = given_to_ana();
        let taken_back = missed.run_out(FIRST_REPLY, after(180));
        believe(&mut missed, &taken_back, after(180));
        assert_eq!((shown(&closed), shown(&missed)), (None, None));
        assert!(missed.owner().agent().is_none());
    }

    #[test]
    fn b5_a_clock_that_stood_still_is_shown_as_it_runs_on() {
        let mut thread = given_to_ana();
        let decided = thread.stood(id(8), Span::hours(1), after(3_630));
        assert!(decided.clocks.contains(&set(after(3_780))), "{:?}", decided.clocks);
        believe(&mut thread, &decided, after(3_630));
        let clock = ReplyClock { began_at: after(3_600), due_at: after(3_780), lasts_us: LASTS, typing_us: LASTS };
        assert_eq!(shown(&thread), Some(clock));
        assert_eq!(thread.stood(id(9), Span::hours(1), after(3_640)), Decided::default(), "another clock");
        replies(&mut thread, 9, after(3_650));
        assert_eq!(thread.stood(id(8), Span::hours(1), after(3_660)), Decided::default(), "it was stopped meanwhile");
    }

    #[test]
    fn a_clock_that_rings_before_its_time_goes_on() {
        let mut thread = given_to_ana();
        let moved = thread.stood(id(8), Span::seconds(60), after(100));
        believe(&mut thread, &moved, after(100));
        let rung = thread.run_out(FIRST_REPLY, after(180));
        assert_eq!((rung.events.as_slice(), rung.clocks.as_slice()), ([].as_slice(), [set(after(240))].as_slice()));
        assert!(!thread.run_out(FIRST_REPLY, after(240)).events.is_empty());
    }

    #[test]
    fn c2_a_clock_of_before_it_was_shown_runs_out_as_it_did() {
        let mut old = serde_json::to_value(given_to_ana()).expect("JSON");
        old["episode"].as_object_mut().expect("there is one").remove("reply_clock");
        let thread: Thread = serde_json::from_value(old).expect("it reads");
        assert_eq!(shown(&thread), None);
        assert_eq!(thread.stood(id(8), Span::hours(1), after(9)), Decided::default());
        assert!(!thread.run_out(FIRST_REPLY, after(180)).events.is_empty());
    }
}
