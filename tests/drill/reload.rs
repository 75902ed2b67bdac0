//! The configuration's file changes under a running server: what is legal runs at once, what is not changes nothing and is said.

use crate::house::House;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::Process;
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

const TO_START: Duration = Duration::from_secs(60);
/// Longer than any change takes, on a busy machine, too.
const TO_HAPPEN: Duration = Duration::from_secs(120);
/// One a second would take twice as long as we wait.
const MESSAGES: usize = 240;

/// A server whose log level and rate stand in the file of its data directory, and nowhere else.
struct Desk<'a> {
    house: &'a House,
    file: PathBuf,
}

impl Desk<'_> {
    /// A legal file with these lines.
    fn writes(&self, text: &str) -> Result<()> {
        fs::write(&self.file, text).context("cannot write the file")
    }

    /// The same by a new file that takes the old one's place.
    fn moves_in(&self, text: &str) -> Result<()> {
        let beside = self.file.with_extension("new");
        fs::write(&beside, text).context("cannot write the file")?;
        fs::rename(&beside, &self.file).context("cannot move the file")
    }

    async fn starts(&self) -> Result<Process> {
        let mut program = self.house.program().clone();
        program
            .environment
            .retain(|(name, _)| !name.ends_with("LOG__LEVEL") && !name.ends_with("DELIVERY__PER_SECOND"));
        let mut process = program.start()?;
        process.ready(&self.house.client, &format!("{}/readyz", self.house.url()), TO_START).await?;
        Ok(process)
    }

    /// Waits until a line of the log has all these parts.
    async fn logs(&self, parts: &[&str]) -> Result<()> {
        let log = self.house.path().join("server.log");
        let deadline = Instant::now() + TO_HAPPEN;
        loop {
            let text = fs::read_to_string(&log).unwrap_or_default();
            if text.lines().any(|line| parts.iter().all(|part| line.contains(part))) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("no line of the log has {parts:?}:\n{text}");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn metric(&self, name: &str) -> Result<f64> {
        let url = format!("{}/metrics", self.house.url());
        let text = self.house.client.get(url).send().await?.text().await?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
        line.trim().parse().context("a metric is a number")
    }

    async fn doctor(&self) -> Result<Output> {
        let program = self.house.program();
        let mut command = Command::new(&program.path);
        command.arg("doctor").envs(program.environment.iter().map(|(name, value)| (name, value)));
        command.output().await.context("the doctor does not come")
    }
}

#[tokio::test]
async fn drill_e5_a_file_that_changes_is_taken_over_whole_or_not_at_all() {
    let house = House::new(None).await.unwrap();
    let file = house.path().join("data/dashoffice.toml");
    if let Err(error) = reloads(&Desk { house: &house, file }).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn reloads(desk: &Desk<'_>) -> Result<()> {
    desk.writes("[delivery]\nper_second = 1\n")?;
    let player = desk.house.player().await?;
    let server = desk.starts().await?;
    // Each of another customer, so that each is answered; none of them is one of the simulated WhatsApp, which takes every post.
    for n in 0..MESSAGES {
        let (customer, wamid) = (format!("54911{n:08}"), format!("wamid.reload.{n}"));
        let answered = desk.house.webhook().text(&desk.house.client, &customer, &wamid, "Boa tarde").await?;
        ensure!(answered == 200, "a webhook was answered {answered}");
    }
    desk.house.simulator.until("some answers", TO_HAPPEN, |sums| sums.outbound.accepted > 0).await?;

    // Broken: nothing of it is taken, not even what is legal in it, and everybody who asks hears why.
    desk.writes("[delivery]\nper_second = 1000\n[log]\nlevel = \"debug\"\n[kernel]\ntrios = 4\n")?;
    desk.logs(&["WARN", "dashoffice.toml", "kernel.trios", "nothing of it is taken"]).await?;
    ensure!((desk.metric("dashoffice_configuration_refused").await? - 1.0).abs() < 0.5, "the metric says so");
    let told = desk.doctor().await?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.code() == Some(1) && text.contains("kernel.trios"), "{text}");
    let sent = desk.house.simulator.sums().await?.outbound.accepted;
    ensure!(sent < MESSAGES, "one a second is still what counts, and {sent} are gone");

    // Mended, by another file in its place: all of it is taken, but for what waits for the next start.
    let legal = "[delivery]\nper_second = 1000\n[log]\nlevel = \"debug\"\n[server]\nheader_timeout = \"11s\"\n";
    desk.moves_in(legal)?;
    desk.logs(&["INFO", "delivery.per_second, log.level", "and runs"]).await?;
    desk.logs(&["WARN", "server.header_timeout", "at the next start"]).await?;
    ensure!(desk.metric("dashoffice_configuration_refused").await? < 0.5, "the metric says so");
    ensure!((desk.metric("dashoffice_configuration_waiting").await? - 1.0).abs() < 0.5, "one key waits");
    desk.house
        .simulator
        .until("all answers at the new rate", TO_HAPPEN, |sums| sums.outbound.accepted >= MESSAGES)
        .await?;
    let text = String::from_utf8_lossy(&desk.doctor().await?.stdout).into_owned();
    ensure!(text.contains("at the next start: server.header_timeout"), "{text}");

    // The new level counts, and SIGHUP reads at once.
    let pid = server.id().context("the server runs")?;
    ensure!(Command::new("kill").args(["-HUP", &pid.to_string()]).status().await?.success(), "SIGHUP is sent");
    desk.logs(&["DEBUG", "the configuration was read again"]).await?;
    desk.logs(&["INFO", "it is what runs"]).await?;

    House::ends(server).await?;
    House::ends(player).await
}
