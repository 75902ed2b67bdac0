//! One owner at a time on PostgreSQL, whatever happens to the one before (D).

use crate::desk::*;
use dashoffice_domain::Entity;
use dashoffice_domain::ports::Inbox as _;
use dashoffice_domain::ports::{NotAccepted, Secret};
use dashoffice_runtime::{Commit, Journal as _, Outcome};
use dashoffice_store::{Config, Feed, LeaseTimes, Office, OpenError, Ownership, Store};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use std::time::{Duration, Instant};

/// Longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

async fn open(place: &PostgresPlace, times: LeaseTimes) -> Store {
    Store::open(place.config_with(times), fresh(), Hands::at(NOON).clock()).await.unwrap()
}

async fn stands(store: &Store, wanted: impl Fn(&Ownership) -> bool) {
    let mut changes = store.ownership();
    tokio::time::timeout(PATIENCE, changes.wait_for(wanted)).await.expect("the ownership changes in time").unwrap();
}

fn commit_under(term: i64) -> Commit<Office> {
    let mut commit = Desk::unplaced_commit(fresh());
    commit.term = term;
    commit
}

#[tokio::test]
async fn d_the_next_owner_comes_at_once_when_the_last_one_gives_back() {
    let place = PostgresPlace::create().await;
    let first = open(&place, LeaseTimes::default()).await;
    let second = open(&place, LeaseTimes::default()).await;
    let term = first.own().await.unwrap();
    assert_eq!(second.term(), None);
    assert_eq!(second.commit(commit_under(term)).await, Outcome::Unavailable);
    let giving_back = async {
        assert!(matches!(first.commit(commit_under(term)).await, Outcome::Committed { .. }));
        let given_back = Instant::now();
        first.close().await;
        given_back
    };
    let (taken, given_back) = tokio::join!(second.own(), giving_back);
    assert_eq!(taken.unwrap(), term + 1);
    assert!(given_back.elapsed() < Duration::from_millis(1500), "{:?}", given_back.elapsed());
    assert!(matches!(second.commit(commit_under(term + 1)).await, Outcome::Committed { .. }));
}

#[tokio::test]
async fn d_an_owner_whose_session_is_gone_is_replaced_before_its_lease_runs_out() {
    let place = PostgresPlace::create().await;
    // The lease would live for an hour.
    let hour = Duration::from_hours(1);
    let times = LeaseTimes { ttl: hour, trusted_for: hour, beat: Duration::from_millis(100) };
    let first = open(&place, times).await;
    let second = open(&place, times).await;
    let term = first.own().await.unwrap();
    first.freeze_lease(true);
    let mut admin = place.connect().await;
    admin.execute("SELECT pg_terminate_backend(pid) FROM lease").await.unwrap();
    let next = tokio::time::timeout(PATIENCE, second.own()).await.expect("taken over").unwrap();
    assert_eq!(next, term + 1);
    // The old owner still believes in itself; the fence does not.
    assert_eq!(first.term(), Some(term));
    let lost = commit_under(term);
    let entity = lost.entity;
    assert_eq!(first.commit(lost).await, Outcome::Unavailable);
    stands(&first, |standing| *standing == Ownership::Lost { term }).await;
    assert_eq!(first.term(), None);
    assert_eq!(second.load(TENANT.0, entity).await.unwrap(), None, "nothing of it is on disk");
    // It may ask again, and gets a term of its own when the other is done.
    first.freeze_lease(false);
    second.close().await;
    assert_eq!(tokio::time::timeout(PATIENCE, first.own()).await.unwrap().unwrap(), next + 1);
}

#[tokio::test]
async fn d_a_frozen_owner_is_replaced_after_its_lease_and_commits_nothing_afterwards() {
    let place = PostgresPlace::create().await;
    let first = open(&place, LeaseTimes { trusted_for: PATIENCE, ..LeaseTimes::default() }).await;
    let second = open(&place, LeaseTimes::default()).await;
    let term = first.own().await.unwrap();
    first.freeze_lease(true);
    let frozen = Instant::now();
    let next = tokio::time::timeout(PATIENCE, second.own()).await.expect("taken over").unwrap();
    assert_eq!(next, term + 1);
    let took = frozen.elapsed();
    assert!(took > Duration::from_secs(1), "the lease was honoured: {took:?}");
    assert!(matches!(second.commit(commit_under(next)).await, Outcome::Committed { .. }));
    assert_eq!(first.commit(commit_under(term)).await, Outcome::Unavailable, "the zombie is fenced off");
    stands(&first, |standing| matches!(standing, Ownership::Lost { .. })).await;
}

#[tokio::test]
async fn d_a_process_that_cannot_renew_stops_by_its_own_clock_and_goes_on_if_nobody_took_over() {
    let place = PostgresPlace::create().await;
    let times = LeaseTimes {
        ttl: Duration::from_secs(1),
        beat: Duration::from_millis(100),
        trusted_for: Duration::from_millis(500),
    };
    let store = open(&place, times).await;
    let term = store.own().await.unwrap();
    store.freeze_lease(true);
    until(|| store.term().is_none()).await;
    assert_eq!(store.commit(commit_under(term)).await, Outcome::Unavailable);
    store.freeze_lease(false);
    until(|| store.term().is_some()).await;
    assert_eq!(store.term(), Some(term), "the same term, for nobody took it");
    assert!(matches!(store.commit(commit_under(term)).await, Outcome::Committed { .. }));
}

#[tokio::test]
async fn d_a_lost_connection_is_weather_and_the_next_commit_lands() {
    let desk = Desk::postgres().await;
    let Place::Postgres(place) = &desk.place else { unreachable!() };
    desk.committed(desk.thread_commit(fresh(), 0)).await;
    let mut admin = place.connect().await;
    let killed = admin
        .fetch_all(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND application_name = 'dashoffice' AND pid <> (SELECT pid FROM lease)",
        )
        .await
        .unwrap();
    assert!(!killed.is_empty());
    let lost = desk.commit(desk.thread_commit(fresh(), 0)).await;
    assert_eq!(lost, Outcome::Unavailable, "before the commit was asked for, nothing can have happened");
    assert_eq!(desk.committed(desk.thread_commit(fresh(), 0)).await, SET_UP + 2);
}

#[tokio::test]
async fn a4_a_commit_whose_answer_is_lost_is_unknown_and_is_not_repeated() {
    let desk = Desk::postgres().await;
    let Place::Postgres(place) = &desk.place else { unreachable!() };
    let mut admin = place.connect().await;
    admin
        .execute(
            "CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW WHEN (NEW.owner_epoch = 666) EXECUTE FUNCTION vanish()",
        )
        .await
        .unwrap();
    let mut feed = desk.subscribe();
    let thread = fresh();
    let mut commit = desk.thread_commit(thread, 0);
    commit.events[0].owner_epoch = 666;
    assert_eq!(desk.commit(commit).await, Outcome::Unknown);
    assert!(matches!(feed.try_next(), Some(Feed::Lagged)), "everybody looks again");
    assert_eq!(desk.journal().load(TENANT.0, Entity::Thread(thread)).await.unwrap(), None);
    assert_eq!(desk.committed(desk.thread_commit(thread, 0)).await, SET_UP + 1, "on a connection of its own");
}

#[tokio::test]
async fn d_an_open_transaction_of_a_frozen_owner_does_not_hold_the_lease_back() {
    let desk = Desk::postgres().await;
    let Place::Postgres(place) = &desk.place else { unreachable!() };
    let mut admin = place.connect().await;
    let timeouts = admin
        .fetch_all(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dashoffice'",
        )
        .await
        .unwrap();
    assert!(timeouts.len() >= 2, "the lease and the writer have a session each");
    // What the server would do to an owner that stands still within a transaction, shown on a session of the same kind.
    let url = format!("{}?options=-c%20idle_in_transaction_session_timeout%3D1000", place.url);
    let mut frozen = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    frozen.execute("BEGIN").await.unwrap();
    frozen.execute("SELECT term FROM lease FOR KEY SHARE").await.unwrap();
    let begun = Instant::now();
    let row = admin.fetch_one("SELECT term FROM lease FOR UPDATE").await.unwrap();
    assert_eq!(row.get::<i64, _>(0), desk.term());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// Both halves of it: what writes under the lease holds its row, and whoever takes it waits for the row.
#[tokio::test]
async fn d_an_open_transaction_under_the_lease_makes_the_next_owner_wait_for_its_end() {
    let place = PostgresPlace::create().await;
    let times = LeaseTimes {
        ttl: Duration::from_secs(1),
        beat: Duration::from_millis(100),
        // It still believes in itself when its lease has run out.
        trusted_for: PATIENCE,
    };
    let (first, second) = (open(&place, times).await, open(&place, times).await);
    let term = first.own().await.unwrap();
    let (mut admin, mut watcher) = (place.connect().await, place.connect().await);
    admin
        .execute(
            "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_advisory_xact_lock(44); RETURN NULL; END $$; \
             CREATE TRIGGER linger AFTER INSERT ON event FOR EACH ROW WHEN (NEW.owner_epoch = 667) \
             EXECUTE FUNCTION linger(); SELECT pg_advisory_lock(44)",
        )
        .await
        .unwrap();
    let mut waits = async |sql: &'static str| {
        let waited = async {
            while watcher.fetch_one(sql).await.unwrap().get::<i64, _>(0) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.unwrap_or_else(|_| panic!("never so: {sql}"));
    };
    let mut commit = commit_under(term);
    commit.events[0].owner_epoch = 667;
    let entity = commit.entity;
    let (committed, taken, ()) = tokio::join!(first.commit(commit), second.own(), async {
        waits("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").await;
        first.freeze_lease(true);
        waits("SELECT count(*) FROM lease WHERE expires_at < clock_timestamp()").await;
        // Either it waits for the row, or it has taken it from under what is being written.
        waits(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH free AS%' \
             OR (SELECT max(term) FROM lease) > 1",
        )
        .await;
        let term_now: i64 = admin.fetch_one("SELECT term FROM lease").await.unwrap().get(0);
        admin.execute("SELECT pg_advisory_unlock(44)").await.unwrap();
        assert_eq!(term_now, term, "the lease was taken while a transaction under it was open");
    });
    assert!(matches!(committed, Outcome::Committed { .. }), "{committed:?}");
    assert_eq!(taken.unwrap(), term + 1);
    assert!(second.load(TENANT.0, entity).await.unwrap().is_some(), "it was in before the next term began");
}

#[tokio::test]
async fn a11_a_database_that_does_not_keep_what_it_acknowledges_is_refused() {
    let place = PostgresPlace::create().await;
    let mut admin = place.connect().await;
    let name: String = admin.fetch_one("SELECT current_database()::text").await.unwrap().get(0);
    admin.execute(AssertSqlSafe(format!("ALTER DATABASE {name} SET synchronous_commit = off"))).await.unwrap();
    let opened = Store::open(place.config(), fresh(), Hands::at(NOON).clock()).await;
    assert!(matches!(opened.map(|_| ()), Err(OpenError::NotDurable(_))));
}

#[tokio::test]
async fn secrets_in_an_unreadable_address_are_not_shown() {
    let config = Config::Postgres { url: Secret("postgres://u:hunter2@[bad".into()), lease: LeaseTimes::default() };
    let Err(error) = Store::open(config.clone(), fresh(), Hands::at(NOON).clock()).await else { panic!("opened") };
    assert!(!format!("{error} {error:?} {config:?}").contains("hunter2"));
}

#[tokio::test]
async fn d_nothing_is_accepted_before_the_store_is_ours() {
    let desk = Desk::postgres().await;
    let Place::Postgres(place) = &desk.place else { unreachable!() };
    let second = open(place, LeaseTimes::default()).await;
    let seen = second.app_by_token(&url_token(TENANT)).await.unwrap().unwrap();
    let refused = seen.inbox.accept(body(&["a"])).await;
    assert!(matches!(refused, Err(NotAccepted::Unavailable(_))), "{refused:?}");
    assert!(matches!(second.commit(commit_under(desk.term())).await, Outcome::Unavailable));
    assert!(second.load(TENANT.0, Entity::Agent(AGENT)).await.is_ok(), "reading is allowed");
}

/// Waits for a state, looking often.
async fn until(state: impl Fn() -> bool) {
    let waited = async {
        while !state() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("it happens in time");
}
