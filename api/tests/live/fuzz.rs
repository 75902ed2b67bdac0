//! Whatever comes over a socket, it is closed with a code that is written down, and nobody else's ends for it.
#![expect(clippy::unwrap_used, reason = "a test whose house falls has failed")]

use crate::console::{Console, open};
use crate::house::House;
use crate::json::{anything, bytes, text};
use crate::place::Place;
use futures_util::{SinkExt, StreamExt};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// So many sockets where nobody asks for more.
const CASES: u32 = 500;
/// What a client's frames may lead to: it said goodbye, too large, not to be read, no token, too many.
const CODES: [u16; 6] = [ENDED, 1000, 1009, 4400, 4401, 4429];
/// The web socket's own: a frame that breaks its rules, a text that is no UTF-8.
const OF_THE_PROTOCOL: [u16; 2] = [1002, 1007];
/// We said goodbye, and that was all.
const ENDED: u16 = 0;

#[derive(Clone, Debug)]
enum Sent {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// A piece: of a text, of bytes, or going on; perhaps the last.
    Piece(u8, bool, Vec<u8>),
}

impl Sent {
    fn breaks_the_protocol(&self) -> bool {
        matches!(self, Self::Piece(..))
    }

    fn message(self) -> Message {
        match self {
            Self::Text(text) => Message::text(text),
            Self::Binary(bytes) => Message::binary(bytes),
            Self::Ping(bytes) => Message::Ping(bytes.into()),
            Self::Pong(bytes) => Message::Pong(bytes.into()),
            Self::Piece(kind, last, bytes) => {
                let data = [Data::Text, Data::Binary, Data::Continue][usize::from(kind) % 3];
                Message::Frame(Frame::message(bytes, OpCode::Data(data), last))
            }
        }
    }
}

/// Frames as they should be, but for what is in them.
fn known_frames() -> impl Strategy<Value = Value> {
    let kinds = vec!["hello", "subscribe", "unsubscribe", "command", "typing", "token", "pong", "ping", "bye"];
    let names = vec!["send", "react", "pick", "close", "read", "presence", "topic"];
    let topics = prop_oneof![select(vec!["inbox", "board", "conversation:7"]).prop_map(str::to_owned), text()];
    (select(kinds), select(names), topics, anything(), any::<bool>()).prop_map(|(kind, name, topic, body, keyed)| {
        let id = if keyed { json!(uuid::Uuid::from_u128(7)) } else { body.clone() };
        json!({ "type": kind, "name": name, "topic": topic, "subscription": 7, "id": id, "body": body, "token": topic,
            "conversation_id": id, "cursor": body, "topics": [topic] })
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let short = || vec(any::<u8>(), 0..120);
    prop_oneof![
        3 => known_frames().prop_map(|frame| Sent::Text(frame.to_string())),
        2 => anything().prop_map(|frame| Sent::Text(frame.to_string())),
        1 => text().prop_map(Sent::Text),
        1 => bytes().prop_map(Sent::Binary),
        1 => short().prop_map(Sent::Ping),
        1 => short().prop_map(Sent::Pong),
        1 => (any::<u8>(), any::<bool>(), short()).prop_map(|(kind, last, bytes)| Sent::Piece(kind, last, bytes)),
    ]
}

/// The code a socket is closed with after all this.
async fn closed(house: &House, hello: Option<&Value>, frames: Vec<Sent>) -> u16 {
    let mut socket = open(house.address).await;
    if let Some(hello) = hello {
        socket.send(Message::text(hello.to_string())).await.unwrap();
    }
    for frame in frames {
        // The server may have had enough.
        if socket.send(frame.message()).await.is_err() {
            break;
        }
    }
    let _ = socket.close(None).await;
    loop {
        match timeout(Duration::from_secs(60), socket.next()).await.expect("it comes to its end") {
            Some(Ok(Message::Close(frame))) => return frame.map_or(1000, |frame| frame.code.into()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return ENDED,
        }
    }
}

#[test]
fn e3_whatever_frames_come_a_socket_is_closed_with_a_code_that_is_written_down() {
    let panics = Arc::<AtomicU32>::default();
    let (counted, usual) = (Arc::clone(&panics), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        // Cases that fail are told again and again while a smaller one is looked for.
        if !panic.to_string().contains("tests/live/fuzz.rs") {
            counted.fetch_add(1, SeqCst);
        }
        usual(panic);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let place = Place::sqlite();
    let house = runtime.block_on(House::open(&place, 1));
    let token = runtime.block_on(house.token(101));
    let hello = json!({ "type": "hello", "token": token, "cursor": null, "topics": ["inbox"], "client": "fuzz" });
    #[expect(clippy::disallowed_methods, reason = "how much is tried is its caller's to say")]
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&(any::<bool>(), vec(sent(), 0..10)), |(greets, frames)| {
        let breaks = frames.iter().any(Sent::breaks_the_protocol);
        let code = runtime.block_on(closed(&house, Some(&hello).filter(|_| greets), frames));
        let written_down = CODES.contains(&code) || breaks && OF_THE_PROTOCOL.contains(&code);
        prop_assert!(written_down, "closed with {}", code);
        Ok(())
    });
    tried.unwrap();
    assert_eq!(panics.load(SeqCst), 0, "nobody panicked on the way");
    runtime.block_on(async {
        let mut console = Console::new(token, &["inbox"]);
        let mut socket = console.connect(house.address).await;
        console.until(&mut socket, "whoever behaves is served as before", Console::holds_all).await;
        drop(socket);
        house.close().await;
    });
}
