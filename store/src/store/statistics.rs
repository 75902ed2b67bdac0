//! Tells PostgreSQL's planner of tables that grow, sooner than its own housekeeping would.
//!
//! Of a table that it never looked at it takes every index for equally good, and whoever prepared a statement keeps the plan: a
//! new office would read all messages of the tenant where one is wanted, until PostgreSQL looks by itself, a minute later.

use crate::sql::{Error, Pool, describe, values};
use dashoffice_runtime::{Upkeep, task};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What was written shows in PostgreSQL's own figures only after a second.
const SHOWS_AFTER: Duration = Duration::from_millis(1_500);

/// Begins to watch; `grew` says that the tables may have grown to twice their size.
pub(super) fn start(pool: &Pool, grew: &Arc<Notify>) {
    let (pool, grew) = (pool.clone(), Arc::clone(grew));
    task::keep("statistics", Upkeep::ForEver, move || watch(pool.clone(), Arc::clone(&grew)));
}

async fn watch(pool: Pool, grew: Arc<Notify>) {
    let Pool::Postgres(postgres) = &pool else { return };
    loop {
        let is_closed = tokio::select! {
            () = postgres.close_event() => true,
            () = grew.notified() => tokio::time::timeout(SHOWS_AFTER, postgres.close_event()).await.is_ok(),
        };
        if is_closed {
            return;
        }
        if let Err(error) = analyze(&pool).await {
            tracing::debug!(reason = describe(&error), "no statistics were gathered; plans are as they were");
        }
    }
}

/// Looks at each table of ours of which more than half is new since somebody looked.
async fn analyze(pool: &Pool) -> Result<(), Error> {
    let mut db = pool.acquire().await?;
    let sql = "SELECT format('ANALYZE %I.%I', schemaname, relname) FROM pg_stat_user_tables \
               WHERE schemaname = current_schema() AND n_live_tup > 0 \
               AND (n_mod_since_analyze > n_live_tup / 2 OR COALESCE(last_analyze, last_autoanalyze) IS NULL)";
    for row in db.rows(sql, values![]).await? {
        db.run(row.columns().text()?, values![]).await?;
    }
    Ok(())
}
