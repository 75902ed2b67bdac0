//! The delivery's desk: which lanes may go, and when; what is read of the outbox, and how often.

use super::DeliveryParts;
use super::actor::{BACKSTOP, DeliveryTold, How};
use super::breaker::{Breaker, Gate, Heard};
use super::lanes::Lanes;
use super::limit::Limit;
use super::marks::{self, Told};
use super::posting::{Ended, Outcome, is_expired, send};
use super::standing::Standing;
use super::under_way::{Leaving, OfNumber};
use crate::seldom::Seldom;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Checked, Class, Outgoing, SendState};
use dashoffice_domain::channel::{SendPlace, WaitingSend};
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::ports::Unavailable;
use dashoffice_domain::{Span, Timestamp};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::task;
use futures_util::FutureExt;
use ractor::ActorRef;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;

/// Rows of the outbox read at a time.
const PAGE: u32 = 1_000;
/// Before a message is looked at again, or a state recorded, whose task panicked.
pub(super) const AFTER_A_FALL: Duration = Duration::from_secs(1);
/// Messages known at once; what is beyond stays in the outbox until there is room.
const MOST_KNOWN: usize = 10_000;
/// Each so many looks begins at the outbox's first row again: for what was put off and is due, and what is too old.
const LOOKS_PER_SWEEP: u64 = 12;

pub(crate) struct Desk {
    parts: DeliveryParts,
    lanes: Lanes,
    limit: Limit,
    breaker: Breaker,
    standing: Standing,
    /// Messages that were failed for a trouble of the number.
    refusals: Seldom,
    /// Messages on their way, also those a predecessor sent off.
    under_way: OfNumber,
    /// Lanes that wait for news of a message.
    held_by: HashMap<MessageId, ThreadId>,
    /// On their way, and there was news of them: their end, when it comes, holds nobody.
    told: HashSet<MessageId>,
    /// The message that is the breaker's one attempt.
    attempt: Option<MessageId>,
    /// The whole number rests until then.
    rests_until: Option<Instant>,
    /// A `Go` is on its way for then.
    goes_at: Option<Instant>,
    marks: Marks,
    /// Up to where the outbox was read, and whether that was its end.
    place: SendPlace,
    caught_up: bool,
    looks: u64,
}

/// So long at most a read mark that was told goes unrecorded.
const RECORDED_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
struct Marks {
    wanted: bool,
    running: bool,
    not_before: Option<Instant>,
    told: Told,
    /// Since then something is told that is not recorded.
    told_since: Option<Instant>,
}

impl Desk {
    pub(super) fn new(parts: DeliveryParts) -> Self {
        let under_way = parts.under_way.of(parts.reads.tenant(), parts.number);
        let limit = Limit::per_second(parts.settings.now().per_second);
        Self {
            parts,
            lanes: Lanes::default(),
            limit,
            breaker: Breaker::default(),
            standing: Standing::default(),
            refusals: Seldom::default(),
            under_way,
            held_by: HashMap::new(),
            told: HashSet::new(),
            attempt: None,
            rests_until: None,
            goes_at: None,
            // What a predecessor did not tell.
            marks: Marks { wanted: true, ..Marks::default() },
            place: SendPlace::default(),
            caught_up: false,
            looks: 0,
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.parts.clock.now())
    }

    pub(super) fn committed(&mut self, queued: &[(ThreadId, MessageId, Class)], news_of: &[MessageId], marks: bool) {
        // Before the outbox was read to its end, what is new would overtake what is old.
        if self.caught_up {
            for (thread, message, class) in queued {
                self.lanes.join(*thread, *message, *class);
            }
        }
        for message in news_of {
            if let Some(thread) = self.held_by.remove(message) {
                self.lanes.resume(thread);
            } else if self.lanes.knows(*message) {
                self.told.insert(*message);
            }
        }
        self.marks.wanted |= marks;
    }

    /// Reads of the outbox what the feed did not tell and a predecessor knew; now and then all of it.
    pub(super) async fn look(&mut self, myself: &ActorRef<DeliveryTold>) -> Result<(), Unavailable> {
        self.looks += 1;
        if self.caught_up && self.looks.is_multiple_of(LOOKS_PER_SWEEP) {
            self.place = SendPlace::default();
        }
        while self.lanes.len() < MOST_KNOWN {
            let rows = self.parts.reads.sends(self.parts.number, self.place, PAGE).await?;
            for row in &rows {
                reach("delivery", "look");
                self.admit(row, myself);
                self.place = row.place;
            }
            if rows.len() < PAGE as usize {
                self.caught_up = true;
                return Ok(());
            }
        }
        self.caught_up = false;
        Ok(())
    }

    fn admit(&mut self, row: &WaitingSend, myself: &ActorRef<DeliveryTold>) {
        let wall = self.now();
        let Outgoing { message, thread, class, .. } = row.outgoing;
        match row.state {
            // Nothing is asked of the provider for it, so it need not wait for its turn.
            SendState::Pending if is_expired(row.queued_at, wall, self.parts.settings.now().gives_up_after) => {
                self.send_off(thread, message, myself.clone());
            }
            // It steps aside until it is due.
            SendState::Pending if row.steps_aside() && row.not_before > Some(wall) => {}
            // One that is on its way keeps its place: a predecessor sent it off, and what is behind it waits for its end.
            SendState::Pending | SendState::Sending => self.lanes.join(thread, message, class),
            SendState::Unknown => self.hold_for(thread, message, wall.since(row.changed_at)),
        }
    }

    /// A message whose fate is unknown since a while holds what is behind it, if it does not yet and the while was short.
    fn hold_for(&mut self, thread: ThreadId, message: MessageId, since: Span) {
        let since = Duration::from_micros(since.0.max(0).cast_unsigned());
        let left = self.parts.settings.now().unknown_holds.saturating_sub(since);
        if !left.is_zero() && !self.lanes.knows(message) && self.lanes.hold(thread, Instant::now() + left) {
            self.held_by.insert(message, thread);
        }
    }

    pub(super) fn ended(
        &mut self,
        thread: ThreadId,
        message: MessageId,
        outcome: Outcome,
        myself: &ActorRef<DeliveryTold>,
    ) {
        let now = Instant::now();
        let was_told = self.told.remove(&message);
        match outcome.ended {
            Ended::Unknown if was_told => self.lanes.leave(thread, message),
            // One that stepped aside comes back when it is due: the outbox has it.
            Ended::Gone | Ended::Aside => self.lanes.leave(thread, message),
            Ended::Unknown => {
                self.held_by.insert(message, thread);
                self.lanes.leave_and_pause(thread, message, now + self.parts.settings.now().unknown_holds);
            }
            Ended::Later(wait) => self.lanes.pause(thread, now + wait),
            Ended::Rests(wait) => {
                self.lanes.pause(thread, now + wait);
                self.rests_until = self.rests_until.max(Some(now + wait));
            }
            Ended::Stays => self.lanes.pause(thread, now),
        }
        let was_attempt = self.attempt.take_if(|attempt| *attempt == message).is_some();
        match outcome.heard {
            Some(heard) => self.hears(heard, myself),
            None if was_attempt => self.breaker.did_not_try(self.now()),
            None => {}
        }
        if !self.caught_up && self.lanes.len() == MOST_KNOWN / 2 {
            // There is room again; nobody there: the next actor looks by itself.
            let _ = myself.cast(DeliveryTold::Look);
        }
    }

    fn hears(&mut self, heard: Heard, myself: &ActorRef<DeliveryTold>) {
        let state = self.breaker.hears(heard, self.now(), self.parts.ids.fraction());
        if let Some(state) = state {
            self.standing.finds(state, &self.parts, myself);
        }
    }

    /// A status said that nothing of this number goes.
    pub(super) fn refused(&mut self, reason: StopReason, code: i64, myself: &ActorRef<DeliveryTold>) {
        let (number, reason_name) = (self.parts.number, reason.name());
        if let Some(messages) = self.refusals.count(self.now()) {
            tracing::warn!(number.id = %number, reason = reason_name, code, messages, "the provider fails the messages of this number");
        }
        self.hears(Heard::StoppedLater(reason), myself);
    }

    pub(super) fn not_recorded(&mut self, myself: &ActorRef<DeliveryTold>) {
        self.standing.is_not_recorded(&self.parts, myself);
    }

    pub(super) fn recorded(&mut self, state: NumberState, myself: &ActorRef<DeliveryTold>) {
        self.standing.is_recorded(state, &self.parts, myself);
    }

    /// Asks the provider about the number, for no message's sake.
    pub(super) fn check(&self, myself: &ActorRef<DeliveryTold>) {
        let (parts, myself) = (self.parts.clone(), myself.clone());
        let fallen = {
            let myself = myself.clone();
            move || _ = myself.cast(DeliveryTold::Checked(Checked::Away))
        };
        task::spawn_or("check", fallen, async move {
            let asked = AssertUnwindSafe(parts.channel.check(parts.line.clone())).catch_unwind().await;
            let checked = asked.unwrap_or_else(|_| {
                tracing::error!(number.id = %parts.number, "an adapter panicked while asking about a number");
                Checked::Away
            });
            let _ = myself.cast(DeliveryTold::Checked(checked));
        });
    }

    pub(super) fn checked(&mut self, checked: &Checked, myself: &ActorRef<DeliveryTold>) {
        match checked {
            Checked::Well => self.hears(Heard::Answered, myself),
            Checked::Stopped { reason, error } => {
                let (number, word) = (self.parts.number, reason.name());
                tracing::error!(number.id = %number, reason = word, code = error.code, "the provider refuses this number");
                self.hears(Heard::Stopped(*reason), myself);
            }
            Checked::Away => {
                let at_rest = self.breaker.gate(self.now()) != Gate::Open;
                self.hears(Heard::Failed, myself);
                if !at_rest && self.breaker.gate(self.now()) == Gate::Open {
                    myself.send_after(BACKSTOP, || DeliveryTold::Check);
                }
            }
        }
    }

    /// Sends off what may go.
    pub(super) fn go(&mut self, myself: &ActorRef<DeliveryTold>) {
        let now = Instant::now();
        if let Some(state) = self.breaker.was_not_refused(self.now()) {
            self.standing.finds(state, &self.parts, myself);
        }
        match self.breaker.gate(self.now()) {
            Gate::Open => {}
            Gate::One => return self.try_one(now, myself),
            Gate::Until(until) => return self.go_at(Some(now + positive(until.since(self.now()))), myself),
            // Its end comes by itself.
            Gate::Awaiting => return,
        }
        self.tell_marks(now, myself);
        if self.rests_until.is_some_and(|until| until > now) {
            return self.go_at(self.rests_until, myself);
        }
        let mut next_at = self.lanes.next_at();
        let settings = self.parts.settings.now();
        self.limit.becomes(settings.per_second);
        let free = settings.most_at_once.saturating_sub(self.under_way.len());
        for (thread, message) in self.lanes.ready(now, free) {
            if self.under_way.contains(&message) {
                // A predecessor sent it off: its end will show in the outbox.
                self.lanes.pause(thread, now + BACKSTOP / 10);
                next_at = self.lanes.next_at();
                continue;
            }
            if let Err(wait) = self.limit.take() {
                next_at = Some(next_at.map_or(now + wait, |at| at.min(now + wait)));
                break;
            }
            if self.send_off(thread, message, myself.clone()) {
                self.lanes.begin(thread);
            }
        }
        self.held_by.retain(|_, thread| self.lanes.is_paused(*thread));
        self.go_at(next_at, myself);
    }

    /// One attempt, to see whether the provider is back: a message that waits, or a question where none does.
    fn try_one(&mut self, now: Instant, myself: &ActorRef<DeliveryTold>) {
        self.breaker.tries();
        let head = self.lanes.ready(now, 1).pop().filter(|(_, message)| !self.under_way.contains(message));
        let Some((thread, message)) = head else { return self.check(myself) };
        if !self.send_off(thread, message, myself.clone()) {
            return self.check(myself);
        }
        self.attempt = Some(message);
        self.lanes.begin(thread);
    }

    /// A round of read marks, if there are any and none is under way.
    fn tell_marks(&mut self, now: Instant, myself: &ActorRef<DeliveryTold>) {
        let waits = self.marks.not_before.is_some_and(|then| then > now);
        let record = self.marks.told_since.is_some_and(|since| now.duration_since(since) >= RECORDED_WITHIN);
        if self.marks.running || waits || !(self.marks.wanted || record) {
            return;
        }
        let mut told = std::mem::take(&mut self.marks.told);
        self.marks = Marks { running: true, told_since: self.marks.told_since, ..Marks::default() };
        let (parts, myself) = (self.parts.clone(), myself.clone());
        let fallen = {
            let myself = myself.clone();
            move || _ = myself.cast(DeliveryTold::MarksTold { wait: Some(BACKSTOP), told: Told::new() })
        };
        task::spawn_or("read marks", fallen, async move {
            let wait = marks::tell(&parts, &mut told, record).await;
            // Nobody there: the next actor begins with a round.
            let _ = myself.cast(DeliveryTold::MarksTold { wait, told });
        });
    }

    pub(super) fn marks_told(&mut self, wait: Option<Duration>, told: Told) {
        let now = Instant::now();
        self.marks.running = false;
        self.marks.wanted |= wait.is_some();
        self.marks.not_before = wait.map(|wait| now + wait);
        self.marks.told_since = (!told.is_empty()).then(|| self.marks.told_since.unwrap_or(now));
        self.marks.told = told;
    }

    /// Whether the `Go` that was sent for then still counts; it has come.
    pub(super) fn is_awaited(&mut self, at: Instant) -> bool {
        self.goes_at.take_if(|goes_at| *goes_at == at).is_some()
    }

    fn go_at(&mut self, at: Option<Instant>, myself: &ActorRef<DeliveryTold>) {
        let Some(at) = at else { return };
        if self.goes_at.is_some_and(|sooner| sooner <= at) {
            return;
        }
        self.goes_at = Some(at);
        myself.send_after(at.saturating_duration_since(Instant::now()), move || DeliveryTold::Go(at));
    }

    /// `false`: somebody else of this process has sent it off.
    fn send_off(&self, thread: ThreadId, message: MessageId, myself: ActorRef<DeliveryTold>) -> bool {
        let Some(leaving) = Leaving::begin(message, &self.under_way) else { return false };
        let parts = self.parts.clone();
        let lane = myself.clone();
        // Whatever its row says is believed when it is looked at again.
        let fallen = move || {
            let how = How(Ended::Later(AFTER_A_FALL).into());
            let _ = lane.cast(DeliveryTold::Ended { thread, message, how });
        };
        task::spawn_or("post", fallen, async move {
            let outcome = send(&parts, message).await;
            drop(leaving);
            // Nobody there: the next actor reads the outbox.
            let _ = myself.cast(DeliveryTold::Ended { thread, message, how: How(outcome) });
        });
        true
    }
}

fn positive(span: Span) -> Duration {
    Duration::from_micros(span.0.max(0).cast_unsigned())
}
