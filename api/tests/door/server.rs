//! Health, slow clients, too many clients, and an orderly end.

use crate::support::{Answer, House, Mood, SECRET, Settings, posting, signature_of};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const ONE: &[u8] = br#"{"items":[{"number":"100","id":"wamid.1"}]}"#;

/// Longer than anything here takes; a test that reaches it hangs.
const AT_MOST: Duration = Duration::from_secs(20);

#[tokio::test]
async fn d_until_it_owns_healthz_is_200_and_readyz_and_webhooks_are_503() {
    let house = House::with(Settings::default()).await;
    assert_eq!(house.get("/healthz").await.status, 200);
    let starting = house.get("/readyz").await;
    assert_eq!(starting.status, 503);
    assert!(starting.body.contains(r#""status":"starting""#) && starting.body.contains("reason"), "{}", starting.body);
    assert_eq!(house.posts("token-a", SECRET, ONE).await.status, 503);

    house.readiness.ready();
    assert_eq!(house.get("/readyz").await.status, 200);
    assert_eq!(house.posts("token-a", SECRET, ONE).await.status, 200);

    house.readiness.away();
    let away = house.get("/readyz").await;
    assert!(away.status == 503 && away.body.contains(r#""status":"store_away""#), "{}", away.body);
    assert_eq!(house.posts("token-a", SECRET, ONE).await.status, 200, "what comes is tried all the same");
    house.readiness.ready();

    house.readiness.not_ready();
    assert_eq!(house.get("/readyz").await.status, 503);
    assert_eq!(house.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_hung_up_on() {
    let house = House::with(Settings { header_timeout: Duration::from_millis(200), ..Settings::default() }).await;
    let mut socket = house.connects().await;
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let mut rest = Vec::new();
    timeout(AT_MOST, socket.read_to_end(&mut rest)).await.expect("the server hangs up by itself").unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_hung_up_on() {
    let house = House::with(Settings { header_timeout: Duration::from_millis(200), ..Settings::default() }).await;
    let mut socket = house.connects().await;
    socket.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    timeout(AT_MOST, house.given_up.notified()).await.expect("nobody waits for it for ever");
    // One who reads has it for as long as they read.
    let mut reader = house.connects().await;
    reader.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut read = vec![0; 30_000_000];
    timeout(AT_MOST, reader.read_exact(&mut read)).await.expect("it comes for as long as it is read").unwrap();
}

#[tokio::test]
async fn headers_without_end_are_refused_before_they_fill_memory() {
    let house = House::with(Settings::default()).await;
    let mut socket = house.connects().await;
    let head = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}", "y".repeat(200_000));
    // The server may hang up while we still send.
    let _ = socket.write_all(head.as_bytes()).await;
    let answer = timeout(AT_MOST, Answer::read(&mut socket)).await.expect("the server hangs up by itself");
    assert!([0, 431].contains(&answer.status), "{}", answer.status);
}

#[tokio::test]
async fn connections_past_the_bound_wait_until_one_is_free() {
    let house = House::with(Settings { connections: 1, ..Settings::default() }).await;
    house.readiness.ready();
    house.is_in_the_mood(Mood::Hangs);
    let mut first = house.connects().await;
    first.write_all(&posting("token-a", Some(&signature_of(SECRET, ONE)), ONE)).await.unwrap();
    house.inbox.reached.notified().await;

    let mut byte = [0];
    let mut second = house.connects().await;
    second.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let waited = timeout(Duration::from_millis(600), second.read_exact(&mut byte)).await;
    assert!(waited.is_err(), "the only slot is taken by a request under way");

    drop(first);
    let answer = timeout(AT_MOST, second.read_exact(&mut byte)).await.expect("the slot is free again");
    assert_eq!(answer.unwrap(), 1);
}

#[tokio::test]
async fn idle_connections_however_many_keep_no_webhook_waiting() {
    let patient = Duration::from_mins(5);
    let house = House::with(Settings { connections: 8, header_timeout: patient, ..Settings::default() }).await;
    house.readiness.ready();
    let mut idle = Vec::new();
    for index in 0..40 {
        let mut socket = house.connects().await;
        if index % 2 == 0 {
            // One that was answered once, and asks nothing more.
            socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        }
        idle.push(socket);
    }
    let webhook = timeout(AT_MOST, house.posts("token-a", SECRET, ONE)).await.expect("it does not wait for the idle");
    assert_eq!(webhook.status, 200);
    let mut nothing = Vec::new();
    let ended = timeout(AT_MOST, idle[1].read_to_end(&mut nothing)).await;
    assert!(ended.is_ok() && nothing.is_empty(), "the longest idle made room");
}

#[tokio::test]
async fn some_connections_are_kept_for_webhooks_and_operators() {
    let house = House::with(Settings { connections: 8, ..Settings::default() }).await;
    house.readiness.ready();
    // Requests that stay under way: each of them is told of a body that never comes.
    let mut stalled = Vec::new();
    for _ in 0..7 {
        let mut socket = house.connects().await;
        socket.write_all(b"POST /stalls HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n").await.unwrap();
        stalled.push(socket);
        house.stalled.notified().await;
    }
    let refused = house.get("/api/v1/me").await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "unavailable"));
    assert!(refused.head.contains("connection: close") && refused.head.contains("retry-after"), "{}", refused.head);
    assert_eq!(house.get("/healthz").await.status, 200);
    assert_eq!(house.posts("token-a", SECRET, ONE).await.status, 200);
    drop(stalled.pop());
    while house.get("/stalls").await.status == 503 {}
}

#[tokio::test]
async fn a_live_socket_holds_its_connection_for_as_long_as_it_lives() {
    let house = House::with(Settings { connections: 2, ..Settings::default() }).await;
    house.readiness.ready();
    let upgrade = b"GET /upgrades HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n";
    let mut byte = [0];
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let mut socket = house.connects().await;
        socket.write_all(upgrade).await.unwrap();
        timeout(AT_MOST, socket.read_exact(&mut byte)).await.expect("it is let in").unwrap();
        sockets.push(socket);
    }
    let mut third = house.connects().await;
    third.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let waited = timeout(Duration::from_millis(600), third.read_exact(&mut byte)).await;
    assert!(waited.is_err(), "live sockets are connections");
    drop(sockets.pop());
    timeout(AT_MOST, third.read_exact(&mut byte)).await.expect("one has ended").unwrap();
}

#[tokio::test]
async fn draining_finishes_the_request_that_has_begun_and_takes_no_new_connection() {
    let house = House::ready().await;
    house.is_in_the_mood(Mood::Hangs);
    let mut socket = house.connects().await;
    socket.write_all(&posting("token-a", Some(&signature_of(SECRET, ONE)), ONE)).await.unwrap();
    house.inbox.reached.notified().await;
    let mut idle = house.connects().await;

    house.readiness.drain();
    let mut nothing = Vec::new();
    let idle_ended = timeout(AT_MOST, idle.read_to_end(&mut nothing)).await;
    assert!(idle_ended.is_ok() && nothing.is_empty(), "an idle connection is closed");
    assert!(!house.server.is_finished());
    assert!(house.taken().is_empty());

    house.inbox.let_go.notify_one();
    assert_eq!(Answer::read(&mut socket).await.status, 200);
    let drained = timeout(AT_MOST, house.server).await.unwrap().unwrap();
    assert_eq!(drained.cut, 0);
    assert!(tokio::net::TcpStream::connect(house.address).await.is_err());
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut() {
    let house = House::with(Settings { drain_timeout: Duration::from_millis(200), ..Settings::default() }).await;
    house.readiness.ready();
    house.is_in_the_mood(Mood::Hangs);
    let mut socket = house.connects().await;
    socket.write_all(&posting("token-a", Some(&signature_of(SECRET, ONE)), ONE)).await.unwrap();
    house.inbox.reached.notified().await;
    house.readiness.drain();
    let drained = timeout(AT_MOST, house.server).await.unwrap().unwrap();
    assert_eq!(drained.cut, 1);
}
