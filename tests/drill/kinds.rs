//! Every kind of webhook body, well signed, posted twice to a running server: each is answered 200, each item is stored once, and
//! nothing dies of any of them.

use crate::house::{House, PHONE_NUMBER_ID};
use crate::records;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Types that change an earlier message and are none themselves.
const CHANGES: [&str; 3] = ["reaction", "edit", "revoke"];

#[tokio::test]
async fn drill_a1_every_kind_of_item_is_answered_200_and_stored_once() {
    let house = House::new(None).await.unwrap();
    if let Err(error) = every_kind(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn every_kind(house: &House) -> Result<()> {
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
    if !std::fs::read_to_string(house.path().join("server.log"))?.contains("told to end") {
        bail!("the server ended otherwise than it was told to");
    }
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
        let Some(messages) = value["messages"].as_array_mut() else { continue };
        for (m, message) in messages.iter_mut().enumerate() {
            let id = format!("wamid.kind.{n}.{m}");
            message["id"] = id.clone().into();
            let of_group = message.get("group_id").is_some();
            if !of_group && !CHANGES.contains(&message["type"].as_str().unwrap_or_default()) {
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

fn body_of(messages: &[Value]) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550000000", "phone_number_id": PHONE_NUMBER_ID },
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": "5511900002222" }],
        "messages": messages,
    }}]}]})
}

fn message(kind: &str, member: Value) -> Value {
    let mut message = json!({ "from": "5511900002222", "id": "-", "timestamp": "1763700000", "type": kind });
    message[kind] = member;
    message
}

/// Bodies of our own: every kind a customer can send, three in one body of which one is broken, and things nobody knows yet.
fn bodies() -> Vec<Value> {
    let file = json!({ "id": "77", "mime_type": "application/octet-stream", "sha256": "AAAA" });
    let kinds = [
        message("text", json!({ "body": "bom dia" })),
        message("image", file.clone()),
        message("video", file.clone()),
        message("audio", json!({ "id": "78", "mime_type": "audio/ogg; codecs=opus", "voice": true })),
        message("document", file.clone()),
        message("sticker", json!({ "id": "79", "mime_type": "image/webp", "animated": true })),
        message("location", json!({ "latitude": -23.5, "longitude": -46.6, "name": "loja" })),
        message("contacts", json!([{ "name": { "formatted_name": "Rui" }, "phones": [{ "phone": "+55 11" }] }])),
        message("interactive", json!({ "type": "button_reply", "button_reply": { "id": "1", "title": "Sim" } })),
        message("interactive", json!({ "type": "list_reply", "list_reply": { "id": "2", "title": "Dois" } })),
        message("button", json!({ "payload": "p", "text": "Quero" })),
        message("reaction", json!({ "message_id": "wamid.kind.0.0", "emoji": "👍" })),
        message("reaction", json!({ "message_id": "wamid.kind.0.0", "emoji": "" })),
        message(
            "order",
            json!({ "catalog_id": "9", "product_items": [
            { "product_retailer_id": "a", "quantity": "2", "item_price": 9.9, "currency": "BRL" }] }),
        ),
        message("system", json!({ "type": "user_changed_number", "body": "mudou", "wa_id": "5511900003333" })),
        message("unsupported", json!({ "type": "poll" })),
        message("a_type_of_next_year", json!({ "anything": [1, 2, 3] })),
    ];
    let mut bodies: Vec<Value> = kinds.iter().map(|kind| body_of(std::slice::from_ref(kind))).collect();
    let broken = message("text", json!({ "body": 5 }));
    bodies.push(body_of(&[
        message("text", json!({ "body": "um" })),
        broken,
        message("text", json!({ "body": "três" })),
    ]));
    bodies.push(json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [
        { "field": "a_field_of_next_year", "value": { "x": 1 } }] }] }));
    bodies
}

/// Texts that no JSON writer of ours would make, with the id under which each must be stored.
fn odd_bodies() -> Vec<(&'static str, String)> {
    let with = |id: &'static str, text: &str| {
        let body = body_of(&[message("text", json!({ "body": "@" }))]).to_string();
        (id, body.replace("\"@\"", &format!("\"{text}\"")).replace("\"id\":\"-\"", &format!("\"id\":\"{id}\"")))
    };
    vec![
        with("wamid.odd.nul", "antes\\u0000depois"),
        with("wamid.odd.surrogate", "metade \\ud83d sozinha"),
        with("wamid.odd.long", &"x".repeat(65_536)),
    ]
}
