//! How a socket begins and ends, and that one wrong frame costs nothing but itself (§7).
#![expect(clippy::unwrap_used, reason = "a test that cannot speak to its server has failed")]

use crate::console::{Socket, hear, open, say};
use crate::house::House;
use crate::place::Place;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use uuid::Uuid;

/// Asks over HTTP once: the status, the head, and the body.
pub(crate) async fn asks(address: SocketAddr, head: &str, body: &str) -> (u16, String, Value) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!("{head}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    timeout(Duration::from_secs(30), socket.read_to_end(&mut bytes)).await.expect("an answer").unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

async fn greeted(house: &House) -> Socket {
    let mut socket = open(house.address).await;
    say(&mut socket, &json!({"type": "hello", "token": house.token(101).await, "topics": ["inbox"]})).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "welcome");
    socket
}

/// The next frame of a kind.
async fn next_of(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let frame = hear(socket).await.expect("the socket stays open");
        if frame["type"] == kind {
            return frame;
        }
    }
}

/// The code and the words of the close.
async fn closed(socket: &mut Socket) -> (u16, String) {
    loop {
        match timeout(Duration::from_secs(20), socket.next()).await.expect("it comes to its end") {
            Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
            Some(Ok(_)) => {}
            other => panic!("it just ended: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_a_close_frame_is_answered_before_and_after_the_hello() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let mut fresh = open(house.address).await;
    let mut greeted = greeted(&house).await;
    for (socket, code) in [(&mut fresh, 1000), (&mut greeted, 3001)] {
        let frame = CloseFrame { code: code.into(), reason: "bye".into() };
        socket.send(Message::Close(Some(frame))).await.unwrap();
        assert_eq!(closed(socket).await.0, code);
    }
    let gone = async {
        while house.sockets.count() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), gone).await.expect("nobody is left");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_a_frame_that_is_wrong_is_refused_by_itself_and_the_socket_goes_on() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let mut socket = open(house.address).await;
    let topics = ["everything", "inbox"];
    say(&mut socket, &json!({"type": "hello", "token": house.token(101).await, "topics": topics})).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "welcome");
    let refused = next_of(&mut socket, "refused").await;
    assert_eq!((&refused["topic"], &refused["subscription"]), (&json!("everything"), &json!(0)));
    assert_eq!(next_of(&mut socket, "snapshot").await["topic"], "inbox", "the other topic is served");

    let id = Uuid::from_u128(7);
    let send = json!({"conversation_id": id, "type": "text", "text": "x", "colour": "red"});
    for (frame, answer, field, code) in [
        (json!({"type": "subscribe", "topic": "everything", "subscription": 1}), "refused", "topic", "unknown"),
        (json!({"type": "command", "id": id, "name": "send"}), "result", "body", "required"),
        (json!({"type": "command", "id": "7", "name": "send", "body": {}}), "result", "id", "unreadable"),
        (json!({"type": "command", "id": id, "name": "send", "body": send}), "result", "colour", "unknown"),
        (json!({"type": "command", "id": id, "name": "shout", "body": {}}), "result", "name", "unknown"),
        (json!({"type": "command", "id": id, "name": "close", "body": {}}), "result", "conversation_id", "required"),
        (json!({"type": "typing"}), "fault", "conversation_id", "required"),
    ] {
        say(&mut socket, &frame).await;
        let told = next_of(&mut socket, answer).await;
        assert_eq!(told["problem"]["errors"], json!([{"field": field, "code": code}]), "{frame}: {told}");
    }
    say(&mut socket, &json!({"type": "ping"})).await;
    next_of(&mut socket, "pong").await;
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_nothing_is_answered_before_the_welcome() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let token = house.token(101).await;
    for _ in 0..30 {
        let mut socket = open(house.address).await;
        say(&mut socket, &json!({"type": "hello", "token": token, "topics": ["inbox"]})).await;
        say(&mut socket, &json!({"type": "ping"})).await;
        say(&mut socket, &json!({"type": "token", "token": token})).await;
        assert_eq!(hear(&mut socket).await.unwrap()["type"], "welcome");
        next_of(&mut socket, "token_accepted").await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_pings_of_the_protocol_count_as_frames_do() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let mut greeted = greeted(&house).await;
    let mut fresh = open(house.address).await;
    for socket in [&mut greeted, &mut fresh] {
        for _ in 0..600 {
            // The server may have closed in the meantime.
            let _ = socket.feed(Message::Ping(vec![7].into())).await;
        }
        let _ = socket.flush().await;
        assert_eq!(closed(socket).await.0, 4429);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_each_fault_of_a_handshake_has_words_of_its_own() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let token = house.token(101).await;
    for (first, code, words) in [
        (json!({"type": "ping"}), 4400, "the first frame is a hello"),
        (json!({"type": "hello", "token": token, "colour": "red"}), 4400, "hello: unknown field `colour`"),
        (json!({"type": "hello", "token": token, "cursor": 7}), 4400, "hello: `cursor` cannot be read"),
        (json!({"type": "hello"}), 4401, "hello has no `token`"),
        (
            json!({"type": "hello", "token": "x.y.z"}),
            4401,
            "the token is no access token of ours, or its session has ended",
        ),
    ] {
        let mut socket = open(house.address).await;
        say(&mut socket, &first).await;
        assert_eq!(closed(&mut socket).await, (code, words.to_owned()), "{first}");
    }
    let key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    let get = "GET /api/v1/ws HTTP/1.1";
    for (head, status, code) in [
        (get.to_owned(), 400, "handshake_broken"),
        (format!("{get}\r\nconnection: upgrade"), 426, "upgrade_required"),
        (
            format!("{get}\r\nconnection: upgrade\r\nupgrade: websocket\r\n{key}\r\nsec-websocket-version: 8"),
            426,
            "upgrade_required",
        ),
        (
            format!("{get}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13"),
            400,
            "handshake_broken",
        ),
        (format!("{get}\r\norigin: https://evil.example"), 403, "origin_refused"),
    ] {
        let (came, answer, body) = asks(house.address, &head, "").await;
        assert_eq!((came, body["code"].as_str().unwrap()), (status, code), "{head}: {answer}");
        assert_eq!(answer.contains("sec-websocket-version: 13"), status == 426, "{answer}");
    }
    house.close().await;
}
