//! A disk that takes its time: no acknowledgement comes before it has answered (A11).

use crate::course::in_house;
use crate::house::House;
use crate::postgres::{Postgres, Stop};
use crate::records;
use crate::shim;
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

/// What each fsync takes longer; well above what a message takes without it.
const DELAY: Duration = Duration::from_millis(250);

const MESSAGES: usize = 8;

#[tokio::test]
async fn drill_a11_no_acknowledgement_comes_before_the_disk_has_answered_on_sqlite() {
    in_house(House::new(None).await.unwrap(), slowed).await;
}

async fn slowed(house: &House) -> Result<()> {
    let preload = shim::build("slow-fsync", house.path()).await?.display().to_string();

    let quick = house.server_with(&[("LD_PRELOAD", &preload), ("SLOW_FSYNC_MS", "0")]).await?;
    let without = answers(house, "quick").await?;
    House::ends(quick).await?;
    is_quick(&without)?;

    let delay_ms = DELAY.as_millis().to_string();
    let slow = house.server_with(&[("LD_PRELOAD", &preload), ("SLOW_FSYNC_MS", &delay_ms)]).await?;
    let with = answers(house, "slow").await?;
    // Right at the last 200: nothing is flushed on the way out.
    slow.kill().await?;
    is_slow(&with)?;
    is_all_there(house).await
}

#[tokio::test]
async fn drill_a11_no_acknowledgement_comes_before_the_disk_has_answered_on_postgres() {
    let mut postgres = Postgres::prepared().await.unwrap();
    let preload = shim::build("slow-fsync", postgres.dir()).await.unwrap().display().to_string();
    postgres.finds(&[("LD_PRELOAD", &preload), ("SLOW_FSYNC_MS", "0")]);
    postgres.starts().await.unwrap();
    postgres.says("CREATE DATABASE drill").await.unwrap();
    let house = House::new(Some(postgres.url("drill"))).await.unwrap();
    in_house(house, async |house| slowed_postgres(house, &mut postgres, &preload).await).await;
}

/// It is the disk of PostgreSQL that takes its time here, and PostgreSQL that loses its power at the end.
async fn slowed_postgres(house: &House, postgres: &mut Postgres, preload: &str) -> Result<()> {
    let quick = house.server().await?;
    let without = answers(house, "quick").await?;
    House::ends(quick).await?;
    is_quick(&without)?;

    postgres.stops(Stop::Fast).await?;
    postgres.finds(&[("LD_PRELOAD", preload), ("SLOW_FSYNC_MS", &DELAY.as_millis().to_string())]);
    postgres.starts().await?;
    let slow = house.server().await?;
    let with = answers(house, "slow").await?;
    postgres.stops(Stop::Immediate).await?;
    slow.kill().await?;
    is_slow(&with)?;

    postgres.finds(&[]);
    postgres.starts().await?;
    is_all_there(house).await
}

fn is_quick(without: &[Duration]) -> Result<()> {
    let fastest = without.iter().min().context("nothing was sent")?;
    ensure!(*fastest < DELAY, "this machine takes {fastest:?} without any delay: the drill would show nothing");
    Ok(())
}

fn is_slow(with: &[Duration]) -> Result<()> {
    let early: Vec<&Duration> = with.iter().filter(|took| **took < DELAY).collect();
    ensure!(!with.is_empty() && early.is_empty(), "answered 200 before the disk did: {early:?}");
    Ok(())
}

async fn is_all_there(house: &House) -> Result<()> {
    let stored = consumed(house).await?;
    for wamid in (0..MESSAGES).flat_map(|turn| [wamid("quick", turn), wamid("slow", turn)]) {
        if stored.iter().filter(|id| **id == wamid).count() != 1 {
            bail!("{wamid} was answered 200 and is not there exactly once");
        }
    }
    Ok(())
}

/// Starts the server until nothing waits in the inbox, and tells what it has recorded.
async fn consumed(house: &House) -> Result<Vec<String>> {
    for _ in 0..10 {
        House::ends(house.server().await?).await?;
        let records = records::read(&house.database).await?;
        if records.waiting == 0 {
            return Ok(records.received);
        }
    }
    bail!("the inbox is not emptied by ten starts")
}

/// How long each of a few messages, one after the other, took to be answered 200.
async fn answers(house: &House, round: &str) -> Result<Vec<Duration>> {
    let webhook = house.webhook();
    let mut took = Vec::new();
    for turn in 0..MESSAGES {
        let customer = format!("55119000{turn:05}");
        let begun = Instant::now();
        let status = webhook.text(&house.client, &customer, &wamid(round, turn), "hello").await?;
        if status != 200 {
            bail!("message {turn} was answered {status}");
        }
        took.push(begun.elapsed());
    }
    Ok(took)
}

fn wamid(round: &str, turn: usize) -> String {
    format!("wamid.{round}.{turn}")
}
