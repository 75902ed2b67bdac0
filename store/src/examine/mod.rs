//! A look at a database from beside: is it there, is it whole, and does anything lie about? Nothing is changed, nothing owned.
//!
//! What is counted is counted over all tenants: for the operator of the machine, who may know how much, and never what.

mod engine;
mod tables;

pub use engine::{Engine, Holder};
pub use tables::{Counts, LineSeen, Tables};

use crate::Config;
use crate::sql::{Connection, Error, Pool, Purpose, Unfit, describe, session};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

/// A database that has not answered by then is out of reach.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found. Instants are microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    pub engine: Engine,
    /// `None`: nobody has made any yet.
    pub tables: Option<Tables>,
    /// `None`: no tables, or ones that only a newer program understands.
    pub counts: Option<Counts>,
}

/// Why there is nothing to say but this.
#[derive(Debug, thiserror::Error)]
pub enum Unseen {
    #[error("there is no database yet")]
    NotThere,
    /// The address is not shown: it may hold a password.
    #[error("the database's address cannot be read")]
    Address,
    #[error("{0}")]
    Database(String),
    /// It is there, and its sessions are not ours alone: `serve` refuses it.
    #[error(transparent)]
    Shared(Unfit),
    #[error("cannot look at the lock of the data directory")]
    Lock(#[source] std::io::Error),
}

impl From<Error> for Unseen {
    fn from(error: Error) -> Self {
        Self::Database(describe(&error))
    }
}

/// Looks at the database that `config` names; `now` is the machine's clock in microseconds since 1970.
///
/// SQLite's integrity is checked only while no process uses it: that takes a moment per gigabyte.
pub async fn examine(config: &Config, now: crate::Clock) -> Result<Examination, Unseen> {
    match config {
        Config::Sqlite { data_dir } => sqlite(data_dir).await,
        Config::Postgres { url, .. } => postgres(&url.0, now).await,
    }
}

async fn sqlite(data_dir: &Path) -> Result<Examination, Unseen> {
    let file = data_dir.join("dashoffice.db");
    if !file.exists() {
        return Err(Unseen::NotThere);
    }
    // Held until we have looked: whoever starts meanwhile waits for it.
    let lock = free(data_dir).map_err(Unseen::Lock)?;
    let in_use = matches!(lock, Lock::InUse);
    // The log of a process that was killed can be read only by who may write; `query_only` keeps us from it.
    let options = SqliteConnectOptions::new().filename(&file).read_only(in_use).pragma("query_only", "1");
    let pool = Pool::Sqlite(
        SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_with(options).await?,
    );
    let seen = async {
        let mut db = pool.acquire().await?;
        let complaints = if in_use { None } else { Some(engine::quick_check(&mut db).await?) };
        let whole = complaints.as_ref().is_none_or(Vec::is_empty);
        let engine = Engine::Sqlite { in_use, complaints };
        // Of what is damaged nothing else is believed.
        if whole { look(&mut db, engine).await } else { Ok(Examination { engine, tables: None, counts: None }) }
    };
    let seen = seen.await;
    pool.close().await;
    drop(lock);
    Ok(seen?)
}

async fn postgres(url: &str, now: crate::Clock) -> Result<Examination, Unseen> {
    let options = session::plain(url).map_err(|_| Unseen::Address)?.application_name("dashoffice doctor");
    match session::is_ours_alone(&options).await {
        Ok(()) => {}
        Err(Unfit::Database(error)) => return Err(error.into()),
        Err(shared) => return Err(Unseen::Shared(shared)),
    }
    let is_direct = session::is_direct(&options).await;
    let connecting = session::pool(1, Purpose::Looking).acquire_timeout(PATIENCE).connect_with(options);
    let pool = Pool::Postgres(connecting.await?);
    let seen = async {
        let mut db = pool.acquire().await?;
        let tables = tables::present(&mut db).await?;
        let engine = engine::postgres(&mut db, tables, is_direct, now).await?;
        look(&mut db, engine).await
    };
    let seen = seen.await;
    pool.close().await;
    Ok(seen?)
}

async fn look(db: &mut Connection, engine: Engine) -> Result<Examination, Error> {
    if !tables::present(db).await? {
        return Ok(Examination { engine, tables: None, counts: None });
    }
    let tables = tables::look(db).await?;
    let counts = if tables.is_understood() && tables.is_current() { Some(tables::count(db).await?) } else { None };
    Ok(Examination { engine, tables: Some(tables), counts })
}

enum Lock {
    InUse,
    /// Nobody has it; with the file, we do until it is dropped.
    Ours(#[expect(dead_code, reason = "held, not read")] Option<File>),
}

/// Takes the lock of the data directory if it is free; makes no file.
fn free(data_dir: &Path) -> std::io::Result<Lock> {
    let file = match OpenOptions::new().write(true).open(data_dir.join("dashoffice.lock")) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Lock::Ours(None)),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(Lock::Ours(Some(file))),
        Err(TryLockError::WouldBlock) => Ok(Lock::InUse),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
