//! Where SQLite's readers live between two reads: a few connections that only read, lent to whoever asks first.

use super::{Direct, Error};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

pub(crate) struct Home {
    file: PathBuf,
    most: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Home {
    /// At most so many connections to `file`; each is opened when it is first needed.
    pub(crate) fn of(file: PathBuf, most: u32) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(most as usize));
        Arc::new(Self { file, most, permits, idle: Mutex::default() })
    }

    /// Waits for its turn.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Direct, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = idle.map_or_else(|| Direct::reader(&self.file), Ok)?;
        Ok(Direct::lent(db, Lease { home: Arc::clone(self), _permit: permit }))
    }

    /// Waits for those that are lent, and closes all.
    pub(super) async fn close(&self) {
        // An error: it was closed before.
        let all = self.permits.acquire_many(self.most).await;
        self.permits.close();
        drop(all);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn closed(_: AcquireError) -> Error {
    Error::PoolClosed
}

/// The way home of a connection that is lent.
pub(super) struct Lease {
    home: Arc<Home>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn bring_back(self, db: Connection) {
        self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
    }
}
