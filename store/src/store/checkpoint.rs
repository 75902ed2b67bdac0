//! Takes SQLite's write-ahead log into the database, beside the writer and not within its transactions (C7).

use crate::sql::{Error, Pool, describe};
use dashoffice_runtime::{Upkeep, task};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at the log.
const BETWEEN: Duration = Duration::from_secs(1);
/// Below this the log is left alone.
const WORTH_IT: u64 = 4 << 20;

pub(super) fn start(pool: &Pool, database: &Path) {
    let pool = pool.clone();
    let log = database.with_extension("db-wal");
    task::keep("checkpoint", Upkeep::ForEver, move || watch(pool.clone(), log.clone()));
}

async fn watch(pool: Pool, log: PathBuf) {
    let Pool::Sqlite(sqlite) = &pool else { return };
    let mut failed = false;
    while tokio::time::timeout(BETWEEN, sqlite.close_event()).await.is_err() {
        let length = std::fs::metadata(&log).map_or(0, |log| log.len());
        metrics::gauge!("dashoffice_store_wal_bytes").set(length as f64);
        if length < WORTH_IT {
            continue;
        }
        let taken_in = checkpoint(&pool).await;
        // Said once: a disk that is full fails each second.
        if let Err(error) = &taken_in
            && !failed
        {
            tracing::warn!(reason = describe(error), "a checkpoint failed; it is tried again each second");
        }
        failed = taken_in.is_err();
    }
}

/// Passive: it waits for nobody, and nobody waits for it.
async fn checkpoint(pool: &Pool) -> Result<(), Error> {
    pool.acquire().await?.rows("PRAGMA wal_checkpoint(PASSIVE)", Vec::new()).await.map(drop)
}
