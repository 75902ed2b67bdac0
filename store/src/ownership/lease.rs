//! The lease on a PostgreSQL database: one row, renewed by a thread of its own, compared by the database's clock alone.

use super::OwnershipState;
use crate::sql::{Error, Purpose, session};
use sqlx::Row as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// How long a lease lives, and how often it is renewed.
#[derive(Clone, Copy, Debug)]
pub struct LeaseTimes {
    /// After this long without renewal anybody may take it.
    pub ttl: Duration,
    pub beat: Duration,
    /// For how long after asking for a renewal we believe in it: less than `ttl`, for our clock and the database's
    /// may run differently.
    pub trusted_for: Duration,
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(2), beat: Duration::from_millis(500), trusted_for: Duration::from_millis(1700) }
    }
}

const RENEW: &str = "UPDATE lease SET expires_at = clock_timestamp() + $3 * interval '1 microsecond', \
    pid = pg_backend_pid(), backend_started_at = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) \
    WHERE id = 1 AND owner = $1 AND term = $2";

/// Free: never taken, run out, or held by a session that is gone. Locked before it is looked at: a transaction that writes under
/// the lease ends first (it holds `KEY SHARE`, which a mere renewal need not wait for).
const CLAIM: &str = "WITH free AS (SELECT id FROM lease WHERE id = 1 AND (expires_at < clock_timestamp() OR NOT EXISTS \
    (SELECT 1 FROM pg_stat_activity a WHERE a.pid = lease.pid AND a.backend_start = lease.backend_started_at)) FOR UPDATE) \
    UPDATE lease SET owner = $1, term = term + 1, \
    expires_at = clock_timestamp() + $2 * interval '1 microsecond', \
    pid = pg_backend_pid(), backend_started_at = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) \
    FROM free WHERE lease.id = free.id RETURNING term";

/// Ours already, and wanted once more: what began under the last term is not to go on under the next. Waits for who writes, as [`CLAIM`].
const RAISE: &str = "WITH ours AS (SELECT id FROM lease WHERE id = 1 AND owner = $1 AND term = $2 FOR UPDATE) \
    UPDATE lease SET term = term + 1, \
    expires_at = clock_timestamp() + $3 * interval '1 microsecond', \
    pid = pg_backend_pid(), backend_started_at = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) \
    FROM ours WHERE lease.id = ours.id RETURNING term";

const RELEASE: &str = "UPDATE lease SET expires_at = '-infinity' WHERE id = 1 AND owner = $1 AND term = $2";

/// Less than a beat.
const AFTER_A_FALL: Duration = Duration::from_millis(100);

enum Order {
    /// Answered with the term once the lease is ours.
    Claim(oneshot::Sender<i64>),
    Release(oneshot::Sender<()>),
}

/// The holder's end of the thread; the thread ends when it is dropped.
pub(crate) struct Lease {
    orders: mpsc::UnboundedSender<Order>,
    frozen: Arc<AtomicBool>,
}

impl Lease {
    /// Starts the thread. It has a runtime and a connection of its own, so that no amount of work elsewhere lets the
    /// lease run out.
    pub(crate) fn start(
        connect: PgConnectOptions,
        times: LeaseTimes,
        owner: Uuid,
        standing: Arc<OwnershipState>,
    ) -> std::io::Result<Self> {
        let (orders, received) = mpsc::unbounded_channel();
        let frozen = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut received = received;
        let mut holder =
            Holder { connect, times, owner, standing, connection: None, held: None, frozen: frozen.clone() };
        let keeping = move || {
            until_it_finishes(|| {
                // Half a conversation with the database is not gone on with.
                holder.connection = None;
                runtime.block_on(holder.run(&mut received));
            });
        };
        std::thread::Builder::new().name("lease".to_owned()).spawn(keeping)?;
        Ok(Self { orders, frozen })
    }

    /// Waits until the lease is ours; `None`: the thread is gone.
    pub(crate) async fn claim(&self) -> Option<i64> {
        let (answer, told) = oneshot::channel();
        self.orders.send(Order::Claim(answer)).ok()?;
        told.await.ok()
    }

    /// Lets the next owner in at once.
    pub(crate) async fn release(&self) {
        let (answer, told) = oneshot::channel();
        if self.orders.send(Order::Release(answer)).is_ok() {
            told.await.ok();
        }
    }

    /// For drills: the thread stands still, as in a process that is frozen.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.frozen.store(frozen, Relaxed);
    }
}

/// Runs it again if it panics: what is held must be renewed within its time, whatever happens.
fn until_it_finishes(mut run: impl FnMut()) {
    while std::panic::catch_unwind(AssertUnwindSafe(&mut run)).is_err() {
        tracing::error!("the lease's thread panicked, and begins anew");
        metrics::counter!("dashoffice_task_restarts_total", "task" => "lease").increment(1);
        std::thread::sleep(AFTER_A_FALL);
    }
}

struct Holder {
    connect: PgConnectOptions,
    times: LeaseTimes,
    owner: Uuid,
    standing: Arc<OwnershipState>,
    connection: Option<PgConnection>,
    held: Option<i64>,
    frozen: Arc<AtomicBool>,
}

impl Holder {
    async fn run(&mut self, orders: &mut mpsc::UnboundedReceiver<Order>) {
        let mut beat = tokio::time::interval(self.times.beat);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut claimants: Vec<oneshot::Sender<i64>> = Vec::new();
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Claim(answer)) => claimants.push(answer),
                    Some(Order::Release(done)) => {
                        self.release().await;
                        done.send(()).ok();
                        continue;
                    }
                    None => return self.release().await,
                },
                _ = beat.tick() => {}
            }
            if self.frozen.load(Relaxed) {
                continue;
            }
            claimants.retain(|claimant| !claimant.is_closed());
            match self.beat(!claimants.is_empty()).await {
                // Only a beat that was answered says what we hold now.
                Ok(()) => {
                    if let Some(term) = self.held {
                        for claimant in claimants.drain(..) {
                            claimant.send(term).ok();
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error, "the lease could not be renewed or claimed; trying again");
                    self.connection = None;
                }
            }
        }
    }

    /// Renews what is held, or claims what is wanted: each time under a higher term. Never slower than the lease lives.
    async fn beat(&mut self, wanted: bool) -> Result<(), Error> {
        if self.held.is_none() && !wanted {
            return Ok(());
        }
        let asked_at = Instant::now();
        let patience = self.times.ttl;
        let beat = async {
            let ttl_us = i64::try_from(self.times.ttl.as_micros()).unwrap_or(i64::MAX);
            let owner = self.owner;
            let held = self.held;
            let connection = self.connection().await?;
            if let Some(term) = held.filter(|_| wanted) {
                let raised = sqlx::query(RAISE).bind(owner).bind(term).bind(ttl_us).fetch_optional(connection).await?;
                raised.map(|row| row.try_get::<i64, _>(0)).transpose()
            } else if let Some(term) = held {
                let renewed = sqlx::query(RENEW).bind(owner).bind(term).bind(ttl_us).execute(connection).await?;
                Ok::<_, Error>((renewed.rows_affected() == 1).then_some(term))
            } else {
                let claimed = sqlx::query(CLAIM).bind(owner).bind(ttl_us).fetch_optional(connection).await?;
                claimed.map(|row| row.try_get::<i64, _>(0)).transpose()
            }
        };
        let ours = tokio::time::timeout(patience, beat).await.map_err(|_| Error::PoolTimedOut)??;
        let until = asked_at + self.times.trusted_for;
        match (self.held, ours) {
            (Some(term), Some(ours)) if ours == term => self.standing.extend(term, until),
            (Some(term), None) => {
                self.held = None;
                self.standing.lose(term);
            }
            (_, Some(term)) => {
                self.held = Some(term);
                self.standing.hold(term, Some(until));
            }
            (None, None) => {}
        }
        Ok(())
    }

    async fn release(&mut self) {
        let Some(term) = self.held.take() else { return };
        self.standing.give_back();
        let owner = self.owner;
        let released = async {
            let connection = self.connection().await?;
            sqlx::query(RELEASE).bind(owner).bind(term).execute(connection).await
        };
        if let Ok(Err(error)) = tokio::time::timeout(Duration::from_secs(1), released).await {
            tracing::warn!(error = %error, "the lease could not be given back; it will run out");
        }
    }

    async fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        if self.connection.is_none() {
            self.connection = Some(session::begin(&self.connect, Purpose::Owning).await?);
        }
        Ok(self.connection.as_mut().expect("it was made a moment ago"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d_who_keeps_the_lease_begins_anew_after_a_fall() {
        let mut begun = 0;
        until_it_finishes(|| {
            begun += 1;
            assert!(begun > 2, "told to fall");
        });
        assert_eq!(begun, 3);
    }
}
