//! An item of which the process dies whenever its decision is written: it is put aside after so many deaths, whichever way it came and
//! however far the deaths are apart, and those beside it are there once (A3).

use crate::course::in_house;
use crate::house::{House, PHONE_NUMBER_ID};
use crate::records;
use crate::shim::{self, Dial};
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::{Process, Reader, now_us};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// A name as it is looked for: it stands in what is decided, and in nothing that came in.
const DEADLY: &str = "zoraide mortal";
const NAMED: &str = "Zoraide MORTAL";
/// Once on its way past the inbox, and then as often as `kernel.crash_tries`.
const DEATHS: usize = 1 + 6;
const US_PER_MINUTE: i64 = 60_000_000;
const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";

#[tokio::test]
async fn drill_a3_what_kills_each_process_that_decides_it_is_put_aside_when_it_comes_again_at_once() {
    in_house(House::new(None).await.unwrap(), async |house: &House| killed(house, 0).await).await;
}

#[tokio::test]
async fn drill_a3_what_kills_each_process_that_decides_it_is_put_aside_when_each_death_is_long_ago() {
    // Longer than the deaths of one crash loop are apart.
    in_house(House::new(None).await.unwrap(), async |house: &House| killed(house, 11 * US_PER_MINUTE).await).await;
}

async fn killed(house: &House, apart: i64) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let libraries = [shim::build("deadly-text", house.path()).await?, shim::build("odd-clock", house.path()).await?];
    let libraries = libraries.map(|library| library.display().to_string()).join(" ");
    let clock = Dial::new(house.path(), "clock")?;
    let wrong = clock.path();
    let environment = [
        ("LD_PRELOAD", &*libraries),
        ("ODD_CLOCK_DIAL", &wrong),
        ("DEADLY_TEXT", DEADLY),
        ("DASHOFFICE__ANSWERER__WORDS", ""),
    ];
    let (mut deaths, mut innocent) = (0, Vec::new());
    let server = loop {
        ensure!(deaths <= DEATHS, "it kills one process after the other");
        if let Ok(mut server) = house.server_with(&environment).await {
            let wamid = format!("wamid.innocent.{deaths}");
            let (_, answered) = tokio::join!(brings(house, "wamid.deadly", "5511900000666", NAMED), async {
                brings(house, &wamid, "5511900000001", "Ana").await
            });
            innocent.push((wamid, answered));
            sleep(Duration::from_secs(1)).await;
            if is_alive(house, &mut server).await && is_put_aside(house).await? {
                break server;
            }
            if is_alive(house, &mut server).await {
                server.kill().await?;
                anyhow::bail!("it lives, and nothing was put aside:\n{}", house.log("server")?);
            }
        }
        deaths += 1;
        clock.turn(deaths as i64 * apart)?;
    };
    ensure!(deaths == DEATHS, "put aside after {deaths} deaths");
    // What was not answered comes again, as it does from a provider.
    for (wamid, answered) in &innocent {
        if *answered != Some(200) {
            let again = brings(house, wamid, "5511900000001", "Ana").await;
            ensure!(again == Some(200), "{wamid} is answered {again:?}");
        }
    }
    ensure!(brings(house, "wamid.deadly", "5511900000666", NAMED).await == Some(200), "it is known");
    House::ends(server).await?;
    let mut received = records::read(&house.database).await?.received;
    received.sort();
    let mut wanted: Vec<String> = innocent.into_iter().map(|(wamid, _)| wamid).collect();
    wanted.sort();
    ensure!(received == wanted, "{received:?}, not {wanted:?}");
    Ok(())
}

/// The answer's status; `None`: no answer came.
async fn brings(house: &House, wamid: &str, customer: &str, name: &str) -> Option<u16> {
    let message = json!({ "from": customer, "id": wamid, "timestamp": (now_us() / 1_000_000).to_string(),
                          "type": "text", "text": { "body": "oi" } });
    let body: Value = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550000000", "phone_number_id": PHONE_NUMBER_ID },
            "contacts": [{ "profile": { "name": name }, "wa_id": customer }],
            "messages": [message]
        }}]}]
    });
    house.webhook().body(&house.client, body.to_string().into_bytes()).await.ok()
}

async fn is_alive(house: &House, server: &mut Process) -> bool {
    server.ready(&house.client, &format!("{}/readyz", house.url()), Duration::from_secs(3)).await.is_ok()
}

async fn is_put_aside(house: &House) -> Result<bool> {
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    let letters = reader.reads("/ops/dead-letters?limit=10").await?;
    Ok(!letters["items"].as_array().context("no list of dead letters")?.is_empty())
}
