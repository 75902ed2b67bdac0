//! A toy kind of job: numbered rows in memory, a store that can be made to misbehave, and a world that remembers what it was asked.

use crate::availability::Availability;
use crate::clock::{Clock, Ids, TokioClock};
use crate::commit::{Commit, Envelope, Micros, Outcome, StateRow, Take};
use crate::durable::Of;
use crate::jobs::{
    AttemptResult, Came, Change, Context, Facts, Jobs, Kind, Limits, Listed, Page, Pause, Ran, Signal, Stands, State,
};
use crate::journal::{DueTimer, Journal, ParkReason, Recorded, Unavailable};
use crate::life::Life;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// What a commit does to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Claim(u32),
    Later { key: u32, at: Micros, tried: bool },
    Unknown(u32),
    End { key: u32, how: &'static str },
}

pub(super) type World = Of<u32, (), (), Write, Uuid>;

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) lane: u32,
    pub(super) state: State,
    pub(super) attempts: i64,
    pub(super) tries: i64,
    pub(super) due_at: Option<Micros>,
}

/// What goes wrong with the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    None,
    /// It lands, or not, and nobody is told.
    AnswerLost {
        applied: bool,
    },
    Away,
    Clash,
    /// Somebody else was quicker, and has claimed the row so many times.
    Taken(i64),
    /// It lands, or not, nobody is told, and the store is owned anew.
    Overthrown {
        applied: bool,
    },
}

/// What the world says when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Fine,
    Slow(Duration),
    Later(Pause),
    Never,
    Unknown,
    Failed,
    Panics,
}

#[derive(Default)]
pub(super) struct Shelf {
    pub(super) rows: BTreeMap<u32, Row>,
    pub(super) ends: Vec<(u32, &'static str)>,
    /// What the world was asked, and when.
    pub(super) asked: Vec<(u32, Instant)>,
    pub(super) now_at_once: usize,
    pub(super) most_at_once: usize,
    pub(super) answers: VecDeque<Answer>,
    pub(super) mishaps: VecDeque<Mishap>,
    pub(super) commits: usize,
    /// Whoever comes to this step panics, so many times.
    pub(super) falls: Option<(&'static str, u32)>,
    /// The rows cannot be read so many times.
    pub(super) lists_away: u32,
    pub(super) term: i64,
}

/// The store and the world, which outlive offices.
pub(super) struct Toy {
    pub(super) shelf: Arc<Mutex<Shelf>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) claims: bool,
    pub(super) limits: Limits,
    pub(super) timeout: Option<Duration>,
}

impl Toy {
    pub(super) fn new(claims: bool) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf { term: 1, ..Shelf::default() }));
        let limits = Limits { at_once: 9, per_second: None };
        Self { shelf, clock: Arc::new(TokioClock::showing(0)), claims, limits, timeout: None }
    }

    /// Rows of these lanes, numbered from 1.
    pub(super) fn with(self, lanes: &[u32]) -> Self {
        self.gets(lanes);
        self
    }

    pub(super) fn gets(&self, lanes: &[u32]) {
        let row = |lane| Row { lane, state: State::Pending, attempts: 0, tries: 0, due_at: None };
        self.shelf().rows = (1..).zip(lanes).map(|(key, lane)| (key, row(*lane))).collect();
    }

    pub(super) fn answering(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.shelf().answers = answers.into_iter().collect();
        self
    }

    pub(super) fn mishaps(self, mishaps: impl IntoIterator<Item = Mishap>) -> Self {
        self.shelf().mishaps = mishaps.into_iter().collect();
        self
    }

    pub(super) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap()
    }

    fn falls_at(&self, step: &'static str) {
        let falls = self.shelf().falls.as_mut().is_some_and(|(at, left)| {
            let falls = *at == step && *left > 0;
            *left -= u32::from(falls);
            falls
        });
        assert!(!falls, "told to fall");
    }

    /// Another life of the office over the same rows.
    pub(super) async fn opens(self: &Arc<Self>) -> Jobs<Self> {
        let journal: Arc<dyn Journal<World>> = Arc::new(Store(Arc::clone(&self.shelf)));
        let ids = Arc::new(Ids::from_seed(Arc::clone(&self.clock), 1));
        let cx = Context {
            tenant: Uuid::nil(),
            availability: Availability::new(Arc::clone(&journal), Arc::clone(&ids)),
            clock: Arc::clone(&self.clock),
            ids,
            life: Life::begin(Arc::clone(&journal)).unwrap(),
            journal,
        };
        Jobs::start(Arc::clone(self), Arc::new(cx)).await.unwrap()
    }

    /// The process has died and owns the store anew: whatever was running is unknown.
    pub(super) fn is_owned_anew(&self) {
        let mut shelf = self.shelf();
        shelf.term += 1;
        for row in shelf.rows.values_mut().filter(|row| row.state == State::Running) {
            row.state = State::Unknown;
        }
    }

    pub(super) fn asked(&self) -> Vec<u32> {
        self.shelf().asked.iter().map(|(key, _)| *key).collect()
    }

    /// Waits until only rows of which nobody knows are left.
    pub(super) async fn is_quiet(&self) {
        let quiet = async {
            while self.shelf().rows.values().any(|row| row.state != State::Unknown) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(1_000), quiet).await.expect("all come to an end");
    }
}

impl Kind for Toy {
    type Durable = World;
    type Key = u32;
    type Lane = u32;
    type Turn = ();
    type Place = u32;
    type Job = (u32, Row);
    type Done = ();
    type Why = &'static str;
    type Stop = ();
    type Away = ();

    const NAME: &'static str = "toy";
    const ACTOR: &'static str = "toy";
    const TASK: &'static str = "toy";
    const UNREACHABLE: () = ();

    fn limits(&self) -> Limits {
        self.limits
    }

    fn tries(&self) -> i64 {
        3
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn unknown_holds(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn list(&self, after: u32, limit: u32) -> Result<Page<Self>, ()> {
        self.falls_at("list");
        let mut shelf = self.shelf();
        if shelf.lists_away > 0 {
            shelf.lists_away -= 1;
            return Err(());
        }
        let rows = shelf.rows.range(after + 1..).take(limit as usize);
        let rows: Vec<_> = rows
            .map(|(key, row)| {
                let since = Duration::ZERO;
                let unknown = row.state == State::Unknown;
                let stands = if unknown { Stands::Unknown { since } } else { Stands::Due(row.due_at) };
                Listed { key: *key, lane: row.lane, turn: (), stands }
            })
            .collect();
        Ok(Page { place: rows.last().map_or(after, |row| row.key), is_all: rows.len() < limit as usize, rows })
    }

    async fn read(&self, key: u32) -> Result<Option<(u32, Row)>, ()> {
        self.falls_at("read");
        Ok(self.shelf().rows.get(&key).map(|row| (key, row.clone())))
    }

    fn facts(&self, (_, row): &(u32, Row)) -> Facts {
        let Row { state, attempts, tries, due_at, .. } = *row;
        Facts { state, attempts, tries, due_at, steps_aside: false }
    }

    fn claim(&self, (key, _): &(u32, Row)) -> Option<Change<World>> {
        self.falls_at("claim");
        self.claims.then(|| changes(*key, Write::Claim(*key)))
    }

    async fn run(&self, (key, _): &(u32, Row)) -> Ran<Self> {
        let answer = {
            let mut shelf = self.shelf();
            shelf.asked.push((*key, Instant::now()));
            shelf.now_at_once += 1;
            shelf.most_at_once = shelf.most_at_once.max(shelf.now_at_once);
            shelf.answers.pop_front().unwrap_or(Answer::Fine)
        };
        let pause = if let Answer::Slow(pause) = answer { pause } else { Duration::from_millis(100) };
        tokio::time::sleep(pause).await;
        self.shelf().now_at_once -= 1;
        let came = match answer {
            Answer::Fine | Answer::Slow(_) => Came::Done(()),
            Answer::Later(pause) => Came::Later(pause, "later"),
            Answer::Never => Came::Never("never"),
            Answer::Unknown => Came::Unknown,
            Answer::Failed => Came::Later(Pause::Job(0), "failed"),
            Answer::Panics => panic!("told to fall"),
        };
        let heard = if answer == Answer::Failed { Signal::Failed } else { Signal::Answered };
        Ran { came, heard: Some(heard) }
    }

    fn broke(&self) -> Ran<Self> {
        let came = if self.claims { Came::Unknown } else { Came::Later(Pause::Try(0), "broke") };
        Ran { came, heard: None }
    }

    fn not_begun(&self) -> Option<&'static str> {
        Some("not begun")
    }

    fn outcome(&self, (key, _): &(u32, Row), verdict: &AttemptResult<Self>) -> Option<Change<World>> {
        self.falls_at("outcome");
        let key = *key;
        let write = match verdict {
            AttemptResult::Done(()) => Write::End { key, how: "done" },
            AttemptResult::Never(how) => Write::End { key, how },
            AttemptResult::Later { at, tried, .. } => Write::Later { key, at: *at, tried: *tried },
            AttemptResult::Unknown => Write::Unknown(key),
        };
        Some(changes(key, write))
    }

    fn recorded(&self, _: &(u32, Row), _: &AttemptResult<Self>) {
        self.falls_at("recorded");
    }
}

fn changes(key: u32, write: Write) -> Change<World> {
    Change { entity: key, cause: Uuid::nil(), owner_epoch: 0, events: vec![], rows: vec![write] }
}

struct Store(Arc<Mutex<Shelf>>);

fn land(shelf: &mut Shelf, commit: &Commit<World>) -> Outcome {
    if commit.term != shelf.term {
        return Outcome::Conflict;
    }
    for write in &commit.rows {
        let key = match write {
            Write::Claim(key) | Write::Unknown(key) | Write::Later { key, .. } | Write::End { key, .. } => *key,
        };
        let Some(row) = shelf.rows.get_mut(&key) else { return Outcome::Conflict };
        match *write {
            Write::Claim(_) if row.state != State::Pending => return Outcome::Conflict,
            Write::Claim(_) => (row.state, row.attempts) = (State::Running, row.attempts + 1),
            Write::Later { at, tried, .. } => {
                row.attempts += i64::from(row.state == State::Pending);
                (row.state, row.due_at) = (State::Pending, Some(at));
                row.tries += i64::from(tried);
            }
            Write::Unknown(_) => row.state = State::Unknown,
            Write::End { how, .. } => {
                shelf.rows.remove(&key);
                shelf.ends.push((key, how));
            }
        }
    }
    shelf.commits += 1;
    Outcome::Committed { position: 0 }
}

impl Journal<World> for Store {
    fn commit(&self, commit: Commit<World>) -> BoxFuture<'static, Outcome> {
        let shelf = Arc::clone(&self.0);
        async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let mut shelf = shelf.lock().unwrap();
            match shelf.mishaps.pop_front().unwrap_or(Mishap::None) {
                Mishap::None => return land(&mut shelf, &commit),
                Mishap::AnswerLost { applied } => _ = applied.then(|| land(&mut shelf, &commit)),
                Mishap::Away => return Outcome::Unavailable,
                Mishap::Clash => return Outcome::Conflict,
                Mishap::Taken(times) => {
                    let row = shelf.rows.get_mut(&commit.entity).unwrap();
                    (row.state, row.attempts) = (State::Running, row.attempts + times);
                }
                Mishap::Overthrown { applied } => {
                    _ = applied.then(|| land(&mut shelf, &commit));
                    shelf.term += 1;
                }
            }
            Outcome::Unknown
        }
        .boxed()
    }

    fn barrier(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        async { Ok(()) }.boxed()
    }

    fn term(&self) -> Option<i64> {
        Some(self.0.lock().unwrap().term)
    }

    fn load(&self, _: Uuid, _: u32) -> BoxFuture<'_, Result<Option<StateRow>, Unavailable>> {
        unreachable!("jobs keep no state")
    }

    fn events(&self, _: Uuid, _: u32, _: i64, _: u32) -> BoxFuture<'_, Result<Vec<Envelope<World>>, Unavailable>> {
        unreachable!("jobs keep no state")
    }

    fn last_at(&self, _: Uuid) -> BoxFuture<'_, Result<Option<Micros>, Unavailable>> {
        unreachable!("jobs read no events")
    }

    fn still_there(&self, _: Uuid, _: Take<u32>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        unreachable!("jobs take nothing")
    }

    fn recorded(&self, _: Uuid, _: Uuid, _: Uuid) -> BoxFuture<'_, Result<Option<Recorded>, Unavailable>> {
        unreachable!("jobs are no commands")
    }

    fn count_try(&self, _: Uuid, _: i64) -> BoxFuture<'_, Result<i64, Unavailable>> {
        unreachable!("jobs have no inbox")
    }

    fn park(
        &self,
        _: Uuid,
        _: Take<u32>,
        _: Option<u32>,
        _: ParkReason,
        _: String,
    ) -> BoxFuture<'_, Result<(), Unavailable>> {
        unreachable!("jobs have no inbox")
    }

    fn suspend(&self, _: Uuid, _: Vec<i64>, _: bool) -> BoxFuture<'_, Result<(), Unavailable>> {
        unreachable!("jobs have no inbox")
    }

    fn bump_fencing_token(&self, _: Uuid, _: String) -> BoxFuture<'_, Result<i64, Unavailable>> {
        unreachable!("jobs have no guards")
    }

    fn due_timers(
        &self,
        _: Micros,
        _: u32,
    ) -> BoxFuture<'_, Result<(Vec<DueTimer<u32>>, Option<Micros>), Unavailable>> {
        unreachable!("jobs have no timers")
    }

    fn alive(&self, _: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        unreachable!("jobs have no timers")
    }

    fn shift_timers(&self, _: &'static [&'static str], _: Micros) -> BoxFuture<'_, Result<Micros, Unavailable>> {
        unreachable!("jobs have no timers")
    }

    fn started(&self, _: Uuid, _: Micros, _: Micros) -> BoxFuture<'_, Result<u32, Unavailable>> {
        unreachable!("jobs start no process")
    }

    fn stopped(&self, _: Uuid, _: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        unreachable!("jobs start no process")
    }
}
