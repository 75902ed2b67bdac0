//! Every kind of webhook body, well signed, posted twice to a running server: each is answered 200, each item is stored once, what
//! nobody understands is kept and counted, and nothing dies of any of them.

use crate::bodies::{bodies, odd_bodies};
use crate::effects;
use crate::house::{House, PHONE_NUMBER_ID};
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::Reader;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const EMAIL: &str = "reader@example.com";
const PASSWORD: &str = "a long enough password";

/// Types that change an earlier message and are none themselves.
const CHANGES: [&str; 3] = ["reaction", "edit", "revoke"];

#[tokio::test]
async fn drill_a1_every_kind_of_item_is_answered_200_and_stored_once_on_sqlite() {
    drill(None).await.unwrap();
}

#[tokio::test]
async fn drill_a1_every_kind_of_item_is_answered_200_and_stored_once_on_postgres() {
    drill(Some(records::empty_postgres().await.unwrap())).await.unwrap();
}

async fn drill(postgres: Option<String>) -> Result<()> {
    let house = House::new(postgres).await?;
    every_kind(&house).await.map_err(|error| error.context(format!("kept in {}", house.keep())))
}

async fn every_kind(house: &House) -> Result<()> {
    records::somebody(&house.database, EMAIL, PASSWORD).await?;
    let server = house.server().await?;
    let webhook = house.webhook();
    let mut expected = Vec::new();
    let ours = bodies();
    let theirs = recorded()?;
    for (n, mut body) in ours.into_iter().chain(theirs).enumerate() {
        expected.extend(make_ours(&mut body, n));
        for _ in 0..2 {
            let status = webhook.body(&house.client, body.to_string().into_bytes()).await?;
            if status != 200 {
                bail!("body {n} is answered {status}: {body}");
            }
        }
    }
    for raw in odd_bodies() {
        expected.push(raw.0.to_owned());
        let status = webhook.body(&house.client, raw.1.into_bytes()).await?;
        if status != 200 {
            bail!("{} is answered {status}", raw.0);
        }
    }
    let reader = Reader::signs_in(&house.client, house.url(), EMAIL, PASSWORD).await?;
    expected.extend(effects::change_their_targets(house, &reader).await?);
    effects::what_nobody_knows_is_kept_and_counted(house, &reader).await?;
    House::ends(server).await?;
    let mut records = records::read(&house.database).await?;
    while records.waiting > 0 {
        House::ends(house.server().await?).await?;
        records = records::read(&house.database).await?;
    }
    let mut stored: BTreeMap<&str, usize> = BTreeMap::new();
    for id in &records.received {
        *stored.entry(id).or_default() += 1;
    }
    for id in &expected {
        match stored.remove(id.as_str()) {
            Some(1) => {}
            times => bail!("{id} is stored {times:?} times"),
        }
    }
    if !stored.is_empty() {
        bail!("stored and never expected: {stored:?}");
    }
    let log = std::fs::read_to_string(house.path().join("server.log"))?;
    ensure!(log.contains("told to end"), "the server ended otherwise than it was told to");
    let panics: Vec<&str> = log.lines().filter(|line| line.contains("panicked")).collect();
    ensure!(panics.is_empty(), "something panicked: {panics:?}");
    Ok(())
}

/// Addresses a body to our number, gives each of its messages an id of its own, and says which of them must be stored as messages.
fn make_ours(body: &mut Value, n: usize) -> Vec<String> {
    let mut expected = Vec::new();
    for change in
        body["entry"].as_array_mut().into_iter().flatten().filter_map(|entry| entry["changes"].as_array_mut()).flatten()
    {
        let value = &mut change["value"];
        if value["metadata"].is_object() {
            value["metadata"]["phone_number_id"] = PHONE_NUMBER_ID.into();
        }
        let is_anybody_there = value["contacts"].is_array();
        let Some(messages) = value["messages"].as_array_mut() else { continue };
        for (m, message) in messages.iter_mut().enumerate() {
            // An edit of what never came is kept as the message that it edits.
            let edited = message["edit"]["original_message_id"].as_str().map(str::to_owned);
            expected.extend(edited.filter(|of| !of.starts_with("wamid.kind.")));
            let id = format!("wamid.kind.{n}.{m}");
            message["id"] = id.clone().into();
            let of_group = message.get("group_id").is_some();
            let of_nobody = !is_anybody_there && message.get("from").is_none() && message.get("from_user_id").is_none();
            if !of_group && !of_nobody && !CHANGES.contains(&message["type"].as_str().unwrap_or_default()) {
                expected.push(id);
            }
        }
    }
    expected
}

/// Bodies that others recorded, where the folder is there.
fn recorded() -> Result<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/meta_cloud");
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.sort();
    let bodies = paths.iter().map(|path| {
        let text = std::fs::read(path)?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    });
    bodies.collect()
}
