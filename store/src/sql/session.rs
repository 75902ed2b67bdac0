//! Sessions of PostgreSQL's: ours alone, with our settings in force, with or without a pooler of connections in between.
//!
//! Settings are set by statement, since a pooler refuses or drops what is asked for when a connection begins. That holds for as long as
//! the session is ours. Where a pooler lends its sessions for one transaction or statement at a time it does not, and neither do prepared
//! statements: answers of other clients' statements have been seen, and a `COMMIT` reported failed that was done.

use super::Error;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, Row as _};
use std::time::Duration;

/// Whatever is read is found in an index, and joined in the order of the text. Without statistics (a new table, filling quickly) the
/// planner would rather read the whole of a table, so it is left nothing to choose. A statement is planned when it is first used, and not
/// for the parameters at hand: they are keys, no plan for them would be another, and making it costs more than the read. The writer has
/// its plans made anew when the tables may have doubled and with each tidying.
macro_rules! plans {
    () => {
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
         SET join_collapse_limit = 1; SET plan_cache_mode = force_generic_plan"
    };
}

/// What a session is for. A pooler may lend one that had another purpose: writer and readers name every setting of each other's, whoever
/// migrates begins with those of the database, and whoever looks from beside reads little, however that is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A frozen process must not hold the lease's row: the database ends its transaction, and soon notices that it is gone.
    ///
    /// And whatever the writer asks it asks by key. A table that is empty again and again (what waits to be handled) looks so small at
    /// some moment that walking through all of an index once seems cheaper than looking a few keys up; a bitmap of an index needs a key.
    Owning,
    /// A read that takes longer than [`super::pool::LONGEST_READ`] is ended by the database.
    Reading,
    /// From beside, by an operator.
    Looking,
    /// Changes tables, however long that takes, as the database itself would plan it; and waits as long for another process that does.
    Migrating,
}

impl Purpose {
    const fn settings(self) -> &'static str {
        match self {
            Self::Owning => concat!(
                plans!(),
                "; SET enable_indexscan = off; SET enable_indexonlyscan = off; SET default_transaction_read_only = off; \
                 SET idle_in_transaction_session_timeout = 1000; SET statement_timeout = 5000; SET tcp_keepalives_idle = 2; \
                 SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000"
            ),
            Self::Reading => concat!(
                plans!(),
                "; SET enable_indexscan = on; SET enable_indexonlyscan = on; SET default_transaction_read_only = on; \
                 SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 2000"
            ),
            Self::Looking => "SET default_transaction_read_only = on; SET statement_timeout = 5000",
            Self::Migrating => {
                "RESET ALL; SET default_transaction_read_only = off; SET idle_in_transaction_session_timeout = 0; \
                 SET lock_timeout = 0; SET statement_timeout = 0"
            }
        }
    }
}

/// Why a database is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error(
        "a pooler before the database lends its sessions for one transaction or statement at a time, and ours must be ours alone: \
         set pool_mode = session for this database and user (PgBouncer: in its line under [databases], or in pgbouncer.ini), or let \
         data.database_url name PostgreSQL itself"
    )]
    Shared,
    #[error("the database's setting {0} cannot be set for our sessions")]
    NotInForce(String),
    #[error(transparent)]
    Database(#[from] Error),
}

/// Two sessions are compared so often: a pooler may lend the same one twice by chance.
const ROUNDS: usize = 4;
/// By then a pooler that has a session to lend has lent it.
const PATIENCE: Duration = Duration::from_secs(10);

/// As poolers let it in: nothing is asked for when a connection begins that they do not know.
pub(crate) fn plain(url: &str) -> Result<PgConnectOptions, Error> {
    Ok(url.parse::<PgConnectOptions>()?.extra_float_digits(None))
}

/// A session for this purpose.
pub(crate) async fn begin(connect: &PgConnectOptions, purpose: Purpose) -> Result<PgConnection, Error> {
    let mut db = PgConnection::connect_with(connect).await?;
    db.execute(sqlx::raw_sql(purpose.settings())).await?;
    Ok(db)
}

/// A pool of at most so many of them.
pub(crate) fn pool(most: u32, purpose: Purpose) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(most).after_connect(move |db, _| {
        Box::pin(async move { db.execute(sqlx::raw_sql(purpose.settings())).await.map(drop) })
    })
}

/// Finds out whether sessions are ours alone, before anything is set or prepared in one of them.
///
/// # Errors
/// [`Unfit::Shared`].
pub(crate) async fn is_ours_alone(connect: &PgConnectOptions) -> Result<(), Unfit> {
    match tokio::time::timeout(PATIENCE, are_two_apart(connect)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(Unfit::Shared),
        Ok(Err(error)) => Err(error.into()),
        Err(_elapsed) => Err(Error::PoolTimedOut.into()),
    }
}

/// While one is in a transaction, the other still has the session it had before, and not the first one's.
async fn are_two_apart(connect: &PgConnectOptions) -> Result<bool, Error> {
    let mut ours = PgConnection::connect_with(connect).await?;
    let mut other = PgConnection::connect_with(connect).await?;
    for _ in 0..ROUNDS {
        let before = backend(&mut ours).await?;
        match other.execute(sqlx::raw_sql("BEGIN")).await {
            Ok(_) => {}
            // One statement at a time: there are no transactions at all.
            Err(error) if is_of_the_connection(&error) => return Ok(false),
            Err(error) => return Err(error),
        }
        // Asked for first: where there is but one to lend, the next question would wait for it.
        if backend(&mut other).await? == before || backend(&mut ours).await? != before {
            return Ok(false);
        }
        other.execute(sqlx::raw_sql("ROLLBACK")).await?;
    }
    // Whether they could be closed in good order is all the same.
    let _ = (ours.close().await, other.close().await);
    Ok(true)
}

/// Which process of the server's answers.
async fn backend(db: &mut PgConnection) -> Result<i32, Error> {
    db.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()")).await?.try_get(0)
}

/// Whether what is set for this purpose is in force, by what the server shows.
///
/// # Errors
/// [`Unfit::NotInForce`].
pub(crate) async fn has_settings(connect: &PgConnectOptions, purpose: Purpose) -> Result<(), Unfit> {
    let mut db = begin(connect, purpose).await?;
    for row in db.fetch_all(sqlx::raw_sql("SELECT name, setting FROM pg_settings")).await? {
        let (name, shown): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        // Of a socket that is none of TCP's these are 0 whatever is set.
        let differs = set(purpose, &name).is_some_and(|wanted| wanted != shown) && !name.starts_with("tcp_");
        if differs {
            return Err(Unfit::NotInForce(name));
        }
    }
    // As above.
    let _ = db.close().await;
    Ok(())
}

/// To what a setting is set for this purpose.
fn set(purpose: Purpose, name: &str) -> Option<&'static str> {
    let orders = purpose.settings().split("; ").filter_map(|order| order.strip_prefix("SET ")?.split_once(" = "));
    orders.into_iter().find(|(given, _)| *given == name).map(|(_, value)| value)
}

/// Whether the server itself hears what is asked for when a connection begins; a pooler refuses or drops it.
pub(crate) async fn is_direct(connect: &PgConnectOptions) -> bool {
    let asking = connect.clone().options([("dashoffice.direct", "yes")]);
    let hears = async {
        let mut db = PgConnection::connect_with(&asking).await?;
        let row = db.fetch_one(sqlx::raw_sql("SELECT current_setting('dashoffice.direct', true) = 'yes'")).await?;
        row.try_get::<Option<bool>, _>(0)
    };
    matches!(tokio::time::timeout(PATIENCE, hears).await, Ok(Ok(Some(true))))
}

/// Class 08: of the connection, not of what was asked on it.
fn is_of_the_connection(error: &Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code.starts_with("08"))
}

#[cfg(test)]
mod tests;
