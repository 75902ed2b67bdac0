//! Weather: the store is away. One prober asks for everybody; nobody's item is to blame (A3).

use crate::budget::Backoff;
use crate::clock::Ids;
use crate::durable::Durable;
use crate::journal::Journal;
use crate::task::{self, Upkeep};
use std::sync::Arc;
use tokio::sync::watch;

/// Whether the store can be reached, as far as we know.
pub struct Availability<D: Durable> {
    journal: Arc<dyn Journal<D>>,
    ids: Arc<Ids>,
    unavailable: watch::Sender<bool>,
}

impl<D: Durable> Availability<D> {
    pub fn new(journal: Arc<dyn Journal<D>>, ids: Arc<Ids>) -> Arc<Self> {
        Arc::new(Self { journal, ids, unavailable: watch::Sender::new(false) })
    }

    /// Whether the store is known to be away.
    pub fn is_unavailable(&self) -> bool {
        *self.unavailable.borrow()
    }

    /// The store did not answer. Returns once it does again.
    pub async fn wait(self: &Arc<Self>) {
        let mut unavailable = self.unavailable.subscribe();
        let begins = self.unavailable.send_if_modified(|unavailable| !std::mem::replace(unavailable, true));
        if begins {
            tracing::warn!("the store is unavailable: everything waits, nothing is counted against anybody");
            let availability = Arc::clone(self);
            task::keep("weather", Upkeep::ForEver, move || {
                let availability = Arc::clone(&availability);
                async move { availability.probe().await }
            });
        }
        // Fails only when the sender is gone, and we hold it.
        let _ = unavailable.wait_for(|unavailable| !unavailable).await;
    }

    async fn probe(&self) {
        let mut failures = 1;
        loop {
            tokio::time::sleep(Backoff::PROBES.delay(failures, self.ids.fraction())).await;
            if self.journal.term().is_some() && self.journal.barrier().await.is_ok() {
                break;
            }
            failures += 1;
        }
        tracing::info!(attempts = failures, "the store is back");
        self.unavailable.send_replace(false);
    }
}
