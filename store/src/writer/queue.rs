//! Whose turn it is: tenants in turn, each in its own order (A5).

use super::Order;
use super::low::{LowLane, Piece};
use crate::judge::{Answer, Job};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

/// The most jobs in one transaction.
const BATCH_JOBS: usize = 512;
/// The most bytes in one transaction, about.
const BATCH_BYTES: usize = 4 << 20;
/// The most jobs that wait here; the channel holds back the rest.
const WAITING: usize = 4096;

/// A job that somebody waits for.
pub(crate) struct Queued {
    pub(crate) job: Arc<Job>,
    answer: oneshot::Sender<Answer>,
    number: u64,
}

impl Queued {
    pub(crate) fn new(job: Job) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, told) = oneshot::channel();
        (Self { job: Arc::new(job), answer, number: 0 }, told)
    }

    /// The caller may have left; what was done stays done.
    pub(super) fn tell(self, answer: Answer) {
        drop(self.answer.send(answer));
    }
}

/// What is done next.
pub(super) enum Turn {
    /// One transaction's jobs.
    Batch(Vec<Queued>),
    Low(Piece),
}

/// What waits, tenant by tenant, and beside it the low lane.
#[derive(Default)]
pub(super) struct FairQueue {
    pub(super) low: LowLane,
    tenants: BTreeMap<Uuid, VecDeque<Queued>>,
    /// Tenants with something waiting, the next one first.
    turns: VecDeque<Uuid>,
    barriers: VecDeque<(u64, oneshot::Sender<()>)>,
    waiting: usize,
    numbered: u64,
    ended: bool,
}

impl FairQueue {
    pub(super) fn push(&mut self, order: Order) {
        match order {
            Order::Do(mut queued) => {
                self.numbered += 1;
                queued.number = self.numbered;
                let tenant = queued.job.tenant();
                let lane = self.tenants.entry(tenant).or_default();
                if lane.is_empty() {
                    self.turns.push_back(tenant);
                }
                lane.push_back(queued);
                self.waiting += 1;
            }
            Order::Barrier(open) => self.barriers.push_back((self.numbered, open)),
            Order::End => self.ended = true,
        }
    }

    /// Takes whatever waits in the channel, and waits for nothing.
    pub(super) fn fill_from(&mut self, orders: &mut mpsc::Receiver<Order>) {
        while self.waiting < WAITING && !self.ended {
            let Ok(order) = orders.try_recv() else { break };
            self.push(order);
        }
    }

    /// The same for the low lane, while that has room.
    pub(super) fn fill_low_from(&mut self, jobs: &mut mpsc::Receiver<Queued>, now: Instant) {
        while self.low.has_room() && !self.ended {
            let Ok(queued) = jobs.try_recv() else { break };
            self.low.push(queued, now);
        }
    }

    /// Nothing comes any more; what waits is still to be done.
    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whose turn it is; the low lane has none any more once nothing comes.
    pub(super) fn next(&mut self, now: Instant, tidies_at: Instant) -> Option<Turn> {
        if !self.ended
            && let Some(piece) = self.low.next(now, tidies_at, self.waiting > 0)
        {
            return Some(Turn::Low(piece));
        }
        self.next_batch().map(Turn::Batch)
    }

    /// The next transaction's jobs: one of each tenant in turn, until enough.
    fn next_batch(&mut self) -> Option<Vec<Queued>> {
        let mut batch: Vec<Queued> = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH_JOBS && bytes < BATCH_BYTES {
            let Some(tenant) = self.turns.pop_front() else { break };
            let Some(lane) = self.tenants.get_mut(&tenant) else { continue };
            if let Some(queued) = lane.pop_front() {
                bytes += queued.job.weight();
                batch.push(queued);
                self.waiting -= 1;
            }
            if lane.is_empty() {
                self.tenants.remove(&tenant);
            } else {
                self.turns.push_back(tenant);
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Opens every barrier that nothing older than itself waits behind any more.
    pub(super) fn open_barriers(&mut self) {
        let oldest = self.tenants.values().filter_map(|lane| lane.front()).map(|queued| queued.number).min();
        while self.barriers.front().is_some_and(|(number, _)| oldest.is_none_or(|oldest| oldest > *number)) {
            if let Some((_, open)) = self.barriers.pop_front() {
                // Whoever waited may have left.
                open.send(()).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::AdminWrite;

    fn job(tenant: u128) -> Order {
        let admin_write = AdminWrite::CountTry { tenant: Uuid::from_u128(tenant), position: 0 };
        Order::Do(Queued::new(Job::AdminWrite(admin_write)).0)
    }

    #[test]
    fn a5_a_busy_tenant_does_not_push_a_quiet_one_back() {
        let mut queue = FairQueue::default();
        for _ in 0..2000 {
            queue.push(job(1));
        }
        queue.push(job(2));
        let batch = queue.next_batch().unwrap();
        assert_eq!(batch.len(), BATCH_JOBS);
        assert_eq!(batch[1].job.tenant(), Uuid::from_u128(2));
    }

    #[test]
    fn a4_a_barrier_opens_when_everything_before_it_is_decided_and_not_earlier() {
        let mut queue = FairQueue::default();
        for _ in 0..=BATCH_JOBS {
            queue.push(job(1));
        }
        let (open, mut opened) = oneshot::channel();
        queue.push(Order::Barrier(open));
        queue.push(job(2));
        drop(queue.next_batch());
        queue.open_barriers();
        assert!(opened.try_recv().is_err(), "two jobs from before the barrier still wait");
        drop(queue.next_batch());
        queue.open_barriers();
        assert!(opened.try_recv().is_ok());
    }
}
