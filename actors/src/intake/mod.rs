//! The intake, one per tenant: the only reader of what providers brought (A2).
//!
//! It walks the inbox in the order of acceptance, decodes each row, finds the thread it belongs to, and puts it into that thread's
//! slot. Everything it knows can be rebuilt by a scan: a hint that was lost, a slot that was full, a restart of its own cost time,
//! never a message.

mod actor;
mod addresses;
mod careful;
mod read;
mod reading;
mod waiting;

use crate::conversation::Conversations;
use crate::feed::Arrivals;
use actor::{IntakeActor, IntakeTold};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, TenantReads};
use dashoffice_runtime::{Alarm, Ids, Journal, Rescue, Station, StationSnapshot, Upkeep, Weather, task};
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::Office;

pub use read::InboxesRead;

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
    /// Rings when the hints cannot be heard any more.
    pub alarm: Alarm,
    /// Told once the inbox was read to its end.
    pub inboxes_read: InboxesRead,
}

/// One tenant's intake.
#[derive(Clone)]
pub struct Intake {
    tenant: TenantId,
    station: Station<IntakeActor>,
}

impl Intake {
    /// Starts it; `arrivals` are hints of what is accepted from now on.
    pub async fn start(parts: IntakeParts, arrivals: Arrivals) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let (ids, alarm) = (Arc::clone(&parts.ids), parts.alarm.clone());
        let care_is_over = Arc::<AtomicBool>::default();
        let station = Station::start("intake", ids, move || {
            (IntakeActor, actor::Arguments { parts: parts.clone(), care_is_over: Arc::clone(&care_is_over) })
        })
        .await?;
        let intake = Self { tenant, station };
        intake.listen(arrivals, alarm);
        Ok(intake)
    }

    /// Passes hints on. One that is lost in a fall is found by the next look.
    fn listen(&self, arrivals: Arrivals, alarm: Alarm) {
        let arrivals = Arc::new(tokio::sync::Mutex::new(arrivals));
        let station = self.station.clone();
        task::keep("arrivals", Upkeep::OrRing(alarm), move || {
            let (arrivals, station) = (Arc::clone(&arrivals), station.clone());
            async move {
                let mut arrivals = arrivals.lock().await;
                while let Some(rows) = arrivals.next().await
                    && !station.is_closed()
                {
                    // Nobody there: whoever comes next scans.
                    let _ = station.send(IntakeTold::Arrived(rows));
                }
            }
        });
    }

    /// Numbers were set up anew: they are read again when the next row needs one.
    pub fn settings_changed(&self) {
        let _ = self.station.send(IntakeTold::NumbersChanged);
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
