//! What happens to an item that fails and to an entity that fails often; and how the idle are sent to sleep.

use super::Shared;
use super::supervisor::Caretaker;
use crate::behaviour::Behaviour;
use crate::commit::Take;
use crate::durable::Durable;
use crate::fail_point::reach;
use crate::journal::{ParkReason, Unavailable};
use crate::order::{End, Order, Origin};
use crate::slot::{Life, Slot};
use crate::task::{self, Upkeep};
use ractor::ActorRef;
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// Between looks whether too many actors are in memory.
const CROWDED: Duration = Duration::from_secs(5);

impl<D: Durable, B: Behaviour<D>> Shared<D, B> {
    /// Counts a fault where it belongs, before anything is tried again. `true`: the entity must be quarantined.
    pub(super) async fn file_fault(self: &Arc<Self>, slot: &Arc<Slot<D>>, reason: String) -> bool {
        let (loading, order) = {
            let inner = slot.lock();
            (inner.loading, inner.in_flight.clone())
        };
        if loading {
            tracing::error!(actor.kind = self.behaviour.kind(), "an entity's state cannot be loaded");
            let mut inner = slot.lock();
            inner.loading = false;
            return inner.failed_loads.record(Instant::now());
        }
        let Some(order) = order else { return false };
        if order.pass().is_some() {
            // Not counted: it goes where it is, with all such behind it, before anybody tries anything again.
            tracing::error!(
                actor.kind = self.behaviour.kind(),
                "an item failed that was nowhere on disk; it is stored now"
            );
            slot.depart_all();
            return false;
        }
        let tries = self.count_try(slot, &order).await;
        if tries == 0 {
            // Its row is gone: there is nothing left to try, or to blame.
            slot.finish();
            order.settle(slot.key.1, End::Gone);
            return false;
        }
        tracing::error!(actor.kind = self.behaviour.kind(), tries, "an item failed");
        if tries < self.settings.now().tries {
            return false;
        }
        let is_row = order.take().is_some();
        if let Some(take) = order.take() {
            let (tenant, entity) = slot.key;
            self.until_available(|| {
                self.journal.park(tenant, take.clone(), Some(entity), ParkReason::Fault, reason.clone())
            })
            .await;
            self.counters.parked();
        }
        slot.finish();
        order.settle(slot.key.1, End::Parked);
        let mut inner = slot.lock();
        // A parked item alone spends no budget: the next one is not made to wait for it.
        inner.failures_in_a_row = 0;
        // Whoever asked is told and may ask for something else: who waits here is not made to pay for it.
        is_row && inner.parked.record(Instant::now())
    }

    /// Rows of the inbox count in the store, so that the count survives us; the rest count where they are.
    async fn count_try(self: &Arc<Self>, slot: &Slot<D>, order: &Order<D>) -> i64 {
        match &order.origin {
            Origin::Taken { take: Take::Inbox(position), .. } => {
                self.until_available(|| self.journal.count_try(slot.key.0, *position)).await
            }
            Origin::Taken { take: Take::Timer { .. } | Take::Unseen(_), .. }
            | Origin::Unstored { .. }
            | Origin::Asked { .. } => i64::from(order.count_fault()),
        }
    }

    async fn until_available<T, F>(self: &Arc<Self>, mut ask: impl FnMut() -> F) -> T
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(Unavailable { .. }) => self.availability.wait().await,
            }
        }
    }

    /// The entity rests, its rows are flagged and stay; after a while it may try again.
    pub(super) async fn quarantine(self: &Arc<Self>, slot: &Arc<Slot<D>>, supervisor: ActorRef<Caretaker>) {
        tracing::error!(actor.kind = self.behaviour.kind(), "an entity is quarantined after repeated faults");
        self.counters.quarantined();
        slot.lock().life = Life::Quarantined;
        slot.depart_all();
        let orders = slot.empty();
        let rows: Vec<i64> = orders.iter().filter_map(|order| inbox_position(order)).collect();
        let (tenant, entity) = slot.key;
        if !rows.is_empty() {
            self.until_available(|| self.journal.suspend(tenant, rows.clone(), true)).await;
        }
        for order in orders {
            order.settle(entity, End::Held);
        }
        tokio::time::sleep(self.settings.now().quarantine).await;
        {
            let mut inner = slot.lock();
            inner.life = Life::Gone;
            inner.failures_in_a_row = 0;
            inner.parked.clear();
            inner.failed_loads.clear();
        }
        // Whoever feeds the entity offers its rows again; if it is gone, so is the process.
        let _ = self.released.send(slot.key);
        self.stand(slot, &supervisor);
    }

    /// Lets actors go that have had nothing to do for a while.
    pub(super) fn send_to_sleep(self: &Arc<Self>) {
        let host = Arc::downgrade(self);
        let fatal_signal = self.fatal_signal.clone();
        task::keep("passivation", Upkeep::OrRaise(fatal_signal), move || {
            let host = Weak::clone(&host);
            async move {
                loop {
                    let Some(idle) = host.upgrade().map(|host| host.settings.now().idle) else { return };
                    tokio::time::sleep((idle / 4).min(CROWDED)).await;
                    let Some(host) = Weak::upgrade(&host) else { return };
                    if host.draining.load(std::sync::atomic::Ordering::Acquire) {
                        return;
                    }
                    host.passivate();
                }
            }
        });
    }

    fn passivate(&self) {
        let now = Instant::now();
        let settings = self.settings.now();
        let (mut retired, mut idle, mut resident) = (Vec::new(), Vec::new(), 0_usize);
        for slot in &self.slots {
            let mut inner = slot.lock();
            let is_live = matches!(inner.life, Life::Live(_));
            resident += usize::from(is_live);
            if inner.has_work() {
                continue;
            }
            if now.duration_since(inner.last_active) < settings.idle {
                if is_live {
                    idle.push((inner.last_active, Arc::clone(&slot)));
                }
                continue;
            }
            if is_live {
                reach(self.behaviour.kind(), "passivate");
                resident -= usize::from(inner.let_go());
            } else if matches!(inner.life, Life::Gone) {
                inner.life = Life::Retired;
                retired.push(Arc::clone(&slot));
            }
        }
        for slot in retired {
            self.slots.remove_if(&slot.key, |_, standing| Arc::ptr_eq(standing, &slot));
        }
        let too_many = resident.saturating_sub(settings.max_resident);
        idle.sort_by_key(|(since, _)| *since);
        for (_, slot) in idle.into_iter().take(too_many) {
            slot.lock().let_go();
        }
    }
}

fn inbox_position<D: Durable>(order: &Order<D>) -> Option<i64> {
    match order.take() {
        Some(Take::Inbox(position)) => Some(*position),
        _ => None,
    }
}
