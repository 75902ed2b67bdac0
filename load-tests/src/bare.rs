//! The bare durable commit of this machine: one small insert in a transaction of its own, on disk before the next one begins.

use crate::book::Latency;
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep_until};

/// About what a message is long.
const BYTES: usize = 200;

/// A table to write to.
#[derive(Debug)]
pub enum Bare {
    /// `SQLite` with a write-ahead log and `synchronous = FULL`, in a file that is gone afterwards.
    Sqlite(SqlitePool, TempDir),
    /// `PostgreSQL` as it is set up.
    Postgres(PgPool),
}

impl Bare {
    /// On the disk that `beside` is on (the data directory), or in the database at `database_url`.
    pub async fn opens(beside: Option<&Path>, database_url: Option<&str>) -> Result<Self> {
        let table = "CREATE TABLE IF NOT EXISTS load_tests_bare_commit (id BIGINT NOT NULL, said TEXT NOT NULL)";
        if let Some(url) = database_url {
            let pool = PgPoolOptions::new().max_connections(1).connect(url).await.context("cannot open PostgreSQL")?;
            sqlx::query(table).execute(&pool).await.context("cannot make a table")?;
            return Ok(Self::Postgres(pool));
        }
        let dir = match beside {
            Some(beside) => TempDir::new_in(beside),
            None => tempfile::tempdir(),
        };
        let dir = dir.context("cannot make a directory for the bare commit")?;
        let options = SqliteConnectOptions::new()
            .filename(dir.path().join("bare.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.context("cannot open SQLite")?;
        sqlx::query(table).execute(&pool).await.context("cannot make a table")?;
        Ok(Self::Sqlite(pool, dir))
    }

    async fn commit(&self, id: i64, said: &str) -> Result<()> {
        let insert = "INSERT INTO load_tests_bare_commit (id, said) VALUES ($1, $2)";
        match self {
            Self::Sqlite(pool, _) => sqlx::query(insert).bind(id).bind(said).execute(pool).await.map(|_| ()),
            Self::Postgres(pool) => sqlx::query(insert).bind(id).bind(said).execute(pool).await.map(|_| ()),
        }
        .context("a bare commit failed")
    }

    /// Commits at a rate, one at a time, and adds to `latency` how long each took from when it *began*: where the disk cannot
    /// keep up with the rate the queue before it is not the cost of a commit.
    pub async fn presses(&self, per_second: f64, lasting: Duration, seed: u64, latency: &mut Latency) -> Result<u64> {
        let mut chance = StdRng::seed_from_u64(seed);
        let said: String = (0..BYTES).map(|_| char::from(chance.random_range(b'a'..=b'z'))).collect();
        let began = Instant::now();
        let mut count = 0;
        while began.elapsed() < lasting {
            sleep_until(began + Duration::from_secs_f64(count as f64 / per_second.max(0.001))).await;
            let start = Instant::now();
            self.commit(count, &said).await?;
            latency.record(i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX));
            count += 1;
        }
        Ok(count.unsigned_abs())
    }

    pub async fn closes(self) {
        match self {
            Self::Sqlite(pool, dir) => {
                pool.close().await;
                drop(dir);
            }
            Self::Postgres(pool) => {
                // Best effort: an empty table of ours harms nobody.
                let _ = sqlx::query("DROP TABLE load_tests_bare_commit").execute(&pool).await;
                pool.close().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_bare_commit_is_counted_and_timed() {
        let bare = Bare::opens(None, None).await.unwrap();
        let mut latency = Latency::default();
        let count = bare.presses(500.0, Duration::from_millis(200), 1, &mut latency).await.unwrap();
        assert!(count > 0 && latency.count() == count, "{count}");
        let Bare::Sqlite(pool, _) = &bare else { panic!("a file was asked for") };
        let stored: i64 =
            sqlx::query_scalar("SELECT count(*) FROM load_tests_bare_commit").fetch_one(pool).await.unwrap();
        assert_eq!(stored.unsigned_abs(), count);
        bare.closes().await;
    }
}
