//! The provider fails in every way it can: numbers rest and go on by themselves, and nothing that may have been taken is sent
//! again (A7).

use crate::course::{Course, in_house, metrics, tell};
use crate::house::House;
use crate::length::length;
use crate::wait::until;
use anyhow::{Result, ensure};
use dashoffice_load_tests::{Verdict, now_us};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const RATE_PER_S: f64 = 30.0;
/// Shorter than the provider hangs.
const POST_TIMEOUT: (&str, &str) = ("DASHOFFICE__DELIVERY__POST_TIMEOUT", "1s");
const PATIENCE: Duration = Duration::from_secs(60);
const STOPPED: &str = "dashoffice_numbers_stopped{why=\"provider_unreachable\"}";

/// Each way to fail, and whether the number rests after a few in a row.
fn ways() -> Vec<(&'static str, Value, bool)> {
    vec![
        ("errors of Graph's", json!({ "graph_error_500": 1.0 }), true),
        ("errors of anybody's", json!({ "graph_bare_500": 1.0 }), true),
        ("no answer in time", json!({ "graph_hang": 1.0, "hang_ms": 2_500 }), true),
        ("no connection", json!({ "refuse_connections": true }), true),
        ("taken, and the connection cut", json!({ "graph_cut": 1.0 }), true),
        ("an answer nobody understands", json!({ "graph_garbage": 1.0 }), true),
        ("too many at once", json!({ "graph_throttled": 1.0 }), false),
        ("too many at once, for a second", json!({ "graph_throttled": 1.0, "retry_after_s": 1 }), false),
        (
            "a little of everything",
            json!({ "graph_error_500": 0.1, "graph_bare_500": 0.1, "graph_hang": 0.05, "hang_ms": 2_500,
                    "graph_cut": 0.1, "graph_garbage": 0.1, "graph_throttled": 0.1 }),
            false,
        ),
    ]
}

#[tokio::test]
async fn drill_a7_whatever_the_provider_does_a_number_recovers_and_nothing_is_blindly_sent_twice() {
    in_house(House::new(None).await.unwrap(), failing).await;
}

async fn failing(house: &House) -> Result<()> {
    let server = house.server_with(&[POST_TIMEOUT]).await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    course.answers().await?;
    let (mut moments, mut back) = (Vec::new(), Vec::new());
    for (way, faults, rests) in ways() {
        house.simulator.misbehaves(&faults).await?;
        let began = Instant::now();
        let stopped = async || Ok::<_, anyhow::Error>(metrics(house).await?.get(STOPPED).copied() == Some(1.0));
        let mut has_rested = false;
        while began.elapsed() < length(Duration::from_secs(1), Duration::from_secs(10)) || (rests && !has_rested) {
            ensure!(began.elapsed() < PATIENCE, "{way}: the number was never stopped");
            moments.push(now_us());
            has_rested |= stopped().await?;
            sleep(Duration::from_millis(100)).await;
        }
        house.simulator.misbehaves(&json!({})).await?;
        moments.push(now_us());
        back.push(course.answers().await?);
        until("the number is well again", PATIENCE, async || Ok((!stopped().await?).then_some(()))).await?;
    }
    course.blames_nobody().await?;
    let evidence = course.rests(server, moments).await?;
    let posted: BTreeSet<&String> = evidence.posted.iter().collect();
    let unknown = evidence.replies.iter().filter(|reply| reply.status == "unknown");
    let told: Vec<_> = unknown.filter(|reply| posted.contains(&reply.message)).collect();
    ensure!(told.is_empty(), "the provider told what became of these, and nobody listened: {told:?}");
    tell("provider", &back, &Verdict::of(&evidence))
}
