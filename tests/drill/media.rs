//! Customers' files against the real binary: killed while they come, and lost, swollen or swapped by the provider (A9).

use crate::house::House;
use crate::records;
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::{Process, Reader};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

const FILES: u32 = 12;
/// Longer than any file takes here.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a file is not asked for after its number was refused.
const PERMISSION_RESTS: Duration = Duration::from_secs(70);
const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";

#[tokio::test]
async fn drill_a9_every_file_is_ready_once_or_failed_with_words_whatever_is_killed_on_the_way_on_sqlite() {
    drill(None).await.unwrap();
}

#[tokio::test]
async fn drill_a9_every_file_is_ready_once_or_failed_with_words_whatever_is_killed_on_the_way_on_postgres() {
    drill(Some(records::empty_postgres().await.unwrap())).await.unwrap();
}

async fn drill(postgres: Option<String>) -> Result<()> {
    let house = House::new(postgres).await?;
    fetched(&house).await.map_err(|error| error.context(format!("kept in {}", house.keep())))
}

/// A server that gives a file up after two faults of its own.
async fn server(house: &House) -> Result<Process> {
    house.server_with(&[("DASHOFFICE__MEDIA__TRIES", "2")]).await
}

async fn fetched(house: &House) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let player = house.player().await?;
    let first = server(house).await?;
    house.simulator.misbehaves(&json!({"media_slow": 0.7, "media_slow_ms": 700})).await?;
    let kinds = ["image", "voice", "document"];
    for n in 0..FILES {
        house.simulator.sends_file(n % 6 + 1, kinds[n as usize % kinds.len()]).await?;
    }
    house.simulator.until("everything is acknowledged", PATIENCE, |sums| sums.waiting == 0).await?;
    // The moment of the kill is drawn, not waited for: some are here, some on their way, some not begun.
    sleep(Duration::from_millis(400)).await;
    first.kill().await?;

    let second = server(house).await?;
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    for written in house.simulator.written().await? {
        let message = reader.settled(&written.wamid, PATIENCE).await?;
        ensure!(message["media"]["state"] == "ready", "{message}");
        reader.looks_at(&message).await?;
    }
    let faults = [
        ("media_too_large", "failed", "larger than we take"),
        ("media_other_bytes", "failed", "not the one that was announced"),
    ];
    for (fault, state, words) in faults {
        house.simulator.misbehaves(&json!({fault: 1.0})).await?;
        let wamid = house.simulator.sends_file(1, "image").await?;
        let message = reader.settled(&wamid, PATIENCE).await?;
        let reason = message["media"]["reason"].as_str().context("it does not say why")?;
        ensure!(message["media"]["state"] == state && reason.contains(words), "{fault}: {message}");
    }
    // The second is what Graph says of a file that the token may not see, too: the number's trouble, and not the file's.
    for (fault, patience) in [("media_error_500", PATIENCE), ("media_missing", PERMISSION_RESTS + PATIENCE)] {
        house.simulator.misbehaves(&json!({fault: 1.0})).await?;
        let wamid = house.simulator.sends_file(1, "voice").await?;
        house.simulator.until("it is acknowledged", PATIENCE, |sums| sums.waiting == 0).await?;
        ensure!(reader.settled(&wamid, Duration::from_secs(1)).await.is_err(), "{fault} ends no file");
        house.simulator.misbehaves(&json!({})).await?;
        reader.looks_at(&reader.settled(&wamid, patience).await?).await?;
    }

    House::ends(player).await?;
    House::ends(second).await?;
    let ends = records::ends_of_files(&house.database).await?;
    ensure!(ends.len() == FILES as usize + faults.len() + 2, "{ends:?}");
    ensure!(ends.iter().all(|ends| *ends == 1), "a file that comes to two ends, or to none: {ends:?}");
    Ok(())
}
