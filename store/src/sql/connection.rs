//! One connection of either database, and the only place where SQL that was put together at run time is let through.
//!
//! What is put together is always a statement of ours, written in this crate, with placeholders and names of our own
//! columns: never a value. Values travel as parameters (one exception is explained at [`Connection::begin`]).

use super::{Direct, Error, RecordRow, Value};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection as _, Executor, Postgres, Sqlite};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::time::Duration;
use uuid::Uuid;

/// Rows of one statement in SQLite; statements come in sizes of powers of two, so that few are prepared.
const SQLITE_CHUNK: usize = 64;
/// Rows of one statement in PostgreSQL, where rows travel as one array per column.
const POSTGRES_CHUNK: usize = 4096;

/// So long a statement may go without an answer of PostgreSQL's: the network may have swallowed it. Of each statement, not of the
/// transaction: where every answer takes its time a transaction takes many times as long, and must come to its end all the same.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    /// SQLite without a thread in between, so whoever calls it is the one who waits.
    Direct(Direct),
    Postgres(PoolConnection<Postgres>),
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
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), for_sqlite(args)?);
                connection.execute(query).await?.rows_affected()
            }
            Self::Direct(connection) => connection.run(&sql, args)?,
            Self::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), for_postgres(args)?);
                answered(connection, async |db| db.execute(query).await).await?.rows_affected()
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
        Ok(match self {
            Self::Sqlite(connection) => {
                let rows = connection.fetch_all(sqlx::query_with(AssertSqlSafe(sql), for_sqlite(args)?)).await?;
                rows.into_iter().map(RecordRow::Sqlite).collect()
            }
            Self::Direct(connection) => connection.rows(&sql, args)?.into_iter().map(RecordRow::Direct).collect(),
            Self::Postgres(connection) => {
                let query = sqlx::query_with(AssertSqlSafe(sql), for_postgres(args)?);
                let rows = answered(connection, async |db| db.fetch_all(query).await).await?;
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
        match self {
            Self::Sqlite(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
            Self::Direct(connection) => connection.order(sql),
            Self::Postgres(connection) => {
                answered(connection, async |db| db.execute(sqlx::raw_sql(sql)).await).await.map(|_| ())
            }
        }
    }

    /// Begins a transaction that will write, and on PostgreSQL fences it: false if `owner` no longer has the lease under
    /// `term`. The lease cannot be taken before the transaction ends, however long it takes, and can be renewed all the while
    /// (`KEY SHARE`). One message to the server, not two, for each transaction begins like this; hence the two values stand in
    /// the text, an id and a number.
    pub(crate) async fn begin(&mut self, owner: Uuid, term: i64) -> Result<bool, Error> {
        match self {
            Self::Sqlite(_) | Self::Direct(_) => self.order("BEGIN IMMEDIATE").await.map(|()| true),
            Self::Postgres(connection) => {
                let fence = format!(
                    "BEGIN; SELECT term FROM lease WHERE id = 1 AND owner = '{}' AND term = {term} FOR KEY SHARE",
                    owner.hyphenated()
                );
                let fence = sqlx::raw_sql(AssertSqlSafe(fence));
                Ok(!answered(connection, async |db| db.fetch_all(fence).await).await?.is_empty())
            }
        }
    }

    /// Reads that belong together: all of them see the same moment.
    pub(crate) async fn together<T>(
        &mut self,
        read: impl AsyncFnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            Self::Sqlite(_) | Self::Direct(_) => self.order("BEGIN").await?,
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
            Self::Direct(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }

    /// Gives the connection up for good: it is not used again by anybody.
    pub(crate) async fn discard(self) {
        let closed = match self {
            Self::Sqlite(connection) => connection.detach().close_hard().await,
            Self::Direct(connection) => connection.close(),
            Self::Postgres(connection) => connection.detach().close_hard().await,
        };
        if let Err(error) = closed {
            tracing::debug!(error = %error, "a discarded connection did not close cleanly");
        }
    }

    /// Inserts rows: `INSERT INTO table (columns) …rows… tail`.
    pub(crate) async fn insert(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
        tail: &'static str,
    ) -> Result<(), Error> {
        let names = columns.join(", ");
        for (source, args) in self.sources(rows) {
            self.run(format!("INSERT INTO {table} ({names}) {source} {tail}"), args).await?;
        }
        Ok(())
    }

    /// Runs `statement` with the rows at hand as the table `k(columns)`.
    pub(crate) async fn run_with(
        &mut self,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
        statement: &'static str,
    ) -> Result<u64, Error> {
        let names = columns.join(", ");
        let mut touched = 0;
        for (source, args) in self.sources(rows) {
            touched += self.run(format!("WITH k ({names}) AS ({source}) {statement}"), args).await?;
        }
        Ok(touched)
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
        for (source, args) in self.sources(rows) {
            found.extend(self.rows(format!("WITH k ({names}) AS ({source}) {statement}"), args).await?);
        }
        Ok(found)
    }

    /// Rows as a source of rows in SQL, with its parameters; several where one statement would be too long.
    fn sources(&self, rows: Vec<Vec<Value>>) -> Vec<(String, Vec<Value>)> {
        let mut rows = rows.into_iter().peekable();
        let mut sources = Vec::new();
        if self.is_postgres() {
            while rows.peek().is_some() {
                let chunk: Vec<Vec<Value>> = rows.by_ref().take(POSTGRES_CHUNK).collect();
                sources.push(postgres_source(chunk));
            }
            return sources;
        }
        while rows.peek().is_some() {
            let size = largest_power_of_two_within(rows.len().min(SQLITE_CHUNK));
            sources.push(sqlite_source(rows.by_ref().take(size).collect()));
        }
        sources
    }
}

/// What PostgreSQL answers; a connection that does not answer in time is closed rather than used again.
async fn answered<T>(
    connection: &mut PoolConnection<Postgres>,
    ask: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    match tokio::time::timeout(PATIENCE, ask(connection)).await {
        Ok(answer) => answer,
        Err(_elapsed) => {
            connection.close_on_drop();
            Err(Error::Io(ErrorKind::TimedOut.into()))
        }
    }
}

fn largest_power_of_two_within(n: usize) -> usize {
    1 << n.max(1).ilog2()
}

/// `VALUES ($1,$2),($3,$4)`.
fn sqlite_source(rows: Vec<Vec<Value>>) -> (String, Vec<Value>) {
    let mut sql = String::from("VALUES ");
    let mut args = Vec::with_capacity(rows.len() * rows.first().map_or(0, Vec::len));
    for (index, row) in rows.into_iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { ",(" });
        for (column, value) in row.into_iter().enumerate() {
            args.push(value);
            let comma = if column == 0 { "" } else { "," };
            write!(sql, "{comma}${}", args.len()).expect("a string takes what is written to it");
        }
        sql.push(')');
    }
    (sql, args)
}

/// `SELECT * FROM UNNEST($1::uuid[], $2::bigint[])`: one statement for any number of rows.
///
/// The arrays are bound in `for_postgres` from the values of one column after the other.
fn postgres_source(rows: Vec<Vec<Value>>) -> (String, Vec<Value>) {
    let types: Vec<&'static str> = rows.first().map_or_else(Vec::new, |row| row.iter().map(array_type).collect());
    let placeholders: Vec<String> =
        types.iter().enumerate().map(|(column, name)| format!("${}::{name}", column + 1)).collect();
    let mut columns: Vec<Vec<Value>> = types.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in row.into_iter().enumerate() {
            columns[column].push(value);
        }
    }
    let args = columns.into_iter().map(Value::Array).collect();
    (format!("SELECT * FROM UNNEST({})", placeholders.join(", ")), args)
}

const fn array_type(value: &Value) -> &'static str {
    match value {
        Value::Int(_) | Value::Array(_) => "bigint[]",
        Value::Bool(_) => "boolean[]",
        Value::Text(_) => "text[]",
        Value::Blob(_) => "bytea[]",
        Value::Id(_) => "uuid[]",
        Value::Time(_) => "timestamptz[]",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_sizes_of_statement_carry_any_number_of_rows() {
        let sizes: Vec<usize> = [1, 2, 3, 63, 64].into_iter().map(largest_power_of_two_within).collect();
        assert_eq!(sizes, [1, 2, 2, 32, 64]);
    }

    #[test]
    fn each_value_keeps_its_place() {
        let (sql, args) = sqlite_source(vec![vec![1.into(), 2.into()], vec![3.into(), 4.into()]]);
        assert_eq!(sql, "VALUES ($1,$2),($3,$4)");
        assert_eq!(args, [1, 2, 3, 4].map(Value::from));
        let (sql, args) = postgres_source(vec![vec![1.into(), "a".into()], vec![3.into(), "b".into()]]);
        assert_eq!(sql, "SELECT * FROM UNNEST($1::bigint[], $2::text[])");
        assert_eq!(args[1], Value::Array(vec!["a".into(), "b".into()]));
    }
}
