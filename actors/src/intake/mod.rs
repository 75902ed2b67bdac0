//! The intake, one per tenant: the only reader of what providers brought (A2).
//!
//! It walks the inbox in the order of acceptance, decodes each row, finds the thread it belongs to, and puts it into that thread's
//! slot. Everything it knows can be rebuilt by a scan: a hint that was lost, a slot that was full, a restart of its own cost time,
//! never a message.

mod actor;
mod addresses;
mod careful;
mod door;
mod leaving;
mod read;
mod reading;
mod short;
mod waiting;
mod way;

use crate::conversation::Conversations;
use crate::feed::Arrivals;
use actor::{IntakeActor, IntakeTold};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, Refuge, TenantReads};
use dashoffice_runtime::{Alarm, Current, Ids, Journal, Rescue, Station, StationSnapshot, Upkeep, Weather, task};
use door::Way;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::mpsc;
use way::ShortWay;

use crate::Office;

pub use door::{FrontDoors, ShortWaySettings};
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
    /// Where what leaves the short way is stored.
    pub refuge: Arc<dyn Refuge>,
    /// Which lead to this intake from now on.
    pub doors: FrontDoors,
    pub short_way: Current<ShortWaySettings>,
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
        let short = Arc::new(ShortWay::of(arrivals.clone()));
        let (departures, leave) = mpsc::unbounded_channel();
        leaving::store(leave, Arc::clone(&short), Arc::clone(&parts.refuge), alarm.clone());
        let (doors, settings, conversations) =
            (parts.doors.clone(), parts.short_way.clone(), parts.conversations.clone());
        // Whatever is found at such a start is counted before it is handled, and so is all that comes later.
        let rescue = Arc::clone(&parts.rescue);
        let (at, at_hand) = (Arc::clone(&short), Arc::clone(&short));
        let station = Station::start("intake", ids, move || {
            let (parts, short, departures) = (parts.clone(), Arc::clone(&at), departures.clone());
            (IntakeActor, actor::Arguments { parts, short, departures, care_is_over: Arc::clone(&care_is_over) })
        })
        .await?;
        let intake = Self { tenant, station: station.clone() };
        if !rescue.is_careful() {
            doors.lead(tenant, Way { short, station, conversations, rescue, settings });
        }
        intake.listen(arrivals, at_hand, alarm);
        Ok(intake)
    }

    /// Passes hints on. One that is lost in a fall is found by the next look.
    fn listen(&self, arrivals: Arrivals, short: Arc<ShortWay>, alarm: Alarm) {
        let arrivals = Arc::new(tokio::sync::Mutex::new(arrivals));
        let station = self.station.clone();
        task::keep("arrivals", Upkeep::OrRing(alarm), move || {
            let (arrivals, station, short) = (Arc::clone(&arrivals), station.clone(), Arc::clone(&short));
            async move {
                let mut arrivals = arrivals.lock().await;
                while arrivals.changed().await.is_ok() && !station.is_closed() {
                    // Nobody there: whoever comes next scans.
                    if let Some(hint) = short.hint() {
                        let _ = station.send(IntakeTold::Arrived(hint));
                    }
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
