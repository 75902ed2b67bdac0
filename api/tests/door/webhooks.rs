//! The rules of the way in, over real sockets.

use crate::support::{Answer, House, Mood, NUMBER, SECRET, Settings, posting, signature_of};
use dashoffice_domain::Timestamp;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

const ONE: &[u8] = br#"{"items":[{"number":"100","id":"wamid.1"}]}"#;

#[tokio::test]
async fn e2_a_signed_body_is_answered_200_once_it_is_stored() {
    let house = House::ready().await;
    let body = br#"{"items":[{"number":"100","id":"wamid.1"},{"number":"100","id":"wamid.2"}],
                    "statuses":[{"number":"100","id":"wamid.3"}]}"#;
    assert_eq!(house.posts("token-a", SECRET, body).await.status, 200);
    let taken = house.taken();
    assert_eq!(taken.len(), 1, "one body, one transaction");
    assert_eq!((taken[0].arrivals.len(), taken[0].statuses.len(), taken[0].unmatched.len()), (2, 1, 0));
    assert_eq!(taken[0].arrivals[0].number, NUMBER);
    assert_eq!(taken[0].received_at, Timestamp::from_seconds(1_000));
    assert_eq!(taken[0].correlation, Uuid::from_u128(5));
}

#[tokio::test]
async fn e2_a_missing_or_wrong_signature_is_refused_and_nothing_is_kept() {
    let house = House::ready().await;
    let wrong = signature_of("not the secret", ONE);
    for signature in [None, Some(""), Some("sha256="), Some(wrong.as_str())] {
        let answer = house.says(&posting("token-a", signature, ONE)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "signature_refused"));
        assert!(answer.head.contains("content-type: application/problem+json"));
    }
    assert!(house.taken().is_empty());
}

#[tokio::test]
async fn e2_an_app_without_a_secret_takes_nothing_not_even_a_body_signed_with_none() {
    let house = House::ready().await;
    assert_eq!(house.posts("token-bare", "", ONE).await.status, 401);
    assert!(house.taken().is_empty());
}

#[tokio::test]
async fn c6_a_body_signed_for_app_a_that_names_a_number_of_app_b_is_a_stray_of_a() {
    let house = House::ready().await;
    let body = br#"{"items":[{"number":"200","id":"wamid.1"}],"statuses":[{"number":"200","id":"wamid.2"}]}"#;
    assert_eq!(house.posts("token-a", SECRET, body).await.status, 200);
    let taken = house.taken();
    assert!(taken[0].arrivals.is_empty() && taken[0].statuses.is_empty());
    assert_eq!(taken[0].unmatched.len(), 2);
    assert!(taken[0].unmatched.iter().all(|unmatched| unmatched.number_ref.as_deref() == Some("200")));
}

#[tokio::test]
async fn c6_the_signature_of_one_app_does_not_open_the_address_of_another() {
    let house = House::ready().await;
    assert_eq!(house.posts("token-b", SECRET, ONE).await.status, 401);
}

#[tokio::test]
async fn an_address_nobody_has_is_404_and_so_is_one_of_another_provider() {
    let house = House::ready().await;
    let long = "x".repeat(4_000);
    for token in ["nobody", "token-twilio", long.as_str()] {
        let answer = house.posts(token, SECRET, ONE).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
    }
    assert_eq!(house.get("/webhooks/nowhere").await.code(), "not_found");
    let deleting = house.says(b"DELETE /webhooks/cloud/token-a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!((deleting.status, deleting.code().as_str()), (405, "method_not_allowed"));
}

#[tokio::test]
async fn malformed_and_deeply_nested_bodies_are_400() {
    let house = House::ready().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [&b"{\"items\":["[..], b"", b"\xff\xfe", deep.as_bytes()] {
        let answer = house.posts("token-a", SECRET, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_body"));
    }
    assert!(house.taken().is_empty());
}

#[tokio::test]
async fn a1_a_panic_while_splitting_keeps_the_body_whole_and_the_next_body_is_taken() {
    let house = House::ready().await;
    let body = br#"{"panic":true}"#;
    assert_eq!(house.posts("token-a", SECRET, body).await.status, 200, "never 5xx for its content");
    assert_eq!(house.posts("token-a", SECRET, ONE).await.status, 200);
    let taken = house.taken();
    assert_eq!(taken[0].unmatched[0].raw, body);
    assert_eq!(taken[1].arrivals.len(), 1);
}

#[tokio::test]
async fn a_body_of_30_mb_is_413_and_its_sender_gets_to_read_that() {
    let house = House::ready().await;
    let body = vec![b'x'; 30_000_000];
    let answer = house.posts("token-a", SECRET, &body).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    assert!(house.taken().is_empty());
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_at_the_limit() {
    let house = House::with(Settings { body_limit: 1_000, ..Settings::default() }).await;
    house.readiness.ready();
    let mut socket = house.connects().await;
    socket
        .write_all(b"POST /webhooks/cloud/token-a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let chunk = format!("400\r\n{}\r\n", "y".repeat(1_024));
    socket.write_all(chunk.as_bytes()).await.unwrap();
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    assert_eq!(Answer::read(&mut socket).await.status, 413);
}

#[tokio::test]
async fn a_declared_length_far_too_large_is_413_before_a_byte_of_it_is_sent() {
    let house = House::ready().await;
    let answer =
        house.says(b"POST /webhooks/cloud/token-a HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n").await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_body_that_trickles_is_408_and_closed() {
    let settings = Settings { body_timeout: Duration::from_millis(200), ..Settings::default() };
    let house = House::with(settings).await;
    house.readiness.ready();
    let request = posting("token-a", Some("x"), ONE);
    let answer = house.says(&request[..request.len() - 5]).await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "body_too_slow"));
    assert!(answer.head.contains("connection: close"));
}

#[tokio::test]
async fn a_sender_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let house = House::ready().await;
    let request = posting("token-a", Some(&signature_of(SECRET, ONE)), ONE);
    let mut socket = house.connects().await;
    socket.write_all(&request[..request.len() - 5]).await.unwrap();
    socket.shutdown().await.unwrap();
    let answer = Answer::read(&mut socket).await;
    assert!([0, 400].contains(&answer.status), "{}", answer.status);
    assert_eq!(house.posts("token-a", SECRET, ONE).await.status, 200);
    assert_eq!(house.taken().len(), 1);
}

#[tokio::test]
async fn a_store_that_is_away_is_503_with_a_time_to_come_again() {
    let house = House::ready().await;
    house.is_in_the_mood(Mood::Away);
    let away = house.posts("token-a", SECRET, ONE).await;
    assert_eq!((away.status, away.code().as_str()), (503, "unavailable"));
    assert!(away.head.contains("retry-after: 5"));
    assert_eq!(house.posts("token-away", SECRET, ONE).await.status, 503);
}

#[tokio::test]
async fn a6_admission_is_503_with_the_time_it_names() {
    let house = House::ready().await;
    house.is_in_the_mood(Mood::Backlog);
    let answer = house.posts("token-a", SECRET, ONE).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "backlog"));
    assert!(answer.head.contains("retry-after: 17"));
}

#[tokio::test]
async fn f6_an_inbox_that_does_not_answer_in_time_is_503() {
    let settings = Settings { webhook_timeout: Duration::from_millis(200), ..Settings::default() };
    let house = House::with(settings).await;
    house.readiness.ready();
    house.is_in_the_mood(Mood::Hangs);
    let answer = house.posts("token-a", SECRET, ONE).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert!(house.taken().is_empty());
}

#[tokio::test]
async fn metas_handshake_gets_its_challenge_back_verbatim() {
    let house = House::ready().await;
    let query = "hub.mode=subscribe&hub.verify_token=open%20sesame&hub.challenge=1158201444%3Cb%3E";
    let answer = house.get(&format!("/webhooks/cloud/token-a?{query}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "1158201444<b>"));
    assert!(answer.head.contains("content-type: text/plain"));
}

#[tokio::test]
async fn a_handshake_without_our_token_is_403() {
    let house = House::ready().await;
    for (token, query) in [
        ("token-a", "hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1"),
        ("token-a", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1"),
        ("token-a", "hub.mode=unsubscribe&hub.verify_token=open%20sesame&hub.challenge=1"),
        ("token-a", "hub.challenge=1"),
        ("token-a", ""),
        ("token-bare", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1"),
    ] {
        let answer = house.get(&format!("/webhooks/cloud/{token}?{query}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "verification_refused"), "{query}");
    }
}
