//! Connections to be borrowed, of either database.

use super::{Connection, Error, describe};
use dashoffice_runtime::Unavailable;
use sqlx::{PgPool, SqlitePool};
use std::time::{Duration, Instant};

/// A read that takes longer is interrupted: it would hold back the write-ahead log, or vacuum (C7).
pub(crate) const LONGEST_READ: Duration = Duration::from_secs(2);
/// Steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 10_000;

#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    pub(crate) async fn acquire(&self) -> Result<Connection, Error> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// A connection for one read, which is interrupted if it takes too long.
    pub(crate) async fn reader(&self, doing: &'static str) -> Result<Connection, Unavailable> {
        self.try_reader().await.map_err(|error| unavailable(doing, &error))
    }

    async fn try_reader(&self) -> Result<Connection, Error> {
        let mut connection = self.acquire().await?;
        if let Connection::Sqlite(connection) = &mut connection {
            let begun = Instant::now();
            connection.lock_handle().await?.set_progress_handler(STEPS, move || begun.elapsed() < LONGEST_READ);
        }
        Ok(connection)
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A read that failed, as the kernel is told.
pub(crate) fn unavailable(doing: &'static str, error: &Error) -> Unavailable {
    Unavailable { doing, reason: describe(error) }
}
