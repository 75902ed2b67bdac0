//! A toy world for the kernel's tests: entities that add numbers up, and a journal in memory that can be made to misbehave.

use crate::behaviour::{Behaviour, Decision};
use crate::commit::{Commit, Envelope, Micros, Outcome, StateRow, Take, TimerChange};
use crate::durable::Of;
use crate::journal::{DueTimer, Journal, ParkReason, Recorded, Unavailable};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use uuid::Uuid;

pub(super) const TENANT: Uuid = Uuid::from_u128(1);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Toy {
    Add(i64),
    /// Panics whoever handles it.
    Poison,
    /// The store refuses what it causes.
    Refused,
    /// Kills the process: its commit is never answered.
    Deadly,
    /// Sets a timer that adds.
    RemindIn(Micros),
    Due,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added(pub(super) i64);

pub(super) type World = Of<u32, Toy, Added, &'static str, Uuid>;

/// What an entity remembers: everything that was added, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(pub(super) Vec<i64>);

#[derive(Clone, Copy)]
pub(super) struct Adder {
    /// Of the state rows it writes and reads.
    pub(super) schema_version: i64,
}

impl Behaviour<World> for Adder {
    type State = Sum;

    fn kind(&self) -> &'static str {
        "adder"
    }

    fn fresh(&self, _: u32) -> Sum {
        Sum::default()
    }

    fn thaw(&self, entity: u32, row: &StateRow) -> Option<Sum> {
        assert_ne!(entity, UNLOADABLE, "this entity's state cannot be read");
        (row.schema_version == self.schema_version)
            .then(|| Sum(row.body.chunks(8).map(|b| i64::from_le_bytes(b.try_into().unwrap())).collect()))
    }

    fn freeze(&self, state: &Sum) -> (i64, Vec<u8>) {
        (self.schema_version, state.0.iter().flat_map(|n| n.to_le_bytes()).collect())
    }

    fn apply(&self, state: &mut Sum, event: &Added, _: Micros) {
        state.0.push(event.0);
    }

    fn decide(&self, state: &Sum, item: &Toy, now: Micros) -> Decision<World> {
        let mut decision = Decision::default();
        match item {
            Toy::Add(n) => decision.events.push((Added(*n), 0)),
            Toy::Due => decision.events.push((Added(1_000), 0)),
            Toy::Poison => panic!("poison"),
            Toy::Refused => decision.rows.push("refused"),
            Toy::Deadly => decision.rows.push("deadly"),
            Toy::RemindIn(after) => decision.timers.push(TimerChange::Set {
                entity: 1,
                kind: "remind".into(),
                token: Uuid::from_u128(now.cast_unsigned().into()),
                due_at: now + after,
            }),
        }
        decision.answer = state.0.iter().sum::<i64>().to_le_bytes().to_vec();
        decision
    }
}

/// An entity whose state row nobody can read.
pub(super) const UNLOADABLE: u32 = 66;

/// What goes wrong with the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// It lands, and nobody is told so.
    AnswerLost,
    /// It does not land, and nobody is told so.
    Lost,
    /// It meets what somebody else committed.
    Clash,
    /// It lands after this long; whoever waits may be killed meanwhile.
    Slow(Duration),
}

#[derive(Default)]
pub(super) struct Shelf {
    pub(super) states: HashMap<u32, StateRow>,
    pub(super) events: Vec<Envelope<World>>,
    /// Position → entity, item, tries, held.
    pub(super) inbox: BTreeMap<i64, (u32, Toy, i64, bool)>,
    /// Keys of what was recorded without a row.
    pub(super) seen: HashSet<String>,
    pub(super) timers: BTreeMap<(u32, String), (Uuid, Micros)>,
    pub(super) dead: Vec<(Take<u32>, ParkReason)>,
    pub(super) commands: HashMap<Uuid, Recorded>,
    pub(super) starts: Vec<(Uuid, Micros, bool)>,
    pub(super) mishaps: VecDeque<Mishap>,
    pub(super) loads: u32,
    pub(super) away: bool,
    /// It is another process's.
    pub(super) is_lost: bool,
    pub(super) alive_at: Option<Micros>,
    /// The next question of this name makes whoever asks it panic.
    pub(super) falls_at: Option<&'static str>,
    /// Entity and sequence of events whose kind only a newer version knows.
    pub(super) unknown: HashSet<(u32, i64)>,
    pub(super) next_row: i64,
}

/// The journal: everything under one lock, so that each commit is one moment.
#[derive(Default)]
pub(super) struct ToyJournal {
    shelf: Mutex<Shelf>,
    /// Commits that were handed in and have not landed: what the barrier waits for.
    landing: tokio::sync::RwLock<()>,
}

impl ToyJournal {
    pub(super) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap()
    }

    /// Panics, once, if it was told to.
    fn falls_at(&self, question: &'static str) {
        let falls = self.shelf().falls_at.take_if(|at| *at == question).is_some();
        assert!(!falls, "told to fall");
    }

    fn at_hand(&self) -> Result<MutexGuard<'_, Shelf>, Unavailable> {
        let shelf = self.shelf();
        if shelf.away {
            return Err(Unavailable { doing: "playing", reason: "the toy is away".into() });
        }
        Ok(shelf)
    }

    fn land(&self, commit: Commit<World>) -> Outcome {
        let Ok(mut shelf) = self.at_hand() else { return Outcome::Unavailable };
        let current = shelf.states.get(&commit.entity).map_or(0, |row| row.sequence);
        let gone = commit.take.iter().any(|take| match take {
            Take::Inbox(position) => !shelf.inbox.contains_key(position),
            Take::Unseen(key) => shelf.seen.contains(key),
            Take::Timer { entity, kind, token } => {
                shelf.timers.get(&(*entity, kind.clone())).is_none_or(|(live, _)| live != token)
            }
        });
        let clash = commit.command_result.as_ref().is_some_and(|result| shelf.commands.contains_key(&result.key));
        if commit.expected_sequence.is_some_and(|expected| expected != current) || gone || clash {
            return Outcome::Conflict;
        }
        if commit.rows.contains(&"refused") {
            return Outcome::Rejected { reason: "refused".into() };
        }
        for take in &commit.take {
            match take {
                Take::Inbox(position) => drop(shelf.inbox.remove(position)),
                Take::Unseen(key) => drop(shelf.seen.insert(key.clone())),
                Take::Timer { entity, kind, .. } => {
                    shelf.timers.remove(&(*entity, kind.clone()));
                }
            }
        }
        for (n, draft) in commit.events.into_iter().enumerate() {
            let position = shelf.events.len() as i64 + 1;
            shelf.events.push(Envelope {
                id: draft.id,
                tenant: commit.tenant,
                position,
                entity: commit.entity,
                sequence: current + 1 + n as i64,
                at: commit.at,
                actor: commit.actor,
                cause: commit.cause,
                correlation: commit.correlation,
                owner_epoch: draft.owner_epoch,
                term: commit.term,
                event: draft.event,
            });
        }
        if let Some(state) = commit.state {
            shelf.states.insert(commit.entity, state);
        }
        for change in commit.timers {
            match change {
                TimerChange::Set { entity, kind, token, due_at } => {
                    shelf.timers.insert((entity, kind), (token, due_at));
                }
                TimerChange::Clear { entity, kind } => {
                    shelf.timers.remove(&(entity, kind));
                }
            }
        }
        if let Some(result) = commit.command_result {
            shelf.commands.insert(result.key, Recorded { fingerprint: result.fingerprint, answer: result.answer });
        }
        Outcome::Committed { position: shelf.events.len() as i64 }
    }
}

/// The journal behind an `Arc`, as hosts hold it.
pub(super) struct Shared(pub(super) Arc<ToyJournal>);

impl Journal<World> for Shared {
    fn commit(&self, commit: Commit<World>) -> BoxFuture<'static, Outcome> {
        let journal = Arc::clone(&self.0);
        let mishap = journal.shelf().mishaps.pop_front();
        if commit.rows.contains(&"deadly") {
            return std::future::pending().boxed();
        }
        match mishap {
            None => async move { journal.land(commit) }.boxed(),
            Some(Mishap::Lost) => async { Outcome::Unknown }.boxed(),
            Some(Mishap::Clash) => async { Outcome::Conflict }.boxed(),
            Some(Mishap::AnswerLost) => async move {
                journal.land(commit);
                Outcome::Unknown
            }
            .boxed(),
            Some(Mishap::Slow(after)) => {
                // Lands whether or not anybody still waits for the answer.
                let running = crate::task::spawn("slow commit", async move {
                    let _landing = journal.landing.read().await;
                    tokio::time::sleep(after).await;
                    journal.land(commit)
                });
                async move { running.await.unwrap() }.boxed()
            }
        }
    }

    fn barrier(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        async {
            self.0.falls_at("barrier");
            let _all_landed = self.0.landing.write().await;
            self.0.at_hand().map(drop)
        }
        .boxed()
    }

    fn load(&self, _: Uuid, entity: u32) -> BoxFuture<'_, Result<Option<StateRow>, Unavailable>> {
        let row = self.0.at_hand().map(|mut shelf| {
            shelf.loads += 1;
            shelf.states.get(&entity).cloned()
        });
        async { row }.boxed()
    }

    fn events(
        &self,
        _: Uuid,
        entity: u32,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Envelope<World>>, Unavailable>> {
        let events = self.0.at_hand().map(|shelf| {
            let tail = shelf.events.iter().filter(|e| e.entity == entity && e.sequence > after);
            let page = tail.take(limit as usize);
            page.filter(|e| !shelf.unknown.contains(&(entity, e.sequence))).cloned().collect()
        });
        async { events }.boxed()
    }

    fn last_at(&self, _: Uuid) -> BoxFuture<'_, Result<Option<Micros>, Unavailable>> {
        let at = self.0.at_hand().map(|shelf| shelf.events.last().map(|event| event.at));
        async move { at }.boxed()
    }

    fn still_there(&self, _: Uuid, take: Take<u32>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        let there = self.0.at_hand().map(|shelf| match take {
            Take::Inbox(position) => shelf.inbox.contains_key(&position),
            Take::Unseen(key) => !shelf.seen.contains(&key),
            Take::Timer { entity, kind, token } => {
                shelf.timers.get(&(entity, kind)).is_some_and(|(live, _)| *live == token)
            }
        });
        async move { there }.boxed()
    }

    fn recorded(&self, _: Uuid, _: Uuid, key: Uuid) -> BoxFuture<'_, Result<Option<Recorded>, Unavailable>> {
        let recorded = self.0.at_hand().map(|shelf| shelf.commands.get(&key).cloned());
        async { recorded }.boxed()
    }

    fn count_try(&self, _: Uuid, position: i64) -> BoxFuture<'_, Result<i64, Unavailable>> {
        self.0.falls_at("count_try");
        let tries = self.0.at_hand().map(|mut shelf| {
            shelf.inbox.get_mut(&position).map_or(0, |row| {
                row.2 += 1;
                row.2
            })
        });
        async move { tries }.boxed()
    }

    fn park(
        &self,
        _: Uuid,
        take: Take<u32>,
        _: Option<u32>,
        reason: ParkReason,
        _: String,
    ) -> BoxFuture<'_, Result<(), Unavailable>> {
        let parked = self.0.at_hand().map(|mut shelf| {
            match &take {
                Take::Inbox(position) => drop(shelf.inbox.remove(position)),
                Take::Unseen(_) => {}
                Take::Timer { entity, kind, .. } => {
                    shelf.timers.remove(&(*entity, kind.clone()));
                }
            }
            shelf.dead.push((take, reason));
        });
        async { parked }.boxed()
    }

    fn suspend(&self, _: Uuid, positions: Vec<i64>, held: bool) -> BoxFuture<'_, Result<(), Unavailable>> {
        let done = self.0.at_hand().map(|mut shelf| {
            for position in positions {
                if let Some(row) = shelf.inbox.get_mut(&position) {
                    row.3 = held;
                }
            }
        });
        async { done }.boxed()
    }

    fn bump_fencing_token(&self, _: Uuid, _: String) -> BoxFuture<'_, Result<i64, Unavailable>> {
        async { self.0.at_hand().map(|_| 1) }.boxed()
    }

    fn due_timers(
        &self,
        until: Micros,
        limit: u32,
    ) -> BoxFuture<'_, Result<(Vec<DueTimer<u32>>, Option<Micros>), Unavailable>> {
        let due = self.0.at_hand().map(|shelf| {
            let due = shelf.timers.iter().filter(|(_, (_, due_at))| *due_at <= until);
            let due = due.map(|((entity, kind), (token, due_at))| DueTimer {
                tenant: TENANT,
                entity: *entity,
                kind: kind.clone(),
                token: *token,
                due_at: *due_at,
            });
            (
                due.take(limit as usize).collect(),
                shelf.timers.values().map(|(_, at)| *at).filter(|at| *at > until).min(),
            )
        });
        async { due }.boxed()
    }

    fn alive(&self, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        let done = self.0.at_hand().map(|mut shelf| shelf.alive_at = Some(at));
        async { done }.boxed()
    }

    fn shift_timers(&self, kinds: &'static [&'static str], at: Micros) -> BoxFuture<'_, Result<Micros, Unavailable>> {
        let shifted = self.0.at_hand().map(|mut shelf| {
            let gap = shelf.alive_at.replace(at).map_or(0, |last| (at - last).max(0));
            for ((_, kind), (_, due_at)) in &mut shelf.timers {
                *due_at += if kinds.contains(&kind.as_str()) { gap } else { 0 };
            }
            gap
        });
        async move { shifted }.boxed()
    }

    fn started(&self, instance: Uuid, at: Micros, window: Micros) -> BoxFuture<'_, Result<u32, Unavailable>> {
        let unclean = self.0.at_hand().map(|mut shelf| {
            let unclean = shelf.starts.iter().filter(|(_, then, clean)| !clean && at - then <= window).count();
            shelf.starts.push((instance, at, false));
            unclean as u32
        });
        async move { unclean }.boxed()
    }

    fn stopped(&self, instance: Uuid, _: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        let done = self.0.at_hand().map(|mut shelf| {
            for start in shelf.starts.iter_mut().filter(|start| start.0 == instance) {
                start.2 = true;
            }
        });
        async { done }.boxed()
    }

    fn term(&self) -> Option<i64> {
        (!self.0.shelf().is_lost).then_some(1)
    }
}
