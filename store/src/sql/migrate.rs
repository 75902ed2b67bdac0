//! Brings the tables up to date, forward only; refuses a database that only newer binaries understand (C2).

use super::session::{self, Purpose};
use super::{Connection, Error, Pool, Value};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;

/// What this binary understands; a migration that old binaries cannot live with raises `min_reader` to the next.
pub(crate) const READER: i64 = 1;

// `SQLITE` and `POSTGRES`: number, name and statements of each migration, in their order (`build.rs`).
include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The last migration this binary knows.
pub(crate) const LATEST: i64 = SQLITE[SQLITE.len() - 1].0;

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error(
        "this data was written for version {min_reader} of the tables or later; this program knows version {READER}"
    )]
    TooNew { min_reader: i64 },
    #[error("cannot bring the tables up to date")]
    Migrate(#[from] MigrateError),
    #[error("cannot look at the tables")]
    Look(#[from] Error),
}

/// A SQLite database in memory with the tables of today, for tests that look at plans.
#[cfg(test)]
pub(crate) fn empty_tables() -> rusqlite::Connection {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    for (_, name, sql) in SQLITE {
        db.execute_batch(sql).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    db
}

pub(crate) async fn migrate(pool: &Pool) -> Result<(), SchemaError> {
    check_reader(&mut pool.acquire().await?).await?;
    match pool {
        Pool::Sqlite(pool) => migrator(SQLITE).run(pool).await?,
        Pool::Postgres(pool) => migrate_postgres(&pool.connect_options(), POSTGRES).await?,
        // Readers change nothing.
        Pool::Raw(_) | Pool::Readers(_) => {}
    }
    Ok(())
}

/// In a session of its own: nothing that bounds or steers what the writer does holds there.
async fn migrate_postgres(
    connect: &PgConnectOptions,
    files: &[(i64, &'static str, &'static str)],
) -> Result<(), SchemaError> {
    let one = session::pool(1, Purpose::Migrating).connect_with(connect.clone()).await?;
    migrator(files).run(&one).await?;
    one.close().await;
    Ok(())
}

fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = files.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // A newer binary has been here and was rolled back: its additions are no concern of ours.
    migrator.set_ignore_missing(true);
    migrator
}

async fn check_reader(db: &mut Connection) -> Result<(), SchemaError> {
    let known = if db.is_postgres() {
        "SELECT 1::bigint FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_meta'"
    } else {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_meta'"
    };
    if db.row(known, Vec::<Value>::new()).await?.is_none() {
        return Ok(());
    }
    let row = db.row("SELECT min_reader FROM schema_meta WHERE id = 1", Vec::new()).await?;
    let min_reader = row.map_or(Ok(0), |row| row.columns().int())?;
    if min_reader > READER { Err(SchemaError::TooNew { min_reader }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_migrations() {
        let named = |list: &[(i64, &'static str, &str)]| {
            list.iter().map(|(number, name, _)| (*number, *name)).collect::<Vec<_>>()
        };
        assert_eq!(named(SQLITE), named(POSTGRES));
    }

    /// Else it takes a tenant for ten rows, and walks through all of them.
    #[test]
    fn sqlite_is_told_what_every_index_of_a_large_table_is_worth() {
        let db = empty_tables();
        let words = |sql: &str| -> Vec<String> {
            let mut statement = db.prepare(sql).unwrap();
            let rows = statement.query_map((), |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let told = words("SELECT tbl || ' ' || idx FROM sqlite_stat1 WHERE idx IS NOT NULL ORDER BY 1");
        let there = words(
            "SELECT t.name || ' ' || iif(i.origin = 'pk' AND s.name IS NULL, t.name, i.name) FROM sqlite_master t \
             JOIN pragma_index_list(t.name) i LEFT JOIN sqlite_master s ON s.name = i.name \
             WHERE t.type = 'table' AND t.name IN (SELECT tbl FROM sqlite_stat1) ORDER BY 1",
        );
        assert_eq!(told, there);
    }

    #[tokio::test]
    async fn a_migration_of_postgresql_takes_as_long_as_it_takes_and_is_planned_as_usual() {
        #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
        let server = std::env::var("DASHOFFICE_TEST_POSTGRES");
        let server = server.expect("tests on PostgreSQL need a server: run them through scripts/with-postgres");
        let mut admin = session::begin(&session::plain(&server).unwrap(), Purpose::Migrating).await.unwrap();
        let name = format!("migrated_{}", std::process::id());
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::Executor::execute(&mut admin, create).await.unwrap();
        let connect = session::plain(&server).unwrap().database(&name);
        let unbounded = "DO $$ DECLARE s record; BEGIN FOR s IN SELECT name, setting FROM pg_settings \
                         WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout') AND setting <> '0' \
                         OR name IN ('enable_seqscan', 'enable_hashjoin') AND setting <> 'on' \
                         LOOP RAISE '% is %', s.name, s.setting; END LOOP; END $$";
        migrate_postgres(&connect, &[(1, "unbounded", unbounded)]).await.unwrap();
    }
}
