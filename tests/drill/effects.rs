//! What items do: reactions, edits and revokes change the message they are about, statuses move ours, and what nobody knows is kept
//! as it came and counted.

use crate::bodies::{FROM_NOBODY, UNKNOWN_FIELD, UNKNOWN_STATUS, UNKNOWN_TYPE, body_of, status};
use crate::house::House;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Reader, now_us};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Somebody who has written nothing else.
const RITA: &str = "5511900007777";

/// Rita writes, reacts, edits and takes back; the messages that must be stored of it.
pub(crate) async fn change_their_targets(house: &House, reader: &Reader) -> Result<Vec<String>> {
    let text = |id: &str, body: &str| said(id, "text", json!({ "body": body }));
    let reacts = |id: &str, to: &str, emoji: Value| said(id, "reaction", json!({ "message_id": to, "emoji": emoji }));
    let mut answers = text("wamid.rita.answer", "sobre isso");
    answers["context"] = json!({ "from": "15550000000", "id": "wamid.rita.liked" });
    let corrected = json!({ "type": "text", "text": { "body": "amanhã às dez" } });
    for message in [
        text("wamid.rita.liked", "boa noite"),
        text("wamid.rita.unliked", "tudo bem?"),
        text("wamid.rita.edited", "amanhã às nove"),
        text("wamid.rita.revoked", "era para outra pessoa"),
        answers,
        reacts("wamid.rita.r1", "wamid.rita.liked", json!("❤")),
        reacts("wamid.rita.r2", "wamid.rita.liked", json!("👍")),
        reacts("wamid.rita.r3", "wamid.rita.unliked", json!("👍")),
        reacts("wamid.rita.r4", "wamid.rita.unliked", json!("")),
        said("wamid.rita.e", "edit", json!({ "original_message_id": "wamid.rita.edited", "message": corrected })),
        said("wamid.rita.d", "revoke", json!({ "original_message_id": "wamid.rita.revoked" })),
        text("wamid.rita.last", "até logo"),
    ] {
        posted_twice(house, &body_of(RITA, &[message])).await?;
    }
    // One thread is handled in its order (A2): with the last message, all before it are done.
    until("the last message is there", async || reader.message("wamid.rita.last").await).await?;

    let found = async |wamid: &str| reader.message(wamid).await?.with_context(|| format!("{wamid} is not there"));
    let liked = found("wamid.rita.liked").await?;
    ensure!(liked["reactions"] == json!([{ "by": "inbound", "emoji": "👍" }]), "{liked}");
    ensure!(liked["edited_at"].is_null() && liked["revoked_at"].is_null(), "{liked}");
    let unliked = found("wamid.rita.unliked").await?;
    ensure!(unliked["reactions"] == json!([]), "{unliked}");
    let edited = found("wamid.rita.edited").await?;
    ensure!(edited["content"]["body"] == "amanhã às dez" && edited["edited_at"].is_string(), "{edited}");
    let revoked = found("wamid.rita.revoked").await?;
    ensure!(revoked["content"] == json!({ "type": "unknown", "what": "revoked" }), "{revoked}");
    ensure!(revoked["revoked_at"].is_string(), "{revoked}");
    let answer = found("wamid.rita.answer").await?;
    ensure!(answer["reply_to"] == liked["id"] && answer["content"]["body"] == "sobre isso", "{answer}");

    statuses_move_ours_forward_only(house, reader, &liked).await?;
    let ids = ["liked", "unliked", "edited", "revoked", "answer", "last"];
    Ok(ids.map(|id| format!("wamid.rita.{id}")).to_vec())
}

/// Nobody plays the provider here: what it says of our answer it says by our own id.
async fn statuses_move_ours_forward_only(house: &House, reader: &Reader, of: &Value) -> Result<()> {
    let conversation = of["conversation_id"].as_str().context("it is in no conversation")?;
    let list = format!("/conversations/{conversation}/messages");
    let ours = until("Rita is answered", async || {
        let messages = reader.reads(&list).await?;
        let ours = messages["items"].as_array().into_iter().flatten().find(|one| one["direction"] == "outbound");
        Ok(ours.cloned())
    });
    let ours = ours.await?["id"].as_str().context("it has no id")?.to_owned();
    for (told, shown) in [("delivered", "delivered"), ("sent", "delivered"), ("read", "read"), ("delivered", "read")] {
        posted_twice(house, &status("wamid.ours", told, &json!({ "biz_opaque_callback_data": ours }))).await?;
        // Merged before it is answered (A8).
        let message = reader.reads(&format!("/messages/{ours}")).await?;
        ensure!(message["status"] == shown, "told {told}: {message}");
    }
    Ok(())
}

/// Unknown types, fields and statuses lie aside byte for byte, with the number where one is named; what names no sender is parked; all of it is counted.
pub(crate) async fn what_nobody_knows_is_kept_and_counted(house: &House, reader: &Reader) -> Result<()> {
    let unknown = until("the unknown type is kept", async || kept(reader, "raw-items", UNKNOWN_TYPE).await).await?;
    ensure!(unknown.len() == 1, "kept {} times: {unknown:?}", unknown.len());
    ensure!(unknown[0].contains(r#""anything":[1,2,3]"#), "{unknown:?}");
    until("the unknown status is kept", async || kept(reader, "raw-items", UNKNOWN_STATUS).await).await?;
    until("the unknown field is kept", async || kept(reader, "strays", UNKNOWN_FIELD).await).await?;
    let nobody = until("what nobody sent is parked", async || kept(reader, "dead-letters", FROM_NOBODY).await).await?;
    ensure!(nobody.len() == 1, "parked {} times: {nobody:?}", nobody.len());

    // Everything is taken by now, or will be soon: then both counts are of the same things.
    until("what is unreadable is counted", async || {
        let aside = reader.reads("/ops/put-aside").await?;
        let heap = aside["dead_letters"].as_array().into_iter().flatten().find(|heap| heap["reason"] == "unreadable");
        let parked = heap.and_then(|heap| heap["count"].as_u64()).unwrap_or_default();
        let counted = house.client.get(format!("{}/metrics", house.url())).send().await?.text().await?;
        let line = format!("dashoffice_intake_unreadable_total {parked}");
        Ok((parked > 0 && counted.lines().any(|counted| counted == line)).then_some(()))
    })
    .await?;
    let aside = reader.reads("/ops/put-aside").await?;
    for heap in ["raw_items", "strays"] {
        let counts = aside[heap].as_array().into_iter().flatten().filter_map(|heap| heap["count"].as_u64());
        ensure!(counts.sum::<u64>() > 0, "{heap} count nothing: {aside}");
    }
    Ok(())
}

/// The bytes of all that lie in this heap and have the word in them; `None` if there are none.
async fn kept(reader: &Reader, heap: &str, word: &str) -> Result<Option<Vec<String>>> {
    let list = reader.reads(&format!("/ops/{heap}?limit=200")).await?;
    ensure!(list["next_cursor"].is_null(), "more lies aside than a page shows");
    let mut kept = Vec::new();
    for item in list["items"].as_array().into_iter().flatten() {
        let bytes = reader.reads_bytes(&format!("/ops/{heap}/{}/raw", item["id"])).await?;
        kept.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    kept.retain(|text| text.contains(word));
    Ok((!kept.is_empty()).then_some(kept))
}

/// One message of Rita's, said now.
fn said(id: &str, kind: &str, member: Value) -> Value {
    let now = (now_us() / 1_000_000).to_string();
    let mut message = json!({ "from": RITA, "id": id, "timestamp": now, "type": kind });
    message[kind] = member;
    message
}

async fn posted_twice(house: &House, body: &Value) -> Result<()> {
    for _ in 0..2 {
        let status = house.webhook().body(&house.client, body.to_string().into_bytes()).await?;
        ensure!(status == 200, "answered {status}: {body}");
    }
    Ok(())
}

/// Looks again and again until there is something to see.
async fn until<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if Instant::now() > deadline {
            bail!("{what}: it did not come to that within {PATIENCE:?}");
        }
        sleep(BETWEEN_LOOKS).await;
    }
}
