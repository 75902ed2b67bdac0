//! The database itself: whole or damaged, durable or not, and who holds it.

use crate::Clock;
use crate::sql::{Connection, Error, values};

/// Complaints that are told; more say nothing new.
const MOST_COMPLAINTS: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite {
        /// Another process has the data directory.
        in_use: bool,
        /// What `quick_check` says, at most five lines; `None`: not asked, for it is in use.
        complaints: Option<Vec<String>>,
    },
    Postgres {
        /// As `server_version_num`: 150004 is 15.4.
        version: i64,
        fsync: String,
        synchronous_commit: String,
        /// No pooler stands in between.
        is_direct: bool,
        /// How far the database's clock is ahead of the machine's.
        clock_ahead_us: i64,
        holder: Holder,
    },
}

/// Who has the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Nobody,
    Alive,
    /// Its session is there, and its lease has run out: it stands still, or cannot reach the database in time.
    Stuck,
    /// The lease has not run out, and its session is gone: the next process takes it at once.
    Gone,
}

/// Empty: it is whole.
pub(super) async fn quick_check(db: &mut Connection) -> Result<Vec<String>, Error> {
    let sql = format!("PRAGMA quick_check({MOST_COMPLAINTS})");
    let rows = db.rows(sql, Vec::new()).await?;
    let lines = rows.iter().map(|row| row.columns().text()).collect::<Result<Vec<_>, Error>>()?;
    Ok(if lines == ["ok"] { Vec::new() } else { lines })
}

pub(super) async fn postgres(
    db: &mut Connection,
    has_tables: bool,
    is_direct: bool,
    now: Clock,
) -> Result<Engine, Error> {
    let sql = "SELECT current_setting('server_version_num')::bigint, current_setting('fsync'), \
               current_setting('synchronous_commit')";
    let row = db.row(sql, Vec::new()).await?.ok_or(Error::RowNotFound)?;
    let mut c = row.columns();
    let (version, fsync, synchronous_commit) = (c.int()?, c.text()?, c.text()?);
    let clock_ahead_us = clock_ahead(db, &now).await?;
    let holder = if has_tables { holder(db).await? } else { Holder::Nobody };
    Ok(Engine::Postgres { version, fsync, synchronous_commit, is_direct, clock_ahead_us, holder })
}

/// Compared with the middle of asking and being answered.
async fn clock_ahead(db: &mut Connection, now: &Clock) -> Result<i64, Error> {
    let asked_at = now();
    let row = db.row("SELECT clock_timestamp()", Vec::new()).await?.ok_or(Error::RowNotFound)?;
    let answered_at = now();
    Ok(row.columns().time()?.0 - (asked_at + (answered_at - asked_at) / 2))
}

async fn holder(db: &mut Connection) -> Result<Holder, Error> {
    let sql = "SELECT expires_at < clock_timestamp(), expires_at = '-infinity', EXISTS (SELECT 1 FROM pg_stat_activity a \
               WHERE a.pid = lease.pid AND a.backend_start = lease.backend_started_at) FROM lease WHERE id = $1 AND owner IS NOT NULL";
    let Some(row) = db.row(sql, values![1_i64]).await? else { return Ok(Holder::Nobody) };
    let mut c = row.columns();
    let (has_run_out, given_back, has_session) = (c.bool()?, c.bool()?, c.bool()?);
    Ok(match (has_run_out, has_session) {
        _ if given_back => Holder::Nobody,
        (false, true) => Holder::Alive,
        (true, true) => Holder::Stuck,
        (false, false) => Holder::Gone,
        (true, false) => Holder::Nobody,
    })
}
