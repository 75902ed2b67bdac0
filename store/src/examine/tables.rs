//! The tables: which version, and what lies about in them.

use crate::sql::{Connection, Error, LATEST, READER, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::outgoing::SendState;
use dashoffice_domain::ids::NumberId;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    /// The last migration that was applied, and the last that this program knows.
    pub version: i64,
    pub known_version: i64,
    /// The oldest reader that understands them, and what this program is.
    pub min_reader: i64,
    pub reader: i64,
}

impl Tables {
    /// Whether this program may run on them.
    pub const fn is_understood(self) -> bool {
        self.min_reader <= self.reader
    }

    /// Whether every migration that this program knows was applied.
    pub const fn is_current(self) -> bool {
        self.version >= self.known_version
    }
}

/// What waits and what was put aside, over all tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items of the inbox that nobody has taken, and since when the oldest of them waits.
    pub backlog: i64,
    pub oldest_received_at: Option<Timestamp>,
    /// Items that wait because their thread is in quarantine.
    pub held: i64,
    pub dead_letters: i64,
    /// Posts of which nobody knows whether they went.
    pub unknown_sends: i64,
    /// Items that were kept because they belong to no number of ours.
    pub unmatched: i64,
    /// Items that were kept because they were not fully understood.
    pub unparsed_items: i64,
    /// News of accounts, by kind, and how many of it are kept.
    pub account_news: Vec<(String, i64)>,
    /// The latest moment at which a process said that it started.
    pub last_start_at: Option<Timestamp>,
    pub lines: Vec<LineSeen>,
}

/// A number and its provider; `None`: the app it belongs to is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSeen {
    pub number: NumberId,
    pub provider: Option<String>,
}

pub(super) async fn present(db: &mut Connection) -> Result<bool, Error> {
    let sql = if db.is_postgres() {
        "SELECT 1::bigint FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_meta'"
    } else {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_meta'"
    };
    Ok(db.row(sql, Vec::new()).await?.is_some())
}

pub(super) async fn look(db: &mut Connection) -> Result<Tables, Error> {
    let row = db.row("SELECT min_reader FROM schema_meta WHERE id = 1", Vec::new()).await?;
    let min_reader = row.map_or(Ok(0), |row| row.columns().int())?;
    let sql = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    let row = db.row(sql, Vec::new()).await?.ok_or(Error::RowNotFound)?;
    let version = row.columns().int_or_null()?.unwrap_or(0);
    Ok(Tables { version, known_version: LATEST, min_reader, reader: READER })
}

pub(super) async fn count(db: &mut Connection) -> Result<Counts, Error> {
    db.together(async |db| {
        let sql = "SELECT count(*), min(received_at) FROM inbox WHERE held = $1";
        let row = db.row(sql, values![false]).await?.ok_or(Error::RowNotFound)?;
        let mut c = row.columns();
        let (backlog, oldest_received_at) = (c.int()?, c.time_or_null()?);
        let row = db.row("SELECT max(started_at) FROM process_start", Vec::new()).await?.ok_or(Error::RowNotFound)?;
        let last_start_at = row.columns().time_or_null()?;
        let sql = "SELECT n.id, a.provider FROM number n \
                   LEFT JOIN provider_app a ON a.tenant = n.tenant AND a.id = n.app ORDER BY n.id";
        let mut lines = Vec::new();
        for row in db.rows(sql, Vec::new()).await? {
            let mut c = row.columns();
            lines.push(LineSeen { number: NumberId(c.id::<Uuid>()?), provider: c.text_or_null()? });
        }
        Ok(Counts {
            backlog,
            oldest_received_at,
            held: number(db, "SELECT count(*) FROM inbox WHERE held = $1", values![true]).await?,
            dead_letters: number(db, "SELECT count(*) FROM dead_letter", Vec::new()).await?,
            unknown_sends: number(
                db,
                "SELECT count(*) FROM outbox WHERE state = $1",
                values![SendState::Unknown.name()],
            )
            .await?,
            unmatched: number(db, "SELECT count(*) FROM raw_item WHERE number IS NULL AND news IS NULL", Vec::new())
                .await?,
            unparsed_items: number(
                db,
                "SELECT count(*) FROM raw_item WHERE number IS NOT NULL AND news IS NULL",
                Vec::new(),
            )
            .await?,
            account_news: news(db).await?,
            last_start_at,
            lines,
        })
    })
    .await
}

/// Of each kind how many.
async fn news(db: &mut Connection) -> Result<Vec<(String, i64)>, Error> {
    let sql = "SELECT news, count(*) FROM raw_item WHERE news IS NOT NULL GROUP BY news ORDER BY news LIMIT 100";
    let rows = db.rows(sql, Vec::new()).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            Ok((c.text()?, c.int()?))
        })
        .collect()
}

async fn number(db: &mut Connection, sql: &'static str, args: Vec<crate::sql::Value>) -> Result<i64, Error> {
    db.row(sql, args).await?.ok_or(Error::RowNotFound)?.columns().int()
}
