//! What only a directory of our own has to promise.

use crate::desk::*;
use dashoffice_domain::Span;
use dashoffice_domain::conversation::message::Status;
use dashoffice_store::{Config, OpenError, Retention, SchemaError, Store, StoreSettings, TakenError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

fn config(dir: &tempfile::TempDir) -> Config {
    Config::Sqlite { data_dir: dir.path().join("deep/data") }
}

async fn open(dir: &tempfile::TempDir) -> Result<Store, OpenError> {
    Store::open(config(dir), fresh(), Hands::at(NOON).clock()).await
}

#[tokio::test]
async fn d_a_second_process_ends_after_five_seconds_with_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(&dir).await.unwrap();
    let term = first.own().await.unwrap();
    let begun = Instant::now();
    let second = open(&dir).await.map(|_| ());
    assert!(begun.elapsed() >= Duration::from_secs(5), "it waited for the first to end");
    let Err(OpenError::Taken(TakenError::Taken(path))) = second else { panic!("{second:?}") };
    assert!(path.ends_with("data"));
    first.close().await;
    let second = open(&dir).await.unwrap();
    assert_eq!(second.own().await.unwrap(), term + 1, "each ownership has a higher term");
}

#[tokio::test]
async fn nobody_else_reads_what_customers_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await.unwrap();
    store.own().await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let data = dir.path().join("deep/data");
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

async fn change(dir: &tempfile::TempDir, sql: &str) {
    let options = SqliteConnectOptions::new().filename(dir.path().join("deep/data/dashoffice.db"));
    let mut db = options.connect().await.unwrap();
    db.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}

#[tokio::test]
async fn c2_data_that_only_newer_programs_understand_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    open(&dir).await.unwrap().close().await;
    // A newer program has been here: what it added is no concern of ours…
    change(
        &dir,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                  VALUES (99, 'later', 1, x'00', 0)",
    )
    .await;
    open(&dir).await.unwrap().close().await;
    // … until it says that it is.
    change(&dir, "UPDATE schema_meta SET min_reader = 2").await;
    let refused = open(&dir).await.map(|_| ());
    let Err(OpenError::Schema(SchemaError::TooNew { min_reader: 2 })) = refused else { panic!("{refused:?}") };
}

/// Waits until so many statuses are said to belong to nobody.
async fn orphans(desk: &Desk, count: u64) {
    let counted = async {
        while desk.store().inspect().orphan_statuses != Some(count) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), counted).await.expect("a new owner counts soon");
}

async fn a8_a_status_nobody_claims_counts_as_orphan_after_ten_minutes_and_is_purged_after_nine_days(desk: Desk) {
    desk.accept(statuses(vec![news("wamid.other-tool", None, Status::Read)])).await;
    desk.hands.pass_seconds(9 * 60);
    let desk = desk.restart().await;
    desk.accept(statuses(vec![news("wamid.young", None, Status::Read)])).await;
    orphans(&desk, 0).await;
    desk.hands.pass_seconds(2 * 60);
    let desk = desk.restart().await;
    orphans(&desk, 1).await;
    desk.hands.pass_seconds(9 * 86_400);
    let desk = desk.restart().await;
    orphans(&desk, 0).await;
}

#[tokio::test]
async fn on_sqlite_a8_a_status_nobody_claims_is_an_orphan_and_then_forgotten() {
    let desk = Desk::sqlite().await;
    a8_a_status_nobody_claims_counts_as_orphan_after_ten_minutes_and_is_purged_after_nine_days(desk).await;
}

#[tokio::test]
async fn on_postgres_a8_a_status_nobody_claims_is_an_orphan_and_then_forgotten() {
    let desk = Desk::postgres().await;
    a8_a_status_nobody_claims_counts_as_orphan_after_ten_minutes_and_is_purged_after_nine_days(desk).await;
}

#[tokio::test]
async fn f6_an_operator_says_for_how_long_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let hands = Hands::at(NOON);
    let short = Retention { dedupe: Span::days(1), ..Retention::default() };
    let settings = StoreSettings { retention: short.into(), ..StoreSettings::default() };
    let opened = Store::open_with(config(&dir), settings, fresh(), hands.clock()).await.unwrap();
    opened.own().await.unwrap();
    let desk = Desk { kept: Kept::Sql(opened), hands, place: Place::Nowhere };
    desk.provision_tenant(TENANT).await;
    desk.accept(body(&["old"])).await;
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(1);
    desk.committed(commit).await;
    desk.hands.pass_seconds(86_400 + 60);
    // Whoever owns it anew tidies at once.
    desk.store().own().await.unwrap();
    let forgotten = async {
        while desk.accept(body(&["old"])).await.accepted != 1 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), forgotten).await.expect("a day is over");
    desk.store().close().await;
}

#[tokio::test]
async fn f6_what_is_too_old_is_forgotten_and_the_rest_is_not() {
    let desk = Desk::sqlite().await;
    desk.accept(body(&["old"])).await;
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(1);
    desk.committed(commit).await;
    desk.hands.pass_seconds(8 * 86_400);
    desk.accept(body(&["young"])).await;
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(2);
    desk.committed(commit).await;
    let desk = desk.restart().await;
    assert_eq!(desk.accept(body(&["old", "young"])).await.duplicates, 2, "eight days are not nine");
    desk.hands.pass_seconds(2 * 86_400);
    // A new process tidies as soon as it owns the store.
    let desk = desk.restart().await;
    let forgotten = async {
        loop {
            let receipt = desk.accept(body(&["old"])).await;
            if receipt.accepted == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), forgotten).await.expect("what is ten days old is forgotten");
    assert_eq!(desk.accept(body(&["young"])).await.duplicates, 1);
}
