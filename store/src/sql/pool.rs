//! Connections to be borrowed, of either database.

use super::{Connection, Error, PooledConnection, RawReaders, Readers, describe};
use dashoffice_runtime::Unavailable;
use sqlx::{PgPool, SqlitePool};
use std::time::Duration;

/// A read that takes longer is interrupted: it would hold back the write-ahead log, or vacuum (C7).
pub(crate) const LONGEST_READ: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    /// Readers of SQLite, without a thread in between.
    Raw(RawReaders),
    Postgres(PgPool),
    Readers(Readers),
}

impl Pool {
    pub(crate) async fn acquire(&self) -> Result<Connection, Error> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.acquire().await?),
            Self::Raw(readers) => Connection::Raw(readers.lend().await?),
            Self::Postgres(pool) => Connection::Postgres(PooledConnection::of(pool.acquire().await?)),
            Self::Readers(readers) => Connection::Postgres(readers.lend().await?),
        })
    }

    /// A connection for one read, which is interrupted if it takes too long.
    pub(crate) async fn reader(&self, doing: &'static str) -> Result<Connection, Unavailable> {
        self.try_reader().await.map_err(|error| unavailable(doing, &error))
    }

    async fn try_reader(&self) -> Result<Connection, Error> {
        let connection = self.acquire().await?;
        if let Connection::Raw(connection) = &connection {
            connection.interrupt_after(LONGEST_READ)?;
        }
        Ok(connection)
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Raw(readers) => readers.close().await,
            Self::Postgres(pool) => pool.close().await,
            Self::Readers(readers) => readers.close().await,
        }
    }
}

/// A read that failed, as the kernel is told.
pub(crate) fn unavailable(doing: &'static str, error: &Error) -> Unavailable {
    Unavailable { doing, reason: describe(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_runtime::task;
    use rusqlite::Connection as Database;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::time::Instant;

    async fn counts_to(pool: &Pool, most: u32) -> Result<usize, Error> {
        let sql = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {most}) SELECT count(*) FROM n"
        );
        let mut db = pool.reader("counting").await.unwrap();
        db.together(async |db| db.rows(sql, Vec::new()).await).await.map(|rows| rows.len())
    }

    /// The same limit is PostgreSQL's `statement_timeout`; the contract suite waits for it there.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn c7_a_read_without_end_is_interrupted_and_holds_up_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        Database::open(&file).unwrap().execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)").unwrap();
        let pool = Pool::Raw(RawReaders::of(&file, 1));
        let ticks = Arc::new(AtomicU32::new(0));
        let ticked = Arc::clone(&ticks);
        let ticking = task::spawn("ticking", async move {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                ticked.fetch_add(1, Relaxed);
            }
        });
        let reader = pool.clone();
        let reading = task::spawn("reading", async move {
            let begun = Instant::now();
            counts_to(&reader, u32::MAX).await.is_err() && begun.elapsed() >= LONGEST_READ
        });
        assert!(reading.await.unwrap(), "weather, after its time");
        assert!(ticks.load(Relaxed) > 10, "the only worker did other things meanwhile");
        ticking.abort();
        assert_eq!(counts_to(&pool, 100_000).await.unwrap(), 1, "the next one has its whole time");
    }
}
