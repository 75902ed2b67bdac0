//! What another program does to the database while none of ours runs: a newer version that is rolled back, for one.

use anyhow::{Context, Result};
use sqlx::Executor;
use sqlx::postgres::PgPoolOptions;
use std::path::Path;

/// Where the database is.
pub enum Tables<'a> {
    /// In this file.
    Sqlite(&'a Path),
    /// At this address.
    Postgres(&'a str),
}

/// Runs these statements, one after the other.
pub async fn changes(tables: Tables<'_>, sql: &str) -> Result<()> {
    match tables {
        Tables::Sqlite(file) => {
            let database = rusqlite::Connection::open(file).context("cannot open the database")?;
            database.execute_batch(sql).context("the database refuses it")
        }
        Tables::Postgres(url) => {
            let pool = PgPoolOptions::new().max_connections(1).connect(url).await.context("cannot connect")?;
            pool.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())))
                .await
                .context("the database refuses it")?;
            pool.close().await;
            Ok(())
        }
    }
}
