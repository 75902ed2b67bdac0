//! A ledger whose database is this very process: its transactions run on a thread that may wait for the disk.

use super::SqlLedger;
use crate::judge::Job;
use crate::writer::{Ledger, Tidied, Transacted, Waiting};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::BoxFuture;
use futures_util::FutureExt as _;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Makes a ledger, at first and after one fell.
type Anew = Box<dyn Fn() -> SqlLedger + Send>;

pub(crate) struct Threaded {
    anew: Anew,
    /// Away while a transaction has it.
    ledger: Option<SqlLedger>,
}

impl Threaded {
    pub(crate) fn new(anew: impl Fn() -> SqlLedger + Send + 'static) -> Self {
        Self { anew: Box::new(anew), ledger: None }
    }

    /// `None`: it fell, and its connection with it; whether what it did is on disk, nobody knows.
    async fn on_a_thread<T: Send + 'static>(
        &mut self,
        work: impl for<'a> FnOnce(&'a mut SqlLedger) -> BoxFuture<'a, T> + Send + 'static,
    ) -> Option<T> {
        let mut ledger = self.ledger.take().unwrap_or_else(|| (self.anew)());
        let worked = spawn_blocking(move || {
            let done = work(&mut ledger).now_or_never().expect("SQLite answers whoever calls it, at once");
            (ledger, done)
        });
        let (ledger, done) = worked.await.ok()?;
        self.ledger = Some(ledger);
        Some(done)
    }
}

impl Ledger for Threaded {
    fn transact<'a>(&'a mut self, jobs: &'a [Arc<Job>]) -> BoxFuture<'a, Transacted> {
        let jobs = jobs.to_vec();
        Box::pin(async move {
            let done = self.on_a_thread(move |ledger| Box::pin(async move { ledger.transact(&jobs).await })).await;
            done.unwrap_or_else(|| Transacted::Unknown("a bug of ours: the transaction fell".to_owned()))
        })
    }

    fn tidy(&mut self, now: Timestamp) -> BoxFuture<'_, Tidied> {
        let not_now = Tidied::Done { orphan_statuses: None };
        Box::pin(async move { self.on_a_thread(move |ledger| ledger.tidy(now)).await.unwrap_or(not_now) })
    }

    fn waiting(&mut self) -> BoxFuture<'_, Option<Vec<Waiting>>> {
        Box::pin(async move { self.on_a_thread(|ledger| ledger.waiting()).await.flatten() })
    }
}
