//! A connection of PostgreSQL's, and where it goes when it is dropped: home, or to the driver's pool.
//!
//! The driver's pool asks the server each time it lends a connection and each time it gets one back whether it is sound: twice as
//! many questions as most reads have themselves. What was sound a moment ago stays at home, and only the rest goes there.

use super::Error;
use super::idle_connections::{IdleConnections, Lease};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, PgPool, Postgres};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So long a statement may go without an answer: the network may have swallowed it. Of each statement, not of the
/// transaction: where every answer takes its time a transaction takes many times as long, and must come to its end all the same.
const PATIENCE: Duration = Duration::from_secs(5);
/// What has rested for longer is asked whether it is sound still.
const FRESH: Duration = Duration::from_secs(1);
/// The server's process for a connection grows with what it is asked: after so long the driver's pool sees to it.
const LIFETIME: Duration = Duration::from_mins(30);

/// Readers of PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readers {
    pool: PgPool,
    idle_connections: Arc<IdleConnections<Rested>>,
}

/// A connection between two reads.
struct Rested {
    db: PoolConnection<Postgres>,
    opened: Instant,
    since: Instant,
}

impl Readers {
    /// As many as `pool` may open.
    pub(crate) fn of(pool: PgPool) -> Self {
        let idle_connections = IdleConnections::of(pool.options().get_max_connections());
        Self { pool, idle_connections }
    }

    pub(super) async fn lend(&self) -> Result<PooledConnection, Error> {
        let (rested, lease) = self.idle_connections.lend().await?;
        let sound = match rested {
            Some(rested) => rested.sound().await,
            None => None,
        };
        let mut pooled = match sound {
            Some(pooled) => pooled,
            None => PooledConnection::of(self.pool.acquire().await?),
        };
        pooled.lease = Some(lease);
        Ok(pooled)
    }

    pub(super) async fn close(&self) {
        self.idle_connections.close().await;
        self.pool.close().await;
    }
}

impl Rested {
    async fn sound(self) -> Option<PooledConnection> {
        let mut pooled = PooledConnection::of(self.db);
        pooled.opened = self.opened;
        if self.since.elapsed() >= FRESH && pooled.answered(async |db| db.ping().await).await.is_err() {
            pooled.close_on_drop();
            return None;
        }
        Some(pooled)
    }
}

/// A connection that is lent.
pub(crate) struct PooledConnection {
    /// There until it is dropped.
    db: Option<PoolConnection<Postgres>>,
    opened: Instant,
    /// `None`: it is not brought home.
    lease: Option<Lease<Rested>>,
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let (Some(db), Some(lease)) = (self.db.take(), self.lease.take())
            && self.opened.elapsed() < LIFETIME
        {
            lease.bring_back(Rested { db, opened: self.opened, since: Instant::now() });
        }
    }
}

impl PooledConnection {
    /// It goes back to the pool it comes from.
    pub(super) fn of(db: PoolConnection<Postgres>) -> Self {
        Self { db: Some(db), opened: Instant::now(), lease: None }
    }

    /// What the server answers. A connection that does not answer in time is closed rather than used again, and one that failed, or
    /// was left in the midst of an answer, is looked at before it is.
    pub(super) async fn answered<T>(
        &mut self,
        ask: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let lease = self.lease.take();
        let db = self.db.as_mut().expect("it is there until it is dropped");
        match tokio::time::timeout(PATIENCE, ask(db)).await {
            Ok(answer) => {
                if answer.is_ok() {
                    self.lease = lease;
                }
                answer
            }
            Err(_elapsed) => {
                self.close_on_drop();
                Err(Error::Io(ErrorKind::TimedOut.into()))
            }
        }
    }

    /// It is not used again.
    pub(super) fn close_on_drop(&mut self) {
        self.lease = None;
        if let Some(db) = &mut self.db {
            db.close_on_drop();
        }
    }

    pub(super) async fn close(mut self) -> Result<(), Error> {
        let db = self.db.take().expect("it is there until it is dropped");
        db.detach().close_hard().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Connection, Pool};
    use sqlx::postgres::PgPoolOptions;

    async fn one_reader() -> Pool {
        #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
        let server = std::env::var("DASHOFFICE_TEST_POSTGRES").expect("`make test` starts one");
        Pool::Readers(Readers::of(PgPoolOptions::new().max_connections(1).connect(&server).await.unwrap()))
    }

    async fn number(db: &mut Connection, sql: &'static str) -> Result<i64, Error> {
        db.row(sql, Vec::new()).await?.ok_or(Error::RowNotFound)?.columns().int()
    }

    const PID: &str = "SELECT pg_backend_pid()::bigint";

    #[tokio::test]
    async fn a_sound_connection_is_lent_again_and_one_left_in_the_midst_of_an_answer_not_as_it_is() {
        let pool = one_reader().await;
        let first = number(&mut pool.acquire().await.unwrap(), PID).await.unwrap();
        let mut db = pool.acquire().await.unwrap();
        assert_eq!(number(&mut db, PID).await.unwrap(), first);
        let slow = number(&mut db, "SELECT 1::bigint FROM pg_sleep(0.3)");
        assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err(), "nobody waits for it");
        drop(db);
        assert_eq!(number(&mut pool.acquire().await.unwrap(), "SELECT 7::bigint").await.unwrap(), 7);
        pool.close().await;
        assert!(pool.acquire().await.is_err());
    }

    #[tokio::test]
    async fn a_connection_that_went_away_while_it_rested_is_replaced() {
        let (pool, other) = (one_reader().await, one_reader().await);
        let first = number(&mut pool.acquire().await.unwrap(), PID).await.unwrap();
        let end = format!("SELECT pg_terminate_backend({first})::int::bigint");
        assert!(other.acquire().await.unwrap().row(end, Vec::new()).await.unwrap().is_some());
        tokio::time::sleep(FRESH).await;
        let second = number(&mut pool.acquire().await.unwrap(), PID).await.unwrap();
        assert_ne!(second, first);
    }

    #[tokio::test]
    async fn a_connection_that_fails_is_lent_to_nobody_else() {
        let (pool, other) = (one_reader().await, one_reader().await);
        let first = number(&mut pool.acquire().await.unwrap(), PID).await.unwrap();
        let end = format!("SELECT pg_terminate_backend({first})::int::bigint");
        assert!(other.acquire().await.unwrap().row(end, Vec::new()).await.unwrap().is_some());
        while number(&mut pool.acquire().await.unwrap(), PID).await.is_ok_and(|pid| pid == first) {}
        assert_ne!(number(&mut pool.acquire().await.unwrap(), PID).await.unwrap(), first);
    }
}
