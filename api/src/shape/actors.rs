//! What stands for a tenant, as operators see it: how much of what, and never what was said (F4).

use super::{instant, words};
use dashoffice_actors::seen::Seen;
use dashoffice_domain::{Entity, Timestamp};
use dashoffice_runtime::{SingletonSnapshot, SlotSnapshot, TenantSlots};
use dashoffice_store::Inspection;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Actors {
    pub at: String,
    pub hosts: Vec<HostShape>,
    pub stations: Vec<StationShape>,
    pub timers: TimersShape,
    pub writer: WriterShape,
    /// `clear`, or `away`: nothing can be recorded now, and everything waits.
    #[schema(value_type = words::StoreStanding)]
    pub store: &'static str,
    /// The process kept dying: what was found at its start is handled with care.
    pub careful: bool,
    /// What fell, for which the office is about to end and to open anew.
    pub fell: Option<&'static str>,
}

/// The tenant's actors of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HostShape {
    pub kind: &'static str,
    pub resident: usize,
    pub queued: usize,
    pub in_flight: usize,
    pub quarantined: usize,
    /// How many slots have something to do or to suffer.
    pub of_interest: usize,
    /// The worst and the fullest of them, at most `limit`.
    pub slots: Vec<SlotShape>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlotShape {
    /// `thread`, `agent` …
    pub entity: &'static str,
    pub id: Uuid,
    #[schema(value_type = words::SlotLife)]
    pub life: &'static str,
    pub queued: usize,
    pub in_flight: bool,
    pub failures_in_a_row: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StationShape {
    pub kind: &'static str,
    pub standing: bool,
    pub restarts: u64,
    /// False: nobody will bring the next one, and the office is about to open anew.
    pub sound: bool,
}

/// The clocks of the whole process.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimersShape {
    pub looks: u64,
    /// Had run out at the last look.
    pub due: usize,
}

/// The writer of the whole process.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WriterShape {
    /// Jobs that wait to be decided.
    pub queued: u64,
    /// Rows of the inbox that wait, of all tenants.
    pub inbox_waiting: u64,
    pub transactions: u64,
    pub largest_batch: u64,
}

impl Actors {
    pub fn of(seen: &Seen, store: &Inspection, now: Timestamp) -> Self {
        Self {
            at: instant(now),
            hosts: seen.hosts.iter().map(HostShape::from).collect(),
            stations: seen.singletons.iter().map(StationShape::from).collect(),
            timers: TimersShape { looks: seen.timers.looks, due: seen.timers.due },
            writer: WriterShape {
                queued: store.queued,
                inbox_waiting: store.waiting,
                transactions: store.transactions,
                largest_batch: store.largest_batch,
            },
            store: if seen.store_away { "away" } else { "clear" },
            careful: seen.safe_mode,
            fell: seen.fell,
        }
    }
}

impl From<&TenantSlots<Entity>> for HostShape {
    fn from(seen: &TenantSlots<Entity>) -> Self {
        Self {
            kind: seen.kind,
            resident: seen.resident,
            queued: seen.queued,
            in_flight: seen.in_flight,
            quarantined: seen.quarantined,
            of_interest: seen.of_interest,
            slots: seen.slots.iter().map(SlotShape::from).collect(),
        }
    }
}

impl From<&SlotSnapshot<Entity>> for SlotShape {
    fn from(slot: &SlotSnapshot<Entity>) -> Self {
        Self {
            entity: slot.entity.kind(),
            id: slot.entity.id(),
            life: slot.life,
            queued: slot.queued,
            in_flight: slot.in_flight,
            failures_in_a_row: slot.failures_in_a_row,
        }
    }
}

impl From<&SingletonSnapshot> for StationShape {
    fn from(singleton: &SingletonSnapshot) -> Self {
        Self {
            kind: singleton.name,
            standing: singleton.standing,
            restarts: singleton.restarts,
            sound: singleton.sound,
        }
    }
}
