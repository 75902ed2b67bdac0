//! A queue: which jobs are known, which of them may run and when; what is read of the rows, and how often. Whoever holds it is an actor.

use super::attempt::{Attempted, End, attempt};
use super::breaker::{Breaker, Found, Gate, Signal};
use super::kind::{Context, Kind, Listed, Stands};
use super::lanes::Lanes;
use super::limit::Limit;
use super::shown::Shown;
use super::under_way::UnderWay;
use crate::commit::Micros;
use crate::fail_point::reach;
use crate::task;
use ractor::{ActorRef, Message};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Covers news that was lost.
pub const BACKSTOP: Duration = Duration::from_secs(5);
/// Rows read at a time.
const PAGE: u32 = 1_000;
/// Before a job is looked at again whose task panicked.
const AFTER_A_FALL: Duration = Duration::from_secs(1);
/// Jobs known at once; what is beyond stays in the rows until there is room.
pub const MOST_KNOWN: usize = 10_000;
/// Each so many looks begins at the first row again: for what was put off and is due, and what is given up.
const LOOKS_PER_SWEEP: u64 = 12;

/// What a queue says to the actor that holds it, to be handed back to [`Queue::take`].
pub enum QueueMessage<K: Kind> {
    /// Read the rows.
    Look,
    /// A pause has ended: the one that was to end then.
    Go(Instant),
    Ended(Box<Ended<K>>),
}

/// An attempt that has ended.
pub struct Ended<K: Kind> {
    lane: K::Lane,
    key: K::Key,
    attempted: Attempted<K::Stop>,
}

/// What became of it when a queue was told to begin what may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// What may run does.
    On,
    /// The breaker lets nothing through now.
    Nowhere,
    /// It would let one attempt through, and there is none to be made.
    NothingToTry,
}

pub struct Queue<K: Kind> {
    kind: Arc<K>,
    cx: Arc<Context<K::Durable>>,
    lanes: Lanes<K::Lane, K::Key, K::Turn>,
    limit: Limit,
    /// Whether anything may begin.
    pub breaker: Breaker<K::Stop>,
    /// Jobs that run, also those a predecessor began.
    under_way: UnderWay<K::Key>,
    closing: watch::Receiver<bool>,
    /// Lanes that wait for news of a job.
    held_by: HashMap<K::Key, K::Lane>,
    /// They run, and there was news of them: their end, when it comes, holds nobody.
    news_of: HashSet<K::Key>,
    /// The job that is the breaker's one attempt.
    attempt: Option<K::Key>,
    /// The whole queue rests until then.
    rests_until: Option<Instant>,
    /// A `Go` is on its way for then.
    goes_at: Option<Instant>,
    /// Up to where rows were read, and whether that was their end.
    place: K::Place,
    caught_up: bool,
    looks: u64,
    shown: Shown,
}

impl<K: Kind> Queue<K> {
    pub fn new(
        kind: Arc<K>,
        cx: Arc<Context<K::Durable>>,
        under_way: UnderWay<K::Key>,
        closing: watch::Receiver<bool>,
    ) -> Self {
        let limit = Limit::per_second(kind.limits().per_second);
        Self {
            kind,
            cx,
            lanes: Lanes::default(),
            limit,
            breaker: Breaker::closed(K::UNREACHABLE),
            under_way,
            closing,
            held_by: HashMap::new(),
            news_of: HashSet::new(),
            attempt: None,
            rests_until: None,
            goes_at: None,
            place: K::Place::default(),
            caught_up: false,
            looks: 0,
            shown: Shown::of::<K>(),
        }
    }

    /// Rows that were just written.
    pub fn wants(&mut self, rows: impl IntoIterator<Item = Listed<K>>) {
        for row in rows {
            // Before the rows were read to their end, what is new would overtake what is old.
            self.caught_up &= self.lanes.len() < MOST_KNOWN;
            if self.caught_up {
                self.join(&row, None);
            }
        }
    }

    /// Rows were written of which nobody told. What is told from now on would overtake them, so it waits until the rows were read.
    pub fn misses(&mut self) {
        self.caught_up = false;
    }

    /// There is news of a job from elsewhere: whoever waits for it need not any more.
    pub fn hears_of(&mut self, key: K::Key) {
        if let Some(lane) = self.held_by.remove(&key) {
            self.lanes.resume(lane);
        } else if self.lanes.knows(key) {
            self.news_of.insert(key);
        }
    }

    /// What its own messages bring; to be followed by [`Queue::go`]. `Ok`: what is known from now on of whoever is asked, where this
    /// tells; `Err`: it was overtaken, and brings nothing.
    pub async fn take<M>(
        &mut self,
        message: QueueMessage<K>,
        back: &ActorRef<M>,
    ) -> Result<Option<Found<K::Stop>>, Overtaken>
    where
        M: Message + From<QueueMessage<K>>,
    {
        match message {
            QueueMessage::Look => {
                // The store is away: the next look comes by itself.
                let _ = self.look(back).await;
            }
            // One that was overtaken by a sooner one wakes nobody, or they would become ever more.
            QueueMessage::Go(at) => {
                self.goes_at.take_if(|goes_at| *goes_at == at).ok_or(Overtaken)?;
            }
            QueueMessage::Ended(ended) => return Ok(self.ended(*ended, back)),
        }
        Ok(None)
    }

    /// Reads of the rows what no news told and a predecessor knew; now and then all of it.
    async fn look<M: Message + From<QueueMessage<K>>>(&mut self, back: &ActorRef<M>) -> Result<(), K::Away> {
        self.looks += 1;
        if self.caught_up && self.looks.is_multiple_of(LOOKS_PER_SWEEP) {
            self.place = K::Place::default();
        }
        while self.lanes.len() < MOST_KNOWN {
            let page = self.kind.list(self.place, PAGE).await?;
            for row in &page.rows {
                reach(K::ACTOR, "look");
                match row.stands {
                    Stands::Due(due_at) => self.join(row, due_at),
                    Stands::GivenUp => _ = self.begin(row.lane, row.key, back),
                    Stands::Unknown { since } => self.hold_for(row, since),
                }
            }
            self.place = page.place;
            if page.is_all {
                self.caught_up = true;
                return Ok(());
            }
        }
        self.caught_up = false;
        Ok(())
    }

    fn join(&mut self, row: &Listed<K>, due_at: Option<Micros>) {
        let now = Instant::now();
        let from = due_at.map(|due_at| instant(due_at - self.cx.clock.now(), now));
        self.lanes.join(row.lane, row.key, row.turn, from, K::RENEWED);
    }

    /// A job of which nobody knows since a while holds what is behind it, if it does not yet and the while was short.
    fn hold_for(&mut self, row: &Listed<K>, since: Duration) {
        let left = self.kind.unknown_holds().saturating_sub(since);
        if !left.is_zero() && !self.lanes.knows(row.key) && self.lanes.is_idle(row.lane) {
            self.lanes.hold(row.lane, Instant::now() + left);
            self.held_by.insert(row.key, row.lane);
        }
    }

    fn ended<M: Message + From<QueueMessage<K>>>(
        &mut self,
        Ended { lane, key, attempted }: Ended<K>,
        back: &ActorRef<M>,
    ) -> Option<Found<K::Stop>> {
        let now = Instant::now();
        let had_news = self.news_of.remove(&key);
        match attempted.end {
            // One that stepped aside comes back when it is due: the rows have it.
            End::Gone | End::Aside => self.lanes.leave(lane, key),
            End::Unknown => {
                self.lanes.leave(lane, key);
                if !had_news {
                    self.held_by.insert(key, lane);
                    self.lanes.hold(lane, now + self.kind.unknown_holds());
                }
            }
            End::Later(wait) => self.lanes.put_off(lane, key, now + wait),
            End::Rests(wait) => {
                self.lanes.put_off(lane, key, now + wait);
                self.rests_until = self.rests_until.max(Some(now + wait));
            }
            End::Stays => self.lanes.put_off(lane, key, now),
        }
        let was_attempt = self.attempt.take_if(|attempt| *attempt == key).is_some();
        let found = match attempted.heard {
            Some(heard) => self.hears(heard),
            None if was_attempt => {
                self.breaker.did_not_try(self.cx.clock.now());
                None
            }
            None => None,
        };
        if !self.caught_up && self.lanes.len() == MOST_KNOWN / 2 {
            // There is room again; where nobody is there, the next actor looks by itself.
            let _ = back.cast(QueueMessage::Look.into());
        }
        found
    }

    /// Something was heard of whoever is asked; what is known of them from now on, where this tells.
    pub fn hears(&mut self, heard: Signal<K::Stop>) -> Option<Found<K::Stop>> {
        self.breaker.hears(heard, self.cx.clock.now(), self.cx.ids.fraction())
    }

    /// Begins what may run.
    pub fn go<M: Message + From<QueueMessage<K>>>(&mut self, back: &ActorRef<M>) -> Went {
        let (now, wall) = (Instant::now(), self.cx.clock.now());
        let went = match self.breaker.gate(wall) {
            Gate::Open => {
                let next_at = self.go_on(now, back);
                self.go_at(next_at, back);
                Went::On
            }
            Gate::One if self.try_one(now, back) => Went::Nowhere,
            Gate::One => Went::NothingToTry,
            Gate::Until(until) => {
                self.go_at(Some(instant(until - wall, now)), back);
                Went::Nowhere
            }
            // Its end comes by itself.
            Gate::Awaiting => Went::Nowhere,
        };
        self.shown.set(self.lanes.len(), self.under_way.len());
        went
    }

    /// Begins lane heads in their turns; says when the next may go.
    fn go_on<M: Message + From<QueueMessage<K>>>(&mut self, now: Instant, back: &ActorRef<M>) -> Option<Instant> {
        if self.rests_until.is_some_and(|until| until > now) {
            return self.rests_until;
        }
        let limits = self.kind.limits();
        self.limit.becomes(limits.per_second);
        let mut next_at = None;
        let free = limits.at_once.saturating_sub(self.under_way.len());
        for (lane, key) in self.lanes.ready(now, free) {
            if self.under_way.contains(key) {
                // A predecessor began it: its end will show in the rows.
                self.lanes.put_off(lane, key, now + BACKSTOP / 10);
                continue;
            }
            if let Err(wait) = self.limit.take() {
                next_at = Some(now + wait);
                break;
            }
            if self.begin(lane, key, back) {
                self.lanes.begin(lane);
            }
        }
        self.held_by.retain(|_, lane| self.lanes.is_held(*lane));
        [next_at, self.lanes.next_at()].into_iter().flatten().min()
    }

    /// One attempt, to see whether whoever is asked is back. `false`: there is none to be made.
    fn try_one<M: Message + From<QueueMessage<K>>>(&mut self, now: Instant, back: &ActorRef<M>) -> bool {
        let Some((lane, key)) = self.lanes.ready(now, 1).pop() else { return false };
        if !self.begin(lane, key, back) {
            return false;
        }
        self.breaker.tries();
        self.attempt = Some(key);
        self.lanes.begin(lane);
        true
    }

    fn go_at<M: Message + From<QueueMessage<K>>>(&mut self, at: Option<Instant>, back: &ActorRef<M>) {
        let Some(at) = at else { return };
        if self.goes_at.is_some_and(|sooner| sooner <= at) {
            return;
        }
        self.goes_at = Some(at);
        back.send_after(at.saturating_duration_since(Instant::now()), move || QueueMessage::Go(at).into());
    }

    /// `false`: it runs already.
    fn begin<M: Message + From<QueueMessage<K>>>(&self, lane: K::Lane, key: K::Key, back: &ActorRef<M>) -> bool {
        let Some(running) = self.under_way.begin(key) else { return false };
        let (kind, cx, closing) = (Arc::clone(&self.kind), Arc::clone(&self.cx), self.closing.clone());
        // Whatever its row says is believed when it is looked at again.
        let fallen = {
            let back = back.clone();
            let attempted = End::Later(AFTER_A_FALL).into();
            move || _ = back.cast(QueueMessage::Ended(Box::new(Ended { lane, key, attempted })).into())
        };
        let back = back.clone();
        task::spawn_or(K::TASK, fallen, async move {
            let attempted = attempt(&*kind, &cx, key, closing).await;
            drop(running);
            // Where nobody is there, the next actor reads the rows.
            let _ = back.cast(QueueMessage::Ended(Box::new(Ended { lane, key, attempted })).into());
        });
        true
    }
}

/// A pause was cut short meanwhile: what was to end it brings nothing.
#[derive(Clone, Copy, Debug)]
pub struct Overtaken;

/// So long after `now`, or before it.
fn instant(wait: Micros, now: Instant) -> Instant {
    let span = Duration::from_micros(wait.unsigned_abs());
    if wait >= 0 { now + span } else { now.checked_sub(span).unwrap_or(now) }
}
