//! What stands where: counters by kind of actor, never by id (E6, F4).

use super::Shared;
use crate::behaviour::Behaviour;
use crate::durable::Durable;
use crate::slot::Life;
use serde::Serialize;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const HANDLING: &str = "dashoffice_actor_handling_seconds";
pub(crate) const RESTARTS: &str = "dashoffice_actor_restarts_total";
const PARKED: &str = "dashoffice_actor_parked_total";
const QUARANTINES: &str = "dashoffice_actor_quarantines_total";
const BUSY: &str = "dashoffice_actor_busy_total";

/// Counts of one host since it started.
#[derive(Debug)]
pub struct Counters {
    kind: &'static str,
    handled: AtomicU64,
    restarts: AtomicU64,
    parked: AtomicU64,
    quarantines: AtomicU64,
    busy: AtomicU64,
}

impl Counters {
    /// All are there from the first look at them, at zero: what is not there cannot be watched.
    pub(super) fn of(kind: &'static str) -> Self {
        for name in [RESTARTS, PARKED, QUARANTINES, BUSY] {
            metrics::counter!(name, "kind" => kind).increment(0);
        }
        let _ = metrics::histogram!(HANDLING, "kind" => kind);
        Self {
            kind,
            handled: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            parked: AtomicU64::new(0),
            quarantines: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        }
    }

    pub(crate) fn handled(&self, kind: &'static str, took: Duration) {
        self.handled.fetch_add(1, Ordering::Relaxed);
        metrics::histogram!(HANDLING, "kind" => kind).record(took.as_secs_f64());
    }

    pub(super) fn restarted(&self) {
        self.count(&self.restarts, RESTARTS);
    }

    pub(super) fn parked(&self) {
        self.count(&self.parked, PARKED);
    }

    pub(super) fn quarantined(&self) {
        self.count(&self.quarantines, QUARANTINES);
    }

    pub(super) fn busy(&self) {
        self.count(&self.busy, BUSY);
    }

    fn count(&self, counter: &AtomicU64, name: &'static str) {
        counter.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(name, "kind" => self.kind).increment(1);
    }
}

/// A host at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HostSnapshot {
    pub kind: &'static str,
    /// Actors in memory.
    pub resident: usize,
    /// Orders that wait.
    pub queued: usize,
    pub in_flight: usize,
    /// Entities in quarantine now.
    pub quarantined: usize,
    pub handled: u64,
    pub restarts: u64,
    pub parked: u64,
    pub quarantines: u64,
    /// Orders refused because a slot was full.
    pub busy: u64,
    /// Somebody hears of every end and brings the next actor; else the host must be made anew.
    pub sound: bool,
}

/// One slot at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSnapshot<Entity> {
    pub entity: Entity,
    /// `gone`, `live`, `stopping`, `resting`, `quarantined` or `retired`.
    pub life: &'static str,
    pub queued: usize,
    pub in_flight: bool,
    pub failures_in_a_row: u32,
}

/// What one tenant has in a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSlots<Entity> {
    pub kind: &'static str,
    pub resident: usize,
    pub queued: usize,
    pub in_flight: usize,
    pub quarantined: usize,
    /// Those that have something to do or to suffer, the worst and the fullest first; not all of them, perhaps.
    pub slots: Vec<SlotSnapshot<Entity>>,
    /// How many there are.
    pub of_interest: usize,
}

impl<D: Durable, B: Behaviour<D>> Shared<D, B> {
    pub(super) fn inspect(&self) -> HostSnapshot {
        let mut snapshot = HostSnapshot {
            kind: self.behaviour.kind(),
            handled: self.counters.handled.load(Ordering::Relaxed),
            restarts: self.counters.restarts.load(Ordering::Relaxed),
            parked: self.counters.parked.load(Ordering::Relaxed),
            quarantines: self.counters.quarantines.load(Ordering::Relaxed),
            busy: self.counters.busy.load(Ordering::Relaxed),
            ..HostSnapshot::default()
        };
        for slot in &self.slots {
            let inner = slot.lock();
            snapshot.queued += inner.queue.len();
            snapshot.in_flight += usize::from(inner.in_flight.is_some());
            match inner.life {
                Life::Live(_) | Life::Stopping => snapshot.resident += 1,
                Life::Quarantined => snapshot.quarantined += 1,
                Life::Gone | Life::Resting | Life::Retired => {}
            }
        }
        snapshot
    }

    pub(super) fn inspect_tenant(&self, tenant: Uuid, limit: usize) -> TenantSlots<D::Entity> {
        let mut seen = TenantSlots {
            kind: self.behaviour.kind(),
            resident: 0,
            queued: 0,
            in_flight: 0,
            quarantined: 0,
            slots: Vec::new(),
            of_interest: 0,
        };
        for slot in self.slots.iter().filter(|slot| slot.key.0 == tenant) {
            let inner = slot.lock();
            let (queued, in_flight) = (inner.queue.len(), inner.in_flight.is_some());
            let is_calm = matches!(inner.life, Life::Gone | Life::Live(_) | Life::Retired);
            seen.queued += queued;
            seen.in_flight += usize::from(in_flight);
            seen.resident += usize::from(matches!(inner.life, Life::Live(_) | Life::Stopping));
            seen.quarantined += usize::from(matches!(inner.life, Life::Quarantined));
            if is_calm && queued == 0 && !in_flight && inner.failures_in_a_row == 0 {
                continue;
            }
            seen.slots.push(SlotSnapshot {
                entity: slot.key.1,
                life: name_of(&inner.life),
                queued,
                in_flight,
                failures_in_a_row: inner.failures_in_a_row,
            });
        }
        let suffers = |slot: &SlotSnapshot<D::Entity>| matches!(slot.life, "quarantined" | "resting");
        seen.slots.sort_by_key(|slot| (Reverse(suffers(slot)), Reverse(slot.queued), slot.entity));
        seen.of_interest = seen.slots.len();
        seen.slots.truncate(limit);
        seen
    }
}

fn name_of(life: &Life) -> &'static str {
    match life {
        Life::Gone => "gone",
        Life::Live(_) => "live",
        Life::Stopping => "stopping",
        Life::Resting => "resting",
        Life::Quarantined => "quarantined",
        Life::Retired => "retired",
    }
}
