//! How the rest of the store asks the writer.

use super::rights::Rights;
use super::{Arrivals, Inspection, Order, Queued, SetUp, Shared, Subscription};
use crate::Office;
use crate::judge::{AdminWrite, Answer, Job};
use crate::projection::Projected;
use dashoffice_domain::ports::{Delivery, NotAccepted, Receipt};
use dashoffice_runtime::{Commit, Outcome, Unavailable};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Many may hold it.
#[derive(Clone)]
pub(crate) struct Handle {
    orders: mpsc::Sender<Order>,
    low: mpsc::Sender<Queued>,
    shared: Arc<Shared>,
}

impl Handle {
    pub(super) const fn new(orders: mpsc::Sender<Order>, low: mpsc::Sender<Queued>, shared: Arc<Shared>) -> Self {
        Self { orders, low, shared }
    }

    /// Hands a commit in at once where there is room, so that a barrier asked for afterwards is behind it.
    pub(crate) fn commit(&self, commit: Commit<Office>) -> impl Future<Output = Outcome> + Send + 'static {
        let asked = self.ask(Job::Commit(Box::new(commit)));
        async move { asked.await.map_or_else(|lost| lost.outcome(), Answer::outcome) }
    }

    /// Has what is set up changed: all of it or none.
    pub(crate) async fn administer(&self, commits: Vec<Commit<Office>>) -> Outcome {
        self.ask(Job::Administer(commits)).await.map_or_else(|lost| lost.outcome(), Answer::outcome)
    }

    /// The same in the low lane: waits until there is room in it, and then for its turn. A barrier does not wait for it.
    pub(crate) async fn administer_low(&self, commits: Vec<Commit<Office>>) -> Outcome {
        self.ask_low(Job::Administer(commits)).await.map_or_else(|lost| lost.outcome(), Answer::outcome)
    }

    /// What a projection has folded, in the low lane.
    pub(crate) async fn project(&self, projected: Projected) -> Outcome {
        self.ask_low(Job::Project(Box::new(projected))).await.map_or_else(|lost| lost.outcome(), Answer::outcome)
    }

    /// What time it is, in µs.
    pub(crate) fn instant(&self) -> i64 {
        self.shared.now().0
    }

    /// Whether admission lets items in (A6).
    pub(crate) fn admits(&self, tenant: Uuid) -> Result<(), NotAccepted> {
        let now = self.shared.now();
        match self.shared.backlog(|backlog| backlog.refuses(tenant, now)) {
            Some(retry_after_s) => Err(NotAccepted::Backlog { retry_after_s }),
            None => Ok(()),
        }
    }

    /// Stores a delivery, however much waits.
    pub(crate) async fn keep(&self, tenant: Uuid, mut delivery: Delivery) -> Result<Receipt, NotAccepted> {
        strip_nuls(&mut delivery);
        match self.ask(Job::Accept { tenant, delivery: Box::new(delivery) }).await {
            Ok(Answer::Receipt(receipt)) => receipt,
            Ok(Answer::Commit(_) | Answer::Count(_) | Answer::Unavailable(_)) | Err(_) => {
                Err(NotAccepted::Unavailable(dashoffice_domain::ports::Unavailable {
                    doing: "accepting",
                    reason: "the writer gave no answer".to_owned(),
                }))
            }
        }
    }

    pub(crate) async fn admin_write(&self, doing: &'static str, admin_write: AdminWrite) -> Result<i64, Unavailable> {
        match self.ask(Job::AdminWrite(admin_write)).await {
            Ok(Answer::Count(count)) => Ok(count),
            Ok(Answer::Unavailable(reason)) => Err(Unavailable { doing, reason }),
            Ok(Answer::Commit(_) | Answer::Receipt(_)) | Err(_) => {
                Err(Unavailable { doing, reason: "the writer gave no answer".to_owned() })
            }
        }
    }

    pub(crate) async fn barrier(&self) -> Result<(), Unavailable> {
        let gone = || Unavailable { doing: "waiting for the writer", reason: "the writer is gone".to_owned() };
        let (open, opened) = oneshot::channel();
        self.orders.send(Order::Barrier(open)).await.map_err(|_| gone())?;
        opened.await.map_err(|_| gone())
    }

    /// Ends the writer once everything handed in before is decided, and waits for that.
    pub(crate) async fn end(&self) {
        if self.orders.send(Order::End).await.is_ok() {
            self.orders.closed().await;
        }
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        self.shared.feeds.subscribe()
    }

    pub(crate) fn subscribe_arrivals(&self, tenant: Uuid) -> Arrivals {
        self.shared.feeds.subscribe_arrivals(tenant)
    }

    pub(crate) fn set_ups(&self) -> SetUp {
        self.shared.set_ups.listen()
    }

    pub(crate) fn rights(&self) -> &Rights {
        &self.shared.rights
    }

    pub(crate) fn inspect(&self, term: Option<i64>) -> Inspection {
        self.shared.counters.inspect(term, self.shared.backlog(|backlog| backlog.in_all()))
    }

    /// A number that grows with each transaction, before anybody is told what came of it.
    pub(crate) fn write_version(&self) -> u64 {
        self.shared.write_version.load(SeqCst)
    }

    /// Whether the last transaction did not happen, or nobody knows.
    pub(crate) fn is_away(&self) -> bool {
        self.shared.away.load(Relaxed)
    }

    fn ask(&self, job: Job) -> impl Future<Output = Result<Answer, Lost>> + Send + 'static {
        let (queued, told) = Queued::new(job);
        let counted = InTheWriter::enter(&self.shared);
        let full = match self.orders.try_send(Order::Do(queued)) {
            Ok(()) => Ok(None),
            Err(mpsc::error::TrySendError::Full(order)) => Ok(Some((self.orders.clone(), order))),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Lost::BeforeTheWriter),
        };
        async move {
            let _counted = counted;
            if let Some((orders, order)) = full? {
                orders.send(order).await.map_err(|_| Lost::BeforeTheWriter)?;
            }
            told.await.map_err(|_| Lost::InTheWriter)
        }
    }
}

impl Handle {
    async fn ask_low(&self, job: Job) -> Result<Answer, Lost> {
        let (queued, told) = Queued::new(job);
        let _counted = InTheLane::enter(&self.shared);
        self.low.send(queued).await.map_err(|_| Lost::BeforeTheWriter)?;
        told.await.map_err(|_| Lost::InTheWriter)
    }
}

/// Counts a job of the low lane for as long as somebody waits for it, be it for room.
struct InTheLane(Arc<Shared>);

impl InTheLane {
    fn enter(shared: &Arc<Shared>) -> Self {
        shared.counters.low_handed_in();
        Self(Arc::clone(shared))
    }
}

impl Drop for InTheLane {
    fn drop(&mut self) {
        self.0.counters.low_let_go();
    }
}

/// Counts a job for as long as somebody waits for it.
struct InTheWriter(Arc<Shared>);

impl InTheWriter {
    fn enter(shared: &Arc<Shared>) -> Self {
        shared.counters.handed_in();
        Self(Arc::clone(shared))
    }
}

impl Drop for InTheWriter {
    fn drop(&mut self) {
        self.0.counters.let_go();
    }
}

/// Where an answer was lost.
enum Lost {
    BeforeTheWriter,
    InTheWriter,
}

impl Lost {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::BeforeTheWriter => Outcome::Unavailable,
            Self::InTheWriter => Outcome::Unknown,
        }
    }
}

/// Keys are compared before they are stored, and no text that is stored has U+0000 (C5).
fn strip_nuls(delivery: &mut Delivery) {
    let texts = delivery
        .arrivals
        .iter_mut()
        .map(|arrival| &mut arrival.dedupe_key)
        .chain(delivery.statuses.iter_mut().map(|status| &mut status.provider_message_id));
    for text in texts.filter(|text| text.contains('\0')) {
        *text = text.replace('\0', "");
    }
}

impl Answer {
    fn outcome(self) -> Outcome {
        match self {
            Self::Commit(outcome) => outcome,
            Self::Receipt(_) | Self::Count(_) | Self::Unavailable(_) => Outcome::Unknown,
        }
    }
}
