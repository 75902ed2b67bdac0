//! Takes SQLite's write-ahead log into the database, beside the writer and not within its transactions (C7).

use crate::sql::{Connection, Pool, describe};
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
    while tokio::time::timeout(BETWEEN, sqlite.close_event()).await.is_err() {
        let length = std::fs::metadata(&log).map_or(0, |log| log.len());
        metrics::gauge!("dashoffice_store_wal_bytes").set(length as f64);
        if length < WORTH_IT {
            continue;
        }
        match pool.acquire().await {
            Ok(mut db) => checkpoint(&mut db).await,
            Err(error) => tracing::warn!(reason = describe(&error), "no connection for a checkpoint"),
        }
    }
}

/// Passive: it waits for nobody, and nobody waits for it.
async fn checkpoint(db: &mut Connection) {
    if let Err(error) = db.rows("PRAGMA wal_checkpoint(PASSIVE)", Vec::new()).await {
        tracing::warn!(reason = describe(&error), "a checkpoint failed; the next one tries again");
    }
}
