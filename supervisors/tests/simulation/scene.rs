//! What everybody of a run shares: the incarnation that lives now, and what each of them remembers for the checks.

use crate::acts::Act;
use crate::in_hand::Slate;
use crate::places::Customer;
use crate::provider::Provider;
use crate::shelf::Shelf;
use crate::staff::Spoken;
use dashoffice_actors::intake::FrontDoors;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{BoxFuture, Delivery, Inbox, NotAccepted, Receipt};
use dashoffice_runtime::{Clock, Ids};
use dashoffice_store::memory::Memory;
use dashoffice_supervisors::Office;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How late it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hour {
    Open,
    /// Customers have gone: who waits is answered, who was answered is let go.
    Closing,
    Over,
}

pub(crate) struct Scene {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) shelf: Shelf,
    pub(crate) store: Mutex<Memory>,
    pub(crate) office: Mutex<Option<Arc<Office>>>,
    /// Of the process.
    doors: Mutex<FrontDoors>,
    pub(crate) slate: Mutex<Arc<Slate>>,
    /// What was answered 200, in order.
    pub(crate) acknowledged: Mutex<BTreeMap<Customer, Vec<Act>>>,
    pub(crate) spoken: Mutex<Vec<Spoken>>,
    /// The statuses that were answered 200.
    pub(crate) told: Mutex<BTreeMap<MessageId, Vec<Status>>>,
    /// Messages that were perhaps said to have failed.
    pub(crate) told_failed: Mutex<BTreeSet<MessageId>>,
    /// What somebody saw who could not say so aloud.
    pub(crate) complaints: Mutex<Vec<String>>,
    hour: AtomicU8,
}

impl Scene {
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: Arc<Ids>, provider: Provider, store: Memory) -> Self {
        let slate = Arc::<Slate>::default();
        Self {
            doors: Mutex::new(FrontDoors::new(slate.clone())),
            slate: Mutex::new(slate),
            clock,
            ids,
            provider: Arc::new(provider),
            shelf: Shelf::default(),
            store: Mutex::new(store),
            office: Mutex::default(),
            acknowledged: Mutex::default(),
            spoken: Mutex::default(),
            told: Mutex::default(),
            told_failed: Mutex::default(),
            complaints: Mutex::default(),
            hour: AtomicU8::new(Hour::Open as u8),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.now())
    }

    pub(crate) fn store(&self) -> Memory {
        self.store.lock().unwrap().clone()
    }

    pub(crate) fn office(&self) -> Option<Arc<Office>> {
        self.office.lock().unwrap().clone()
    }

    pub(crate) fn doors(&self) -> FrontDoors {
        self.doors.lock().unwrap().clone()
    }

    /// Whatever was in hand when the last one died is suspect.
    pub(crate) fn is_another_process(&self) {
        let mut slate = self.slate.lock().unwrap();
        *slate = slate.after_a_death();
        *self.doors.lock().unwrap() = FrontDoors::new(slate.clone());
    }

    pub(crate) fn strikes(&self, hour: Hour) {
        self.hour.store(hour as u8, Relaxed);
    }

    pub(crate) fn is_past(&self, hour: Hour) -> bool {
        self.hour.load(Relaxed) > hour as u8
    }

    pub(crate) fn complains(&self, complaint: String) {
        self.complaints.lock().unwrap().push(complaint);
    }

    /// Whether a webhook was answered 200; one that dies with us is answered by nobody. Most go the short way where it is open, some to the
    /// inbox at once, and some come on two connections, one each way.
    pub(crate) async fn posts(&self, house: crate::places::House, delivery: Delivery) -> bool {
        let inbox = self.store().inbox(house.tenant());
        let door = self.doors().of(house.tenant(), inbox.clone());
        let answered = async |accepted: BoxFuture<'_, Result<Receipt, NotAccepted>>| {
            matches!(tokio::time::timeout(Duration::from_secs(2), accepted).await, Ok(Ok(_)))
        };
        match delivery.correlation.as_u128() % 8 {
            0..=1 => answered(inbox.accept(delivery)).await,
            2 => {
                let (one, other) = (answered(door.accept(delivery.clone())), answered(inbox.accept(delivery)));
                let (one, other) = tokio::join!(one, other);
                one || other
            }
            _ => answered(door.accept(delivery)).await,
        }
    }
}
