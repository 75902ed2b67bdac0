//! The bare durable commit of this machine: one small insert in a transaction of its own, on disk before the next one begins.

use crate::book::Latency;
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::Connection;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// About what a message is long.
const BYTES: usize = 200;
const TABLE: &str = "CREATE TABLE IF NOT EXISTS load_tests_bare_commit (id BIGINT NOT NULL, said TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO load_tests_bare_commit (id, said) VALUES ($1, $2)";

/// A table to write to.
#[derive(Debug)]
pub enum Bare {
    /// `SQLite` with a write-ahead log and `synchronous = FULL`, in a file that is gone afterwards; no thread stands between.
    Sqlite(Arc<Mutex<Connection>>, TempDir),
    /// `PostgreSQL` as it is set up.
    Postgres(PgPool),
}

/// One slice of commits: when the next one is due, and what it says.
struct Slice {
    began: Instant,
    lasting: Duration,
    gap: Duration,
    said: String,
    count: u32,
}

impl Slice {
    fn new(per_second: f64, lasting: Duration, seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let said = (0..BYTES).map(|_| char::from(chance.random_range(b'a'..=b'z'))).collect();
        let gap = Duration::from_secs_f64(1.0 / per_second.max(0.001));
        Self { began: Instant::now(), lasting, gap, said, count: 0 }
    }

    /// How long to wait for the next one; `None`: the slice is over.
    fn wait(&self) -> Option<Duration> {
        let now = self.began.elapsed();
        (now < self.lasting).then(|| (self.gap * self.count).saturating_sub(now))
    }

    fn made(&mut self, since: Instant, latency: &mut Latency) {
        latency.record(i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX));
        self.count += 1;
    }
}

impl Bare {
    /// On the disk that `beside` is on (the data directory), or in the database at `database_url`.
    pub async fn opens(beside: Option<&Path>, database_url: Option<&str>) -> Result<Self> {
        if let Some(url) = database_url {
            let pool = PgPoolOptions::new().max_connections(1).connect(url).await.context("cannot open PostgreSQL")?;
            sqlx::query(TABLE).execute(&pool).await.context("cannot make a table")?;
            return Ok(Self::Postgres(pool));
        }
        let dir = match beside {
            Some(beside) => TempDir::new_in(beside),
            None => tempfile::tempdir(),
        };
        let dir = dir.context("cannot make a directory for the bare commit")?;
        let connection = Connection::open(dir.path().join("bare.db")).context("cannot open SQLite")?;
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        connection.execute_batch(&format!("{settings} {TABLE}")).context("cannot make a table")?;
        Ok(Self::Sqlite(Arc::new(Mutex::new(connection)), dir))
    }

    /// Commits at a rate, one at a time, and adds to `latency` how long each took from when it *began*: where the disk cannot
    /// keep up with the rate the queue before it is not the cost of a commit. How many there were.
    pub async fn presses(&self, per_second: f64, lasting: Duration, seed: u64, latency: &mut Latency) -> Result<u64> {
        let mut slice = Slice::new(per_second, lasting, seed);
        match self {
            Self::Sqlite(connection, _) => {
                let connection = Arc::clone(connection);
                let of_slice = spawn_blocking(move || on_this_thread(&connection, slice));
                let of_slice = of_slice.await.context("the bare commits broke off")??;
                latency.add(&of_slice);
                Ok(of_slice.count())
            }
            Self::Postgres(pool) => {
                while let Some(wait) = slice.wait() {
                    tokio::time::sleep(wait).await;
                    let since = Instant::now();
                    let insert = sqlx::query(INSERT).bind(i64::from(slice.count)).bind(&slice.said);
                    insert.execute(pool).await.context("a bare commit failed")?;
                    slice.made(since, latency);
                }
                Ok(u64::from(slice.count))
            }
        }
    }

    pub async fn closes(self) {
        if let Self::Postgres(pool) = self {
            // Best effort: an empty table of ours harms nobody.
            let _ = sqlx::query("DROP TABLE load_tests_bare_commit").execute(&pool).await;
            pool.close().await;
        }
    }
}

fn on_this_thread(connection: &Mutex<Connection>, mut slice: Slice) -> Result<Latency> {
    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let mut latency = Latency::default();
    while let Some(wait) = slice.wait() {
        std::thread::sleep(wait);
        let since = Instant::now();
        let mut insert = connection.prepare_cached(INSERT).context("a bare commit is no SQL")?;
        insert.execute((i64::from(slice.count), &slice.said)).context("a bare commit failed")?;
        slice.made(since, &mut latency);
    }
    Ok(latency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_bare_commit_is_durable_counted_and_timed() {
        let bare = Bare::opens(None, None).await.unwrap();
        let mut latency = Latency::default();
        let count = bare.presses(500.0, Duration::from_millis(200), 1, &mut latency).await.unwrap();
        assert!(count > 0 && latency.count() == count, "{count}");
        let Bare::Sqlite(connection, _) = &bare else { panic!("a file was asked for") };
        let asked =
            |question: &str| -> i64 { connection.lock().unwrap().query_row(question, (), |row| row.get(0)).unwrap() };
        assert_eq!(asked("SELECT count(*) FROM load_tests_bare_commit").unsigned_abs(), count);
        assert_eq!(asked("PRAGMA synchronous"), 2, "FULL");
        bare.closes().await;
    }
}
