//! Takes SQLite's write-ahead log into the database, beside the writer and not within its transactions (C7).

use crate::sql::{Error, PAGE, Pool, describe};
use dashoffice_runtime::{Upkeep, task};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at the log.
const SELDOM: Duration = Duration::from_secs(1);
/// The same while much is written: at full speed the log grows by thirty megabytes meanwhile.
const OFTEN: Duration = Duration::from_millis(400);
/// Below this the log is left alone.
const WORTH_IT: u64 = 4 << 20;
/// Pages in the log since it last began anew: with 4 MiB of them, much is written.
const MANY: i64 = (4 << 20) / PAGE as i64;
/// With 16 MiB of them it should begin anew, which it never does while something is always written.
const TOO_MANY: i64 = (16 << 20) / PAGE as i64;
/// So long the writer is held up by one that waits for readers.
const HOLDS_UP: &str = "PRAGMA busy_timeout = 20";
const HOLDS_NOBODY_UP: &str = "PRAGMA busy_timeout = 5000";

pub(super) fn start(pool: &Pool, database: &Path) {
    let pool = pool.clone();
    let log = database.with_extension("db-wal");
    task::keep("checkpoint", Upkeep::ForEver, move || watch(pool.clone(), log.clone()));
}

async fn watch(pool: Pool, log: PathBuf) {
    let Pool::Sqlite(sqlite) = &pool else { return };
    let (mut failed, mut taken_in, mut between) = (false, None, SELDOM);
    while tokio::time::timeout(between, sqlite.close_event()).await.is_err() {
        let now = std::fs::metadata(&log).ok().map(|log| (log.len(), log.modified().ok()));
        let length = now.map_or(0, |(length, _)| length);
        metrics::gauge!("dashoffice_store_wal_bytes").set(length as f64);
        between = SELDOM;
        // A log that begins anew keeps its length: its time tells whether anything was written.
        if length < WORTH_IT || now == taken_in {
            continue;
        }
        match checkpoint(&pool).await {
            Ok(pages) => {
                (failed, taken_in) = (false, now);
                between = if pages >= MANY { OFTEN } else { SELDOM };
            }
            // Said once: a disk that is full fails each second.
            Err(error) => {
                if !std::mem::replace(&mut failed, true) {
                    tracing::warn!(reason = describe(&error), "a checkpoint failed; it is tried again each second");
                }
            }
        }
    }
}

/// Takes in what it can while others write, which waits for nobody; then little is left, and if the log is too long the writer waits
/// while that is taken in. Answers how many pages are in the log.
async fn checkpoint(pool: &Pool) -> Result<i64, Error> {
    let mut db = pool.acquire().await?;
    let told = db.row("PRAGMA wal_checkpoint(PASSIVE)", Vec::new()).await?;
    let pages = told.map(|row| {
        let mut c = row.columns();
        // Whether somebody was in the way.
        c.skip(1);
        c.int()
    });
    let pages = pages.transpose()?.unwrap_or_default();
    if pages >= TOO_MANY {
        db.order(HOLDS_UP).await?;
        let whole = db.rows("PRAGMA wal_checkpoint(FULL)", Vec::new()).await;
        db.order(HOLDS_NOBODY_UP).await?;
        whole?;
    }
    Ok(pages)
}
