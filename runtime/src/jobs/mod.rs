//! Jobs: what must be done in the world for a row that says so, until it is done or never will be.
//!
//! A row says what is wanted; its commit is not ours. A job is claimed, run as a task of its own, and what it came to is committed: done,
//! dead, later, or unknown where nobody can tell. A change says which rows were written, a look every few seconds finds all others, so
//! whoever gives out jobs has nothing that the rows do not give back, and may die at any step. Tasks go on meanwhile: what is under way
//! is known outside of the actor ([`UnderWay`]), and a task knows the office it was begun in (`Life`).
//!
//! To make a new kind of job: write its [`Kind`], and start [`Jobs`] of it. A kind whose actor has other things to do holds a [`Queue`].
//!
//! | state of a row | what says so | next |
//! | --- | --- | --- |
//! | pending | the commit that wants it; a record that it is tried later | running, when its turn comes; dead, where it is given up |
//! | running | its claim, committed before the work begins; kinds that may be run twice have none | done, dead, pending, unknown |
//! | unknown | the work got no answer, or its process ended between the claim and the record | settled by whoever finds out, never run again |
//! | done, dead | the record of what it came to | – |

mod attempt;
mod breaker;
mod kind;
mod lanes;
mod limit;
mod queue;
mod shown;
#[cfg(test)]
mod tests;
mod under_way;

use crate::backlog::{Backlog, Changes};
use crate::fail_point::reach;
use crate::singleton::{Singleton, SingletonSnapshot};
use crate::tick::{Tick, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub use breaker::{Breaker, Found, Gate, Signal};
pub use kind::{
    AttemptResult, Came, Change, Context, Facts, Kind, Listed, Page, Pause, Ran, Stands, State, backed_off,
};
pub use limit::Limits;
pub use queue::{BACKSTOP, MOST_KNOWN, Overtaken, Queue, QueueMessage, Went};
pub use under_way::UnderWay;

/// All jobs of a kind that belong together, and the actor that gives them out.
pub struct Jobs<K: Kind> {
    singleton: Singleton<JobsActor<K>>,
    backlog: Arc<Backlog<Listed<K>>>,
    under_way: UnderWay<K::Key>,
    /// True: what may be run twice is dropped where it is.
    closing: watch::Sender<bool>,
}

impl<K: Kind> Clone for Jobs<K> {
    fn clone(&self) -> Self {
        Self {
            singleton: self.singleton.clone(),
            backlog: Arc::clone(&self.backlog),
            under_way: self.under_way.clone(),
            closing: self.closing.clone(),
        }
    }
}

impl<K: Kind> Jobs<K> {
    pub async fn start(kind: Arc<K>, cx: Arc<Context<K::Durable>>) -> Result<Self, ractor::SpawnErr> {
        let (under_way, closing) = (UnderWay::default(), watch::Sender::new(false));
        let backlog = Arc::new(Backlog::of(MOST_KNOWN));
        let (ids, shared, ending, waiting) =
            (Arc::clone(&cx.ids), under_way.clone(), closing.clone(), Arc::clone(&backlog));
        let singleton = Singleton::start(K::ACTOR, ids, move || {
            let (kind, cx, under_way) = (Arc::clone(&kind), Arc::clone(&cx), shared.clone());
            let queue = Queue::new(kind, cx, under_way, ending.subscribe());
            (JobsActor(PhantomData), JobsState { queue, backlog: Arc::clone(&waiting) })
        })
        .await?;
        Ok(Self { singleton, backlog, under_way, closing })
    }

    /// Rows that were just written.
    pub fn wants(&self, rows: Vec<Listed<K>>) {
        if self.backlog.add(rows) {
            // Where nobody is there, whoever comes next looks.
            let _ = self.singleton.send(JobsMessage::Changed);
        }
    }

    /// A change was missed: the rows are to be read.
    pub fn look(&self) {
        if self.backlog.missed() {
            let _ = self.singleton.send(JobsMessage::Changed);
        }
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.singleton.inspect()
    }

    /// How many run now.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Kills the actor; jobs under way go on, and another actor takes its place.
    pub fn kill(&self) {
        self.singleton.kill();
    }

    /// Begins nothing more and waits for what is under way; what may be run twice is dropped where it is, but for what is being recorded.
    /// `false`: time ran out.
    pub async fn drain(&self, within: Duration) -> bool {
        self.closing.send_replace(true);
        self.singleton.drain(Duration::from_secs(1)).await;
        let quiet = async {
            while !self.under_way.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(within, quiet).await.is_ok()
    }

    /// Ends it at once, as a crash would.
    pub fn crash(&self) {
        self.closing.send_replace(true);
        self.singleton.crash();
    }
}

struct JobsActor<K>(PhantomData<fn() -> K>);

enum JobsMessage<K: Kind> {
    /// Something waits in the backlog.
    Changed,
    Tick(Tick),
    Queue(QueueMessage<K>),
}

struct JobsState<K: Kind> {
    queue: Queue<K>,
    backlog: Arc<Backlog<Listed<K>>>,
}

impl<K: Kind> From<QueueMessage<K>> for JobsMessage<K> {
    fn from(message: QueueMessage<K>) -> Self {
        Self::Queue(message)
    }
}

impl<K: Kind> Actor for JobsActor<K> {
    type Msg = JobsMessage<K>;
    type State = JobsState<K>;
    type Arguments = JobsState<K>;

    async fn pre_start(
        &self,
        myself: ActorRef<JobsMessage<K>>,
        state: JobsState<K>,
    ) -> Result<JobsState<K>, ActorProcessingErr> {
        state.backlog.missed();
        myself.cast(JobsMessage::Changed)?;
        tick(&myself, BACKSTOP, JobsMessage::Tick);
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<JobsMessage<K>>,
        message: JobsMessage<K>,
        JobsState { queue, backlog }: &mut JobsState<K>,
    ) -> Result<(), ActorProcessingErr> {
        reach(K::ACTOR, "handle");
        let message = match message {
            JobsMessage::Changed => match backlog.take() {
                Changes::All(rows) => {
                    queue.wants(rows);
                    None
                }
                Changes::Missed => {
                    queue.misses();
                    Some(QueueMessage::Look)
                }
            },
            JobsMessage::Tick(tick) => {
                drop(tick);
                Some(QueueMessage::Look)
            }
            JobsMessage::Queue(message) => Some(message),
        };
        if let Some(message) = message {
            let Ok(_) = queue.take(message, &myself).await else { return Ok(()) };
        }
        queue.go(&myself);
        reach(K::ACTOR, "begun");
        Ok(())
    }
}
