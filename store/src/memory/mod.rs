//! The store in memory, for simulations: the same judge and the same writer over plain maps, with faults drawn from a seed.
//!
//! What a process remembers and what is "on disk" are kept apart. An incarnation ends in one of two ways. The process is gone
//! ([`Memory::restart`]): no future of its handles ever ends. Or the process goes on and owns the store once more
//! ([`Memory::reopen`]), as after a lost lease: what was under way got no answer, and whoever still holds an old handle asks, by it, the
//! store as it is now, under a term that is not theirs.

mod administration;
mod fault;
mod journal;
mod ledger;
mod life;
mod projections;
mod reads;
mod seen;

pub use fault::{Chances, Fault};
pub use seen::{SeenFile, SeenMessage, Unfinished};

use crate::administration::{Administered, Author, Decided, Known, Lane, Wanted, administer};
use crate::judge::AdminWrite;
use crate::projection::Progress;
use crate::provision::{self, Provision};
use crate::records::Tables;
use crate::writer::{self, Arrivals, Handle, Inspection, Subscription};
use crate::{Admission, Clock, Office};
use dashoffice_domain::ids::{MessageId, TenantId};
use dashoffice_domain::ports::{Refuge, TenantReads};
use dashoffice_runtime::{Envelope, Journal as _, Unavailable};
use fault::Faults;
use ledger::MemoryLedger;
use life::Life;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// What survives a crash.
#[derive(Default)]
pub(crate) struct Disk {
    tables: Tables,
    events: BTreeMap<Uuid, Vec<Envelope<Office>>>,
    term: i64,
}

/// One incarnation of a process, over data that outlives it.
#[derive(Clone)]
pub struct Memory {
    disk: Arc<Mutex<Disk>>,
    faults: Arc<Mutex<Faults>>,
    life: Arc<Life>,
    writer: Handle,
    clock: Clock,
    progress: Arc<Progress>,
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
        Self { disk, faults, life, writer, clock, progress: Arc::default() }
    }

    /// Takes ownership under a term that is higher than every one before, and settles interrupted sends. No fault
    /// strikes before that is done.
    pub async fn own(&self) -> Result<i64, Unavailable> {
        self.own_while(BTreeSet::new()).await
    }

    async fn own_while(&self, under_way: BTreeSet<(TenantId, MessageId)>) -> Result<i64, Unavailable> {
        self.life.open.store(false, SeqCst);
        let term = self.disk(|disk| {
            disk.term += 1;
            disk.term
        });
        self.life.term.store(term, SeqCst);
        self.writer.admin_write("settling interrupted sends", AdminWrite::SettleInterrupted { under_way }).await?;
        self.life.open.store(true, SeqCst);
        Ok(term)
    }

    /// This incarnation ends, here and now. What was committed stays.
    pub fn crash(&self) {
        self.life.end();
    }

    /// Waits until a fault, or [`Memory::crash`], has ended this incarnation.
    pub async fn crashed(&self) {
        self.life.over().await;
    }

    /// The process is gone, if it still lived, and the next begins over the same data, owned under a higher term.
    pub async fn restart(&self) -> Result<Self, Unavailable> {
        self.crash();
        let next = Self::incarnate(self.disk.clone(), self.faults.clone(), self.clock.clone());
        next.own().await?;
        Ok(next)
    }

    /// This process owns the store once more, under a higher term, after its incarnation has ended; `under_way` it is still sending.
    pub async fn reopen(&self, under_way: BTreeSet<(TenantId, MessageId)>) -> Result<Self, Unavailable> {
        self.crash();
        let next = Self::incarnate(self.disk.clone(), self.faults.clone(), self.clock.clone());
        next.own_while(under_way).await?;
        self.life.goes_on_as(next.clone());
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

    pub fn inbox(&self, tenant: TenantId) -> Arc<dyn Refuge> {
        Arc::new(reads::Door::new(self.clone(), tenant))
    }

    pub async fn provision(&self, provision: Provision) -> Result<(), Unavailable> {
        let provisions = [provision];
        let wanted = provision::wanted(&provisions);
        let decide = |known: &Known, at| provision::decide(&provisions, known, at);
        let decided = administer(self, &wanted, &Author::default(), Lane::Usual, decide).await?;
        decided.map(drop).map_err(|reason| Unavailable { doing: "provisioning", reason })
    }

    /// As of [`crate::Store::administer`].
    pub async fn administer<E>(
        &self,
        wanted: &Wanted,
        author: &Author,
        decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
    ) -> Result<Result<Vec<Decided>, E>, Unavailable> {
        administer(self, wanted, author, Lane::Usual, decide).await
    }

    /// As of [`crate::Store::administer_low`].
    pub async fn administer_low<E>(
        &self,
        wanted: &Wanted,
        author: &Author,
        decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
    ) -> Result<Result<Vec<Decided>, E>, Unavailable> {
        administer(self, wanted, author, Lane::Low, decide).await
    }

    /// As of [`crate::Store::known`].
    pub async fn known(&self, wanted: &Wanted) -> Result<Known, Unavailable> {
        Administered::known(self, wanted).await
    }

    pub fn inspect(&self) -> Inspection {
        self.writer.inspect(self.term())
    }

    fn disk<T>(&self, look: impl FnOnce(&mut Disk) -> T) -> T {
        look(&mut self.disk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One read of what is on disk, in a process that may die before it is answered.
    async fn reading<T>(&self, read: impl FnOnce(&Disk) -> T) -> T {
        self.answering().await;
        tokio::task::yield_now().await;
        self.answering().await;
        self.disk(|disk| read(disk))
    }
}
