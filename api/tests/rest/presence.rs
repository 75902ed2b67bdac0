//! Who comes by REST alone: there by a lease, seen alike wherever they are shown, and refused what only somebody present may take.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_domain::content::Content;
use serde_json::{Value, json};

/// A chat that waits, once the router knows it.
async fn waiting(desk: &Desk) -> Value {
    let chat = desk.customer_writes(House::Blue, "5511999990001", "oi").await;
    let mut board = desk.office.router(House::Blue.tenant()).unwrap().board();
    let waits = board.wait_for(|board| board.queues.get(&QUEUE).is_some_and(|queue| queue.waiting == 1)).await;
    drop(waits.unwrap());
    chat
}

async fn picks(desk: &Desk, who: &'static str, chat: &Value) -> Answer {
    let path = format!("/conversations/{}/pick", chat["id"].as_str().unwrap());
    desk.posts(House::Blue, who, &path, json!({"expected_epoch": chat["owner_epoch"]})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_rest_alone_is_there_by_a_lease_picks_and_answers() {
    let desk = Desk::open().await;
    let chat = waiting(&desk).await;
    let no = picks(&desk, "ana", &chat).await;
    assert_eq!((no.status, no.code()), (409, "not_routable"), "{no:?}");
    assert_eq!(desk.gets(House::Blue, "sue", "/conversations?owner=queue").await.items().len(), 1, "nothing is undone");

    let here = desk.says_how_they_are(House::Blue, "ana", &json!({"presence": "online", "for_s": 300})).await;
    assert_eq!((here.status, &here.body["effective_presence"]), (200, &json!("online")), "{here:?}");
    let picked = picks(&desk, "ana", &chat).await;
    assert_eq!(picked.status, 200, "{picked:?}");
    let says = json!({"conversation_id": chat["id"], "type": "text", "text": "bom dia"});
    let sent = desk.posts(House::Blue, "ana", "/messages", says).await;
    assert_eq!(sent.status, 202, "{sent:?}");
    assert_eq!(desk.posted().await.content, Content::text("bom dia"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i9_a_lease_is_offered_chats_only_where_it_asks_for_them() {
    let desk = Desk::open().await;
    desk.comes(House::Blue, "ana").await;
    let chat = waiting(&desk).await;
    assert_eq!(chat["owner"]["kind"], "queue", "she asked for none");
    let body = json!({"presence": "online", "for_s": 300, "routable": true});
    assert_eq!(desk.says_how_they_are(House::Blue, "ana", &body).await.status, 200);
    let mut committed = desk.store.subscribe();
    let path = format!("/conversations/{}", chat["id"].as_str().unwrap());
    loop {
        let seen = desk.gets(House::Blue, "ana", &path).await.body;
        if seen["owner"]["id"] == user_id(House::Blue, "ana").to_string() {
            break;
        }
        committed.next().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_lasts_one_to_three_hundred_seconds_and_offline_ends_it() {
    let desk = Desk::open().await;
    for (body, field, code) in [
        (json!({"presence": "online", "for_s": 301}), "for_s", "out_of_range"),
        (json!({"presence": "online", "for_s": 0}), "for_s", "out_of_range"),
        (json!({"presence": "online", "routable": true}), "for_s", "required"),
    ] {
        let no = desk.says_how_they_are(House::Blue, "ana", &body).await;
        assert_eq!((no.status, &no.body["errors"]), (422, &json!([{"field": field, "code": code}])), "{body}");
    }
    let agent = |answer: &Answer| answer.body["effective_presence"].clone();
    let without = desk.says_how_they_are(House::Blue, "ana", &json!({"presence": "online"})).await;
    assert_eq!(agent(&without), "disconnected", "a choice alone makes nobody present");
    desk.comes(House::Blue, "ana").await;
    let still = desk.says_how_they_are(House::Blue, "ana", &json!({"presence": "busy"})).await;
    assert_eq!(agent(&still), "busy", "another choice leaves the lease as it is");
    desk.says_how_they_are(House::Blue, "ana", &json!({"presence": "offline"})).await;
    let back = desk.says_how_they_are(House::Blue, "ana", &json!({"presence": "online"})).await;
    assert_eq!(agent(&back), "disconnected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_of_an_older_system_sends_with_neither_a_pick_nor_a_presence() {
    let desk = Desk::open().await;
    let chat = waiting(&desk).await;
    let body = json!({"session_name": "main", "to": "5511999990001", "message": "seu pedido saiu"}).to_string();
    let sends =
        async |who| desk.asks(Some(desk.token(House::Blue, who)), "POST", "/api/v1/send", Some(&body), None).await;
    for who in ["root", "ana"] {
        let sent = sends(who).await;
        assert_eq!((sent.status, &sent.body["conversation_id"]), (202, &chat["id"]), "{sent:?}");
        assert_eq!(desk.posted().await.content, Content::text("seu pedido saiu"));
        let path = format!("/messages/{}", sent.body["message_id"].as_str().unwrap());
        let message = desk.gets(House::Blue, who, &path).await.body;
        assert_eq!(message["author"], json!({"kind": "agent", "id": user_id(House::Blue, who)}));
    }
    let path = format!("/conversations/{}", chat["id"].as_str().unwrap());
    let seen = desk.gets(House::Blue, "ana", &path).await.body;
    for same in ["state", "owner", "owner_epoch", "enqueued_at", "waiting_since", "unanswered", "unread"] {
        assert_eq!(seen[same], chat[same], "{same}: the customer still waits for a person");
    }
    assert_eq!(seen["last_message"]["preview"], "seu pedido saiu");
    desk.comes(House::Blue, "sue").await;
    assert_eq!(picks(&desk, "sue", &chat).await.status, 200);
    let no = sends("root").await;
    assert_eq!((no.status, no.code()), (409, "not_owner"), "somebody has it now");
    assert_eq!(sends("sue").await.status, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_can_take_conversations_is_told_that_they_may() {
    let desk = Desk::open().await;
    for (who, may) in [("root", false), ("sue", true), ("ana", true)] {
        let me = desk.gets(House::Blue, who, "/me").await.body;
        assert_eq!(me["permissions"].as_array().unwrap().contains(&json!("conversations.pick")), may, "{who}: {me}");
        assert_eq!(me["agent"].is_object(), may, "{who}");
    }
}
