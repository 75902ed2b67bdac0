//! What nobody should send, against the real server: the answer is small and clear, and memory stays where it was.
#![expect(clippy::unwrap_used, reason = "a test that cannot speak to its server has failed")]

use crate::console::{Console, open, say};
use crate::house::House;
use crate::place::Place;
use dashoffice_store::views::Visibility;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

/// Longer than anything here takes; a test that reaches it hangs.
const AT_MOST: Duration = Duration::from_secs(30);

/// The status and the code of the answer; status 0: there was none.
async fn answer(socket: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    // A reset after the answer was read is the server's right.
    let _ = timeout(AT_MOST, socket.read_to_end(&mut bytes)).await.expect("the server answers and hangs up");
    assert!(bytes.len() < 2_000, "an answer is small: {} bytes", bytes.len());
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn head(token: &str, length: Option<usize>) -> String {
    let length = length.map_or("transfer-encoding: chunked".to_owned(), |length| format!("content-length: {length}"));
    let key = Uuid::new_v5(&Uuid::nil(), token.as_bytes());
    format!(
        "POST /api/v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: {key}\r\n{length}\r\n\r\n"
    )
}

async fn posts(house: &House, token: &str, body: &[u8]) -> (u16, String) {
    let mut socket = TcpStream::connect(house.address).await.unwrap();
    socket.write_all(head(token, Some(body.len())).as_bytes()).await.unwrap();
    // The server may hang up while we still send.
    let _ = socket.write_all(body).await;
    answer(&mut socket).await
}

/// What this process holds, in MiB.
fn resident_mib() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() / 256
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_command_are_refused_in_a_few_words() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let token = house.token(101).await;
    let refused = async |body: &[u8], expected: (u16, &str)| {
        let (status, code) = posts(&house, &token, body).await;
        assert_eq!((status, code.as_str()), expected, "{}", String::from_utf8_lossy(&body[..body.len().min(60)]));
    };
    refused(b"", (400, "malformed")).await;
    refused(b"{\"conversation_id\":", (400, "malformed")).await;
    refused(b"\xff\xfe{}", (400, "malformed")).await;
    refused(format!("{}{}", "[".repeat(60_000), "]".repeat(60_000)).as_bytes(), (400, "malformed")).await;
    let deep = format!(r#"{{"template":{}{}}}"#, r#"{"name":"#.repeat(20_000), "}".repeat(20_000));
    refused(deep.as_bytes(), (400, "malformed")).await;
    refused(br#"{"conversation_id":"7","type":"text","text":"x"}"#, (400, "malformed")).await;
    let lone = format!(r#"{{"conversation_id":"{}","type":"text","text":"\ud800"}}"#, Uuid::nil());
    refused(lone.as_bytes(), (400, "malformed")).await;
    refused(&vec![b' '; 30_000_000], (413, "too_large")).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_that_are_too_long_or_hold_nul_are_refused_or_cleaned_and_forged_ids_are_not_found() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let mut console = Console::new(house.token(101).await, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    let picked = crate::drills::command(
        &mut console,
        &mut socket,
        "pick",
        json!({"conversation_id": chat, "expected_epoch": 1}),
    )
    .await;
    assert_eq!(picked["ok"], true, "{picked}");
    let send = |chat: &str, text: &str| json!({"conversation_id": chat, "type": "text", "text": text}).to_string();
    // Another sign-in each time: the key of these requests follows from the token.
    let says = async |body: String| posts(&house, &house.token(101).await, body.as_bytes()).await;
    assert_eq!(says(send(&chat, &"x".repeat(65_536))).await, (422, "too_long".into()));
    assert_eq!(says(send(&chat, &"\u{1F600}".repeat(40_000))).await, (422, "too_long".into()));
    assert_eq!(says(send(&chat, "\0\0")).await, (422, "empty".into()));
    assert_eq!(says(send(&Uuid::from_u128(7).to_string(), "x")).await, (404, "not_found".into()));
    assert_eq!(says(send(&chat, "a\0b")).await.0, 202);
    let (status, code) = posts(&house, "a.b.c", send(&chat, "x").as_bytes()).await;
    assert_eq!((status, code.as_str()), (401, "unauthenticated"));
    house.ahead.store(-1_000_000_000, std::sync::atomic::Ordering::SeqCst);
    let old = house.token(101).await;
    house.ahead.store(0, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(posts(&house, &old, send(&chat, "x").as_bytes()).await, (401, "token_expired".into()));
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_trickles_is_408_and_endless_ones_fill_no_memory() {
    let place = Place::sqlite();
    let house = std::sync::Arc::new(House::open(&place, 1).await);
    let token = house.token(101).await;
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    slow.write_all(head(&token, Some(100)).as_bytes()).await.unwrap();
    slow.write_all(b"{").await.unwrap();
    let before = resident_mib();
    let endless: Vec<_> = (0..40)
        .map(|_| {
            let (address, head) = (house.address, head(&token, None));
            dashoffice_runtime::task::spawn("endless", async move {
                let mut socket = TcpStream::connect(address).await.unwrap();
                socket.write_all(head.as_bytes()).await.unwrap();
                let chunk = format!("10000\r\n{}\r\n", "y".repeat(65_536));
                // Until the server has had enough.
                for _ in 0..480 {
                    if socket.write_all(chunk.as_bytes()).await.is_err() {
                        break;
                    }
                }
                answer(&mut socket).await.0
            })
        })
        .collect();
    for endless in endless {
        let status = endless.await.unwrap();
        assert!([0, 413].contains(&status), "{status}");
    }
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 200, "forty times thirty megabytes were sent, and {grown} MiB are held");
    assert_eq!(answer(&mut slow).await, (408, "body_too_slow".into()));
    std::sync::Arc::into_inner(house).unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_never_read_fill_no_memory_and_are_hung_up_on() {
    let place = Place::sqlite();
    let times = dashoffice_api::ws::SocketTimes { heartbeat: Duration::from_secs(1), hello: Duration::from_secs(5) };
    let house = House::open_at(&place, 1, "127.0.0.1:0".parse().unwrap(), times).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let hello =
        json!({"type": "hello", "token": house.token(100).await, "topics": ["inbox", format!("conversation:{chat}")]});
    let mut deaf = Vec::new();
    for _ in 0..30 {
        let mut socket = open(house.address).await;
        say(&mut socket, &hello).await;
        deaf.push(socket);
    }
    let before = resident_mib();
    let long = "x".repeat(60_000);
    for _ in 0..200 {
        house.writes(1, &long).await;
    }
    house.chats_when("all is taken", |chats| chats[&chat].row.unanswered == 201).await;
    // Thirty times 12 MB were to be told; what waits for each is 4 MiB at most, and what they share is there once.
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 300, "{grown} MiB are held for those who never read");
    let gone = async {
        while house.sockets.count() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(40), gone).await.expect("whoever never answers is hung up on");
    drop(deaf);
    house.close().await;
}
