//! The store on a database: opened, owned, and then the kernel's journal and the domain's inbox and reads.

mod access;
mod administration;
mod answers;
mod checkpoint;
mod journal;
mod open;
mod operators;
mod projections;
mod statistics;
mod tenant;

pub use crate::ownership::{LeaseTimes, Ownership};
pub use open::{Config, OpenError};
pub use operators::Handled;
pub(crate) use tenant::{number, text};

use crate::Fixed;
use crate::judge::AdminWrite;
use crate::ownership::{Lease, OwnershipState, unlock};
use crate::projection::Progress;
use crate::sql::{Error, Pool, unavailable, values};
use crate::views::{ReadCache, TenantScope, WhoView};
use crate::writer::{Arrivals, Handle, Inspection, SetUp, Subscription};
use dashoffice_domain::ids::{MessageId, TenantId, UserId};
use dashoffice_domain::ports::{Refuge, TenantReads};
use dashoffice_runtime::{Settings, Unavailable};
use std::collections::BTreeSet;
use std::fs::File;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;

/// A store on SQLite or PostgreSQL. Cheap to clone; it is closed by [`Store::close`].
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    reads: Pool,
    writes: Pool,
    writer: Handle,
    standing: Arc<OwnershipState>,
    instance: Uuid,
    /// Under which we owned it last; 0: never.
    last_term: AtomicI64,
    /// What a file holds of what is set up.
    fixed: Settings<Fixed>,
    who: ReadCache<(TenantScope, UserId), WhoView>,
    /// Held while something is set up.
    administering: tokio::sync::Mutex<()>,
    /// The same in the low lane, beside it.
    administering_low: tokio::sync::Mutex<()>,
    /// Of projections, where this process keeps them.
    progress: Arc<Progress>,
    /// PostgreSQL only.
    lease: Option<Lease>,
    /// SQLite only: held until the store is closed.
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Takes ownership, settles what the last owner left, and answers with the new term.
    ///
    /// On PostgreSQL this waits for as long as another process owns the store.
    pub async fn own(&self) -> Result<i64, Unavailable> {
        self.own_while(BTreeSet::new).await
    }

    /// The same in a process that has owned it before and is still sending: these messages are not interrupted. Asked for once nobody
    /// can begin anything under the last term any more; if another process owned the store in between, it has settled them, and they
    /// are no exception.
    pub async fn own_while(
        &self,
        under_way: impl FnOnce() -> BTreeSet<(TenantId, MessageId)>,
    ) -> Result<i64, Unavailable> {
        let term = if let Some(lease) = &self.inner.lease {
            let gone = || "the lease's thread has ended".to_owned();
            let claimed = lease.claim().await;
            claimed.ok_or_else(|| Unavailable { doing: "taking ownership", reason: gone() })?
        } else {
            let term = self.raise_term().await.map_err(|error| unavailable("taking ownership", &error))?;
            self.inner.standing.hold(term, None);
            term
        };
        self.inner.writer.barrier().await?;
        let last = self.inner.last_term.swap(term, SeqCst);
        let under_way = if last + 1 == term { under_way() } else { BTreeSet::new() };
        self.inner
            .writer
            .admin_write("settling interrupted sends", AdminWrite::SettleInterrupted { under_way })
            .await?;
        // Whatever an earlier office of this process handed in is decided before the next one reads.
        self.inner.writer.barrier().await?;
        self.inner.standing.open(term);
        tracing::info!(term, "this process owns the store");
        Ok(term)
    }

    async fn raise_term(&self) -> Result<i64, Error> {
        let mut db = self.inner.writes.acquire().await?;
        let sql = "UPDATE lease SET term = term + 1, owner = $1 WHERE id = 1 RETURNING term";
        let row = db.row(sql, values![self.inner.instance]).await?.ok_or(Error::RowNotFound)?;
        row.columns().int()
    }

    /// Where our ownership stands, now and whenever it changes.
    pub fn ownership(&self) -> watch::Receiver<Ownership> {
        self.inner.standing.changes()
    }

    /// This process, fresh at each start.
    pub fn instance(&self) -> Uuid {
        self.inner.instance
    }

    /// Every committed batch from now on.
    pub fn subscribe(&self) -> Subscription {
        self.inner.writer.subscribe()
    }

    /// Every new row of the tenant's inbox from now on: a hint, the rows are in the store.
    pub fn subscribe_arrivals(&self, tenant: TenantId) -> Arrivals {
        self.inner.writer.subscribe_arrivals(tenant.0)
    }

    /// Whose tenants, numbers, queues or agents are set up from now on.
    pub fn set_ups(&self) -> SetUp {
        self.inner.writer.set_ups()
    }

    /// What the actors of a tenant read.
    pub fn tenant_reads(&self, tenant: TenantId) -> Arc<dyn TenantReads> {
        Arc::new(tenant::Reads::new(self.clone(), tenant))
    }

    /// Where what came in for a tenant is stored.
    pub fn inbox(&self, tenant: TenantId) -> Arc<dyn Refuge> {
        Arc::new(tenant::Door::new(self.clone(), tenant))
    }

    /// Whether the store is away, as far as is known without asking it: our ownership could not be renewed, or the last
    /// transaction did not happen.
    pub fn is_away(&self) -> bool {
        self.inner.standing.term().is_none() || self.inner.writer.is_away()
    }

    /// Asks by a small transaction whether what is written is taken.
    pub async fn takes_writes(&self) -> Result<(), Unavailable> {
        let admin_write = AdminWrite::BumpFencingToken { tenant: Uuid::nil(), name: "probe".to_owned() };
        self.inner.writer.admin_write("asking whether anything can be written", admin_write).await.map(drop)
    }

    pub fn inspect(&self) -> Inspection {
        self.inner.writer.inspect(self.inner.standing.term())
    }

    /// For drills: the lease is no longer renewed, as in a process that stands still. Nothing happens on SQLite.
    pub fn freeze_lease(&self, frozen: bool) {
        if let Some(lease) = &self.inner.lease {
            lease.freeze(frozen);
        }
    }

    /// Gives ownership back, so that the next process need not wait, and closes every connection. What was handed to the
    /// writer before is decided first.
    pub async fn close(&self) {
        self.inner.writer.end().await;
        match &self.inner.lease {
            Some(lease) => lease.release().await,
            None => self.inner.standing.give_back(),
        }
        self.inner.reads.close().await;
        self.inner.writes.close().await;
        if let Some(lock) = self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner).take() {
            unlock(&lock);
        }
    }

    /// What a file holds of what is set up, at this moment.
    pub fn fixed(&self) -> Arc<Fixed> {
        self.inner.fixed.now()
    }

    pub(crate) fn fixed_place(&self) -> &Settings<Fixed> {
        &self.inner.fixed
    }

    /// Who asked, as it was read since the last write.
    pub(crate) fn who_still(&self) -> &ReadCache<(TenantScope, UserId), WhoView> {
        &self.inner.who
    }

    /// As [`Handle::write_version`]; `None`: others may write, or what was written last may land yet, so nothing that was read is known to be so
    /// still.
    pub(crate) fn write_version(&self) -> Option<u64> {
        (!self.is_away()).then(|| self.inner.writer.write_version())
    }

    pub(crate) fn reads(&self) -> &Pool {
        &self.inner.reads
    }
}
