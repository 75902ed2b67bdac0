//! The intake, one per tenant: the only reader of what providers brought (A2).
//!
//! It walks the inbox in the order of acceptance, decodes each row, finds the thread it belongs to, and puts it into that thread's
//! slot. Everything it knows can be rebuilt by a scan: a hint that was lost, a slot that was full, a restart of its own cost time,
//! never a message.

mod actor;
mod addresses;
mod careful;
mod reading;
mod waiting;

use crate::conversation::Conversations;
use crate::feed::Arrivals;
use actor::{IntakeActor, IntakeTold};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, TenantReads};
use dashoffice_runtime::{Ids, Journal, Rescue, Station, StationSnapshot, Weather, task};
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::Office;

/// What an intake works with.
#[derive(Clone)]
pub struct IntakeParts {
    pub reads: Arc<dyn TenantReads>,
    pub journal: Arc<dyn Journal<Office>>,
    pub weather: Arc<Weather<Office>>,
    pub conversations: Conversations,
    pub channels: Channels,
    pub ids: Arc<Ids>,
    /// How careful to be with what is found at the start.
    pub rescue: Arc<Rescue<Office>>,
}

/// One tenant's intake.
#[derive(Clone)]
pub struct Intake {
    tenant: TenantId,
    station: Station<IntakeActor>,
}

impl Intake {
    /// Starts it; `arrivals` are hints of what is accepted from now on.
    pub async fn start(parts: IntakeParts, mut arrivals: Arrivals) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let ids = Arc::clone(&parts.ids);
        let care_is_over = Arc::<AtomicBool>::default();
        let station = Station::start("intake", ids, move || {
            (IntakeActor, actor::Arguments { parts: parts.clone(), care_is_over: Arc::clone(&care_is_over) })
        })
        .await?;
        let hinted = station.clone();
        task::spawn("arrivals", async move {
            while let Some(rows) = arrivals.next().await {
                // Nobody there: whoever comes next scans.
                let _ = hinted.send(IntakeTold::Arrived(rows));
            }
        });
        Ok(Self { tenant, station })
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The quarantine of an entity has ended: its rows may be offered again.
    pub fn released(&self, entity: Entity) {
        let _ = self.station.send(IntakeTold::Released(entity));
    }

    pub fn inspect(&self) -> StationSnapshot {
        self.station.inspect()
    }

    /// Kills the actor; another one takes its place and scans.
    pub fn kill(&self) {
        self.station.kill();
    }

    pub async fn drain(&self, within: Duration) {
        self.station.drain(within).await;
    }

    pub fn crash(&self) {
        self.station.crash();
    }
}
