//! Two processes on one data directory, and an orderly end.

use crate::house::House;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Program, free_port, webhook};
use std::fs::{self, File};
use std::time::Duration;

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
