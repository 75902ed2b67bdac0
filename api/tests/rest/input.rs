//! Bad input is refused in words of ours, and never repeats what it was (§2).

use crate::desk::*;
use serde_json::json;

async fn says(desk: &Desk, body: &str) -> Answer {
    desk.asks(Some(desk.token(House::Blue, "ana")), "POST", "/api/v1/messages", Some(body), Some(&key())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_or_not_of_the_shape_is_refused() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, status, code) in [
        ("", 400, "malformed"),
        ("{", 400, "malformed"),
        ("[]", 400, "malformed"),
        ("{\"type\":7}", 400, "malformed"),
        (deep.as_str(), 400, "malformed"),
        (&json!({"conversation_id": id, "type": "text", "text": "oi", "urgent": true}).to_string(), 422, "invalid"),
        (&json!({"conversation_id": id, "type": "shout", "text": "oi"}).to_string(), 422, "invalid"),
        (&json!({"conversation_id": id, "type": "text"}).to_string(), 422, "invalid"),
        (&json!({"conversation_id": id, "type": "text", "text": " \n "}).to_string(), 422, "empty"),
        (&json!({"conversation_id": id, "type": "text", "text": "\0\0"}).to_string(), 422, "empty"),
        (&json!({"conversation_id": id, "type": "text", "text": "x".repeat(65_000)}).to_string(), 422, "too_long"),
        (&json!({"conversation_id": id, "type": "text", "text": "x".repeat(300_000)}).to_string(), 413, "too_large"),
    ] {
        let answer = says(&desk, body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{}", &body[..body.len().min(60)]);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.body["request_id"].as_str(), answer.header("x-request-id"));
        assert_eq!(answer.body["type"], format!("urn:dashoffice:problem:{code}"));
    }
    let unknown = says(&desk, "{\"urgent\":true}").await;
    assert_eq!(unknown.body["errors"], json!([{"field": "urgent", "code": "unknown"}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_nul_is_kept_of_what_is_said() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let body = json!({"conversation_id": id, "type": "text", "text": "a\0b \u{1F600}"}).to_string();
    let sent = says(&desk, &body).await;
    let seen = desk.gets(House::Blue, "ana", &format!("/messages/{}", sent.body["message_id"].as_str().unwrap())).await;
    assert_eq!(seen.body["content"]["body"], "ab \u{1F600}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parameters_out_of_range_and_unknown_ones_are_refused() {
    let desk = Desk::open().await;
    for path in [
        "/conversations?limit=0",
        "/conversations?limit=201",
        "/conversations?limit=many",
        "/conversations?state=asleep",
        "/conversations?order=waiting",
        "/conversations?order=random",
        "/conversations?owner=nobody",
        "/conversations?q=a",
        "/conversations?queue_id=7",
        "/conversations?ownr=mine",
        "/conversations?q=a%00b",
        "/contacts?cursor=forged",
        "/messages",
    ] {
        let answer = desk.gets(House::Blue, "sue", path).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid"), "{path}");
    }
    assert_eq!(desk.gets(House::Blue, "sue", "/nowhere").await.code(), "not_found");
    let wrong = desk.asks(Some(desk.token(House::Blue, "sue")), "DELETE", "/api/v1/me", None, None).await;
    assert_eq!((wrong.status, wrong.code()), (405, "method_not_allowed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_acts_needs_a_key() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let token = Some(desk.token(House::Blue, "ana"));
    for (method, path, body) in [
        ("POST", format!("/api/v1/conversations/{id}/close"), json!({})),
        ("POST", "/api/v1/messages".into(), json!({"conversation_id": id, "type": "text", "text": "oi"})),
        ("PUT", "/api/v1/me/presence".into(), json!({"presence": "busy"})),
    ] {
        for key in [None, Some("not a uuid")] {
            let answer = desk.asks(token, method, &path, Some(&body.to_string()), key).await;
            assert_eq!((answer.status, answer.code()), (400, "idempotency_key_required"), "{path}");
        }
    }
}
