//! What may not have arrived: a person says what became of it, or says it again (A7).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_domain::channel::outgoing::StatusNews;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::Delivery;
use serde_json::{Value, json};
use uuid::Uuid;

/// Ana says something; what it is once its status is this.
async fn said(desk: &Desk, conversation: &str, text: &str, status: &str) -> String {
    let body = json!({"conversation_id": conversation, "type": "text", "text": text});
    let sent = desk.posts(House::Blue, "ana", "/messages", body).await;
    let message = sent.body["message_id"].as_str().unwrap().to_owned();
    desk.posted().await;
    comes_to(desk, &message, status).await;
    message
}

async fn comes_to(desk: &Desk, message: &str, status: &str) -> Value {
    let mut committed = desk.store.subscribe();
    loop {
        let seen = desk.gets(House::Blue, "ana", &format!("/messages/{message}")).await.body;
        if seen["status"] == status {
            return seen;
        }
        committed.next().await.unwrap();
    }
}

async fn history(desk: &Desk, conversation: &str) -> Vec<Value> {
    let lines = desk.gets(House::Blue, "ana", &format!("/conversations/{conversation}/history")).await.items();
    lines.into_iter().filter(|line| line["kind"] == "message_settled").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a7_who_may_reply_says_what_became_of_a_lost_message_and_the_history_says_who() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    for (word, error) in [("sent", Value::Null), ("failed", json!(-3))] {
        let message = said(&desk, &id, LOST, "unknown").await;
        let path = format!("/messages/{message}/settle");
        let nonsense = desk.posts(House::Blue, "ana", &path, json!({"as": "read"})).await;
        assert_eq!(nonsense.body["errors"], json!([{"field": "as", "code": "unknown"}]));
        let other = desk.posts(House::Blue, "sue", &path, json!({"as": word})).await;
        assert_eq!((other.status, other.code()), (409, "not_owner"));
        let hidden = desk.posts(House::Blue, "bia", &path, json!({"as": word})).await;
        assert_eq!((hidden.status, hidden.code()), (404, "not_found"));

        let key = key();
        let settled = desk.posts_as(House::Blue, "ana", &path, json!({"as": word}), &key).await;
        assert_eq!(settled.body, json!({"conversation_id": id, "message_id": message}), "{settled:?}");
        let seen = desk.gets(House::Blue, "ana", &format!("/messages/{message}")).await.body;
        assert_eq!((&seen["status"], &seen["error"]["code"]), (&json!(word), &error));
        let again = desk.posts_as(House::Blue, "ana", &path, json!({"as": word}), &key).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
        let late = desk.posts(House::Blue, "ana", &path, json!({"as": "sent"})).await;
        assert_eq!((late.status, late.code()), (409, "not_unknown"));

        let line = &history(&desk, &id).await[0];
        assert_eq!((&line["message_id"], &line["reason"]), (&json!(message), &json!(word)));
        assert_eq!(line["actor_id"], json!(user_id(House::Blue, "ana")));
    }
    desk.posts(House::Blue, "ana", &format!("/conversations/{id}/close"), json!({})).await;
    assert_eq!(history(&desk, &id).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a7_what_is_lost_or_failed_is_said_again_once_and_what_arrived_is_not() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let customers =
        desk.gets(House::Blue, "ana", &format!("/conversations/{id}")).await.body["last_message"]["id"].clone();
    for (text, status, code) in [(LOST, "unknown", -4), (REFUSED, "failed", 131_026)] {
        let body = json!({"conversation_id": id, "type": "text", "text": text, "reply_to": customers});
        let sent = desk.posts(House::Blue, "ana", "/messages", body).await;
        let old = sent.body["message_id"].as_str().unwrap().to_owned();
        let first = desk.posted().await;
        comes_to(&desk, &old, status).await;
        let path = format!("/messages/{old}/resend");
        assert_eq!(desk.posts(House::Blue, "sue", &path, json!({})).await.code(), "not_owner");
        let resent = desk.posts(House::Blue, "ana", &path, json!({})).await;
        assert_eq!(resent.status, 202, "{resent:?}");
        let new = resent.body["message_id"].as_str().unwrap().to_owned();
        assert_eq!(resent.header("location"), Some(format!("/api/v1/messages/{new}").as_str()));
        let second = desk.posted().await;
        assert_eq!((second.message.to_string(), &second.content), (new.clone(), &Content::text(text)));
        assert_eq!((&second.reply_to, second.reply_to.is_some()), (&first.reply_to, true));
        let twice = desk.posts(House::Blue, "ana", &path, json!({})).await;
        assert_eq!((twice.status, &twice.body), (202, &resent.body), "a double click makes one message");
        let seen = desk.gets(House::Blue, "ana", &format!("/messages/{old}")).await.body;
        assert_eq!((&seen["status"], &seen["error"]["code"]), (&json!("failed"), &json!(code)));
        let line = &history(&desk, &id).await[0];
        assert_eq!((&line["message_id"], &line["reason"]), (&json!(old), &json!("resent")));
        comes_to(&desk, &new, status).await;
        if status == "unknown" {
            // It was lost as well, and would keep what comes behind it waiting.
            desk.posts(House::Blue, "ana", &format!("/messages/{new}/settle"), json!({"as": "sent"})).await;
        }
    }
    let arrived = said(&desk, &id, "oi", "sent").await;
    let no = desk.posts(House::Blue, "ana", &format!("/messages/{arrived}/resend"), json!({})).await;
    assert_eq!((no.status, no.code()), (409, "not_failed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a8_a_proof_that_comes_after_the_word_that_it_did_not_arrive_is_shown() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let message = said(&desk, &id, LOST, "unknown").await;
    desk.posts(House::Blue, "ana", &format!("/messages/{message}/settle"), json!({"as": "failed"})).await;
    let news = StatusNews {
        number: NUMBER,
        provider_message_id: "wamid.late".into(),
        message: Some(MessageId(message.parse::<Uuid>().unwrap())),
        status: Status::Delivered,
        at: dashoffice_domain::Timestamp(NOON),
        error: None,
        stops: None,
        pricing: None,
        recipient: None,
    };
    desk.accepts(House::Blue, Delivery { statuses: vec![news], ..Delivery::default() }).await;
    let seen = desk.gets(House::Blue, "ana", &format!("/messages/{message}")).await.body;
    assert_eq!((&seen["status"], &seen["error"]), (&json!("delivered"), &Value::Null));
    assert_eq!(seen["provider_message_id"], "wamid.late");
    assert_eq!(history(&desk, &id).await[0]["reason"], "failed", "and what was said stays said");
}
