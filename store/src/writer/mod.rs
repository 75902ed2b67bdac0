//! The one task that writes: takes whatever waits, makes one transaction of it, tells everybody, begins again (A5).
//!
//! It runs on its own, so nobody's impatience cancels a transaction: as a task, or on a thread where transactions wait for a disk of
//! this machine. Every store has exactly one.

mod backlog;
mod counters;
mod feed;
mod handle;
mod low;
mod news;
mod queue;
mod rights;
mod set_up;
#[cfg(test)]
mod tests;

pub(crate) use backlog::Backlog;
pub use counters::Inspection;
pub use feed::{Arrivals, Feed, Subscription};
pub(crate) use handle::Handle;
pub(crate) use queue::Queued;
use rights::Rights;
pub use rights::{RightsAsOf, RightsSince, UserChanged};
pub use set_up::SetUp;

use crate::judge::{self, AdminWrite, Answer, Job, JobResult, TenantChanges};
use crate::{Admission, Clock, Office};
use counters::Counters;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_runtime::{Current, Published, Upkeep, task};
use feed::Feeds;
use low::{Piece, ROOM};
use news::by_tenant;
use queue::{FairQueue, Turn};
use set_up::SetUps;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// Orders that wait in the channel; callers wait beyond that.
const CHANNEL: usize = 1024;
/// Between two rounds of throwing away what is too old.
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// Between the beginning of an ownership and the first of these rounds: until then there is more urgent work.
const FIRST_HOUSEKEEPING: Duration = Duration::from_secs(1);

/// What became of a transaction.
pub(crate) enum Transacted {
    /// On disk, with a verdict per job.
    Decided(Vec<JobResult>),
    /// The database will not have one of these jobs, and says so each time.
    Refused(String),
    /// Nothing happened.
    Unavailable(String),
    /// The commit itself got no answer.
    Unknown(String),
}

/// A row that waits: whose it is, its position, and when it came in.
pub(crate) type Waiting = (Uuid, i64, Timestamp);

/// How often what happened is told: once, but in drills.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling {
    pub(crate) batches: u8,
    /// Whether new rows are hinted at.
    pub(crate) arrivals: bool,
}

/// What came of a round of tidying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tidied {
    /// There is more to throw away.
    More,
    /// So many early statuses have waited for more than ten minutes; `None`: it cannot be said.
    Done { orphan_statuses: Option<u64> },
}

/// Where the writer writes: a database, or memory.
pub(crate) trait Ledger: Send + 'static {
    /// One transaction for all jobs.
    fn transact<'a>(&'a mut self, jobs: &'a [Arc<Job>]) -> BoxFuture<'a, Transacted>;

    /// Throws away a little of what is too old, in about 1 ms beside the wait for the disk.
    fn tidy(&mut self, now: Timestamp) -> BoxFuture<'_, Tidied>;

    /// Every row of the inbox that waits and is not held; `None`: it cannot be said now.
    fn waiting(&mut self) -> BoxFuture<'_, Option<Vec<Waiting>>>;

    /// The writer fell in the midst of something: nothing half done is gone on with.
    fn let_go(&mut self) {}

    /// How the next batch is told.
    fn telling(&mut self) -> Telling {
        Telling { batches: 1, arrivals: true }
    }
}

/// One thing to do, or to be told that everything before has been done.
pub(crate) enum Order {
    Do(Queued),
    Barrier(oneshot::Sender<()>),
    /// What was handed in before is decided, then the writer ends and lets go of its connection.
    End,
}

/// What the writer is asked.
struct Asked {
    orders: mpsc::Receiver<Order>,
    low: mpsc::Receiver<Queued>,
}

/// What the writer and its callers both look at.
pub(crate) struct Shared {
    pub(crate) backlog: Mutex<Backlog>,
    pub(crate) feeds: Feeds,
    pub(crate) set_ups: SetUps,
    pub(crate) rights: Rights,
    pub(crate) counters: Counters,
    pub(crate) clock: Clock,
    /// The last transaction did not happen, or nobody knows.
    pub(crate) away: AtomicBool,
    /// Transactions so far; one is counted before anybody is told of it.
    pub(crate) write_version: AtomicU64,
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp((self.clock)())
    }

    pub(crate) fn backlog<T>(&self, look: impl FnOnce(&mut Backlog) -> T) -> T {
        look(&mut self.backlog.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Starts the writer as a task; it ends when it is told to, or when the last handle is gone.
pub(crate) fn start(ledger: impl Ledger, clock: Clock, admission: impl Into<Current<Admission>>) -> Handle {
    let (handle, keep) = prepared(ledger, clock, admission.into());
    keep();
    handle
}

/// The same on a thread of its own.
pub(crate) fn start_on_a_thread(
    ledger: impl Ledger,
    clock: Clock,
    admission: Current<Admission>,
) -> io::Result<Handle> {
    let (handle, keep) = prepared(ledger, clock, admission);
    task::on_a_thread("writer", async move {
        // A panic is `keep`'s affair.
        let _ = keep().await;
    })?;
    Ok(handle)
}

/// The handle of a writer, and what starts it.
fn prepared(
    ledger: impl Ledger,
    clock: Clock,
    admission: Current<Admission>,
) -> (Handle, impl FnOnce() -> JoinHandle<()> + Send + 'static) {
    let (sender, orders) = mpsc::channel(CHANNEL);
    let (low_sender, low) = mpsc::channel(ROOM);
    let shared = Arc::new(Shared {
        backlog: Mutex::new(Backlog::within(admission)),
        feeds: Feeds::default(),
        set_ups: SetUps::default(),
        rights: Rights::default(),
        counters: Counters::default(),
        clock,
        away: AtomicBool::new(false),
        write_version: AtomicU64::new(0),
    });
    let tidies_at = Instant::now() + FIRST_HOUSEKEEPING;
    let writer = Writer { ledger, shared: shared.clone(), was_away: false, recount: true, tidies_at };
    let kept = Arc::new(tokio::sync::Mutex::new((writer, Asked { orders, low })));
    // The closure holds the only one: the channels close when the writer ends.
    let mut began = false;
    let keep = move || {
        task::keep("writer", Upkeep::ForEver, move || {
            let (kept, fell) = (Arc::clone(&kept), std::mem::replace(&mut began, true));
            async move {
                let (writer, asked) = &mut *kept.lock().await;
                if fell {
                    writer.begin_anew();
                }
                writer.run(asked).await;
            }
        })
    };
    (Handle::new(sender, low_sender, shared), keep)
}

struct Writer<L> {
    ledger: L,
    shared: Arc<Shared>,
    /// The last transaction did not happen: running time begins anew with the next that does.
    was_away: bool,
    /// What waits is not known for certain: another owner, or a commit without an answer, may have changed it.
    recount: bool,
    /// When there may be something old to be thrown away again.
    tidies_at: Instant,
}

impl<L: Ledger> Writer<L> {
    /// After a fall whoever waited hears that nobody knows, and what is on disk was perhaps told to nobody.
    fn begin_anew(&mut self) {
        (self.was_away, self.recount) = (true, true);
        self.ledger.let_go();
        self.shared.feeds.lag();
        self.shared.rights.all_changed();
    }

    async fn run(&mut self, asked: &mut Asked) {
        let mut queue = FairQueue::default();
        loop {
            tokio::select! {
                biased;
                order = asked.orders.recv() => queue.push(order.unwrap_or(Order::End)),
                Some(queued) = asked.low.recv() => queue.low.push(queued, Instant::now()),
                () = tokio::time::sleep_until(self.tidies_at) => {}
            }
            queue.fill_from(&mut asked.orders);
            queue.fill_low_from(&mut asked.low, Instant::now());
            while let Some(turn) = queue.next(Instant::now(), self.tidies_at) {
                match turn {
                    Turn::Batch(batch) => {
                        self.write(batch).await;
                        queue.open_barriers();
                    }
                    Turn::Low(Piece::Job(queued, waited)) => {
                        self.shared.counters.low_turn(waited);
                        self.write(vec![queued]).await;
                    }
                    Turn::Low(Piece::Tidying) => self.tidy().await,
                }
                queue.fill_from(&mut asked.orders);
                queue.fill_low_from(&mut asked.low, Instant::now());
            }
            queue.open_barriers();
            if queue.is_ended() {
                break;
            }
        }
        // Nobody waits for the low lane to end; whoever waits in it hears that it was not done.
        asked.low.close();
        while let Ok(queued) = asked.low.try_recv() {
            queue.low.push(queued, Instant::now());
        }
        self.answer_all(queue.low.give_up().collect(), |job| judge::unavailable(job, "the store is being closed"));
        self.shared.feeds.close();
        self.shared.set_ups.close();
    }

    async fn tidy(&mut self) {
        match self.ledger.tidy(self.shared.now()).await {
            // Its next piece is behind whoever waits in the lane now.
            Tidied::More => self.tidies_at = Instant::now(),
            Tidied::Done { orphan_statuses } => {
                self.tidies_at = Instant::now() + HOUSEKEEPING;
                if let Some(count) = orphan_statuses {
                    self.shared.counters.orphan_statuses(count);
                }
            }
        }
    }

    /// One transaction; where the database refuses it, halves of it, so that one bad job harms nobody else.
    async fn write(&mut self, batch: Vec<Queued>) {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let jobs: Vec<Arc<Job>> = part.iter().map(|queued| queued.job.clone()).collect();
            self.shared.counters.batch(jobs.len());
            let transacted = self.ledger.transact(&jobs).await;
            self.shared.write_version.fetch_add(1, SeqCst);
            let away = matches!(transacted, Transacted::Unavailable(_) | Transacted::Unknown(_));
            self.shared.away.store(away, Relaxed);
            match transacted {
                Transacted::Decided(results) => {
                    self.count_waiting(&jobs).await;
                    self.decided(part, results);
                }
                Transacted::Refused(reason) if part.len() == 1 => {
                    tracing::warn!(reason, "the database refuses this job each time");
                    self.answer_all(part, |job| judge::rejected(job, reason.clone()));
                }
                Transacted::Refused(reason) => {
                    tracing::debug!(reason, jobs = part.len(), "a batch was refused; it is tried in halves");
                    let second = part.split_off(part.len() / 2);
                    parts.push(second);
                    parts.push(part);
                }
                Transacted::Unavailable(reason) => {
                    if !std::mem::replace(&mut self.was_away, true) {
                        tracing::error!(reason, "a transaction did not happen");
                    }
                    self.answer_all(part, |job| judge::unavailable(job, &reason));
                }
                Transacted::Unknown(reason) => {
                    // Each time: a full disk says it as often as it is asked.
                    if !std::mem::replace(&mut self.was_away, true) {
                        tracing::error!(reason, "a commit got no answer; it may or may not be on disk");
                    }
                    self.recount = true;
                    // It may be on disk, and nobody was told: whoever listens must look for himself.
                    self.shared.feeds.lag();
                    self.shared.rights.all_changed();
                    self.answer_all(part, judge::unknown);
                }
            }
        }
    }

    /// Counts anew what waits, where the count in memory may be wrong.
    async fn count_waiting(&mut self, jobs: &[Arc<Job>]) {
        if jobs.iter().any(|job| matches!(job.as_ref(), Job::AdminWrite(AdminWrite::SettleInterrupted { .. }))) {
            (self.recount, self.tidies_at) = (true, Instant::now() + FIRST_HOUSEKEEPING);
            // Whoever owned the store before us wrote, too.
            self.shared.rights.all_changed();
        }
        if !self.recount {
            return;
        }
        // What came by a commit without an answer was announced to nobody, and perhaps somebody is about to hear that it is here.
        let Some(waiting) = self.ledger.waiting().await else {
            self.shared.feeds.doubt();
            return;
        };
        for (tenant, position, _) in &waiting {
            self.shared.feeds.announce(*tenant, *position, true);
        }
        let now = self.shared.now();
        self.shared.backlog(|backlog| backlog.rebuild(waiting, now));
        self.recount = false;
    }

    fn answer_all(&self, part: Vec<Queued>, answer: impl Fn(&Job) -> Answer) {
        for queued in part {
            let answer = answer(&queued.job);
            self.shared.counters.answer(&answer);
            queued.tell(answer);
        }
    }

    fn decided(&mut self, part: Vec<Queued>, results: Vec<JobResult>) {
        if std::mem::take(&mut self.was_away) {
            let now = self.shared.now();
            self.shared.backlog(|backlog| backlog.running_since(now));
            // A commit that got no answer may be on disk since.
            self.shared.rights.all_changed();
        }
        let (answers, news): (Vec<Answer>, Vec<Vec<TenantChanges>>) =
            results.into_iter().map(|result| (result.answer, result.news)).unzip();
        let news = by_tenant(news.into_iter().flatten());
        self.shared.backlog(|backlog| news.iter().for_each(|news| backlog.hear(news)));
        let telling = self.ledger.telling();
        for TenantChanges { tenant, events, rows, arrivals, users, due, .. } in news {
            for user in users {
                self.shared.rights.changed((TenantId(tenant), user));
            }
            if !events.is_empty() || !rows.is_empty() || due.is_some() {
                let published = Arc::new(Published::<Office> { tenant, events, rows: Arc::new(rows), due });
                for _ in 0..telling.batches {
                    self.shared.feeds.publish(&published);
                }
            }
            if let Some(highest) = arrivals.iter().map(|(position, _)| *position).max() {
                self.shared.feeds.announce(tenant, highest, telling.arrivals);
            }
        }
        for (queued, answer) in part.into_iter().zip(answers) {
            self.shared.counters.answer(&answer);
            if let Job::Administer(commits) = queued.job.as_ref() {
                self.shared.set_ups.tell_of(commits);
            }
            queued.tell(answer);
        }
    }
}
