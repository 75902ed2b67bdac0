//! What the writer has done, in numbers.

use crate::judge::Answer;
use dashoffice_domain::ports::NotAccepted;
use dashoffice_runtime::Outcome;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A look at the store, for tests, the wallboard and the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The term of our ownership, while we own.
    pub term: Option<i64>,
    /// Transactions begun; each that wrote something was one fsync.
    pub transactions: u64,
    /// Jobs handed to them.
    pub jobs: u64,
    pub largest_batch: u64,
    pub committed: u64,
    pub conflicts: u64,
    pub rejected: u64,
    pub unavailable: u64,
    pub unknown: u64,
    /// Deliveries of webhooks that are on disk.
    pub accepted: u64,
    /// Inbox rows that wait and are not held.
    pub waiting: u64,
    /// Jobs handed to the writer whose callers still wait.
    pub queued: u64,
    /// Jobs of the low lane whose callers still wait, for room or for their turn.
    pub low_waiting: u64,
    /// Jobs of the low lane that had their turn.
    pub low_jobs: u64,
    /// The longest that one of them waited for it since the process began, in µs.
    pub low_longest_wait_us: u64,
    /// Statuses of messages nobody knows, older than ten minutes: other tools on the same account are normal (A8). `None`: not
    /// counted yet.
    pub orphan_statuses: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    transactions: AtomicU64,
    jobs: AtomicU64,
    largest_batch: AtomicU64,
    committed: AtomicU64,
    conflicts: AtomicU64,
    rejected: AtomicU64,
    unavailable: AtomicU64,
    unknown: AtomicU64,
    accepted: AtomicU64,
    queued: AtomicU64,
    low_waiting: AtomicU64,
    low_jobs: AtomicU64,
    low_longest_wait_us: AtomicU64,
    /// One more than there are; 0: not counted yet.
    orphan_statuses: AtomicU64,
}

impl Counters {
    /// A job was handed in.
    pub(super) fn handed_in(&self) {
        self.queued.fetch_add(1, Relaxed);
    }

    /// A job was decided, or let go of.
    pub(super) fn let_go(&self) {
        self.queued.fetch_sub(1, Relaxed);
    }

    /// A job was handed to the low lane.
    pub(super) fn low_handed_in(&self) {
        self.low_waiting.fetch_add(1, Relaxed);
        metrics::gauge!("dashoffice_store_low_jobs_waiting").increment(1.0);
    }

    /// A job of the low lane was decided, or let go of.
    pub(super) fn low_let_go(&self) {
        self.low_waiting.fetch_sub(1, Relaxed);
        metrics::gauge!("dashoffice_store_low_jobs_waiting").decrement(1.0);
    }

    /// A job of the low lane has its turn.
    pub(super) fn low_turn(&self, waited: Duration) {
        self.low_jobs.fetch_add(1, Relaxed);
        let waited_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        let longest_us = self.low_longest_wait_us.fetch_max(waited_us, Relaxed).max(waited_us);
        metrics::counter!("dashoffice_store_low_jobs_total").increment(1);
        metrics::histogram!("dashoffice_store_low_wait_seconds").record(waited.as_secs_f64());
        metrics::gauge!("dashoffice_store_low_longest_wait_seconds").set(longest_us as f64 / 1e6);
    }

    pub(super) fn orphan_statuses(&self, count: u64) {
        self.orphan_statuses.store(count + 1, Relaxed);
        metrics::gauge!("dashoffice_store_orphan_statuses").set(count as f64);
    }

    pub(super) fn batch(&self, jobs: usize) {
        self.transactions.fetch_add(1, Relaxed);
        self.jobs.fetch_add(jobs as u64, Relaxed);
        self.largest_batch.fetch_max(jobs as u64, Relaxed);
        metrics::counter!("dashoffice_store_transactions_total").increment(1);
        metrics::counter!("dashoffice_store_jobs_total").increment(jobs as u64);
        metrics::histogram!("dashoffice_store_batch_jobs").record(jobs as f64);
    }

    pub(super) fn answer(&self, answer: &Answer) {
        let (counter, name) = match answer {
            Answer::Commit(Outcome::Committed { .. }) => (&self.committed, "committed"),
            Answer::Commit(Outcome::Conflict) => (&self.conflicts, "conflict"),
            Answer::Commit(Outcome::Rejected { .. }) => (&self.rejected, "rejected"),
            Answer::Commit(Outcome::Unknown) => (&self.unknown, "unknown"),
            Answer::Receipt(Ok(_)) => (&self.accepted, "accepted"),
            Answer::Commit(Outcome::Unavailable)
            | Answer::Receipt(Err(NotAccepted::Unavailable(_) | NotAccepted::Backlog { .. }))
            | Answer::Unavailable(_) => (&self.unavailable, "unavailable"),
            Answer::Count(_) => return,
        };
        counter.fetch_add(1, Relaxed);
        metrics::counter!("dashoffice_store_answers_total", "answer" => name).increment(1);
    }

    pub(super) fn inspect(&self, term: Option<i64>, waiting: usize) -> Inspection {
        Inspection {
            term,
            transactions: self.transactions.load(Relaxed),
            jobs: self.jobs.load(Relaxed),
            largest_batch: self.largest_batch.load(Relaxed),
            committed: self.committed.load(Relaxed),
            conflicts: self.conflicts.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            unavailable: self.unavailable.load(Relaxed),
            unknown: self.unknown.load(Relaxed),
            accepted: self.accepted.load(Relaxed),
            waiting: waiting as u64,
            queued: self.queued.load(Relaxed),
            low_waiting: self.low_waiting.load(Relaxed),
            low_jobs: self.low_jobs.load(Relaxed),
            low_longest_wait_us: self.low_longest_wait_us.load(Relaxed),
            orphan_statuses: self.orphan_statuses.load(Relaxed).checked_sub(1),
        }
    }
}
