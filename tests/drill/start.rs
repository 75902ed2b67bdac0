//! Two processes on one data directory, what a server counts from its first moment, and an orderly end.

use crate::house::House;
use crate::page;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Program, free_port, webhook};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Longer than one message takes.
const TO_HANDLE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn drill_d_a_second_process_on_the_same_data_ends_by_itself_and_the_first_goes_on() {
    let house = House::new(None).await.unwrap();
    if let Err(error) = second(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn second(house: &House) -> Result<()> {
    let first = house.server().await?;
    let Err(told) = house.server_on_another_port().await else {
        bail!("two processes are ready on the same data");
    };
    let told = format!("{told:?}");
    if !told.contains("ended with exit status: 1") || !told.contains("cannot open the store") {
        bail!("the second process did not say why it ended: {told}");
    }
    let status = house.webhook().text(&house.client, "5511900000001", "wamid.after", "still there?").await?;
    if status != 200 {
        bail!("the first process answers {status} after the second one ended");
    }
    House::ends(first).await
}

#[tokio::test]
async fn drill_d_the_port_answers_while_another_process_still_holds_the_data() {
    early().await.unwrap();
}

/// What is risky about the configuration is in the log by then, too.
async fn early() -> Result<()> {
    let dir = tempfile::tempdir().context("cannot make a directory for the drill")?;
    let data_dir = dir.path().join("data");
    fs::create_dir(&data_dir)?;
    let holder = File::create(data_dir.join("dashoffice.lock"))?;
    holder.lock().context("cannot be another process")?;

    let url = format!("127.0.0.1:{}", free_port()?);
    let environment = [("SERVER__LISTEN", url.as_str()), ("SERVER__WEBHOOK_TIMEOUT", "9s")];
    let program = Program {
        name: "early".to_owned(),
        path: env!("CARGO_BIN_EXE_dashoffice").into(),
        arguments: ["--data-dir", &data_dir.display().to_string(), "serve"].map(str::to_owned).into(),
        environment: environment.map(|(name, value)| (format!("DASHOFFICE__{name}"), value.to_owned())).into(),
        logs: dir.path().to_owned(),
    };
    let client = webhook::client()?;
    let mut server = program.start()?;
    server.ready(&client, &format!("http://{url}/healthz"), Duration::from_secs(60)).await?;
    let status = client.get(format!("http://{url}/readyz")).send().await?.status();
    ensure!(status == 503, "ready without its data: {status}");
    ensure!(server.end_of_log().contains("server.webhook_timeout is over 5s"), "{}", server.end_of_log());

    holder.unlock().context("cannot let go")?;
    server.ready(&client, &format!("http://{url}/readyz"), Duration::from_secs(60)).await?;
    House::ends(server).await
}

#[tokio::test]
async fn drill_e6_metrics_tell_of_each_kind_of_actor_and_name_nobody() {
    let house = House::new(None).await.unwrap();
    if let Err(error) = counted(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn counted(house: &House) -> Result<()> {
    let server = house.server().await?;
    let first = house.client.get(format!("{}/metrics", house.url())).send().await?.error_for_status()?.text().await?;
    page::holds(&first).context("nothing has happened yet")?;
    let (customer, wamid) = ("5511900000042", "wamid.counted");
    let status = house.webhook().text(&house.client, customer, wamid, "how many am I?").await?;
    ensure!(status == 200, "answered {status}");

    let handled = r#"dashoffice_actor_handling_seconds_count{kind="conversation"}"#;
    let deadline = Instant::now() + TO_HANDLE;
    let text = loop {
        let text =
            house.client.get(format!("{}/metrics", house.url())).send().await?.error_for_status()?.text().await?;
        if figures(&text).get(handled).is_some_and(|count| *count >= 1.0) {
            break text;
        }
        ensure!(Instant::now() < deadline, "no conversation has handled anything:\n{text}");
        sleep(Duration::from_millis(20)).await;
    };

    page::holds(&text).context("a customer wrote")?;
    let figures = figures(&text);
    for host in kinds(&figures, "dashoffice_actor_orders_waiting") {
        for name in [
            "dashoffice_actors_resident",
            "dashoffice_actor_orders_in_flight",
            "dashoffice_actors_quarantined",
            "dashoffice_actor_handling_seconds_count",
            "dashoffice_actor_handling_seconds_sum",
            "dashoffice_actor_restarts_total",
            "dashoffice_actor_parked_total",
        ] {
            ensure!(figures.contains_key(&of(name, host)), "{name} of a {host} is missing:\n{text}");
        }
    }
    for singleton in kinds(&figures, "dashoffice_actors_resident") {
        let restarts = figures.get(&of("dashoffice_actor_restarts_total", singleton));
        ensure!(restarts == Some(&0.0), "a {singleton} was restarted {restarts:?} times:\n{text}");
    }
    for kind in ["conversation", "agent", "router", "intake", "delivery"] {
        ensure!(figures.contains_key(&of("dashoffice_actors_resident", kind)), "{kind} is missing:\n{text}");
    }
    ensure!(figures[&of("dashoffice_actors_resident", "conversation")] >= 1.0, "{text}");
    ensure!(figures[&of("dashoffice_actor_parked_total", "conversation")] == 0.0, "{text}");

    ensure!(
        figures.contains_key(r#"dashoffice_store_batch_jobs_bucket{le="64"}"#),
        "jobs are counted as if they were seconds:\n{text}"
    );

    ensure!(!text.contains(customer) && !text.contains("wamid"), "a customer is named:\n{text}");
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    ensure!(words.all(|word| word.len() < 32 || Uuid::parse_str(word).is_err()), "an id is named:\n{text}");
    for series in figures.keys() {
        let digits = series.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or_default();
        ensure!(digits < 8, "{series} names a number");
    }
    House::ends(server).await
}

/// What is counted, by series: name and labels as they are written.
pub(crate) fn figures(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let figures = lines.filter_map(|line| line.rsplit_once(' '));
    figures.filter_map(|(series, figure)| Some((series.to_owned(), figure.parse().ok()?))).collect()
}

/// One figure of one kind of actor.
fn of(name: &str, kind: &str) -> String {
    format!("{name}{{kind=\"{kind}\"}}")
}

/// The kinds of which this is counted.
fn kinds<'a>(figures: &'a BTreeMap<String, f64>, name: &str) -> BTreeSet<&'a str> {
    let labels = figures.keys().filter_map(|series| series.strip_prefix(name)?.strip_prefix("{kind=\""));
    labels.filter_map(|label| label.strip_suffix("\"}")).collect()
}
