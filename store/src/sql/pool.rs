//! Connections to be borrowed, of either database.

use super::home::Home;
use super::{Connection, Error, describe};
use dashoffice_runtime::Unavailable;
use sqlx::{PgPool, SqlitePool};
use std::sync::Arc;
use std::time::Duration;

/// A read that takes longer is interrupted: it would hold back the write-ahead log, or vacuum (C7).
pub(crate) const LONGEST_READ: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    /// Readers of SQLite, without a thread in between.
    Direct(Arc<Home>),
    Postgres(PgPool),
}

impl Pool {
    pub(crate) async fn acquire(&self) -> Result<Connection, Error> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.acquire().await?),
            Self::Direct(home) => Connection::Direct(home.lend().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// A connection for one read, which is interrupted if it takes too long.
    pub(crate) async fn reader(&self, doing: &'static str) -> Result<Connection, Unavailable> {
        self.try_reader().await.map_err(|error| unavailable(doing, &error))
    }

    async fn try_reader(&self) -> Result<Connection, Error> {
        let connection = self.acquire().await?;
        if let Connection::Direct(connection) = &connection {
            connection.interrupt_after(LONGEST_READ)?;
        }
        Ok(connection)
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Direct(home) => home.close().await,
            Self::Postgres(pool) => pool.close().await,
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
    use crate::sql::is_refusal;
    use rusqlite::Connection as Database;
    use std::time::Instant;

    /// The same limit is PostgreSQL's `statement_timeout`; the contract suite waits for it there.
    #[tokio::test]
    async fn c7_a_read_without_end_is_interrupted_and_the_next_one_has_its_whole_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        Database::open(&file).unwrap().execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)").unwrap();
        let pool = Pool::Direct(Home::of(file, 1));
        let mut connection = pool.reader("test").await.unwrap();
        let begun = Instant::now();
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        let error = connection.rows(endless, Vec::new()).await.map(|_| ()).unwrap_err();
        assert!(begun.elapsed() >= LONGEST_READ && !is_refusal(&error), "weather, after its time: {error}");
        drop(connection);
        let mut connection = pool.reader("test").await.unwrap();
        let hundred_thousand =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n";
        assert_eq!(connection.rows(hundred_thousand, Vec::new()).await.unwrap().len(), 1);
    }
}
