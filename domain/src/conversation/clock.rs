//! The reply clock: how long the agent of a chat that was given to them has to say something (rule 7).

use super::decide::{ClockChange, Decided, Done};
use super::draft::Draft;
use super::state::{Episode, Owner, Thread};
use super::{FIRST_REPLY, OFFER};
use crate::conversation::{Event, OfferEnd};
use crate::ids::{AgentId, MessageId, OfferId};
use crate::refusal::Refusal;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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

/// While its agent is writing, a clock keeps at least so far from its end; a short one half of its time.
const TYPING_KEEPS: Span = Span::seconds(60);

impl ReplyClock {
    pub const fn beginning(now: Timestamp, lasts_us: Span, typing_us: Span) -> Self {
        Self { began_at: now, due_at: now.plus(lasts_us), lasts_us, typing_us }
    }

    /// As it runs on where its agent is writing now; `None`: enough is left of it, or nothing can be added any more. What is added is
    /// worth a commit: a quarter of what is kept, or the last there is.
    pub fn kept_by_typing(self, now: Timestamp) -> Option<Self> {
        let keeps = TYPING_KEEPS.min(Span(self.lasts_us.0 / 2));
        let latest = self.began_at.plus(self.lasts_us).plus(self.typing_us);
        let due_at = now.plus(keeps).min(latest);
        let gains = due_at.since(self.due_at);
        let is_worth_it = gains >= Span(keeps.0 / 4) || due_at == latest;
        (self.due_at > now && gains > Span(0) && is_worth_it).then_some(Self { due_at, ..self })
    }

    const fn moved(self, by: Span) -> Self {
        Self { began_at: self.began_at.plus(by), due_at: self.due_at.plus(by), ..self }
    }
}

/// What an agent said that stopped their clock, none of which is known to have failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The first of them stopped it.
    pub messages: Vec<MessageId>,
    pub clock: ReplyClock,
    /// How the customer waited until then.
    pub waiting_since: Option<Timestamp>,
    pub unanswered: i64,
}

/// Of so many messages one has gone out.
const MOST_UNCERTAIN: usize = 16;

impl Answer {
    /// Nothing: so much was said that it need not be remembered.
    fn and(mut self, message: MessageId) -> Option<Self> {
        self.messages.push(message);
        (self.messages.len() < MOST_UNCERTAIN).then_some(self)
    }
}

impl Episode {
    /// What is remembered of the answer once this message was said, too.
    pub(super) fn answered_by(&mut self, message: MessageId) -> Option<Answer> {
        if let Some(clock) = self.reply_clock {
            let Self { waiting_since, unanswered, .. } = *self;
            return Some(Answer { messages: vec![message], clock, waiting_since, unanswered });
        }
        self.answer.take().and_then(|answer| answer.and(message))
    }

    /// Once all of the answer failed, the customer waits as they did, and for what they said since.
    pub(super) fn answer_failed(&mut self, message: MessageId) {
        let Some(answer) = &mut self.answer else { return };
        answer.messages.retain(|said| *said != message);
        if answer.messages.is_empty() {
            self.waiting_since = answer.waiting_since.or(self.waiting_since);
            self.unanswered += answer.unanswered;
            self.answer = None;
        }
    }
}

/// The token of the clock that begins where this message failed.
fn clock_after(message: MessageId) -> OfferId {
    OfferId(Uuid::new_v5(&message.0, b"reply clock"))
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

    /// `by` is writing an answer: their clock gives them the time for it (rule 7).
    pub(super) fn types(&self, draft: &mut Draft, by: AgentId) -> Result<Done, Refusal> {
        let (episode, _) = self.held_by(by)?;
        if let Some(token) = episode.clock
            && let Some(clock) = episode.reply_clock.and_then(|clock| clock.kept_by_typing(draft.now))
        {
            draft.run(token, clock);
        }
        Ok(Done::Typing { conversation: episode.id })
    }

    /// A reply of the agent failed for good. Where nothing else they said since may have gone out, nobody was answered: the customer
    /// waits as before, and the agent, who is told by this alone, has all their time again.
    pub fn failed(&self, message: MessageId, now: Timestamp) -> Decided {
        let mut draft = Draft::of(self, now);
        if let Some(episode) = self.open_episode()
            && let Some(answer) = episode.answer.as_ref().filter(|answer| answer.messages.contains(&message))
        {
            draft.push(Event::ReplyFailed { conversation: episode.id, message });
            if answer.messages.len() == 1 {
                let (token, ReplyClock { lasts_us, typing_us, .. }) = (clock_after(message), answer.clock);
                draft.begin_reply_clock(token, lasts_us, Some(typing_us));
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
    use crate::conversation::content::Content;
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

    /// Ana writes every three seconds from one instant to another; how often that was a commit.
    fn types(thread: &mut Thread, from: i64, to: i64) -> usize {
        let mut commits = 0;
        for at in (from..to).step_by(3).map(after) {
            let Ok(decided) = thread.decide(&Command::Typing { by: id(101) }, at) else { break };
            commits += usize::from(!decided.events.is_empty());
            believe(thread, &decided, at);
        }
        commits
    }

    #[test]
    fn who_is_writing_is_given_the_time_for_it_and_no_more_than_the_clock_lasts_once_more() {
        let mut thread = given_to_ana();
        assert_eq!(types(&mut thread, 0, 134), 0, "there is enough left");
        assert_eq!(types(&mut thread, 135, 200), 5, "not a commit a key");
        let left = shown(&thread).expect("it runs").due_at.since(after(200));
        assert!((Span::seconds(45)..=Span::seconds(60)).contains(&left), "{left:?}");
        types(&mut thread, 200, 900);
        assert_eq!(shown(&thread).map(|clock| clock.due_at), Some(after(360)), "whatever is still written");
        assert!(!thread.run_out(FIRST_REPLY, after(360)).events.is_empty());
    }

    #[test]
    fn who_does_not_write_any_more_has_what_was_left_then() {
        let mut thread = given_to_ana();
        types(&mut thread, 100, 151);
        let due_at = shown(&thread).expect("it runs").due_at;
        assert!(due_at > after(195) && due_at <= after(211), "{due_at:?}");
        assert_eq!(thread.run_out(FIRST_REPLY, after(180)).events, [], "an old timer takes nothing back");
        assert!(!thread.run_out(FIRST_REPLY, due_at).events.is_empty());
    }

    #[test]
    fn typing_counts_for_as_much_as_the_queue_says_and_for_nobody_but_the_owner() {
        let clock = |typing_us| ReplyClock::beginning(noon(), LASTS, typing_us);
        assert_eq!(clock(Span(0)).kept_by_typing(after(170)), None);
        let kept = clock(Span::seconds(5)).kept_by_typing(after(170)).map(|kept| kept.due_at);
        assert_eq!(kept, Some(after(185)), "the last there is");
        assert_eq!(clock(LASTS).kept_by_typing(after(180)), None, "it has run out");
        let other = given_to_ana().decide(&Command::Typing { by: id(102) }, after(170));
        assert_eq!(other, Err(Refusal::NOT_OWNER));
    }

    fn fails(thread: &mut Thread, message: u128, now: Timestamp) -> Decided {
        let decided = thread.failed(id(message), now);
        believe(thread, &decided, now);
        decided
    }

    #[test]
    fn a_failed_reply_does_not_stop_the_clock() {
        let mut thread = given_to_ana();
        replies(&mut thread, 9, after(90));
        let decided = fails(&mut thread, 9, after(95));
        assert_eq!(shown(&thread), Some(ReplyClock::beginning(after(95), LASTS, LASTS)), "all their time again");
        let row = thread.conversation_row(None).expect("a line");
        assert_eq!((row.waiting_since, row.unanswered), (Some(noon()), 1), "the customer waits as before");
        let token = decided.clocks.iter().find_map(|change| match change {
            ClockChange::Set { token, .. } => Some(*token),
            ClockChange::Clear { .. } => None,
        });
        assert!(token.is_some_and(|token| token != id(8)), "a timer of before is not this one");
        assert_eq!(thread.failed(id(9), after(96)), Decided::default(), "told twice");
        assert!(!thread.run_out(FIRST_REPLY, after(275)).events.is_empty());
        let mut answered = given_to_ana();
        replies(&mut answered, 9, after(90));
        fails(&mut answered, 9, after(95));
        replies(&mut answered, 10, after(100));
        assert_eq!(shown(&answered), None, "the next one stops it like the first");
    }

    #[test]
    fn what_went_out_beside_it_is_an_answer_until_it_fails_too() {
        let mut thread = given_to_ana();
        replies(&mut thread, 9, after(90));
        replies(&mut thread, 10, after(91));
        fails(&mut thread, 9, after(95));
        assert_eq!(shown(&thread), None);
        fails(&mut thread, 10, after(99));
        assert_eq!(shown(&thread).map(|clock| clock.due_at), Some(after(279)));
    }

    #[test]
    fn nobody_is_held_to_an_answer_that_failed_after_the_chat_had_gone_elsewhere() {
        let mut thread = given_to_ana();
        replies(&mut thread, 9, after(90));
        let expected_epoch = thread.owner_epoch;
        let requeue = Command::Requeue { agent: id(101), expected_epoch };
        let gone = thread.decide(&requeue, after(95)).expect("it is hers");
        believe(&mut thread, &gone, after(95));
        assert_eq!(thread.failed(id(9), after(99)), Decided::default());
    }
}
