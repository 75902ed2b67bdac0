//! The intake, one per tenant: the only reader of what providers brought (A2).
//!
//! It walks the inbox in the order of acceptance, decodes each row, finds the thread it belongs to, and puts it into that thread's
//! slot. Everything it knows can be rebuilt by a scan: a hint that was lost, a slot that was full, a restart of its own cost time,
//! never a message.

mod actor;
mod addresses;
mod door;
mod leaving;
mod read;
mod reading;
mod safe_mode;
mod short;
mod waiting;
mod way;

use crate::conversation::Conversations;
use crate::feed::Arrivals;
use actor::{IntakeActor, IntakeMessage};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, Refuge, TenantReads};
use dashoffice_runtime::{
    Availability, CrashLoopGuard, Current, FatalSignal, Ids, Journal, Singleton, SingletonSnapshot, Upkeep, task,
};
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
    pub availability: Arc<Availability<Office>>,
    pub conversations: Conversations,
    pub channels: Channels,
    pub ids: Arc<Ids>,
    /// How careful to be with what is found at the start.
    pub crash_loop_guard: Arc<CrashLoopGuard<Office>>,
    /// Raised when the hints cannot be heard any more.
    pub fatal_signal: FatalSignal,
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
    singleton: Singleton<IntakeActor>,
}

impl Intake {
    /// Starts it; `arrivals` are hints of what is accepted from now on.
    pub async fn start(parts: IntakeParts, arrivals: Arrivals) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let (ids, fatal_signal) = (Arc::clone(&parts.ids), parts.fatal_signal.clone());
        let care_is_over = Arc::<AtomicBool>::default();
        let short = Arc::new(ShortWay::of(arrivals.clone()));
        let (departures, leave) = mpsc::unbounded_channel();
        leaving::store(leave, Arc::clone(&short), Arc::clone(&parts.refuge), fatal_signal.clone());
        let (doors, settings, conversations) =
            (parts.doors.clone(), parts.short_way.clone(), parts.conversations.clone());
        // Whatever is found at such a start is counted before it is handled, and so is all that comes later.
        let crash_loop_guard = Arc::clone(&parts.crash_loop_guard);
        let (at, at_hand) = (Arc::clone(&short), Arc::clone(&short));
        let singleton = Singleton::start("intake", ids, move || {
            let (parts, short, departures) = (parts.clone(), Arc::clone(&at), departures.clone());
            (IntakeActor, actor::Arguments { parts, short, departures, care_is_over: Arc::clone(&care_is_over) })
        })
        .await?;
        let intake = Self { tenant, singleton: singleton.clone() };
        if !crash_loop_guard.is_safe_mode() {
            doors.lead(tenant, Way { short, singleton, conversations, crash_loop_guard, settings });
        }
        intake.listen(arrivals, at_hand, fatal_signal);
        Ok(intake)
    }

    /// Passes hints on. One that is lost in a fall is found by the next look.
    fn listen(&self, arrivals: Arrivals, short: Arc<ShortWay>, fatal_signal: FatalSignal) {
        let arrivals = Arc::new(tokio::sync::Mutex::new(arrivals));
        let singleton = self.singleton.clone();
        task::keep("arrivals", Upkeep::OrRaise(fatal_signal), move || {
            let (arrivals, singleton, short) = (Arc::clone(&arrivals), singleton.clone(), Arc::clone(&short));
            async move {
                let mut arrivals = arrivals.lock().await;
                while arrivals.changed().await.is_ok() && !singleton.is_closed() {
                    // Nobody there: whoever comes next scans.
                    if let Some(hint) = short.hint() {
                        let _ = singleton.send(IntakeMessage::Arrived(hint));
                    }
                }
            }
        });
    }

    /// Numbers were set up anew: they are read again when the next row needs one.
    pub fn settings_changed(&self) {
        let _ = self.singleton.send(IntakeMessage::NumbersChanged);
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The quarantine of an entity has ended: its rows may be offered again.
    pub fn released(&self, entity: Entity) {
        let _ = self.singleton.send(IntakeMessage::Released(entity));
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.singleton.inspect()
    }

    /// Kills the actor; another one takes its place and scans.
    pub fn kill(&self) {
        self.singleton.kill();
    }

    pub async fn drain(&self, within: Duration) {
        self.singleton.drain(within).await;
    }

    pub fn crash(&self) {
        self.singleton.crash();
    }
}
