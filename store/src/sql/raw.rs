//! SQLite without a thread in between: a statement costs microseconds where handing it to a thread and waiting for each row
//! would cost ten times that. Who calls waits, so it is called where waiting harms nobody.

use super::idle_connections::{IdleConnections, Lease};
use super::{Error, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, Params, params_from_iter};
use sqlx::error::{DatabaseError, ErrorKind};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// The statements of a batch come in a few sizes each; all of them stay prepared.
const STATEMENTS: usize = 512;
/// Steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 10_000;
/// A read holds up the thread it was asked on for so long; nearly all need a tenth of it, and lending the thread's other work to
/// another one for each of them would cost more than they do.
const AT_ONCE: Duration = Duration::from_millis(5);
/// Another thread takes the work over in less.
const TAKEN_OVER: Duration = Duration::from_millis(1);
/// Whoever else writes (a checkpoint, a migration) is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection, and where it goes when it is dropped: home, or to its end.
pub(crate) struct RawConnection {
    /// There until it is dropped.
    db: Option<Connection>,
    lease: Option<Lease<Connection>>,
}

/// Readers of SQLite. Cheap to clone.
#[derive(Clone)]
pub(crate) struct RawReaders {
    file: Arc<Path>,
    idle_connections: Arc<IdleConnections<Connection>>,
}

impl RawReaders {
    /// At most so many connections to `file`; each is opened when it is first needed.
    pub(crate) fn of(file: &Path, most: u32) -> Self {
        Self { file: file.into(), idle_connections: IdleConnections::of(most) }
    }

    pub(super) async fn lend(&self) -> Result<RawConnection, Error> {
        let (idle, lease) = self.idle_connections.lend().await?;
        let db = idle.map_or_else(|| reader(&self.file), Ok)?;
        Ok(RawConnection { db: Some(db), lease: Some(lease) })
    }

    pub(super) async fn close(&self) {
        self.idle_connections.close().await;
    }
}

impl Drop for RawConnection {
    fn drop(&mut self) {
        if let (Some(db), Some(lease)) = (self.db.take(), self.lease.take()) {
            lease.bring_back(db);
        }
    }
}

impl RawConnection {
    /// Opens a database that is there, with its write-ahead log, to write what is kept for good (A11).
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        // No mutex: it is one thread's at a time, as the types say.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = opened(file, flags)?;
        db.execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {}; PRAGMA journal_size_limit = {};",
            super::LAST_CHECKPOINT,
            super::LONGEST_LOG
        ))
        .map_err(trouble)?;
        let mode: String = db.query_row("PRAGMA journal_mode", (), |row| row.get(0)).map_err(trouble)?;
        let synchronous: i64 = db.query_row("PRAGMA synchronous", (), |row| row.get(0)).map_err(trouble)?;
        if (mode.as_str(), synchronous) != ("wal", 2) {
            return Err(Error::Protocol(format!(
                "journal_mode and synchronous are {mode} and {synchronous}, not wal and 2"
            )));
        }
        Ok(Self { db: Some(db), lease: None })
    }

    /// From now on statements run on this very thread: for a moment at once, then with what else the thread has to do lent to another
    /// one, until so much time has gone by and they are interrupted.
    pub(super) fn interrupt_after(&self, longest: Duration) -> Result<(), Error> {
        let begun = Instant::now();
        let mut lends = AT_ONCE;
        let is_over = move || {
            let gone = begun.elapsed();
            if gone >= lends {
                lends = gone + AT_ONCE;
                lend_the_thread();
            }
            gone >= longest
        };
        self.db().progress_handler(STEPS, Some(is_over)).map_err(trouble)
    }

    /// It is not lent again.
    pub(super) fn close_on_drop(&mut self) {
        self.lease = None;
    }

    fn db(&self) -> &Connection {
        self.db.as_ref().expect("it is there until it is dropped")
    }

    pub(super) fn run(&self, sql: &str, args: Vec<Value>) -> Result<u64, Error> {
        let changed = self.prepared(sql)?.execute(bound(args)?).map_err(trouble)?;
        Ok(changed as u64)
    }

    pub(super) fn rows(&self, sql: &str, args: Vec<Value>) -> Result<Vec<Vec<Cell>>, Error> {
        let mut statement = self.prepared(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(bound(args)?).map_err(trouble)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(trouble)? {
            let cells = (0..columns).map(|column| row.get_ref(column).and_then(cell)).collect::<Result<_, _>>();
            found.push(cells.map_err(trouble)?);
        }
        Ok(found)
    }

    /// Steps of SQLite's machine that a statement takes.
    #[cfg(test)]
    pub(super) fn steps(&self, sql: &str, args: Vec<Value>) -> Result<i32, Error> {
        let mut statement = self.db().prepare(sql).map_err(trouble)?;
        let mut rows = statement.query(bound(args)?).map_err(trouble)?;
        while rows.next().map_err(trouble)?.is_some() {}
        drop(rows);
        Ok(statement.get_status(rusqlite::StatementStatus::VmStep))
    }

    pub(super) fn order(&self, sql: &str) -> Result<(), Error> {
        self.prepared(sql)?.execute(()).map_err(trouble)?;
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<(), Error> {
        let db = self.db.take().expect("it is there until it is dropped");
        db.close().map_err(|(_, error)| trouble(error))
    }

    fn prepared(&self, sql: &str) -> Result<CachedStatement<'_>, Error> {
        self.db().prepare_cached(sql).map_err(trouble)
    }
}

/// Opens a database that is there, to read it.
fn reader(file: &Path) -> Result<Connection, Error> {
    let db = opened(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.execute_batch("PRAGMA query_only = 1").map_err(trouble)?;
    Ok(db)
}

fn opened(file: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let db = Connection::open_with_flags(file, flags).map_err(trouble)?;
    db.busy_timeout(PATIENCE).map_err(trouble)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement is planned once: else each new pattern of a `LIKE $1` has it planned anew, at the cost of the whole read.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(trouble)?;
    Ok(db)
}

/// What else this thread would have to do is done by another one from now on. Should none come in time, it is asked again.
fn lend_the_thread() {
    if Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread) {
        block_in_place(|| std::thread::sleep(TAKEN_OVER));
    }
}

fn cell(value: ValueRef<'_>) -> rusqlite::Result<Cell> {
    Cell::try_from(value).map_err(rusqlite::Error::from)
}

fn bound(args: Vec<Value>) -> Result<impl Params, Error> {
    let cells = args.into_iter().map(|value| {
        Ok(match value {
            Value::Int(value) | Value::Time(value) => value.map_or(Cell::Null, Cell::Integer),
            Value::Bool(value) => Cell::Integer(value.into()),
            Value::Text(value) => value.map_or(Cell::Null, Cell::Text),
            Value::Blob(value) => value.map_or(Cell::Null, Cell::Blob),
            Value::Id(value) => value.map_or(Cell::Null, |id| Cell::Blob(id.as_bytes().to_vec())),
            Value::Array(_) => return Err(Error::Encode("SQLite has no arrays".into())),
        })
    });
    Ok(params_from_iter(cells.collect::<Result<Vec<_>, Error>>()?))
}

/// What SQLite says is wrong: its extended code, and words that name tables and columns, never values.
#[derive(Debug)]
pub(super) struct Trouble {
    code: i32,
    message: String,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl StdError for Trouble {}

impl DatabaseError for Trouble {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

fn trouble(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let message = message.unwrap_or_else(|| failure.to_string());
            Error::Database(Box::new(Trouble { code: failure.extended_code, message }))
        }
        // Nothing of SQLite's: our statement and our reading of it do not fit.
        other => Error::Decode(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{describe, is_refusal, values};

    fn database() -> (tempfile::TempDir, RawConnection) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        let db = Connection::open(&file).unwrap();
        db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (id BLOB PRIMARY KEY, n INTEGER NOT NULL) STRICT;")
            .unwrap();
        let raw = RawConnection::open(&file).unwrap();
        (folder, raw)
    }

    #[test]
    fn what_the_database_will_never_take_is_a_refusal_and_told_without_values() {
        let (_folder, db) = database();
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(db.run("INSERT INTO t VALUES ($1, $2)", values![id, 1]).unwrap(), 1);
        for args in [values![id, 5_511_999], values![uuid::Uuid::from_u128(8), "x5511999"]] {
            let error = db.run("INSERT INTO t VALUES ($1, $2)", args).unwrap_err();
            assert!(is_refusal(&error), "{error}");
            assert!(!describe(&error).contains("5511999"), "{}", describe(&error));
        }
        assert!(is_refusal(&db.run("INSERT INTO nowhere VALUES (1)", Vec::new()).unwrap_err()));
    }

    #[test]
    fn a_locked_database_is_weather() {
        let (folder, db) = database();
        db.db().busy_timeout(Duration::ZERO).unwrap();
        let other = Connection::open(folder.path().join("t.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = db.order("BEGIN IMMEDIATE").unwrap_err();
        assert!(!is_refusal(&error), "{error}");
        other.execute_batch("ROLLBACK").unwrap();
        db.order("BEGIN IMMEDIATE").unwrap();
    }

    /// A11: a database that would forget is not written to.
    #[test]
    fn a_database_without_its_log_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        Connection::open(&file).unwrap().execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
        assert!(RawConnection::open(&file).is_err());
    }
}
