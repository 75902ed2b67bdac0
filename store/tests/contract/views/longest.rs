//! No read lasts for ever (C7): one that waits is interrupted, and harms nobody after it. SQLite's interrupt is tried where it is
//! made.

use crate::desk::*;
use dashoffice_store::views::Visibility;
use sqlx::Executor as _;
use std::time::{Duration, Instant};

#[tokio::test]
async fn c7_a_read_that_waits_for_too_long_is_interrupted_and_the_next_one_is_answered_on_postgres() {
    let desk = Desk::postgres().await;
    let Place::Postgres(place) = &desk.place else { unreachable!() };
    let scope = desk.store().tenants().await.unwrap()[0];
    let mut admin = place.connect().await;
    admin.execute("BEGIN; LOCK TABLE contact IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let begun = Instant::now();
    let waiting = desk.store().contacts(scope, Visibility::All, None, None, 50);
    let interrupted = tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it does not wait for ever");
    assert!(interrupted.is_err() && begun.elapsed() >= Duration::from_secs(2), "after its two seconds");
    admin.execute("ROLLBACK").await.unwrap();
    desk.store().contacts(scope, Visibility::All, None, None, 50).await.unwrap();
}
