//! The webhook's door and Meta's speech against whatever anybody may send: never a fault of ours, never a panic, and one bad item
//! costs its neighbours nothing. `PROPTEST_CASES` says how much is tried.
#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

mod door;
mod json;
mod payloads;

use crate::door::{Door, NUMBER_REF};
use crate::json::{anything, bytes, damaged, mutated};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::item::Said;
use dashoffice_domain::ports::{Piece, Reading, Webhook as _};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

/// So many cases where nobody asks for more.
const CASES: u32 = 1_500;

fn runner() -> TestRunner {
    #[expect(clippy::disallowed_methods, reason = "how much is tried is its caller's to say")]
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    TestRunner::new(Config { cases: asked.unwrap_or(CASES), failure_persistence: None, ..Config::default() })
}

/// Reads every item of a body as an intake would; a panic is the test's.
fn decode_all(door: &Door, body: &[u8]) {
    let _ = door.channel.accounts(body);
    for piece in door.channel.split(body).unwrap_or_default() {
        if let Piece::Item { raw, .. } = piece {
            let _ = door.channel.decode(&raw);
        }
    }
}

fn must_be_answered(door: &Door, body: &[u8]) -> Result<(), TestCaseError> {
    decode_all(door, body);
    let (status, problem) = door.posts(body);
    match status {
        200 => {}
        400 => {
            prop_assert_eq!(problem["code"].as_str(), Some("malformed_body"));
            prop_assert!(door.channel.split(body).is_err(), "only what is no body at all is refused");
        }
        other => prop_assert!(false, "answered {}: {}", other, problem),
    }
    door.everything_can_be_stored()
}

#[test]
fn e2_any_bytes_are_answered_200_or_400_and_nothing_panics() {
    let door = Door::open();
    runner().run(&bytes(), |body| must_be_answered(&door, &body)).unwrap();
}

#[test]
fn e2_any_json_is_answered_200_or_400_and_nothing_panics() {
    let door = Door::open();
    runner().run(&anything(), |body| must_be_answered(&door, body.to_string().as_bytes())).unwrap();
}

#[test]
fn e2_bodies_of_metas_that_went_wrong_anywhere_are_answered_and_nothing_panics() {
    let door = Door::open();
    let bodies = payloads::bodies();
    let wrong = select(bodies).prop_flat_map(|body| mutated(body, 1..6));
    runner().run(&wrong, |body| must_be_answered(&door, body.to_string().as_bytes())).unwrap();
}

#[test]
fn e2_bodies_of_metas_with_damaged_bytes_are_answered_and_nothing_panics() {
    let door = Door::open();
    let texts: Vec<Vec<u8>> = payloads::bodies().iter().map(|body| body.to_string().into_bytes()).collect();
    let wrong = select(texts).prop_flat_map(damaged);
    runner().run(&wrong, |body| must_be_answered(&door, &body)).unwrap();
}

/// What one good neighbour says, as an intake reads it.
fn said(door: &Door, id: &str) -> Option<String> {
    let raw = door.arrived(id)?;
    match door.channel.decode(&raw) {
        Reading::Understood(inbound) => match inbound.what {
            Said::Message { content: Content::Text { body } } => Some(body),
            _ => None,
        },
        Reading::Partly(_) | Reading::Unreadable { .. } => None,
    }
}

#[test]
fn a1_one_bad_item_costs_its_neighbours_nothing_wherever_it_stands() {
    let door = Door::open();
    let items = payloads::items();
    let bad = prop_oneof![
        4 => select(items).prop_flat_map(|item| mutated(item, 1..5)),
        1 => anything(),
    ];
    let cases = (bad, any::<Index>(), any::<bool>());
    runner()
        .run(&cases, |(bad, place, in_one_change)| {
            let good = |id: &str| payloads::message(id, "text", json!({ "body": format!("said by {id}") }));
            let mut messages = vec![good("wamid.first"), good("wamid.last")];
            let is_one_of_them = |id: &Value| ["wamid.first", "wamid.last"].iter().any(|good| id == good);
            prop_assume!(!is_one_of_them(&bad["id"]));
            messages.insert(place.index(3), bad);
            let body = if in_one_change {
                payloads::body_of(&messages)
            } else {
                let changes = messages.iter().map(|one| payloads::change_of(std::slice::from_ref(one)));
                payloads::body(&changes.collect::<Vec<_>>())
            };
            let text = body.to_string();
            decode_all(&door, text.as_bytes());
            let (status, problem) = door.posts(text.as_bytes());
            prop_assert_eq!(status, 200, "{}", problem);
            for id in ["wamid.first", "wamid.last"] {
                prop_assert_eq!(said(&door, id), Some(format!("said by {id}")), "{} to {}", id, NUMBER_REF);
            }
            door.everything_can_be_stored()
        })
        .unwrap();
}
