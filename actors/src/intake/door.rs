//! A tenant's door: what came in goes to its conversation before it is stored, where that is open, and the decision's own commit is the
//! receipt (A1). Everything else goes to the inbox, as does whatever this way cannot bring to its end.

use super::actor::{IntakeActor, IntakeMessage};
use super::way::{OnItsWay, ShortWay};
use crate::Office;
use crate::conversation::Conversations;
use dashmap::DashMap;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{BoxFuture, Delivery, InHand, Inbox, NotAccepted, Receipt, Refuge};
use dashoffice_runtime::{CrashLoopGuard, Current, Landed, Pass, Singleton};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// An intake that does not say for so long what it takes is not waited for.
const ANSWERS_WITHIN: Duration = Duration::from_millis(5);

/// How patient the short way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortWaySettings {
    /// From a body's arrival until the commits of its items are handed over; zero: the way is closed.
    pub within: Duration,
    /// Until whoever waits has gone, and comes again.
    pub answered_within: Duration,
}

impl Default for ShortWaySettings {
    fn default() -> Self {
        Self { within: Duration::from_millis(150), answered_within: Duration::from_secs(10) }
    }
}

/// A tenant's way past the inbox, as long as its intake stands.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) short: Arc<ShortWay>,
    pub(super) singleton: Singleton<IntakeActor>,
    pub(super) conversations: Conversations,
    pub(super) crash_loop_guard: Arc<CrashLoopGuard<Office>>,
    pub(super) settings: Current<ShortWaySettings>,
}

/// Whoever is to be alone waits so long for what is in hand beside it.
const QUIET_WITHIN: Duration = Duration::from_secs(1);

/// The doors of this process, whichever office stands behind them. Cheap to clone.
#[derive(Clone)]
pub struct FrontDoors {
    ways: Arc<DashMap<TenantId, Way>>,
    in_hand: Arc<dyn InHand>,
}

impl FrontDoors {
    pub fn new(in_hand: Arc<dyn InHand>) -> Self {
        Self { ways: Arc::default(), in_hand }
    }

    /// Returns once nothing is in hand that is nowhere on disk, or as good as.
    pub(super) async fn are_quiet(&self) {
        let quiet = async {
            while self.in_hand.count() > 0 {
                sleep(ANSWERS_WITHIN).await;
            }
        };
        // What takes longer is as suspect as whatever is in hand then.
        let _ = timeout(QUIET_WITHIN, quiet).await;
    }

    /// A suspect was handled, or put aside.
    pub(super) fn clear(&self, key: &str) {
        self.in_hand.clear(key);
    }

    /// A tenant's door; `refuge` is its inbox.
    pub fn of(&self, tenant: TenantId, refuge: Arc<dyn Refuge>) -> Arc<dyn Inbox> {
        Arc::new(Door { doors: self.clone(), tenant, refuge })
    }

    /// From now on what comes goes this way.
    pub(super) fn lead(&self, tenant: TenantId, way: Way) {
        self.ways.insert(tenant, way);
    }
}

struct Door {
    doors: FrontDoors,
    tenant: TenantId,
    refuge: Arc<dyn Refuge>,
}

impl Inbox for Door {
    fn accept(&self, mut delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>> {
        Box::pin(async move {
            if delivery.arrivals.is_empty() {
                return self.refuge.keep(delivery).await;
            }
            self.refuge.admits()?;
            self.suspect(&mut delivery);
            let Taken { recorded, stored } = match self.way() {
                // What comes beside a suspect waits for it: so it keeps its place.
                Some(way) if delivery.suspects.is_empty() => {
                    way.take((self.tenant, &self.doors.in_hand), &mut delivery).await
                }
                _ => Taken::default(),
            };
            counted("short", recorded);
            let left = delivery.arrivals.len();
            let kept = if delivery.is_empty() { Receipt::default() } else { self.keep(delivery).await? };
            counted("inbox", stored + left);
            Ok(Receipt { accepted: kept.accepted + recorded + stored, ..kept })
        })
    }
}

impl Door {
    fn way(&self) -> Option<Way> {
        let way = self.doors.ways.get(&self.tenant)?;
        let is_open =
            way.short.is_open() && !way.settings.now().within.is_zero() && !way.crash_loop_guard.is_anybody_alone();
        is_open.then(|| way.clone())
    }

    fn suspect(&self, delivery: &mut Delivery) {
        let suspects = delivery.arrivals.iter().filter(|arrival| self.doors.in_hand.is_suspect(&arrival.dedupe_key));
        delivery.suspects = suspects.map(|arrival| arrival.dedupe_key.clone()).collect();
    }

    async fn keep(&self, delivery: Delivery) -> Result<Receipt, NotAccepted> {
        let suspects = delivery.suspects.clone();
        let kept = self.refuge.keep(delivery).await?;
        if kept.accepted == 0 {
            // All of it is on disk, by whichever way.
            for key in &suspects {
                self.doors.clear(key);
            }
        }
        Ok(kept)
    }
}

/// How many items of a body came to be on disk, and how.
#[derive(Default)]
struct Taken {
    recorded: usize,
    stored: usize,
}

impl Way {
    /// Takes out of a delivery what is on disk. What is left is nowhere, and in its order.
    async fn take(&self, (tenant, in_hand): (TenantId, &Arc<dyn InHand>), delivery: &mut Delivery) -> Taken {
        let ShortWaySettings { within, answered_within } = self.settings.now();
        let began = Instant::now();
        let arrivals = std::mem::take(&mut delivery.arrivals);
        let came = (delivery.received_at, delivery.correlation);
        let item = |arrival| self.short.bring(arrival, came, began + answered_within, in_hand);
        let items: Vec<OnItsWay> = arrivals.into_iter().map(item).collect();
        let passes: Vec<Arc<Pass>> = items.iter().map(|on_its_way| Arc::clone(&on_its_way.item.pass)).collect();
        let mut offered_until = Some(if self.shows(&items) { began + ANSWERS_WITHIN } else { began });
        let mut on_disk = Taken::default();
        for mut on_its_way in items {
            if let Some(until) = offered_until
                && timeout_at(until, on_its_way.ended()).await.is_err()
            {
                // What the intake has not taken by now, it does not take any more.
                // The last ones first: none is taken behind one that is not.
                for pass in passes.iter().rev() {
                    pass.give_up();
                }
                offered_until = None;
            }
            match self.end_of(tenant, &mut on_its_way, began + within).await {
                Some(Landed::Recorded) => on_disk.recorded += 1,
                Some(Landed::Stored) => on_disk.stored += 1,
                None => delivery.arrivals.push(on_its_way.item.arrival.clone()),
            }
        }
        on_disk
    }

    /// Shows the intake what came. `false`: it does not look now.
    fn shows(&self, items: &[OnItsWay]) -> bool {
        let Some(shown) = self.short.show() else { return false };
        // What waits in its mailbox holds no words of anybody's.
        let items = items.iter().map(|on_its_way| Arc::downgrade(&on_its_way.item)).collect();
        self.singleton.send(IntakeMessage::Brought { items, shown })
    }

    /// Waits until the item is on disk. `None`: it is not, or nobody knows.
    async fn end_of(&self, tenant: TenantId, on_its_way: &mut OnItsWay, until: Instant) -> Option<Landed> {
        if timeout_at(until, on_its_way.ended()).await.is_err() {
            if let Some(thread) = on_its_way.item.thread.get() {
                self.conversations.depart(tenant, *thread, &on_its_way.item.pass);
            }
            // Handed over, its commit alone is waited for.
            on_its_way.ended().await;
        }
        on_its_way.landed
    }
}

fn counted(way: &'static str, items: usize) {
    metrics::counter!("dashoffice_webhook_items_total", "way" => way).increment(items as u64);
}
