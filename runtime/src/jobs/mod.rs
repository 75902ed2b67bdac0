//! Jobs: what must be done in the world for a row that says so, until it is done or never will be.
//!
//! A row says what is wanted; its commit is not ours. A job is claimed, run as a task of its own, and what it came to is committed: done,
//! dead, later, or unknown where nobody can tell. News says which rows were written, a look every few seconds finds all others, so
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

use crate::backlog::{Backlog, News};
use crate::fail_point::reach;
use crate::station::{Station, StationSnapshot};
use crate::tick::{Tick, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub use breaker::{Breaker, Found, Gate, Heard};
pub use kind::{Came, Change, Context, Facts, Kind, Listed, Page, Pause, Ran, Stands, State, Verdict, backed_off};
pub use limit::Limits;
pub use queue::{BACKSTOP, MOST_KNOWN, Overtaken, Queue, Told, Went};
pub use under_way::UnderWay;

/// All jobs of a kind that belong together, and the actor that gives them out.
pub struct Jobs<K: Kind> {
    station: Station<JobsActor<K>>,
    backlog: Arc<Backlog<Listed<K>>>,
    under_way: UnderWay<K::Key>,
    /// True: what may be run twice is dropped where it is.
    closing: watch::Sender<bool>,
}

impl<K: Kind> Clone for Jobs<K> {
    fn clone(&self) -> Self {
        Self {
            station: self.station.clone(),
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
        let station = Station::start(K::ACTOR, ids, move || {
            let (kind, cx, under_way) = (Arc::clone(&kind), Arc::clone(&cx), shared.clone());
            let queue = Queue::new(kind, cx, under_way, ending.subscribe());
            (JobsActor(PhantomData), Desk { queue, backlog: Arc::clone(&waiting) })
        })
        .await?;
        Ok(Self { station, backlog, under_way, closing })
    }

    /// Rows that were just written.
    pub fn wants(&self, rows: Vec<Listed<K>>) {
        if self.backlog.add(rows) {
            // Where nobody is there, whoever comes next looks.
            let _ = self.station.send(JobsTold::News);
        }
    }

    /// News was missed: the rows are to be read.
    pub fn look(&self) {
        if self.backlog.missed() {
            let _ = self.station.send(JobsTold::News);
        }
    }

    pub fn inspect(&self) -> StationSnapshot {
        self.station.inspect()
    }

    /// How many run now.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Kills the actor; jobs under way go on, and another actor takes its place.
    pub fn kill(&self) {
        self.station.kill();
    }

    /// Begins nothing more and waits for what is under way; what may be run twice is dropped where it is, but for what is being recorded.
    /// `false`: time ran out.
    pub async fn drain(&self, within: Duration) -> bool {
        self.closing.send_replace(true);
        self.station.drain(Duration::from_secs(1)).await;
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
        self.station.crash();
    }
}

struct JobsActor<K>(PhantomData<fn() -> K>);

enum JobsTold<K: Kind> {
    /// Something waits in the backlog.
    News,
    Tick(Tick),
    Queue(Told<K>),
}

struct Desk<K: Kind> {
    queue: Queue<K>,
    backlog: Arc<Backlog<Listed<K>>>,
}

impl<K: Kind> From<Told<K>> for JobsTold<K> {
    fn from(told: Told<K>) -> Self {
        Self::Queue(told)
    }
}

impl<K: Kind> Actor for JobsActor<K> {
    type Msg = JobsTold<K>;
    type State = Desk<K>;
    type Arguments = Desk<K>;

    async fn pre_start(&self, myself: ActorRef<JobsTold<K>>, desk: Desk<K>) -> Result<Desk<K>, ActorProcessingErr> {
        desk.backlog.missed();
        myself.cast(JobsTold::News)?;
        tick(&myself, BACKSTOP, JobsTold::Tick);
        Ok(desk)
    }

    async fn handle(
        &self,
        myself: ActorRef<JobsTold<K>>,
        told: JobsTold<K>,
        Desk { queue, backlog }: &mut Desk<K>,
    ) -> Result<(), ActorProcessingErr> {
        reach(K::ACTOR, "handle");
        let told = match told {
            JobsTold::News => match backlog.take() {
                News::All(rows) => {
                    queue.wants(rows);
                    None
                }
                News::Missed => {
                    queue.misses();
                    Some(Told::Look)
                }
            },
            JobsTold::Tick(tick) => {
                drop(tick);
                Some(Told::Look)
            }
            JobsTold::Queue(told) => Some(told),
        };
        if let Some(told) = told {
            let Ok(_) = queue.take(told, &myself).await else { return Ok(()) };
        }
        queue.go(&myself);
        reach(K::ACTOR, "begun");
        Ok(())
    }
}
