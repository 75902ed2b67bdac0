//! Weather: the store is away. One prober asks for everybody; nobody's item is to blame (A3).

use crate::budget::Backoff;
use crate::clock::Ids;
use crate::durable::Durable;
use crate::journal::Journal;
use crate::task::{self, Upkeep};
use std::sync::Arc;
use tokio::sync::watch;

/// Whether the store can be reached, as far as we know.
pub struct Weather<D: Durable> {
    journal: Arc<dyn Journal<D>>,
    ids: Arc<Ids>,
    stormy: watch::Sender<bool>,
}

impl<D: Durable> Weather<D> {
    pub fn new(journal: Arc<dyn Journal<D>>, ids: Arc<Ids>) -> Arc<Self> {
        Arc::new(Self { journal, ids, stormy: watch::Sender::new(false) })
    }

    /// Whether the store is known to be away.
    pub fn is_stormy(&self) -> bool {
        *self.stormy.borrow()
    }

    /// The store did not answer. Returns once it does again.
    pub async fn wait(self: &Arc<Self>) {
        let mut stormy = self.stormy.subscribe();
        let begins = self.stormy.send_if_modified(|stormy| !std::mem::replace(stormy, true));
        if begins {
            tracing::warn!("the store is unavailable: everything waits, nothing is counted against anybody");
            let weather = Arc::clone(self);
            task::keep("weather", Upkeep::ForEver, move || {
                let weather = Arc::clone(&weather);
                async move { weather.probe().await }
            });
        }
        // Fails only when the sender is gone, and we hold it.
        let _ = stormy.wait_for(|stormy| !stormy).await;
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
        self.stormy.send_replace(false);
    }
}
