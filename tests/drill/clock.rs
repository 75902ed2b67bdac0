//! The machine's clock is put forward and back by hours while customers write: time goes on for everybody, and sessions end when
//! they should (B5).

use crate::course::{Course, in_house, tell};
use crate::house::House;
use crate::records;
use crate::shim::{self, Dial};
use crate::wait::until;
use anyhow::{Result, ensure};
use dashoffice_load_tests::Reader;
use serde_json::json;
use std::time::Duration;

const US_PER_HOUR: i64 = 3_600_000_000;
const RATE_PER_S: f64 = 30.0;
const PATIENCE: Duration = Duration::from_secs(60);
const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";

#[tokio::test]
async fn drill_b5_a_clock_that_jumps_by_hours_stalls_nobody_floods_nobody_and_loses_nothing() {
    in_house(House::new(None).await.unwrap(), jumps).await;
}

async fn jumps(house: &House) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let library = shim::build("odd-clock", house.path()).await?.display().to_string();
    let dial = Dial::new(house.path(), "clock")?;
    let wrong = dial.path();
    let environment: [(&str, &str); 2] = [("LD_PRELOAD", &library), ("ODD_CLOCK_DIAL", &wrong)];
    let server = house.server_with(&environment).await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    let early = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    early.reads("/me").await?;
    let mut goes_on = Vec::new();

    dial.turn(US_PER_HOUR)?;
    goes_on.push(course.goes_on().await? + course.answers().await?);
    ensure!(early.reads("/me").await.is_err(), "a token of an hour ago is good for a quarter of one");
    let late = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    late.reads("/me").await?;

    // Back to where it was, and further: by its own count the process goes on.
    for hours in [0, -1, 0] {
        // What was to be tried again in a few seconds is not tried again in an hour.
        house.simulator.misbehaves(&json!({ "graph_throttled": 1.0 })).await?;
        let waiting =
            async || Ok::<_, anyhow::Error>(late.reads("/numbers").await?["items"][0]["sends_waiting"].as_u64());
        until("replies wait", PATIENCE, async || Ok(waiting().await?.filter(|waiting| *waiting >= 20))).await?;
        dial.turn(hours * US_PER_HOUR)?;
        house.simulator.misbehaves(&json!({})).await?;
        goes_on.push(course.goes_on().await? + course.answers().await?);
        until("hardly a reply waits", PATIENCE, async || Ok(waiting().await?.filter(|waiting| *waiting < 10))).await?;
        late.reads("/me").await?;
    }
    course.blames_nobody().await?;

    // Another process begins with a clock that is behind what the last one has recorded.
    House::ends(server).await?;
    dial.turn(-US_PER_HOUR)?;
    let server = house.server_with(&environment).await?;
    goes_on.push(course.goes_on().await? + course.answers().await?);
    late.reads("/me").await?;
    tell("clock", &goes_on, &course.ends(server, Vec::new()).await?)
}
