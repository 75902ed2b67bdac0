//! A disk that takes its time: no acknowledgement comes before it has answered (A11).

use crate::house::House;
use crate::records;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::process::Command;

/// What each fsync takes longer; well above what a message takes without it.
const DELAY: Duration = Duration::from_millis(250);

const MESSAGES: usize = 8;

#[tokio::test]
async fn drill_a11_no_acknowledgement_comes_before_the_disk_has_answered() {
    let house = House::new(None).await.unwrap();
    if let Err(error) = slowed(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn slowed(house: &House) -> Result<()> {
    let shim = shim(house.path()).await?;
    let preload = shim.display().to_string();

    let quick = house.server_with(&[("LD_PRELOAD", &preload), ("SLOW_FSYNC_MS", "0")]).await?;
    let without = answers(house, "quick").await?;
    House::ends(quick).await?;
    let fastest = without.iter().min().context("nothing was sent")?;
    if *fastest >= DELAY {
        bail!("this machine takes {fastest:?} without any delay: the drill would show nothing");
    }

    let delay_ms = DELAY.as_millis().to_string();
    let slow = house.server_with(&[("LD_PRELOAD", &preload), ("SLOW_FSYNC_MS", &delay_ms)]).await?;
    let with = answers(house, "slow").await?;
    // Right at the last 200: nothing is flushed on the way out.
    slow.kill().await?;
    let early: Vec<&Duration> = with.iter().filter(|took| **took < DELAY).collect();
    if !early.is_empty() {
        bail!("answered 200 before the disk did: {early:?}");
    }

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

/// Builds the library that makes fsync slow.
async fn shim(dir: &Path) -> Result<PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/slow-fsync.c");
    let library = dir.join("slow-fsync.so");
    let mut gcc = Command::new("gcc");
    gcc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source).arg("-ldl");
    let status = gcc.status().await.context("cannot run gcc; scripts/setup-build installs it")?;
    if !status.success() {
        bail!("cannot build {source}");
    }
    Ok(library)
}
