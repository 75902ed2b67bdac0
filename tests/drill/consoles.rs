//! Consoles that stop reading, vanish by the hundred, or come back after too long: the others notice nothing, memory stays within
//! bounds, and whoever comes back is shown what is (E3).

use crate::course::{Course, in_house, metrics, tell};
use crate::house::House;
use crate::length::length;
use crate::records;
use crate::wait::until;
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::{Console, Reader};
use serde_json::Value;
use std::time::Duration;
use tokio::task::JoinSet;

const RATE_PER_S: f64 = 60.0;
const PATIENCE: Duration = Duration::from_secs(60);
/// What a hundred consoles and one that sleeps may cost, and what they leave behind.
const MEGABYTE: u64 = 1_000_000;
const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";
const TOPICS: [&str; 2] = ["inbox", "board"];

#[tokio::test]
async fn drill_e3_consoles_that_sleep_or_vanish_cost_little_and_disturb_nobody() {
    in_house(House::new(None).await.unwrap(), vanish).await;
}

async fn vanish(house: &House) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    // A short past: whoever was away for longer is shown everything anew.
    let server = house.server_with(&[("DASHOFFICE__LIVE__RING_EVENTS", "1000")]).await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    let ws_url = format!("ws://{}/api/v1/ws", house.address());
    let token = reader.token().to_owned();

    let mut awake = Console::opens(&ws_url, &token, None, &TOPICS).await?;
    let welcome = awake.until("a welcome", PATIENCE, |frame| frame["type"] == "welcome").await?;
    let incarnation = welcome["incarnation"].as_str().context("a welcome without an incarnation")?.to_owned();
    let before = server.memory()?;
    let sleeper = Console::opens(&ws_url, &token, None, &TOPICS).await?;

    for _ in 0..length(2, 20) {
        let mut hundred = JoinSet::new();
        for _ in 0..50 {
            let (ws_url, token) = (ws_url.clone(), token.clone());
            hundred.spawn(async move {
                let mut console = Console::opens(&ws_url, &token, None, &TOPICS).await?;
                console.until("a welcome", PATIENCE, |frame| frame["type"] == "welcome").await.map(drop)
            });
        }
        while let Some(ended) = hundred.join_next().await {
            ended.context("a console broke off")??;
        }
        // Whoever is awake goes on hearing what happens.
        awake.until("something happens", PATIENCE, |frame| frame["type"] == "event").await?;
    }
    until("those who vanished are forgotten", PATIENCE, async || {
        let counted = metrics(house).await?;
        let two = |name: &str| counted.get(name).is_some_and(|count| *count as u64 == 2);
        Ok((two("dashoffice_api_sockets") && two("dashoffice_live_subscribers")).then_some(()))
    })
    .await?;
    let grown = server.memory()?.saturating_sub(before);
    ensure!(grown < 100 * MEGABYTE, "consoles that are gone left {} MB behind", grown / MEGABYTE);

    // Back at once: the past is still there. Back after too much has happened: everything is shown anew.
    drop(awake);
    let position = |frame: &Value| frame["position"].as_i64().context("an event without a position");
    let (_, at) = until("a console that comes back at once is told what it missed", PATIENCE, async || {
        let mut leaving = Console::opens(&ws_url, &token, None, &TOPICS).await?;
        let last = leaving.until("an event", PATIENCE, |frame| frame["type"] == "event").await?;
        drop(leaving);
        let at = position(&last)?;
        let mode = returns(&ws_url, &token, &format!("{incarnation}.{at}")).await?;
        Ok((mode == "resumed").then_some(at))
    })
    .await?;
    let mut watch = Console::opens(&ws_url, &token, None, &TOPICS).await?;
    watch.until("much more has happened", PATIENCE, |frame| position(frame).is_ok_and(|now| now > at + 1_200)).await?;
    let mode = returns(&ws_url, &token, &format!("{incarnation}.{at}")).await?;
    ensure!(mode == "snapshot", "a past that is gone was resumed");
    drop(sleeper);
    course.blames_nobody().await?;
    tell("consoles", &[], &course.ends(server, Vec::new()).await?)
}

/// How a console that comes back with this cursor is welcomed.
async fn returns(ws_url: &str, token: &str, cursor: &str) -> Result<String> {
    let mut console = Console::opens(ws_url, token, Some(cursor), &TOPICS).await?;
    let welcome = console.until("a welcome", PATIENCE, |frame| frame["type"] == "welcome").await?;
    Ok(welcome["mode"].as_str().unwrap_or_default().to_owned())
}
