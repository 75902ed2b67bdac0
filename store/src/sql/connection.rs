//! One connection of either database, and the only place where SQL that was put together at run time is let through.
//!
//! What is put together is always a statement of ours, written in this crate, with placeholders and names of our own
//! columns: never a value. Values travel as parameters.

use super::source::sources;
use super::{Error, PooledConnection, RawConnection, RecordRow, Value};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection as _, Executor, Sqlite};
use std::borrow::Cow;

pub(crate) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    /// SQLite without a thread in between, so whoever calls it is the one who waits.
    Raw(RawConnection),
    Postgres(PooledConnection),
}

/// A transaction of reads. Whoever stops waiting in the midst of it must not leave it open for the next one.
struct Within<'a> {
    db: &'a mut Connection,
    over: bool,
}

impl Drop for Within<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.db.close_on_drop();
        }
    }
}

impl Connection {
    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Runs a statement; answers how many rows it touched.
    pub(crate) async fn run(&mut self, sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Result<u64, Error> {
        let sql = sql.into();
        #[cfg(test)]
        super::recorder::done(&sql);
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), for_sqlite(args)?);
                connection.execute(query).await?.rows_affected()
            }
            Self::Raw(connection) => connection.run(&sql, args)?,
            Self::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), for_postgres(args)?);
                connection.answered(async |db| db.execute(query).await).await?.rows_affected()
            }
        })
    }

    /// The rows a statement answers with.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Value>,
    ) -> Result<Vec<RecordRow>, Error> {
        let sql = sql.into();
        #[cfg(test)]
        super::recorder::hear(&sql, &args);
        Ok(match self {
            Self::Sqlite(connection) => {
                let rows = connection.fetch_all(sqlx::query_with(AssertSqlSafe(sql), for_sqlite(args)?)).await?;
                rows.into_iter().map(RecordRow::Sqlite).collect()
            }
            Self::Raw(connection) => connection.rows(&sql, args)?.into_iter().map(RecordRow::Raw).collect(),
            Self::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), for_postgres(args)?);
                let rows = connection.answered(async |db| db.fetch_all(query).await).await?;
                rows.into_iter().map(RecordRow::Postgres).collect()
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn row(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Value>,
    ) -> Result<Option<RecordRow>, Error> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// `BEGIN`, `COMMIT` and the like: sent as they are, never prepared.
    pub(crate) async fn order(&mut self, sql: &'static str) -> Result<(), Error> {
        #[cfg(test)]
        super::recorder::done(sql);
        match self {
            Self::Sqlite(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
            Self::Raw(connection) => connection.order(sql),
            Self::Postgres(connection) => {
                connection.answered(async |db| db.execute(sqlx::raw_sql(sql)).await).await.map(|_| ())
            }
        }
    }

    /// Reads that belong together: all of them see the same moment.
    pub(crate) async fn together<T>(
        &mut self,
        read: impl AsyncFnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            Self::Sqlite(_) | Self::Raw(_) => self.order("BEGIN").await?,
            Self::Postgres(_) => self.order("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?,
        }
        let mut within = Within { db: self, over: false };
        let told = read(within.db).await;
        within.db.order("ROLLBACK").await?;
        within.over = true;
        told
    }

    /// Closes it when it is given back, rather than lending it again.
    pub(super) fn close_on_drop(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Raw(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }

    /// Gives the connection up for good: it is not used again by anybody.
    pub(crate) async fn discard(self) {
        let closed = match self {
            Self::Sqlite(connection) => connection.detach().close_hard().await,
            Self::Raw(connection) => connection.close(),
            Self::Postgres(connection) => connection.close().await,
        };
        if let Err(error) = closed {
            tracing::debug!(error = %error, "a discarded connection did not close cleanly");
        }
    }

    /// Reads with the rows at hand as the table `k(columns)`.
    pub(crate) async fn rows_with(
        &mut self,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
        statement: &'static str,
    ) -> Result<Vec<RecordRow>, Error> {
        let names = columns.join(", ");
        let mut found = Vec::new();
        for (source, args) in sources(rows, self.is_postgres()) {
            found.extend(self.rows(format!("WITH k ({names}) AS ({source}) {statement}"), args).await?);
        }
        Ok(found)
    }

    /// Runs a statement with the rows at hand as the table `k(columns)`; answers how many rows it touched.
    pub(super) async fn run_with(
        &mut self,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
        statement: &'static str,
    ) -> Result<u64, Error> {
        let names = columns.join(", ");
        let mut touched = 0;
        for (source, args) in sources(rows, self.is_postgres()) {
            touched += self.run(format!("WITH k ({names}) AS ({source}) {statement}"), args).await?;
        }
        Ok(touched)
    }
}

fn for_sqlite(args: Vec<Value>) -> Result<SqliteArguments, Error> {
    let mut bound = SqliteArguments::default();
    for value in args {
        match value {
            Value::Int(value) | Value::Time(value) => Arguments::add(&mut bound, value),
            Value::Bool(value) => Arguments::add(&mut bound, value),
            Value::Text(value) => Arguments::add(&mut bound, value),
            Value::Blob(value) => Arguments::add(&mut bound, value),
            Value::Id(value) => Arguments::add(&mut bound, value.map(|id| id.as_bytes().to_vec())),
            Value::Array(_) => Err("SQLite has no arrays".into()),
        }
        .map_err(Error::Encode)?;
    }
    Ok(bound)
}

fn for_postgres(args: Vec<Value>) -> Result<PgArguments, Error> {
    let mut bound = PgArguments::default();
    for value in args {
        match value {
            Value::Int(value) => bound.add(value),
            Value::Bool(value) => bound.add(value),
            Value::Text(value) => bound.add(value),
            Value::Blob(value) => bound.add(value),
            Value::Id(value) => bound.add(value),
            Value::Time(value) => bound.add(value.map(instant)),
            Value::Array(column) => add_array(&mut bound, column),
        }
        .map_err(Error::Encode)?;
    }
    Ok(bound)
}

/// Binds one column of many rows; all values of a column are of one kind.
fn add_array(bound: &mut PgArguments, column: Vec<Value>) -> Result<(), sqlx::error::BoxDynError> {
    macro_rules! array {
        ($variant:ident) => {
            column
                .into_iter()
                .map(|value| match value {
                    Value::$variant(value) => Ok(value),
                    _ => Err("a column of two kinds".to_owned()),
                })
                .collect::<Result<Vec<_>, String>>()?
        };
    }
    match column.first() {
        None | Some(Value::Int(_) | Value::Array(_)) => bound.add(array!(Int)),
        Some(Value::Bool(_)) => bound.add(array!(Bool)),
        Some(Value::Text(_)) => bound.add(array!(Text)),
        Some(Value::Blob(_)) => bound.add(array!(Blob)),
        Some(Value::Id(_)) => bound.add(array!(Id)),
        Some(Value::Time(_)) => {
            let instants: Vec<Option<_>> =
                array!(Time).into_iter().map(|value: Option<i64>| value.map(instant)).collect();
            bound.add(instants)
        }
    }
}

fn instant(micros: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default()
}
