//! The writer's hand on memory, which trembles as the faults say.

use super::fault::{Fault, Faults};
use super::{Disk, Life};
use crate::Clock;
use crate::judge::{self, CommitStamp, Job, JobResult};
use crate::writer::{Ledger, Telling, Tidied, Transacted, Waiting};
use dashoffice_domain::ports::BoxFuture;
use dashoffice_domain::{Span, Timestamp};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

pub(super) struct MemoryLedger {
    disk: Arc<Mutex<Disk>>,
    faults: Arc<Mutex<Faults>>,
    life: Arc<Life>,
    clock: Clock,
    away_until: Option<Instant>,
    telling: Telling,
}

const ONCE: Telling = Telling { batches: 1, arrivals: true };

impl MemoryLedger {
    pub(super) const fn new(disk: Arc<Mutex<Disk>>, faults: Arc<Mutex<Faults>>, life: Arc<Life>, clock: Clock) -> Self {
        Self { disk, faults, life, clock, away_until: None, telling: ONCE }
    }

    async fn write(&mut self, jobs: &[Arc<Job>]) -> Transacted {
        self.pause().await;
        let fault = if self.life.open.load(SeqCst) { self.faults(Faults::draw) } else { None };
        if let Some(Fault::Unavailable { lasts }) = fault {
            self.away_until = Some(Instant::now() + lasts);
        }
        if self.away_until.is_some_and(|until| Instant::now() < until) {
            return Transacted::Unavailable("the store is away, as the faults would have it".to_owned());
        }
        self.telling = ONCE;
        match fault {
            Some(Fault::DieBefore) => return self.die().await,
            Some(Fault::DieAfter) => {
                self.apply(jobs);
                return self.die().await;
            }
            Some(Fault::AnswerLost { applied }) => {
                if applied {
                    self.apply(jobs);
                }
                return Transacted::Unknown("the answer was lost, as the faults would have it".to_owned());
            }
            Some(Fault::ToldTwice) => self.telling.batches = 2,
            Some(Fault::HintDropped) => self.telling.arrivals = false,
            Some(Fault::Unavailable { .. }) | None => {}
        }
        let Some(results) = self.apply(jobs) else {
            return Transacted::Unavailable("another incarnation owns the store".to_owned());
        };
        self.pause().await;
        Transacted::Decided(results)
    }

    /// A transaction takes its time, in which others run; a process that has died gets no further.
    async fn pause(&self) {
        let pause = self.faults(Faults::pause);
        if pause.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(pause).await;
        }
        if self.life.is_over() {
            std::future::pending::<()>().await;
        }
    }

    async fn die(&self) -> Transacted {
        self.life.end();
        std::future::pending().await
    }

    /// `None`: a later incarnation has the store.
    fn apply(&self, jobs: &[Arc<Job>]) -> Option<Vec<JobResult>> {
        let term = self.life.term.load(SeqCst);
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if disk.term != term {
            return None;
        }
        let stamp = CommitStamp { term, now: Timestamp((self.clock)()) };
        let results = judge::judge(&mut disk.tables, jobs.iter().map(AsRef::as_ref), stamp);
        disk.tables.settle();
        for event in std::mem::take(&mut disk.tables.events) {
            disk.events.entry(event.tenant).or_default().push(event);
        }
        Some(results)
    }

    fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn forget_old(&self, now: Timestamp) {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let before = |age: Span| now.0.saturating_sub(age.0);
        let (week, nine_days, month) = (before(Span::days(7)), before(Span::days(9)), before(Span::days(30)));
        let tables = &mut disk.tables;
        tables.unparsed_items.forget(|_, item| item.kept_at.0 < month);
        tables.dedupe.forget(|_, seen_at| *seen_at < nine_days);
        tables.early.forget(|_, early| early.seen_at.0 < nine_days);
        tables.results.forget(|_, result| result.at.0 < week);
        tables.starts.forget(|_, start| start.started_at.0 < month);
        tables.access.tokens.forget(|_, token| token.issued_at.0 < month);
        tables.access.sessions.forget(|_, session| session.last_used_at.0 < month);
    }
}

impl Ledger for MemoryLedger {
    fn transact<'a>(&'a mut self, jobs: &'a [Arc<Job>]) -> BoxFuture<'a, Transacted> {
        Box::pin(self.write(jobs))
    }

    fn tidy(&mut self, now: Timestamp) -> BoxFuture<'_, Tidied> {
        self.forget_old(now);
        Box::pin(std::future::ready(Tidied::Done { orphan_statuses: None }))
    }

    fn waiting(&mut self) -> BoxFuture<'_, Option<Vec<Waiting>>> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = disk.tables.inbox.iter().filter(|(_, row)| !row.held);
        let waiting = waiting.map(|((tenant, position), row)| (*tenant, *position, row.received_at)).collect();
        Box::pin(std::future::ready(Some(waiting)))
    }

    fn telling(&mut self) -> Telling {
        self.telling
    }
}
