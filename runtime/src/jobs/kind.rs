//! What a kind of job is: where its rows are, what is done about one, what is recorded of it, and what runs beside what.

use super::breaker::Signal;
use super::limit::Limits;
use crate::availability::Availability;
use crate::clock::{Clock, Ids};
use crate::commit::Micros;
use crate::durable::Durable;
use crate::journal::Journal;
use crate::life::Life;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const SECOND: Micros = 1_000_000;
/// The wait after a first attempt and the longest one, where a kind says nothing else.
const SHORTEST_WAIT: Micros = SECOND;
const LONGEST_WAIT: Micros = 300 * SECOND;

/// What identifies a job or a lane, and what orders jobs.
pub trait Id: Copy + Eq + Hash + Ord + Debug + Send + Sync + 'static {}

impl<T: Copy + Eq + Hash + Ord + Debug + Send + Sync + 'static> Id for T {}

/// One kind of job. Its rows are its own: they are read and written here, and when that happens is the kernel's.
pub trait Kind: Send + Sync + Sized + 'static {
    type Durable: Durable;
    type Key: Id;
    /// What runs one after the other.
    type Lane: Id;
    /// Who goes first among lanes; of those alike, whoever could go for the longest time.
    type Turn: Id;
    /// How far rows were read.
    type Place: Copy + Default + Send + Sync + 'static;
    /// A row with all that an attempt needs.
    type Job: Send + Sync;
    /// What an attempt brings that came to its end.
    type Done: Send + Sync;
    /// Why one did not.
    type Why: Send + Sync;
    /// Why whoever is asked does not want to be asked.
    type Stop: Copy + PartialEq + Debug + Send + Sync + 'static;
    /// Said by rows that cannot be read at the moment.
    type Away: Send;

    /// The kind's name in metrics.
    const NAME: &'static str;
    /// The name of the actor that gives out its jobs.
    const ACTOR: &'static str;
    /// The name of the task that runs one.
    const TASK: &'static str;
    /// Why nothing is begun after faults of whoever is asked, one after the other.
    const UNREACHABLE: Self::Stop;
    /// A row may be written anew under the same key while it runs: it then runs once more.
    const RENEWED: bool = false;

    /// How many run at once, and how many begin in a second; asked for each time.
    fn limits(&self) -> Limits;

    /// How often a job itself may be at fault before it is given up.
    fn tries(&self) -> i64 {
        i64::MAX
    }

    /// How long an attempt may take; `None`: its work ends by itself.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// A job that waits for longer than this lets its lane go on without it, and is found again by the rows when it is due.
    fn lane_waits(&self) -> Duration {
        Duration::MAX
    }

    /// How long a lane waits for news of a job of which nobody knows.
    fn unknown_holds(&self) -> Duration {
        Duration::ZERO
    }

    /// Rows that are not done with, after a place, in the order in which they are to be run.
    fn list(&self, after: Self::Place, limit: u32) -> impl Future<Output = Result<Page<Self>, Self::Away>> + Send;

    /// One row as it stands; `None`: it is done with.
    fn read(&self, key: Self::Key) -> impl Future<Output = Result<Option<Self::Job>, Self::Away>> + Send;

    fn facts(&self, job: &Self::Job) -> Facts;

    /// What says that an attempt begins, a conflict in any state but pending. `None`: to run it twice does no harm, so nothing is
    /// recorded before it ran, and an attempt under way is dropped when we end.
    fn claim(&self, _job: &Self::Job) -> Option<Change<Self::Durable>> {
        None
    }

    /// The work itself.
    fn run(&self, job: &Self::Job) -> impl Future<Output = Ran<Self>> + Send;

    /// What an attempt came to that panicked or ran out of time.
    fn broke(&self) -> Ran<Self>;

    /// What is said of a job whose claim stands and that was not begun, because the office is over; `None`: jobs are not claimed.
    fn not_begun(&self) -> Option<Self::Why> {
        None
    }

    /// Whether it is not tried any more, and why; `last`: why the last attempt came to nothing, where one was made just now.
    fn gives_up(&self, _job: &Self::Job, _now: Micros, _last: Option<&Self::Why>) -> Option<Self::Why> {
        None
    }

    /// How long to wait before the next attempt; `fraction` between 0 and 1 is chance, which spreads attempts.
    fn wait(&self, asked: Micros, attempts: i64, fraction: f64) -> Micros {
        backed_off(asked, attempts, fraction)
    }

    /// What is recorded of an attempt; `None`: nothing, its work has seen to it.
    fn outcome(&self, job: &Self::Job, verdict: &AttemptResult<Self>) -> Option<Change<Self::Durable>>;

    /// It is recorded.
    fn recorded(&self, _job: &Self::Job, _verdict: &AttemptResult<Self>) {}
}

/// Doubled with each attempt up to five minutes, spread by jitter, and never less than was asked for.
pub fn backed_off(asked: Micros, attempts: i64, fraction: f64) -> Micros {
    let doubled = SHORTEST_WAIT.saturating_mul(1_i64 << attempts.clamp(0, 12)).min(LONGEST_WAIT);
    let spread = (doubled as f64 * (0.5 + fraction / 2.0)) as i64;
    spread.max((asked as f64 * (1.0 + fraction / 20.0)) as i64)
}

/// What all jobs of an office work with.
pub struct Context<D: Durable> {
    pub tenant: Uuid,
    pub journal: Arc<dyn Journal<D>>,
    pub availability: Arc<Availability<D>>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<Ids>,
    /// The office's: its tasks begin nothing once it is over.
    pub life: Arc<Life<D>>,
}

/// Where a row stands. Done and dead rows are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    /// Its claim stands.
    Running,
    /// Nobody knows what became of it.
    Unknown,
}

/// A row as far as its turn is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub state: State,
    /// Its attempts so far: a claim raises them by one, as does whatever postpones a job that is not claimed.
    pub attempts: i64,
    /// Those of them that were its own fault.
    pub tries: i64,
    /// Not before then.
    pub due_at: Option<Micros>,
    /// It was put off for so long that its lane goes on without it.
    pub steps_aside: bool,
}

/// A row as it is listed.
pub struct Listed<K: Kind> {
    pub key: K::Key,
    pub lane: K::Lane,
    pub turn: K::Turn,
    pub stands: Stands,
}

/// Where a listed row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// To be run, not before then.
    Due(Option<Micros>),
    /// It is given up: nobody is asked for it, so it need not wait for its turn.
    GivenUp,
    /// Nobody knows of it since so long, and what is behind it waits.
    Unknown { since: Duration },
}

/// Rows that were read together.
pub struct Page<K: Kind> {
    pub rows: Vec<Listed<K>>,
    /// Up to where.
    pub place: K::Place,
    /// There is nothing behind them.
    pub is_all: bool,
}

/// What an attempt came to, and what it told of whoever was asked; `None`: nothing.
pub struct Ran<K: Kind> {
    pub came: Came<K>,
    pub heard: Option<Signal<K::Stop>>,
}

/// What an attempt came to.
pub enum Came<K: Kind> {
    Done(K::Done),
    Later(Pause, K::Why),
    Never(K::Why),
    Unknown,
}

/// Who waits, and for how long at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// This job, for no fault of its own.
    Job(Micros),
    /// This job, and it spends one of its tries.
    Try(Micros),
    /// Everything of its queue.
    Queue(Micros),
    /// It stays where it is, and the breaker says when anything goes.
    Breaker,
}

/// What is recorded of an attempt.
pub enum AttemptResult<K: Kind> {
    Done(K::Done),
    /// Not before `at`; `tried`: it was its own fault.
    Later {
        at: Micros,
        tried: bool,
        why: K::Why,
    },
    Never(K::Why),
    Unknown,
}

/// What a commit about a job holds.
pub struct Change<D: Durable> {
    pub entity: D::Entity,
    pub cause: Uuid,
    pub owner_epoch: i64,
    pub events: Vec<D::Event>,
    pub rows: Vec<D::Row>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_five_minutes_and_whoever_asks_for_more_gets_it() {
        assert_eq!(backed_off(SECOND, 0, 0.0), SECOND);
        assert_eq!(backed_off(SECOND, 3, 1.0), 8 * SECOND);
        assert_eq!(backed_off(SECOND, 3, 0.0), 4 * SECOND);
        assert_eq!(backed_off(SECOND, 60, 1.0), LONGEST_WAIT);
        assert_eq!(backed_off(3_600 * SECOND, 0, 0.0), 3_600 * SECOND);
    }
}
