//! Storms at the webhook door: the same message thousands of times, a week that comes at once, and everybody talking at the same
//! moment (A1, A2, B5).

use crate::bodies::body_of;
use crate::course::{in_house, metrics};
use crate::house::House;
use crate::length::length;
use crate::records;
use crate::wait::until;
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::{Reader, now_us};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Connections at once.
const AT_ONCE: usize = 32;
/// Longer than any storm lasts, and what it leaves behind.
const PATIENCE: Duration = Duration::from_secs(600);
/// No agent answers by themselves: it is the door that is looked at.
const SILENT: (&str, &str) = ("DASHOFFICE__ANSWERER__WORDS", "");
const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";
const A_WEEK_S: i64 = 7 * 24 * 3_600;

/// A text of a customer's, said so many seconds ago.
fn text(customer: &str, wamid: &str, seconds_ago: i64) -> Value {
    let said_at = (now_us() / 1_000_000 - seconds_ago).to_string();
    json!({ "from": customer, "id": wamid, "timestamp": said_at, "type": "text", "text": { "body": wamid } })
}

fn customer(number: usize) -> String {
    format!("551190{number:07}")
}

/// Posts every body, so many at once, each again until it is answered 200.
async fn pour(house: &House, bodies: Vec<Vec<u8>>) -> Result<()> {
    let (bodies, next) = (Arc::new(bodies), Arc::new(AtomicUsize::new(0)));
    let mut senders = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (bodies, next) = (Arc::clone(&bodies), Arc::clone(&next));
        let (client, webhook) = (house.client.clone(), house.webhook());
        senders.spawn(async move {
            let deadline = Instant::now() + PATIENCE;
            while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                loop {
                    // Busy or too slow: a provider comes again.
                    match webhook.body(&client, body.clone()).await {
                        Ok(200) => break,
                        Ok(503) | Err(_) => {}
                        Ok(status) => anyhow::bail!("a well-signed body is answered {status}"),
                    }
                    ensure!(Instant::now() < deadline, "a body was not taken within {PATIENCE:?}");
                    sleep(Duration::from_millis(50)).await;
                }
            }
            Ok(())
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended.context("a sender broke off")??;
    }
    Ok(())
}

/// Ends the server when nothing waits any more, and tells what it has recorded, in order.
async fn received(house: &House, server: dashoffice_load_tests::Process) -> Result<Vec<String>> {
    let mut server = server;
    loop {
        House::ends(server).await?;
        let records = records::read(&house.database).await?;
        if records.waiting == 0 {
            return Ok(records.received);
        }
        server = house.server_with(&[SILENT]).await?;
    }
}

#[tokio::test]
async fn drill_a1_a_message_that_comes_thousands_of_times_is_stored_once() {
    in_house(House::new(None).await.unwrap(), duplicates).await;
}

async fn duplicates(house: &House) -> Result<()> {
    let server = house.server_with(&[SILENT]).await?;
    let body = body_of(&customer(1), &[text(&customer(1), "wamid.again", 0)]).to_string().into_bytes();
    pour(house, vec![body; length(2_000, 50_000)]).await?;
    ensure!(received(house, server).await? == ["wamid.again"]);
    Ok(())
}

#[tokio::test]
async fn drill_b5_a_week_that_comes_at_once_is_stored_in_order_and_opens_no_window() {
    in_house(House::new(None).await.unwrap(), a_week).await;
}

async fn a_week(house: &House) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let server = house.server_with(&[SILENT]).await?;
    let (customers, each) = length((40, 10), (400, 50));
    let mut bodies = Vec::new();
    for number in 0..customers {
        let from = customer(number);
        let said: Vec<Value> = (0..each).map(|n| text(&from, &format!("wamid.{number}.{n}"), A_WEEK_S - n)).collect();
        bodies.push(body_of(&from, &said).to_string().into_bytes());
    }
    pour(house, bodies).await?;
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    let deadline = Instant::now() + PATIENCE;
    for number in 0..customers {
        let wamid = format!("wamid.{number}.{}", each - 1);
        let message = loop {
            match reader.message(&wamid).await? {
                Some(message) => break message,
                None => ensure!(Instant::now() < deadline, "{wamid} is not there"),
            }
            sleep(Duration::from_millis(50)).await;
        };
        let id = message["conversation_id"].as_str().context("it is in no conversation")?;
        let chat = reader.reads(&format!("/conversations/{id}")).await?;
        // Instants are all written alike, so their texts compare as they do.
        let opened = chat["opened_at"].as_str().context("it was never opened")?;
        ensure!(chat["window_until"].as_str().is_none_or(|until| until < opened), "{chat}");
    }
    in_order(&received(house, server).await?, customers, usize::try_from(each)?)
}

#[tokio::test]
async fn drill_a2_many_conversations_of_many_messages_at_once_are_each_in_order() {
    in_house(House::new(None).await.unwrap(), all_at_once).await;
}

async fn all_at_once(house: &House) -> Result<()> {
    let server = house.server_with(&[SILENT]).await?;
    let (customers, each) = length((20, 50), (100, 500));
    let mut bodies = Vec::new();
    for number in 0..customers {
        let from = customer(number);
        let said: Vec<Value> = (0..each).map(|n| text(&from, &format!("wamid.{number}.{n}"), 0)).collect();
        bodies.push(body_of(&from, &said).to_string().into_bytes());
    }
    pour(house, bodies).await?;
    in_order(&received(house, server).await?, customers, each)
}

#[tokio::test]
async fn drill_a6_whoever_finds_too_much_waiting_is_told_to_come_again_and_is_counted() {
    in_house(House::new(None).await.unwrap(), too_much).await;
}

async fn too_much(house: &House) -> Result<()> {
    let server = house.server_with(&[SILENT, ("DASHOFFICE__ADMISSION__PER_TENANT", "1")]).await?;
    let refused = "dashoffice_webhooks_refused_total{why=\"backlog\"}";
    let mut bodies = 0;
    // One body is more than may wait: the next one meets it, if it comes soon enough.
    until("somebody is told to come again", PATIENCE, async || {
        let said: Vec<Value> = (0..100).map(|n| text(&customer(bodies), &format!("wamid.{bodies}.{n}"), 0)).collect();
        pour(house, vec![body_of(&customer(bodies), &said).to_string().into_bytes()]).await?;
        bodies += 1;
        Ok(metrics(house).await?.get(refused).filter(|times| **times >= 1.0).map(|_| ()))
    })
    .await?;
    in_order(&received(house, server).await?, bodies, 100)
}

/// Everything is there once, and each customer's messages are in the order in which they were said.
fn in_order(received: &[String], customers: usize, each: usize) -> Result<()> {
    let distinct: BTreeSet<&String> = received.iter().collect();
    ensure!(
        distinct.len() == received.len() && received.len() == customers * each,
        "{} of {}",
        distinct.len(),
        received.len()
    );
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    for wamid in received {
        let (of, n) = wamid.rsplit_once('.').context("an id of nobody's")?;
        let expected = next.entry(of).or_default();
        ensure!(n.parse::<usize>()? == *expected, "{wamid} where {expected} was next");
        *expected += 1;
    }
    Ok(())
}
