//! The writer's hand on a database: one transaction per batch, fenced by our ownership.

use super::fence::Fence;
use super::known::Known;
use super::transaction::{Failed, Transaction};
use super::{Connection, Error, Pool, RawConnection, decode, describe, load, save, tidy, values};
use crate::judge::{self, CommitStamp, Job, JobResult};
use crate::ownership::OwnershipState;
use crate::records::Tables;
use crate::writer::{Ledger, Tidied, Transacted, Waiting};
use crate::{Clock, Retention};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_runtime::Current;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

/// Where the writer's connection comes from.
#[derive(Clone)]
pub(crate) enum Source {
    /// The file of a SQLite database.
    File(PathBuf),
    /// PostgreSQL; `grew` is told when its tables may have grown to twice their size.
    Pool { pool: Pool, grew: Arc<Notify> },
}

impl Source {
    async fn acquire(&self) -> Result<Connection, Error> {
        match self {
            Self::File(file) => RawConnection::open(file).map(Connection::Raw),
            Self::Pool { pool, .. } => pool.acquire().await,
        }
    }

    fn grew(&self) {
        if let Self::Pool { grew, .. } = self {
            grew.notify_one();
        }
    }
}

pub(crate) struct SqlLedger {
    source: Source,
    connection: Option<Connection>,
    owner: Uuid,
    standing: Arc<OwnershipState>,
    clock: Clock,
    retention: Current<Retention>,
    known: Known,
    /// So far: when their number has doubled, so may have the tables.
    jobs: u64,
    /// Where the next piece of a tidying goes on that is not done.
    tidying: Option<usize>,
}

impl SqlLedger {
    pub(crate) fn new(
        source: Source,
        owner: Uuid,
        standing: Arc<OwnershipState>,
        clock: Clock,
        retention: Current<Retention>,
    ) -> Self {
        let (known, jobs, tidying) = (Known::default(), 0, None);
        Self { source, connection: None, owner, standing, clock, retention, known, jobs, tidying }
    }

    async fn connection(&mut self) -> Result<Connection, String> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            // Ours for ever: should we fall in the midst of a transaction, nobody else goes on with it.
            None => match self.source.acquire().await {
                Ok(mut connection) => {
                    connection.close_on_drop();
                    Ok(connection)
                }
                Err(error) => Err(describe(&error)),
            },
        }
    }

    async fn write(&mut self, jobs: &[Arc<Job>]) -> Transacted {
        let Some(term) = self.standing.writing_term() else {
            return Transacted::Unavailable("the store is not ours".to_owned());
        };
        let db = match self.connection().await {
            Ok(connection) => connection,
            Err(reason) => return Transacted::Unavailable(reason),
        };
        let now = Timestamp((self.clock)());
        let before = self.jobs;
        self.jobs += jobs.len() as u64;
        let has_doubled = before.checked_ilog2() != self.jobs.checked_ilog2();
        let mut transaction = Transaction::on(db, Fence { owner: self.owner, term });
        let known = self.known.under(term);
        let written = async {
            if has_doubled {
                transaction.plan_anew().await?;
            }
            write(&mut transaction, CommitStamp { term, now }, jobs, known).await
        };
        // A bug must not end the writer: the batch is halved until the job that shows it stands alone.
        let written = AssertUnwindSafe(written).catch_unwind().await.unwrap_or(Err(Failed::Panicked));
        self.connection = transaction.end(written.as_ref().err()).await;
        match written {
            Ok((results, tables)) => {
                self.known.learn(&tables);
                if has_doubled {
                    self.source.grew();
                }
                Transacted::Decided(results)
            }
            Err(Failed::Refused(reason)) => Transacted::Refused(reason),
            Err(Failed::Panicked) => Transacted::Refused("a bug of ours: the transaction panicked".to_owned()),
            Err(Failed::Broken(reason)) => Transacted::Unavailable(reason),
            Err(Failed::NotOurs) => {
                self.standing.lose(term);
                Transacted::Unavailable("the store is not ours any more".to_owned())
            }
            Err(Failed::Unknown(reason)) => {
                self.known.forget();
                Transacted::Unknown(reason)
            }
        }
    }

    async fn scan_waiting(&mut self) -> Option<Vec<Waiting>> {
        let mut db = self.connection().await.ok()?;
        // What is for others than we know keeps nobody of ours waiting.
        let sql = format!(
            "SELECT tenant, position, received_at FROM inbox \
             WHERE held = $1 AND (entity_kind IS NULL OR entity_kind IN ({}))",
            *decode::KNOWN_KINDS
        );
        let Ok(rows) = db.rows(sql, values![false]).await else {
            db.discard().await;
            return None;
        };
        self.connection = Some(db);
        let rows = rows.iter().map(|row| {
            let mut c = row.columns();
            Ok((c.id()?, c.int()?, c.time()?))
        });
        rows.collect::<Result<Vec<Waiting>, Error>>().ok()
    }

    /// `None`: not now.
    async fn tidy_some(&mut self, now: Timestamp) -> Result<Option<Tidied>, Failed> {
        let Some(term) = self.standing.writing_term() else { return Ok(None) };
        let db = self.connection().await.map_err(Failed::Broken)?;
        let retention = self.retention.now();
        let begins = self.tidying.is_none();
        let mut place = self.tidying.take().unwrap_or_default();
        let mut transaction = Transaction::on(db, Fence { owner: self.owner, term });
        let tidied = async {
            if begins {
                // Once: whatever the writer asks is planned anew with it.
                transaction.plan_anew().await?;
            }
            transaction.hold().await?;
            let db = transaction.db();
            if db.is_postgres() {
                // The oldest come first, and there may be many of them.
                db.order("SET LOCAL enable_indexscan = on").await?;
            }
            let is_over = tidy::piece(db, now, &retention, &mut place).await?;
            let tidied = if is_over {
                Tidied::Done { orphan_statuses: Some(tidy::orphan_statuses(db, now).await?) }
            } else {
                Tidied::More
            };
            transaction.commit().await?;
            Ok::<_, Failed>(tidied)
        };
        let tidied = tidied.await;
        self.connection = transaction.end(tidied.as_ref().err()).await;
        self.tidying = matches!(tidied, Ok(Tidied::More)).then_some(place);
        self.known.tidied();
        tidied.map(Some)
    }
}

impl Ledger for SqlLedger {
    fn transact<'a>(&'a mut self, jobs: &'a [Arc<Job>]) -> BoxFuture<'a, Transacted> {
        Box::pin(self.write(jobs))
    }

    fn tidy(&mut self, now: Timestamp) -> BoxFuture<'_, Tidied> {
        Box::pin(async move {
            let tidied = self.tidy_some(now).await.unwrap_or_else(|failed| {
                tracing::warn!(
                    reason = failed.reason(),
                    "what is too old could not be thrown away, and waits for the next tidying"
                );
                None
            });
            tidied.unwrap_or(Tidied::Done { orphan_statuses: None })
        })
    }

    fn let_go(&mut self) {
        self.connection = None;
        self.known.forget();
    }

    fn waiting(&mut self) -> BoxFuture<'_, Option<Vec<Waiting>>> {
        Box::pin(self.scan_waiting())
    }
}

/// Reads, judges, writes. Where nothing is to be written, what was read must have been ours all the same.
async fn write(
    transaction: &mut Transaction,
    stamp: CommitStamp,
    jobs: &[Arc<Job>],
    known: &mut Known,
) -> Result<(Vec<JobResult>, Tables), Failed> {
    transaction.begin().await?;
    let mut tables = load(transaction.db(), jobs, known).await?;
    let results = judge::judge(&mut tables, jobs.iter().map(AsRef::as_ref), stamp);
    if tables.is_touched() {
        transaction.write(save(&tables)?).await?;
    } else {
        transaction.is_ours().await?;
    }
    transaction.commit().await?;
    Ok((results, tables))
}

#[cfg(test)]
mod tests;
