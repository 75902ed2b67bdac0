//! A roll-back: a newer version has been at work on the database and left what this one does not know; this one serves as before, and
//! leaves a journal with which the newer one can go on. The newer one is played: what it adds is written into the tables by hand.

use crate::bodies::body_of;
use crate::house::House;
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::elsewhere::{Tables, changes};
use dashoffice_load_tests::{Reader, now_us};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";
const LIDIA: &str = "5511900008888";
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn drill_c2_after_a_newer_version_this_one_answers_every_chat_and_leaves_a_whole_journal_on_sqlite() {
    drill(None).await.unwrap();
}

#[tokio::test]
async fn drill_c2_after_a_newer_version_this_one_answers_every_chat_and_leaves_a_whole_journal_on_postgres() {
    drill(Some(records::empty_postgres().await.unwrap())).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the program of the last release: LAST_RELEASE=its path, --run-ignored all"]
async fn drill_c2_the_last_release_goes_on_after_this_version_and_this_one_after_it_on_sqlite() {
    there_and_back(None).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the program of the last release: LAST_RELEASE=its path, --run-ignored all"]
async fn drill_c2_the_last_release_goes_on_after_this_version_and_this_one_after_it_on_postgres() {
    there_and_back(Some(records::empty_postgres().await.unwrap())).await.unwrap();
}

/// A deploy, a roll-back and the deploy again, with the real programs.
async fn there_and_back(postgres: Option<String>) -> Result<()> {
    let house = House::new(postgres).await?;
    takes_turns(&house).await.map_err(|error| error.context(format!("kept in {}", house.keep())))
}

async fn takes_turns(house: &House) -> Result<()> {
    let last = last_release()?;
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let player = house.player().await?;
    let this = house.program().path.clone();
    for (before, program) in [this.clone(), last, this].into_iter().enumerate() {
        let server = house.server_of(program).await?;
        is_answered(house, &format!("wamid.{before}"), before + 1).await?;
        House::ends(server).await?;
    }
    House::ends(player).await?;
    for fold in records::folds(&house.database).await? {
        ensure!(fold.unknown == 0 && fold.last == fold.sequence, "{fold:?}");
    }
    Ok(())
}

async fn drill(postgres: Option<String>) -> Result<()> {
    let house = House::new(postgres.clone()).await?;
    rolled_back(&house, postgres.as_deref()).await.map_err(|error| error.context(format!("kept in {}", house.keep())))
}

async fn rolled_back(house: &House, postgres: Option<&str>) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let player = house.player().await?;
    let server = house.server().await?;
    is_answered(house, "wamid.before", 1).await?;
    House::ends(server).await?;

    let file = house.data_dir().join("dashoffice.db");
    let tables = postgres.map_or(Tables::Sqlite(&file), Tables::Postgres);
    changes(tables, &what_a_newer_version_leaves(postgres.is_some())).await?;

    let server = house.server().await?;
    is_answered(house, "wamid.after", 2).await?;
    let ready = house.client.get(format!("{}/readyz", house.url())).send().await?.status();
    ensure!(ready == 200, "not ready: {ready}");
    House::ends(server).await?;
    House::ends(player).await?;

    // The newer version folds its states from the journal: each must end where its row says, with nothing missing in between.
    for fold in records::folds(&house.database).await? {
        ensure!(fold.unknown == 1 && fold.last == fold.sequence, "{fold:?}");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "whoever starts the drill says which release")]
fn last_release() -> Result<PathBuf> {
    std::env::var("LAST_RELEASE").map(PathBuf::from).context("LAST_RELEASE names no program")
}

/// Lídia writes, and somebody answers: then so many messages of ours are in her chat.
async fn is_answered(house: &House, wamid: &str, answers: usize) -> Result<()> {
    let at = (now_us() / 1_000_000).to_string();
    let text =
        json!({ "from": LIDIA, "id": wamid, "timestamp": at, "type": "text", "text": { "body": "oi, tudo bem?" } });
    let body = body_of(LIDIA, &[text]).to_string().into_bytes();
    let status = house.webhook().body(&house.client, body).await?;
    ensure!(status == 200, "{wamid} is answered {status}");
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    let deadline = Instant::now() + PATIENCE;
    let mut ours = 0;
    while Instant::now() < deadline {
        if let Some(message) = reader.message(wamid).await? {
            let conversation = message["conversation_id"].as_str().context("a message of no conversation")?;
            let list = reader.reads(&format!("/conversations/{conversation}/messages")).await?;
            let items = list["items"].as_array().context("no list")?;
            ours = items.iter().filter(|message| message["direction"] == "outbound").count();
            if ours >= answers {
                return Ok(());
            }
        }
        sleep(Duration::from_millis(50)).await;
    }
    bail!("{wamid}: {ours} answers within {PATIENCE:?}")
}

/// A migration, a table and a column of its own; for every chat and agent one more event, of a new kind, and a state of another shape; a
/// clock and an order for entities of a new kind.
fn what_a_newer_version_leaves(postgres: bool) -> String {
    let bytes = if postgres { "bytea" } else { "blob" };
    format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1;
         CREATE TABLE parade (tenant {id} NOT NULL, id {id} NOT NULL, PRIMARY KEY (tenant, id));
         ALTER TABLE message ADD COLUMN blessing text;
         INSERT INTO event (tenant, position, id, entity_kind, entity_id, sequence, kind, version, at, actor, cause, correlation,
                 owner_epoch, term, body)
             SELECT s.tenant, c.position + ROW_NUMBER() OVER (ORDER BY s.entity_id), e.id, s.entity_kind, s.entity_id,
                 s.sequence + 1, 'blessed', 1, e.at, e.actor, e.cause, e.correlation, e.owner_epoch, e.term,
                 '{{\"kind\":\"blessed\"}}'
             FROM entity_state s INNER JOIN tenant_cursor c ON c.tenant = s.tenant
             INNER JOIN event e ON e.tenant = s.tenant AND e.entity_kind = s.entity_kind AND e.entity_id = s.entity_id
                 AND e.sequence = s.sequence
             WHERE s.entity_kind IN ('thread', 'agent');
         UPDATE entity_state SET sequence = sequence + 1, schema_version = 99 WHERE entity_kind IN ('thread', 'agent');
         UPDATE tenant_cursor SET inbox_position = inbox_position + 1,
             position = (SELECT MAX(e.position) FROM event e WHERE e.tenant = tenant_cursor.tenant);
         INSERT INTO timer (tenant, entity_kind, entity_id, kind, token, due_at)
             SELECT tenant, 'parade', entity_id, 'begins', id, at FROM event WHERE position = 1;
         INSERT INTO inbox (tenant, position, entity_kind, entity_id, raw, received_at, tries, correlation, held)
             SELECT e.tenant, c.inbox_position, 'parade', e.entity_id, CAST('{{}}' AS {bytes}), e.at, 0, e.id, {no}
             FROM event e INNER JOIN tenant_cursor c ON c.tenant = e.tenant WHERE e.position = 1;",
        id = if postgres { "uuid" } else { "blob" },
        no = if postgres { "false" } else { "0" },
    )
}
