//! The writer's hand on a database: one transaction per batch, fenced by our ownership.

use super::{Connection, Direct, Error, Pool, describe, is_refusal, load, save, tidy, values};
use crate::judge::{self, Job, Moment, Verdict};
use crate::ownership::Standing;
use crate::records::{Cursor, Tables};
use crate::writer::{Ledger, Tidied, Transacted, Waiting};
use crate::{Clock, Retention};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_runtime::Current;
use futures_util::FutureExt as _;
use std::collections::HashMap;
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
            Self::File(file) => Direct::open(file).map(Connection::Direct),
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
    standing: Arc<Standing>,
    clock: Clock,
    retention: Current<Retention>,
    cursors: Cursors,
    /// Of jobs, so far: when their number has doubled, so may have the tables.
    transactions: u64,
}

/// The tenants' cursors as we left them: nobody else moves them while we own the store.
#[derive(Default)]
struct Cursors {
    term: i64,
    known: HashMap<Uuid, Cursor>,
}

impl Cursors {
    /// What is known under this term.
    fn under(&mut self, term: i64) -> &HashMap<Uuid, Cursor> {
        if self.term != term {
            self.known.clear();
            self.term = term;
        }
        &self.known
    }

    fn learn(&mut self, tables: &Tables) {
        self.known.extend(tables.cursors.written().map(|(tenant, cursor)| (*tenant, *cursor)));
    }

    /// After a transaction whose end is not known.
    fn forget(&mut self) {
        self.known.clear();
    }
}

/// How far a transaction got before it was given up.
enum GivenUp {
    /// The database says no to what was in it; the connection is as good as before.
    Refused(String),
    /// The connection is not to be used again.
    Broken(String),
    /// A bug of ours, shown by one of these jobs; the connection is not to be used again.
    Panicked,
    /// We no longer own the store.
    NotOurs,
}

impl From<Error> for GivenUp {
    fn from(error: Error) -> Self {
        let reason = describe(&error);
        if is_refusal(&error) { Self::Refused(reason) } else { Self::Broken(reason) }
    }
}

impl SqlLedger {
    pub(crate) fn new(
        source: Source,
        owner: Uuid,
        standing: Arc<Standing>,
        clock: Clock,
        retention: Current<Retention>,
    ) -> Self {
        Self {
            source,
            connection: None,
            owner,
            standing,
            clock,
            retention,
            cursors: Cursors::default(),
            transactions: 0,
        }
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
        let mut db = match self.connection().await {
            Ok(connection) => connection,
            Err(reason) => return Transacted::Unavailable(reason),
        };
        let now = Timestamp((self.clock)());
        self.transactions += 1;
        let has_doubled = self.transactions.is_power_of_two();
        let begin = Begin { owner: self.owner, term, anew: has_doubled };
        let prepared = prepare(&mut db, begin, now, jobs, self.cursors.under(term));
        // A bug must not end the writer: the batch is halved until the job that shows it stands alone.
        let prepared = AssertUnwindSafe(prepared).catch_unwind().map(|done| done.unwrap_or(Err(GivenUp::Panicked)));
        match prepared.await {
            Ok((verdicts, Some(tables))) => match db.order("COMMIT").await {
                Ok(()) => {
                    self.connection = Some(db);
                    self.cursors.learn(&tables);
                    if has_doubled {
                        self.source.grew();
                    }
                    Transacted::Decided(verdicts)
                }
                // Never repeated, never rolled back: what is on disk is seen by whoever reads next.
                Err(error) => {
                    self.cursors.forget();
                    db.discard().await;
                    Transacted::Unknown(describe(&error))
                }
            },
            Ok((verdicts, None)) => {
                self.roll_back(db).await;
                Transacted::Decided(verdicts)
            }
            Err(GivenUp::Refused(reason)) => {
                self.roll_back(db).await;
                Transacted::Refused(reason)
            }
            Err(GivenUp::Panicked) => {
                db.discard().await;
                Transacted::Refused("a bug of ours: the transaction panicked".to_owned())
            }
            Err(GivenUp::NotOurs) => {
                self.roll_back(db).await;
                self.standing.lose(term);
                Transacted::Unavailable("the store is not ours any more".to_owned())
            }
            Err(GivenUp::Broken(reason)) => {
                db.discard().await;
                Transacted::Unavailable(reason)
            }
        }
    }

    async fn roll_back(&mut self, mut db: Connection) {
        match db.order("ROLLBACK").await {
            Ok(()) => self.connection = Some(db),
            Err(_) => db.discard().await,
        }
    }

    async fn scan_waiting(&mut self) -> Option<Vec<Waiting>> {
        let mut db = self.connection().await.ok()?;
        let sql = "SELECT tenant, position, received_at FROM inbox WHERE held = $1";
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

    async fn tidy_some(&mut self, now: Timestamp) -> Tidied {
        let not_now = Tidied::Done { orphan_statuses: None };
        let Some(term) = self.standing.writing_term() else { return not_now };
        let Ok(mut db) = self.connection().await else { return not_now };
        let retention = self.retention.now();
        let tidied = async {
            Begin { owner: self.owner, term, anew: true }.on(&mut db).await?;
            let more = tidy::some(&mut db, now, &retention).await?;
            let tidied = if more {
                Tidied::More
            } else {
                Tidied::Done { orphan_statuses: Some(tidy::orphan_statuses(&mut db, now).await?) }
            };
            db.order("COMMIT").await?;
            Ok::<_, GivenUp>(tidied)
        };
        if let Ok(tidied) = tidied.await {
            self.connection = Some(db);
            return tidied;
        }
        db.discard().await;
        not_now
    }
}

impl Ledger for SqlLedger {
    fn transact<'a>(&'a mut self, jobs: &'a [Arc<Job>]) -> BoxFuture<'a, Transacted> {
        Box::pin(self.write(jobs))
    }

    fn tidy(&mut self, now: Timestamp) -> BoxFuture<'_, Tidied> {
        Box::pin(self.tidy_some(now))
    }

    fn let_go(&mut self) {
        self.connection = None;
        self.cursors.forget();
    }

    fn waiting(&mut self) -> BoxFuture<'_, Option<Vec<Waiting>>> {
        Box::pin(self.scan_waiting())
    }
}

/// How a transaction begins.
struct Begin {
    owner: Uuid,
    term: i64,
    /// With new plans.
    anew: bool,
}

impl Begin {
    async fn on(&self, db: &mut Connection) -> Result<(), GivenUp> {
        if db.begin(self.owner, self.term, self.anew).await? { Ok(()) } else { Err(GivenUp::NotOurs) }
    }
}

/// Everything but the commit. No tables: nothing is to be written.
async fn prepare(
    db: &mut Connection,
    begin: Begin,
    now: Timestamp,
    jobs: &[Arc<Job>],
    cursors: &HashMap<Uuid, Cursor>,
) -> Result<(Vec<Verdict>, Option<Tables>), GivenUp> {
    begin.on(db).await?;
    let mut tables = load(db, jobs, cursors).await?;
    let moment = Moment { term: begin.term, now };
    let verdicts = judge::judge(&mut tables, jobs.iter().map(AsRef::as_ref), moment);
    if !tables.is_touched() {
        return Ok((verdicts, None));
    }
    db.write(save(&tables)?).await?;
    Ok((verdicts, Some(tables)))
}
