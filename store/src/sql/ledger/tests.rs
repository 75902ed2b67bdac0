//! How a database of PostgreSQL's is tidied: what that costs the writer, and what is told of it.

use super::*;
use crate::ownership::LeaseTimes;
use crate::sql::recorder::{all_done, recorded};
use crate::sql::session::{self, Purpose};
use crate::{Config, Store};
use dashoffice_domain::conversation::MessageChange;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::{Entity, Row, channel, conversation};
use dashoffice_runtime::Commit;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

const NOON: i64 = 1_800_000_000_000_000;

/// The writer of a database of this test's own, in which something is to be thrown away.
async fn ledger(name: &str, there: &'static str) -> (SqlLedger, PgConnection) {
    #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
    let server = std::env::var("DASHOFFICE_TEST_POSTGRES");
    let server = server.expect("tests on PostgreSQL need a server: run them through scripts/with-postgres");
    let name = format!("{name}_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let config = Config::Postgres { url: Secret(url.clone()), lease: LeaseTimes::default() };
    let store = Store::open(config, Uuid::from_u128(1), Arc::new(|| NOON)).await.unwrap();
    store.close().await;
    let mut beside = PgConnection::connect(&url).await.unwrap();
    let ours = "UPDATE lease SET owner = '00000000-0000-0000-0000-000000000000', term = 1;";
    beside.execute(AssertSqlSafe(format!("{ours}{there}"))).await.unwrap();
    let pool = session::pool(1, Purpose::Owning).connect_with(session::plain(&url).unwrap()).await.unwrap();
    let standing = Arc::new(OwnershipState::new());
    standing.hold(1, None);
    let source = Source::Pool { pool: Pool::Postgres(pool), grew: Arc::default() };
    let retention = Retention::default().into();
    (SqlLedger::new(source, Uuid::nil(), standing, Arc::new(|| NOON), retention), beside)
}

/// How often it took something away before it was done, and what was said to the database.
async fn tidied(ledger: &mut SqlLedger) -> (usize, Vec<String>) {
    all_done();
    let mut rounds = 1;
    while matches!(ledger.tidy_some(Timestamp(NOON)).await, Ok(Some(Tidied::More))) {
        rounds += 1;
    }
    (rounds, all_done())
}

#[tokio::test]
async fn c7_a_tidying_has_everything_planned_anew_once_however_long_it_takes() {
    let old = "INSERT INTO dedupe SELECT gen_random_uuid(), n::text, 'epoch' FROM generate_series(1, 1200) AS n";
    let (mut ledger, _) = ledger("planned", old).await;
    for _ in 0..2 {
        let (rounds, done) = tidied(&mut ledger).await;
        let plans = done.iter().filter(|order| *order == "DISCARD PLANS").count();
        assert!((rounds, plans) == (13, 1) || (rounds, plans) == (1, 1), "{rounds} rounds, planned anew {plans} times");
    }
}

#[tokio::test]
async fn names_of_an_older_version_get_their_words_in_one_statement_and_trouble_with_it_is_told() {
    let old = "INSERT INTO contact (tenant, id, name, name_key, created_at, seen_at) \
               SELECT gen_random_uuid(), gen_random_uuid(), 'João ' || n, 'joão ' || n, now(), now() \
               FROM generate_series(1, 130) AS n";
    let (mut ledger, mut beside) = ledger("folded", old).await;
    let (rounds, done) = tidied(&mut ledger).await;
    let changes = done.iter().filter(|sql| sql.contains("UPDATE contact SET name_key")).count();
    assert_eq!((rounds, changes), (3, 3), "fifty names at a time");
    let words = "SELECT count(*) FROM contact WHERE name_key LIKE E'joão %\\njoao %'";
    let found: i64 = sqlx::Row::get(&beside.fetch_one(words).await.unwrap(), 0);
    assert_eq!(found, 130);
    beside.execute("DROP TABLE contact").await.unwrap();
    assert!(matches!(ledger.tidy_some(Timestamp(NOON)).await, Err(Failed::Refused(_))));
}

/// How often it was asked for changes that came before their message, while this was written.
async fn asked_for_early_changes(ledger: &mut SqlLedger, entity: Entity, row: Row) -> usize {
    let fact = Commit::of_fact(Uuid::from_u128(7), entity, 1, NOON, Uuid::nil());
    let commit = Commit { rows: vec![row], ..fact };
    let jobs = [Arc::new(Job::Commit(Box::new(commit)))];
    let said = recorded(async { assert!(matches!(ledger.write(&jobs).await, Transacted::Decided(_))) }).await;
    said.iter().filter(|(sql, _)| sql.contains("FROM early_change") || sql.contains("JOIN early_change")).count()
}

#[tokio::test]
async fn early_changes_are_asked_for_while_there_are_any() {
    let (mut ledger, _) = ledger("overtaken", "SELECT 1").await;
    let (message, thread) = (MessageId(Uuid::from_u128(1)), ThreadId(Uuid::from_u128(2)));
    let ended = || {
        let row = Row::Channel(channel::Row::SendEnded {
            message,
            status: Status::Sent,
            provider_message_id: Some("wamid.1".to_owned()),
            error: None,
        });
        (Entity::Message(message), row)
    };
    let change = MessageChange::Revoked { at: Timestamp(NOON) };
    let early = Row::Conversation(conversation::Row::MessageChange {
        thread,
        provider_message_id: "wamid.2".to_owned(),
        change,
    });
    let mut asked = Vec::new();
    for (entity, row) in [ended(), ended(), (Entity::Thread(thread), early), ended(), ended()] {
        asked.push(asked_for_early_changes(&mut ledger, entity, row).await);
    }
    assert_eq!(asked, [1, 0, 0, 1, 1], "once for all, until one is written");
    tidied(&mut ledger).await;
    let (entity, row) = ended();
    assert_eq!(asked_for_early_changes(&mut ledger, entity, row).await, 2, "and looked for again after a tidying");
}
