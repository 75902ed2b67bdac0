//! Who comes by REST alone: there by a lease, seen alike wherever they are shown, and refused what only somebody present may take.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::ids::UserId;
use serde_json::{Value, json};
use std::time::Duration;

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
async fn a_conversation_tells_how_long_its_agent_has_to_answer() {
    let desk = Desk::open().await;
    let chat = waiting(&desk).await;
    assert_eq!(chat["reply_clock"], json!(null), "{chat}");
    let body = json!({"presence": "online", "for_s": 300, "routable": true});
    assert_eq!(desk.says_how_they_are(House::Blue, "ana", &body).await.status, 200);
    let mut committed = desk.store.subscribe();
    let path = format!("/conversations/{}", chat["id"].as_str().unwrap());
    let told = loop {
        let seen = desk.gets(House::Blue, "ana", &path).await.body;
        if seen["owner"]["kind"] == "agent" {
            break seen["reply_clock"].clone();
        }
        committed.next().await.unwrap();
    };
    // Noon, and three minutes later.
    let clock = json!({"began_at": "2027-01-15T08:00:00.000000Z", "due_at": "2027-01-15T08:03:00.000000Z"});
    assert_eq!(told, clock);
    let says = json!({"conversation_id": chat["id"], "type": "text", "text": "bom dia"});
    assert_eq!(desk.posts(House::Blue, "ana", "/messages", says).await.status, 202);
    assert_eq!(desk.gets(House::Blue, "ana", &path).await.body["reply_clock"], json!(null));
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

/// Somebody of the blue house, signed in once more.
async fn signs_in_again(desk: &Desk, who: &str) -> String {
    desk.signs_in(House::Blue, who).await["access_token"].as_str().unwrap().to_owned()
}

async fn signs_out(desk: &Desk, token: &str) {
    assert_eq!(desk.asks(Some(token), "POST", "/api/v1/auth/logout", None, None).await.status, 204);
}

/// What sue sees that ana chose, and how ana is.
async fn how_ana_is(desk: &Desk) -> [Value; 2] {
    let agents = desk.gets(House::Blue, "sue", "/agents").await.items();
    let ana = agents.into_iter().find(|agent| agent["id"] == user_id(House::Blue, "ana").to_string()).unwrap();
    [ana["chosen_presence"].clone(), ana["effective_presence"].clone()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_out_of_their_last_session_is_offline_and_with_another_one_stays_as_they_chose() {
    for chosen in ["online", "away"] {
        let desk = Desk::open().await;
        let other = signs_in_again(&desk, "ana").await;
        let body = json!({"presence": chosen, "for_s": 300});
        assert_eq!(desk.says_how_they_are(House::Blue, "ana", &body).await.status, 200);
        signs_out(&desk, &other).await;
        assert_eq!(how_ana_is(&desk).await, [chosen, chosen], "her other session goes on");
        signs_out(&desk, desk.token(House::Blue, "bia")).await;
        assert_eq!(how_ana_is(&desk).await, [chosen, chosen], "somebody else left");
        signs_out(&desk, desk.token(House::Blue, "ana")).await;
        assert_eq!(how_ana_is(&desk).await, ["offline", "offline"]);

        let back = signs_in_again(&desk, "ana").await;
        let path = "/api/v1/me/presence";
        let body = json!({"presence": "online"}).to_string();
        let again = desk.asks(Some(&back), "PUT", path, Some(&body), Some(&key())).await;
        assert_eq!(again.body["effective_presence"], "disconnected", "her lease ended, too: {again:?}");
    }
}

/// Waits until sue sees that ana is gone; it must not take as long as ana's lease would.
async fn is_gone(desk: &Desk) {
    let mut committed = desk.store.subscribe();
    let gone = async {
        while how_ana_is(desk).await != ["offline", "offline"] {
            committed.next().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_signed_out_or_may_sign_in_no_more_is_gone_at_once_and_their_lease_with_them() {
    let desk = Desk::open().await;
    let scope = desk.store.app_by_token("blue").await.unwrap().unwrap().scope;
    let ana = UserId(user_id(House::Blue, "ana"));
    let routable = json!({"presence": "online", "for_s": 300, "routable": true});
    let path = "/api/v1/me/presence";
    let mut token = desk.token(House::Blue, "ana").to_owned();
    for disabled in [false, true] {
        let here = desk.asks(Some(&token), "PUT", path, Some(&routable.to_string()), Some(&key())).await;
        assert_eq!(here.body["effective_presence"], "online", "{here:?}");
        if disabled {
            desk.store.activate_user(scope, ana, false).await.unwrap();
        } else {
            desk.store.end_sessions(scope, ana).await.unwrap();
        }
        is_gone(&desk).await;
        let late = desk.asks(Some(&token), "PUT", path, Some(&routable.to_string()), Some(&key())).await;
        assert_eq!(late.code(), "unauthenticated", "nor does an old token bring her back");
        if !disabled {
            token = signs_in_again(&desk, "ana").await;
            let online = json!({"presence": "online"}).to_string();
            let back = desk.asks(Some(&token), "PUT", path, Some(&online), Some(&key())).await;
            assert_eq!(back.body["effective_presence"], "disconnected", "the lease ended, too: {back:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_of_who_is_no_agent_and_while_no_office_stands() {
    let desk = Desk::open().await;
    desk.comes(House::Blue, "ana").await;
    desk.handles.gone();
    for who in ["root", "ana"] {
        signs_out(&desk, desk.token(House::Blue, who)).await;
        assert_eq!(desk.gets(House::Blue, who, "/me").await.code(), "unauthenticated");
    }
}
