//! Where readers live between two reads: a few connections that only read, lent to whoever asks first.

use super::Error;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

pub(crate) struct IdleConnections<C> {
    most: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<C>>,
}

impl<C> IdleConnections<C> {
    /// For at most so many connections.
    pub(super) fn of(most: u32) -> Arc<Self> {
        Arc::new(Self { most, permits: Arc::new(Semaphore::new(most as usize)), idle: Mutex::default() })
    }

    /// Waits for its turn. `None`: one more may be opened.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<(Option<C>, Lease<C>), Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok((idle, Lease { idle_connections: Arc::clone(self), _permit: permit }))
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
pub(super) struct Lease<C> {
    idle_connections: Arc<IdleConnections<C>>,
    _permit: OwnedSemaphorePermit,
}

impl<C> Lease<C> {
    pub(super) fn bring_back(self, connection: C) {
        self.idle_connections.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}
