//! A key is used for one question, and the question has one answer: also a no that no actor was asked for (§1, A10).

use crate::desk::*;
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-0000-0000-00000000dead";

/// Asks twice alike, and once under the same key for something else.
async fn is_answered_once(
    desk: &Desk,
    who: &'static str,
    method: &str,
    path: &str,
    body: &Value,
    other: &Value,
) -> Answer {
    let (key, token) = (key(), Some(desk.token(House::Blue, who)));
    let path = format!("/api/v1{path}");
    let ask = async |body: &Value| desk.asks(token, method, &path, Some(&body.to_string()), Some(&key)).await;
    let first = ask(body).await;
    assert_eq!(first.header("idempotency-replayed"), None, "{first:?}");
    let again = ask(body).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (first.status, Some("true")), "{path} {again:?}");
    let words = |answer: &Answer| (answer.body["code"].clone(), answer.body["errors"].clone());
    assert_eq!(words(&again), words(&first));
    let reused = ask(other).await;
    assert_eq!((reused.status, reused.code()), (422, "idempotency_key_reused"), "{path}");
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_no_of_the_door_is_recorded_like_any_other() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let text = |conversation: &str, text: &str| json!({"conversation_id": conversation, "type": "text", "text": text});
    let no = is_answered_once(&desk, "ana", "POST", "/messages", &text(NOBODY, "oi"), &text(&id, "oi")).await;
    assert_eq!((no.status, no.code()), (404, "not_found"));
    let wrong = json!({"conversation_id": id, "type": "telepathy"});
    let no = is_answered_once(&desk, "ana", "POST", "/messages", &wrong, &text(&id, "oi")).await;
    assert_eq!((no.status, &no.body["errors"]), (422, &json!([{"field": "type", "code": "unknown"}])));
    let pick = |epoch: i64| json!({"expected_epoch": epoch});
    let path = format!("/conversations/{id}/pick");
    let no = is_answered_once(&desk, "root", "POST", &path, &pick(1), &pick(2)).await;
    assert_eq!((no.status, no.code()), (403, "forbidden"), "the administrator takes no conversations");
    let read = |message: &str| json!({"message_id": message});
    let path = format!("/conversations/{id}/read");
    let no = is_answered_once(&desk, "ana", "POST", &path, &read(NOBODY), &read(&id)).await;
    assert_eq!((no.status, no.code()), (404, "not_found"));
    let presence = |presence: &str| json!({"presence": presence});
    let no = is_answered_once(&desk, "ana", "PUT", "/me/presence", &presence("asleep"), &presence("away")).await;
    assert_eq!((no.status, no.code()), (422, "invalid"));
    let no = is_answered_once(&desk, "root", "PUT", "/me/presence", &presence("away"), &presence("online")).await;
    assert_eq!(no.code(), "forbidden");
    let send = |to: &str| json!({"session_name": "main", "to": to, "message": "oi"});
    let no = is_answered_once(&desk, "ana", "POST", "/send", &send("551140009999"), &send("5511999990001")).await;
    assert_eq!(no.code(), "not_found");
    let no = is_answered_once(&desk, "ana", "POST", "/send", &send("nobody"), &send("5511999990001")).await;
    assert_eq!(no.code(), "invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_no_holds_though_the_same_question_would_now_be_granted() {
    let desk = Desk::open().await;
    // Bia sees nothing of the other queue, until she is in it.
    let waiting = desk.customer_writes(House::Blue, "5511999990007", "oi").await;
    let path = format!("/conversations/{}/pick", waiting["id"].as_str().unwrap());
    let (key, body) = (key(), json!({"expected_epoch": waiting["owner_epoch"]}));
    let no = desk.posts_as(House::Blue, "bia", &path, body.clone(), &key).await;
    assert_eq!((no.status, no.code()), (404, "not_found"));
    let agent = dashoffice_domain::ids::AgentId(user_id(House::Blue, "bia"));
    let member = dashoffice_store::Provision::Member { tenant: House::Blue.tenant(), queue: QUEUE, agent };
    desk.store.provision(member).await.unwrap();
    let again = desk.posts_as(House::Blue, "bia", &path, body.clone(), &key).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (404, Some("true")));
    let anew = desk.posts(House::Blue, "bia", &path, body).await;
    assert_ne!(anew.code(), "not_found", "a new key is a new question");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_no_of_the_router_is_recorded_and_a_grant_is_repeated_to_whom_it_was_given() {
    let desk = Desk::open().await;
    let waiting = desk.customer_writes(House::Blue, "5511999990007", "oi").await;
    let id = waiting["id"].as_str().unwrap();
    let path = format!("/conversations/{id}/pick");
    let pick = |epoch: i64| json!({"expected_epoch": epoch});
    let mut board = desk.office.router(House::Blue.tenant()).unwrap().board();
    drop(board.wait_for(|board| board.queues.get(&QUEUE).is_some_and(|queue| queue.waiting == 1)).await.unwrap());
    desk.comes(House::Blue, "ana").await;
    let epoch = waiting["owner_epoch"].as_i64().unwrap();
    let first = is_answered_once(&desk, "ana", "POST", &path, &pick(epoch), &pick(epoch + 1)).await;
    assert_eq!(first.status, 200, "{first:?}");
    drop(board.wait_for(|board| board.queues.get(&QUEUE).is_some_and(|queue| queue.waiting == 0)).await.unwrap());
    let no = is_answered_once(&desk, "sue", "POST", &path, &pick(epoch), &pick(epoch + 1)).await;
    assert_eq!((no.status, no.code()), (409, "not_owner"), "the router says so, and no conversation was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_of_two_who_ask_at_once_under_one_key_both_hear_the_same() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let body = json!({"conversation_id": id, "type": "text", "text": "uma vez"});
    for _ in 0..8 {
        let key = key();
        let ask = || desk.posts_as(House::Blue, "ana", "/messages", body.clone(), &key);
        let (one, other, third) = tokio::join!(ask(), ask(), ask());
        assert_eq!((one.status, &one.body), (other.status, &other.body));
        assert_eq!((one.status, &one.body), (third.status, &third.body));
        assert_eq!(one.status, 202);
    }
    let messages = desk.gets(House::Blue, "ana", &format!("/conversations/{id}/messages")).await.items();
    assert_eq!(messages.iter().filter(|message| message["direction"] == "outbound").count(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_command_uses_up_no_key() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let key = key();
    let wrong = json!({"conversation_id": id, "type": "text", "txt": "oi"});
    let no = desk.posts_as(House::Blue, "ana", "/messages", wrong, &key).await;
    assert_eq!((no.status, no.code(), no.header("idempotency-replayed")), (422, "invalid", None));
    let body = json!({"conversation_id": id, "type": "text", "text": "oi"});
    assert_eq!(desk.posts_as(House::Blue, "ana", "/messages", body, &key).await.status, 202);
}

#[tokio::test]
async fn a10_a_command_that_fails_each_time_is_decided_and_nobody_else_pays_for_it() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990011").await;
    let say = |text: &str| json!({"conversation_id": id, "type": "text", "text": text});
    // More than would quarantine a chat whose customer sent them.
    for n in 0..4 {
        falls_at("conversation", "handle", 3);
        let no = is_answered_once(&desk, "ana", "POST", "/messages", &say(&n.to_string()), &say("outra")).await;
        assert_eq!((no.status, no.code()), (500, "command_failed"));
        assert_eq!(falls_left("conversation", "handle"), 0);
    }
    let said = desk.posts(House::Blue, "ana", "/messages", say("oi")).await;
    assert!(said.status < 300, "{said:?}");
    desk.customer_writes(House::Blue, "5511999990011", "e aí?").await;
}
