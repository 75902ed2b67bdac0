//! A disk that is full, or may only be read: everything waits and says so, and goes on by itself when there is room again.

use crate::course::{Course, in_house, metrics, tell};
use crate::house::House;
use crate::length::length;
use crate::records;
use crate::shim::{self, Dial};
use crate::wait::until;
use anyhow::{Result, ensure};
use dashoffice_load_tests::Reader;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const FULL: i64 = 28;
const READ_ONLY: i64 = 30;
const FINE: i64 = 0;

const RATE_PER_S: f64 = 25.0;
const PATIENCE: Duration = Duration::from_secs(60);
const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";

/// How long the trouble lasts.
fn away() -> Duration {
    length(Duration::from_secs(3), Duration::from_secs(15))
}

/// A disk whose folder can be told to be full.
struct Disk {
    library: String,
    folder: String,
    dial: Dial,
}

impl Disk {
    async fn of(house: &House, folder: &Path) -> Result<Self> {
        let library = shim::build("full-disk", house.path()).await?.display().to_string();
        Ok(Self { library, folder: folder.display().to_string(), dial: Dial::new(house.path(), "disk")? })
    }

    fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("LD_PRELOAD", self.library.clone()),
            ("FULL_DISK_DIR", self.folder.clone()),
            ("FULL_DISK_DIAL", self.dial.path()),
        ]
    }
}

#[tokio::test]
async fn drill_a4_a_full_disk_and_one_that_may_only_be_read_make_everything_wait_and_lose_nothing() {
    in_house(House::new(None).await.unwrap(), full).await;
}

async fn full(house: &House) -> Result<()> {
    let disk = Disk::of(house, &house.data_dir()).await?;
    let server = house.server_with(&disk.environment().each_ref().map(|(name, value)| (*name, &**value))).await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    let mut back = Vec::new();
    for (trouble, words) in [(FULL, "database or disk is full"), (READ_ONLY, "readonly database")] {
        disk.dial.turn(trouble)?;
        course.is_away().await?;
        let began = Instant::now();
        for number in 0.. {
            let wamid = format!("wamid.{trouble}.{number}");
            let status = house.webhook().text(&house.client, "5511900009999", &wamid, "anybody?").await?;
            ensure!(status == 503, "a new message is answered {status} though nothing can be written");
            if began.elapsed() > away() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        let refused = metrics(house).await?.get("dashoffice_webhooks_refused_total{why=\"store_away\"}").copied();
        ensure!(refused.is_some_and(|times| times >= 1.0), "nobody counts those who were told to come again");
        until(words, PATIENCE, async || Ok(house.log("server")?.contains(words).then_some(()))).await?;
        disk.dial.turn(FINE)?;
        back.push(course.is_back().await?);
    }
    course.blames_nobody().await?;
    tell("disk-full", &back, &course.ends(server, Vec::new()).await?)
}

#[tokio::test]
async fn drill_a9_files_wait_for_a_folder_that_is_full_and_messages_do_not() {
    in_house(House::new(None).await.unwrap(), full_folder).await;
}

async fn full_folder(house: &House) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let disk = Disk::of(house, &house.data_dir().join("media")).await?;
    disk.dial.turn(FULL)?;
    let server = house.server_with(&disk.environment().each_ref().map(|(name, value)| (*name, &**value))).await?;
    let player = house.player().await?;
    let wamid = house.simulator.sends_file(1, "image").await?;
    until("the log says it", PATIENCE, async || {
        Ok(house.log("server")?.contains("files cannot be kept").then_some(()))
    })
    .await?;
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    // Its message is there all the same, and others come in.
    let (_, message) = until("the message is there", PATIENCE, async || reader.message(&wamid).await).await?;
    ensure!(message["media"]["state"] == "fetching", "{message}");
    let status = house.webhook().text(&house.client, "5511900000002", "wamid.words", "words need no folder").await?;
    ensure!(status == 200, "a message without a file is answered {status}");

    disk.dial.turn(FINE)?;
    reader.looks_at(&reader.settled(&wamid, PATIENCE).await?).await?;
    House::ends(player).await?;
    House::ends(server).await
}
