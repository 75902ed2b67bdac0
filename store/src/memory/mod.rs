//! The store in memory, for simulations: the same judge and the same writer over plain maps, with faults drawn from a seed.
//!
//! What a process remembers and what is "on disk" are kept apart: after a crash every handle of the old incarnation is
//! dead (its futures never end, as in a process that is gone), and [`Memory::restart`] begins anew over the same data.

mod fault;
mod journal;
mod ledger;
mod reads;
mod seen;

pub use fault::{Chances, Fault};
pub use seen::{SeenFile, SeenMessage, Unfinished};

use crate::judge::Chore;
use crate::provision::Provision;
use crate::records::Tables;
use crate::writer::{self, Arrivals, Handle, Inspection, Subscription};
use crate::{Admission, Clock, Office};
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Inbox, TenantReads};
use dashoffice_runtime::{Envelope, Unavailable};
use fault::Faults;
use ledger::MemoryLedger;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;

/// What survives a crash.
#[derive(Default)]
pub(crate) struct Disk {
    tables: Tables,
    events: BTreeMap<Uuid, Vec<Envelope<Office>>>,
    term: i64,
}

/// What does not: one run of a process.
struct Life {
    dead: watch::Sender<bool>,
    term: AtomicI64,
    open: AtomicBool,
}

impl Life {
    fn new() -> Self {
        Self { dead: watch::Sender::new(false), term: AtomicI64::new(0), open: AtomicBool::new(false) }
    }

    fn end(&self) {
        self.dead.send_replace(true);
    }

    fn is_over(&self) -> bool {
        *self.dead.borrow()
    }

    async fn over(&self) {
        // The sender is ours, so the wait cannot fail.
        drop(self.dead.subscribe().wait_for(|dead| *dead).await);
    }

    fn term(&self) -> Option<i64> {
        (self.open.load(SeqCst) && !self.is_over()).then(|| self.term.load(SeqCst))
    }

    /// What a caller in a process that dies sees of its call: nothing, ever.
    async fn lived<T>(&self, call: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            () = self.over() => std::future::pending().await,
            told = call => told,
        }
    }
}

/// One incarnation of a process, over data that outlives it.
#[derive(Clone)]
pub struct Memory {
    disk: Arc<Mutex<Disk>>,
    faults: Arc<Mutex<Faults>>,
    life: Arc<Life>,
    writer: Handle,
    clock: Clock,
}

impl Memory {
    /// An empty store whose faults are drawn from `seed`; it is owned after [`Memory::own`].
    pub fn new(seed: u64, clock: Clock) -> Self {
        Self::incarnate(Arc::default(), Arc::new(Mutex::new(Faults::seeded(seed))), clock)
    }

    fn incarnate(disk: Arc<Mutex<Disk>>, faults: Arc<Mutex<Faults>>, clock: Clock) -> Self {
        let life = Arc::new(Life::new());
        let ledger = MemoryLedger::new(disk.clone(), faults.clone(), life.clone(), clock.clone());
        let writer = writer::start(ledger, clock.clone(), Admission::default());
        Self { disk, faults, life, writer, clock }
    }

    /// Takes ownership under a term that is higher than every one before, and settles interrupted sends. No fault
    /// strikes before that is done.
    pub async fn own(&self) -> Result<i64, Unavailable> {
        let term = self.disk(|disk| {
            disk.term += 1;
            disk.term
        });
        self.life.term.store(term, SeqCst);
        self.writer.chore("settling interrupted sends", Chore::SettleInterrupted).await?;
        self.life.open.store(true, SeqCst);
        Ok(term)
    }

    /// The process is gone, here and now. What was committed stays.
    pub fn crash(&self) {
        self.life.end();
    }

    /// Waits until a fault, or [`Memory::crash`], has ended this incarnation.
    pub async fn crashed(&self) {
        self.life.over().await;
    }

    /// Ends this incarnation if it still lives, and begins the next over the same data, owned under a higher term.
    pub async fn restart(&self) -> Result<Self, Unavailable> {
        self.crash();
        let next = Self::incarnate(self.disk.clone(), self.faults.clone(), self.clock.clone());
        next.own().await?;
        Ok(next)
    }

    /// How likely each fault is from now on.
    pub fn set_chances(&self, chances: Chances) {
        self.faults(|faults| faults.set_chances(chances));
    }

    /// The next transaction meets this fault; several are met one after the other.
    pub fn next_fault(&self, fault: Fault) {
        self.faults(|faults| faults.script(fault));
    }

    pub fn subscribe(&self) -> Subscription {
        self.writer.subscribe()
    }

    pub fn subscribe_arrivals(&self, tenant: TenantId) -> Arrivals {
        self.writer.subscribe_arrivals(tenant.0)
    }

    pub fn tenant_reads(&self, tenant: TenantId) -> Arc<dyn TenantReads> {
        Arc::new(reads::Reads::new(self.clone(), tenant))
    }

    pub fn inbox(&self, tenant: TenantId) -> Arc<dyn Inbox> {
        Arc::new(reads::Door::new(self.clone(), tenant))
    }

    pub async fn provision(&self, provision: Provision) -> Result<(), Unavailable> {
        self.life.lived(self.writer.chore("provisioning", Chore::Provision(vec![provision]))).await.map(|_| ())
    }

    pub fn inspect(&self) -> Inspection {
        self.writer.inspect(self.life.term())
    }

    fn disk<T>(&self, look: impl FnOnce(&mut Disk) -> T) -> T {
        look(&mut self.disk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One read of what is on disk, in a process that may die before it is answered.
    async fn reading<T>(&self, read: impl FnOnce(&Disk) -> T) -> T {
        self.life
            .lived(async {
                tokio::task::yield_now().await;
                self.disk(|disk| read(disk))
            })
            .await
    }
}
