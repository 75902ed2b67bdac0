//! Frames that nobody should send, tokens that have ended, and ids of another tenant.

use crate::console::{Console, hear, open, say};
use crate::house::{House, OTHER_TENANT};
use crate::place::Place;
use dashoffice_api::ws::SocketTimes;
use dashoffice_domain::ids::NumberId;
use dashoffice_store::views::{ConversationFilter, Visibility};
use futures_util::SinkExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// The code a socket is closed with after these frames.
async fn closed_after(house: &House, frames: Vec<Message>) -> u16 {
    let mut socket = open(house.address).await;
    for frame in frames {
        // The server may have closed in the meantime.
        let _ = socket.send(frame).await;
    }
    loop {
        if let Err(code) = hear(&mut socket).await {
            return code;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_what_cannot_be_read_ends_the_socket_with_the_code_of_the_contract() {
    let place = Place::sqlite();
    let times = SocketTimes { heartbeat: Duration::from_millis(200), hello: Duration::from_millis(500) };
    let house = House::open_at(&place, 1, "127.0.0.1:0".parse().unwrap(), times).await;
    let token = house.token(101).await;
    let hello = || Message::text(json!({"type": "hello", "token": token, "topics": ["inbox"]}).to_string());
    let text = |text: &str| Message::text(text.to_owned());
    assert_eq!(closed_after(&house, vec![]).await, 4408, "no hello");
    assert_eq!(closed_after(&house, vec![hello()]).await, 4408, "no pong");
    for wrong in
        ["{", "[]", r#"{"type":"shout"}"#, r#"{"type":"token","token":"\ud800"}"#, r#"{"type":"hello","token":"t"}"#]
    {
        assert_eq!(closed_after(&house, vec![hello(), text(wrong)]).await, 4400, "{wrong}");
    }
    assert_eq!(closed_after(&house, vec![text(r#"{"type":"ping"}"#)]).await, 4400, "before hello");
    assert_eq!(closed_after(&house, vec![hello(), Message::binary(vec![0_u8, 255])]).await, 4400);
    assert_eq!(closed_after(&house, vec![hello(), text(&"x".repeat(66_560))]).await, 1009);
    assert_eq!(closed_after(&house, vec![hello(), text(&"x".repeat(300_000))]).await, 1009);
    assert_eq!(closed_after(&house, vec![text(r#"{"type":"hello","token":"x.y.z"}"#)]).await, 4401);
    let many = std::iter::once(hello()).chain((0..600).map(|_| text(r#"{"type":"pong"}"#))).collect();
    assert_eq!(closed_after(&house, many).await, 4429);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_session_that_ends_takes_its_socket_with_it_at_once() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let mut console = Console::new(house.token(101).await, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    say(&mut socket, &json!({"type": "token", "token": house.token(100).await})).await;
    let other = loop {
        if let Err(code) = hear(&mut socket).await {
            break code;
        }
    };
    assert_eq!(other, 4401, "another's token renews nothing");
    let mut console = Console::new(console.token, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    let signed = house.api.sessions().check(&console.token).await.unwrap();
    house.api.sessions().end(signed.scope, signed.session).await.unwrap();
    let code = loop {
        if let Err(code) = console.fold_next(&mut socket).await {
            break code;
        }
    };
    assert_eq!(code, 4403);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_what_belongs_to_another_tenant_is_not_found_and_odd_words_do_no_harm() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let theirs = NumberId(Uuid::from_u128(32));
    house.writes_to("token-2", theirs, 1, "a word of another tenant").await;
    let scopes = house.store.tenants().await.unwrap();
    let scope = scopes.into_iter().find(|scope| scope.tenant() == OTHER_TENANT).unwrap();
    let foreign = loop {
        let found = house.store.conversations(scope, Visibility::All, &ConversationFilter::default(), None, 10).await;
        if let Some(view) = found.unwrap().what.rows.first() {
            break view.row.id;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    house.writes(1, "ours").await;
    let topic = format!("conversation:{foreign}");
    let mut console = Console::new(house.token(101).await, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "the inbox", |console| console.holds("inbox") && !console.shown().is_empty()).await;
    say(&mut socket, &json!({"type": "subscribe", "topic": topic, "subscription": 3})).await;
    console.until(&mut socket, "refused", |console| !console.refused.is_empty()).await;
    assert_eq!(console.refused[0]["problem"]["code"], "not_found");
    assert_eq!(console.refused[0]["subscription"], 3);
    let chat = console.shown().into_keys().next().unwrap().clone();
    let send = |id: u128, conversation: &str, text: &str| {
        let id = Uuid::from_u128(id);
        format!(
            r#"{{"type":"command","id":"{id}","name":"send","body":{{"conversation_id":"{conversation}","type":"text","text":"{text}"}}}}"#
        )
    };
    let pick = json!({"type": "command", "id": Uuid::from_u128(1), "name": "pick",
        "body": {"conversation_id": chat, "expected_epoch": 1}});
    let frames = [
        (1, pick.to_string(), Value::Null),
        (2, send(2, &foreign.to_string(), "hello"), json!("not_found")),
        (3, send(3, &chat, r"\ud800"), json!("malformed")),
        (4, send(4, &chat, r"\u0000"), json!("empty")),
        (5, send(5, &chat, r"a\u0000b"), Value::Null),
        (6, send(6, &chat, &"x".repeat(5_000)), json!("too_long")),
    ];
    for (id, frame, code) in frames {
        socket.send(Message::text(frame)).await.unwrap();
        let id = Uuid::from_u128(id);
        console.until(&mut socket, "a result", |console| console.result_of(id).is_some()).await;
        assert_eq!(console.result_of(id).unwrap()["problem"]["code"], code, "{id}");
    }
    // The same command again is answered as before, and done once.
    socket.send(Message::text(send(5, &chat, r"a\u0000b"))).await.unwrap();
    console.until(&mut socket, "the same result", |console| console.results.len() == 7).await;
    assert_eq!(console.results[6], *console.result_of(Uuid::from_u128(5)).unwrap());
    let said =
        house.store.messages(house.scope, Visibility::All, chat.parse().unwrap(), None, 10).await.unwrap().what.rows;
    assert_eq!(said.len(), 2);
    assert!(!console.heard.join("\n").contains("a word of another tenant"));
    say(&mut socket, &json!({"type": "subscribe", "topic": "board", "subscription": 4})).await;
    console.until(&mut socket, "refused", |console| console.refused.len() == 2).await;
    assert_eq!(console.refused[1]["problem"]["code"], "forbidden");
    let mut supervisor = Console::new(house.token(100).await, &["board"]);
    let mut board_socket = supervisor.connect(house.address).await;
    let full = |supervisor: &Console| supervisor.heard.iter().any(|frame| frame.contains(r#""full":true"#));
    supervisor.until(&mut board_socket, "a full board", full).await;
    drop(board_socket);
    drop(socket);
    house.close().await;
}
