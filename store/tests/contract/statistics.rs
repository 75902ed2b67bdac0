//! PostgreSQL's planner knows of tables that have just grown (C7).

use crate::desk::*;
use sqlx::{Executor as _, Row as _};
use std::time::{Duration, Instant};

/// Its own housekeeping would take a minute.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn c7_a_new_table_is_looked_at_soon_after_it_is_written() {
    let desk = Desk::postgres().await;
    let Place::Postgres(place) = &desk.place else { unreachable!() };
    let mut admin = place.connect().await;
    let begun = Instant::now();
    let looked_at = "SELECT relname::text FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL AND n_live_tup > 0";
    loop {
        desk.committed(desk.thread_commit(fresh(), 0)).await;
        let tables = admin.fetch_all(looked_at).await.unwrap();
        let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
        if ["event", "entity_state", "tenant_cursor"].iter().all(|table| tables.iter().any(|known| known == table)) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "only {tables:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
