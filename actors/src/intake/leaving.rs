//! What left its slot without a commit is stored as it came, in its order, before anything else of its thread takes the short way.

use super::way::{Brought, ShortWay};
use crate::Office;
use dashoffice_domain::ports::{Delivery, Refuge};
use dashoffice_runtime::{Departed, FatalSignal, Upkeep, task};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};

/// Stores whatever leaves, as long as anybody is there from whom it could.
pub(super) fn store(
    departures: mpsc::UnboundedReceiver<Departed<Office>>,
    short: Arc<ShortWay>,
    refuge: Arc<dyn Refuge>,
    fatal_signal: FatalSignal,
) {
    let departures = Arc::new(Mutex::new(departures));
    task::keep("departures", Upkeep::OrRaise(fatal_signal), move || {
        let (departures, short, refuge) = (Arc::clone(&departures), Arc::clone(&short), Arc::clone(&refuge));
        async move {
            let mut departures = departures.lock().await;
            while let Some(departed) = departures.recv().await {
                // Each thread by itself: one that waits for the store holds nobody else up.
                let (short, refuge) = (Arc::clone(&short), Arc::clone(&refuge));
                task::spawn("departure", async move { keep(&departed, &short, &*refuge).await });
            }
        }
    });
}

async fn keep(departed: &Departed<Office>, short: &ShortWay, refuge: &dyn Refuge) {
    // Whose sender has gone is brought again.
    let items: Vec<Arc<Brought>> = departed.passes.iter().filter_map(|pass| short.item(pass)).collect();
    for of_a_body in items.chunk_by(|one, next| one.correlation == next.correlation) {
        let [first, ..] = of_a_body else { continue };
        let delivery = Delivery {
            arrivals: of_a_body.iter().map(|item| item.arrival.clone()).collect(),
            received_at: first.received_at,
            correlation: first.correlation,
            ..Delivery::default()
        };
        let is_kept = refuge.keep(delivery).await.is_ok();
        for item in of_a_body {
            if is_kept {
                item.pass.is_stored();
            } else {
                item.pass.refuse();
            }
        }
    }
}
