//! The doctor at a running server's bedside, on PostgreSQL, where it may look at everything.

use crate::house::House;
use crate::records;
use anyhow::{Context, Result, ensure};
use std::process::Output;
use tokio::process::Command;

#[tokio::test]
async fn drill_doctor_finds_nothing_wrong_beside_a_server_that_lives_and_says_that_it_does() {
    let postgres = records::empty_postgres().await.unwrap();
    let house = House::new(Some(postgres)).await.unwrap();
    if let Err(error) = visited(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn visited(house: &House) -> Result<()> {
    let server = house.server().await?;
    let told = doctor(house, &[]).await?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    for part in [
        "a server that lives holds the lease",
        "PostgreSQL 1",
        "fsync = on",
        "the clocks of database and machine agree",
        "and is ready",
        "connected numbers: 1",
        "nothing is wrong",
    ] {
        ensure!(text.contains(part), "{part} is not in:\n{text}");
    }
    ensure!(told.status.code() == Some(0), "{}", told.status);

    House::ends(server).await?;
    let told = doctor(house, &[]).await?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.success() && text.contains("no server holds the lease"), "{text}");

    let told = doctor(house, &[("DASHOFFICE__KERNEL__TRIES", "none")]).await?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.code() == Some(1) && text.contains("PROBLEM") && text.contains("1 problem"), "{text}");
    Ok(())
}

async fn doctor(house: &House, environment: &[(&str, &str)]) -> Result<Output> {
    let program = house.program();
    let mut command = Command::new(&program.path);
    command.arg("doctor").envs(program.environment.iter().map(|(name, value)| (name, value)));
    command.envs(environment.iter().copied()).output().await.context("the doctor does not come")
}
