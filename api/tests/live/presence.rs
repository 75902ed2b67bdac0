//! One truth of how an agent is, in every answer and every frame that shows it (E3, B4).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::console::{Console, hear, open, say};
use crate::drills::command;
use crate::handshake::asks;
use crate::house::{House, agent};
use crate::place::Place;
use serde_json::{Value, json};
use uuid::Uuid;

/// How the agent is in every `agent.changed` and every presence that this console heard.
fn heard(console: &Console, of: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for frame in console.heard.iter().map(|text| serde_json::from_str::<Value>(text).unwrap()) {
        for change in frame["changes"].as_array().into_iter().flatten() {
            if change["name"] == "agent.changed" && change["body"]["id"] == of {
                seen.push(change["body"]["effective_presence"].as_str().unwrap().to_owned());
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b4_whoever_is_connected_is_shown_so_in_every_answer_and_in_each_frame() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let (token, ana) = (house.token(101).await, agent(1).to_string());
    let mut console = Console::new(token.clone(), &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    let mut chosen = Vec::new();
    for (n, presence) in ["online", "busy", "away", "transfers_only"].into_iter().cycle().take(12).enumerate() {
        let told = if n % 2 == 0 {
            let result =
                command(&mut console, &mut socket, "presence", json!({"presence": presence, "reason": n.to_string()}))
                    .await;
            result["body"].clone()
        } else {
            let key = Uuid::from_u128(n as u128);
            let head =
                format!("PUT /api/v1/me/presence HTTP/1.1\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}");
            let (status, _, body) = asks(house.address, &head, &json!({"presence": presence}).to_string()).await;
            assert_eq!(status, 200, "{body}");
            body
        };
        assert_eq!(told["effective_presence"], presence, "{n}: {told}");
        let (_, _, me) =
            asks(house.address, &format!("GET /api/v1/me HTTP/1.1\r\nauthorization: Bearer {token}"), "").await;
        assert_eq!(me["agent"]["effective_presence"], presence, "{n}");
        chosen.push(presence.to_owned());
    }
    console.until(&mut socket, "each change", |console| heard(console, &ana).len() == 12).await;
    assert_eq!(heard(&console, &ana), chosen);
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b4_the_first_thing_an_agent_sees_of_themselves_is_that_they_are_there() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let (token, ana) = (house.token(101).await, agent(1).to_string());
    let mut socket = open(house.address).await;
    let hello = json!({"type": "hello", "token": token, "topics": ["inbox"]});
    say(&mut socket, &hello).await;
    let mut console = Console::new(token.clone(), &[]);
    command(&mut console, &mut socket, "presence", json!({"presence": "online"})).await;
    drop(socket);
    for _ in 0..5 {
        let mut socket = open(house.address).await;
        say(&mut socket, &hello).await;
        let snapshot = loop {
            let frame = hear(&mut socket).await.unwrap();
            if frame["type"] == "snapshot" {
                break frame;
            }
        };
        let agents = snapshot["directory"]["agents"].as_array().unwrap();
        let own = agents.iter().find(|agent| agent["id"] == ana).unwrap();
        assert_eq!(own["effective_presence"], "online");
    }
    house.close().await;
}
