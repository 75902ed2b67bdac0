//! What people do: picking, answering, reading, closing, each once however often it is asked (§6, A10).

use crate::desk::*;
use crate::office::handles_of;
use dashoffice_domain::conversation::content::Content;
use serde_json::json;

fn text(conversation: &str, text: &str) -> serde_json::Value {
    json!({"conversation_id": conversation, "type": "text", "text": text})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_reaches_the_provider_and_its_status_tells() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let mut committed = desk.store.subscribe();
    let sent = desk.posts(House::Blue, "ana", "/messages", text(&id, "bom dia")).await;
    assert_eq!(sent.status, 202, "{sent:?}");
    let message = sent.body["message_id"].as_str().unwrap();
    assert_eq!(sent.header("location"), Some(format!("/api/v1/messages/{message}").as_str()));
    let post = desk.posted().await;
    assert_eq!((post.message.to_string().as_str(), post.content), (message, Content::text("bom dia")));
    loop {
        let seen = desk.gets(House::Blue, "ana", &format!("/messages/{message}")).await.body;
        if seen["status"] == "sent" {
            assert_eq!(seen["author"], json!({"kind": "agent", "id": user_id(House::Blue, "ana")}));
            break;
        }
        committed.next().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_command_asked_again_is_answered_alike_and_done_once() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let key = key();
    let first = desk.posts_as(House::Blue, "ana", "/messages", text(&id, "uma vez"), &key).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (202, None));
    for _ in 0..3 {
        let again = desk.posts_as(House::Blue, "ana", "/messages", text(&id, "uma vez"), &key).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (202, Some("true")));
        assert_eq!(again.body, first.body);
    }
    let other = desk.posts_as(House::Blue, "ana", "/messages", text(&id, "outra coisa"), &key).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    let other = desk.posts_as(House::Blue, "ana", &format!("/conversations/{id}/close"), json!({}), &key).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    let messages = desk.gets(House::Blue, "ana", &format!("/conversations/{id}/messages")).await.items();
    assert_eq!(messages.iter().filter(|message| message["direction"] == "outbound").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_pick_and_a_refusal_are_repeated_though_everything_has_changed_since() {
    let desk = Desk::open().await;
    let waiting = desk.customer_writes(House::Blue, "5511999990007", "oi").await;
    let id = waiting["id"].as_str().unwrap();
    let refused = key();
    let no = desk.posts_as(House::Blue, "ana", &format!("/conversations/{id}/close"), json!({}), &refused).await;
    assert_eq!((no.status, no.code()), (409, "not_owner"));
    let mut board = desk.office.router(House::Blue.tenant()).unwrap().board();
    drop(board.wait_for(|board| board.queues.get(&QUEUE).is_some_and(|queue| queue.waiting == 1)).await.unwrap());
    desk.comes(House::Blue, "ana").await;
    let (pick, body) = (key(), json!({"expected_epoch": waiting["owner_epoch"]}));
    let path = format!("/conversations/{id}/pick");
    let picked = desk.posts_as(House::Blue, "ana", &path, body.clone(), &pick).await;
    assert_eq!(picked.status, 200, "{picked:?}");
    assert_eq!(desk.posts(House::Blue, "sue", &path, body.clone()).await.status, 409);
    desk.posts(House::Blue, "ana", &format!("/conversations/{id}/close"), json!({})).await;
    let again = desk.posts_as(House::Blue, "ana", &path, body, &pick).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (200, &picked.body, Some("true")));
    let no = desk.posts_as(House::Blue, "ana", &format!("/conversations/{id}/close"), json!({}), &refused).await;
    assert_eq!((no.code(), no.header("idempotency-replayed")), ("not_owner", Some("true")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_says_what_was_seen_and_is_refused_over_a_newer_message() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let path = format!("/conversations/{id}");
    let close = |seen: &serde_json::Value| json!({"seen": seen["last_message"]["id"]});
    let first = desk.gets(House::Blue, "ana", &path).await.body;
    let newer = desk.customer_writes(House::Blue, "5511999990001", "mais uma coisa").await;
    let refused = key();
    let no = desk.posts_as(House::Blue, "ana", &format!("{path}/close"), close(&first), &refused).await;
    assert_eq!((no.status, no.code()), (409, "newer_message"));
    assert_eq!(desk.gets(House::Blue, "ana", &path).await.body["state"], "active");
    let elsewhere = desk.customer_writes(House::Blue, "5511999990009", "oi").await;
    let no = desk.posts(House::Blue, "ana", &format!("{path}/close"), close(&elsewhere)).await;
    assert_eq!(no.code(), "not_found", "a message of another conversation was not seen here");
    let closed = desk.posts(House::Blue, "ana", &format!("{path}/close"), close(&newer)).await;
    assert_eq!(closed.status, 200, "{closed:?}");
    let again = desk.posts_as(House::Blue, "ana", &format!("{path}/close"), close(&first), &refused).await;
    assert_eq!((again.code(), again.header("idempotency-replayed")), ("newer_message", Some("true")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_ours_that_was_seen_stands_for_all_before_it() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let said = desk.posts(House::Blue, "ana", "/messages", text(&id, "pronto")).await.body["message_id"].clone();
    let path = format!("/conversations/{id}/close");
    let closed = desk.posts(House::Blue, "ana", &path, json!({"seen": said})).await;
    assert_eq!(closed.status, 200, "{closed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_moves_the_mark_and_a_reply_answers_all() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let second = desk.customer_writes(House::Blue, "5511999990001", "alguém?").await;
    let third = desk.customer_writes(House::Blue, "5511999990001", "oi??").await;
    assert_eq!((&third["unread"], &third["unanswered"]), (&json!(3), &json!(3)));
    let path = format!("/conversations/{id}");
    let mark = |of: &serde_json::Value| json!({"message_id": of["last_message"]["id"]});
    assert_eq!(desk.posts(House::Blue, "ana", &format!("{path}/read"), mark(&second)).await.status, 200);
    let seen = desk.gets(House::Blue, "ana", &path).await.body;
    assert_eq!((&seen["unread"], &seen["unanswered"]), (&json!(1), &json!(3)));
    assert_eq!(desk.posts(House::Blue, "sue", &format!("{path}/read"), mark(&third)).await.code(), "not_owner");
    desk.posts(House::Blue, "ana", "/messages", text(&id, "aqui")).await;
    let seen = desk.gets(House::Blue, "ana", &path).await.body;
    assert_eq!((&seen["unread"], &seen["unanswered"], &seen["waiting_since"]), (&json!(0), &json!(0), &json!(null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_names_a_message_of_the_same_thread() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let here = desk.gets(House::Blue, "ana", &format!("/conversations/{id}")).await.body["last_message"]["id"].clone();
    let there = desk.customer_writes(House::Blue, "5511999990009", "oi").await["last_message"]["id"].clone();
    let reply = |to| json!({"conversation_id": id, "type": "text", "text": "sobre isso", "reply_to": to});
    assert_eq!(desk.posts(House::Blue, "ana", "/messages", reply(there)).await.code(), "not_found");
    let sent = desk.posts(House::Blue, "ana", "/messages", reply(here.clone())).await;
    let seen = desk.gets(House::Blue, "ana", &format!("/messages/{}", sent.body["message_id"].as_str().unwrap())).await;
    assert_eq!(seen.body["reply_to"], here);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_day_only_a_template_may_be_sent() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    desk.pass_seconds(86_400);
    let tokens = desk.signs_in(House::Blue, "ana").await;
    let token = tokens["access_token"].as_str();
    let closed = desk.asks(token, "POST", "/api/v1/messages", Some(&text(&id, "oi").to_string()), Some(&key())).await;
    assert_eq!((closed.status, closed.code()), (422, "service_window_closed"));
    let template = json!({"conversation_id": id, "type": "template", "template": {"name": "ola", "language": "pt_BR", "parameters": ["Ana"]}});
    let sent = desk.asks(token, "POST", "/api/v1/messages", Some(&template.to_string()), Some(&key())).await;
    assert_eq!(sent.status, 202, "{sent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_of_an_older_system_send_by_name_and_digits_without_a_key() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let body = json!({"session_name": "main", "to": "+55 11 99999-0001", "message": "olá"}).to_string();
    let token = Some(desk.token(House::Blue, "ana"));
    let sent = desk.asks(token, "POST", "/api/v1/send", Some(&body), None).await;
    assert_eq!((sent.status, sent.body["conversation_id"].as_str()), (202, Some(id.as_str())));
    let again = desk.asks(token, "POST", "/api/v1/send", Some(&body), None).await;
    assert_ne!(again.body["message_id"], sent.body["message_id"], "a repetition is a second message");
    let nowhere = body.replace("main", "none");
    assert_eq!(desk.asks(token, "POST", "/api/v1/send", Some(&nowhere), None).await.code(), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_is_chosen_and_shown() {
    let desk = Desk::open().await;
    let body = json!({"presence": "away", "reason": "almoço"}).to_string();
    let answer =
        desk.asks(Some(desk.token(House::Blue, "ana")), "PUT", "/api/v1/me/presence", Some(&body), Some(&key())).await;
    assert_eq!((answer.status, &answer.body["chosen_presence"]), (200, &json!("away")));
    assert_eq!(answer.body["effective_presence"], "disconnected", "no socket of hers is there");
    assert_eq!(desk.gets(House::Blue, "ana", "/me").await.body["agent"]["away_reason"], "almoço");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_no_office_stands_commands_wait_and_reads_go_on() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    desk.handles.gone();
    let (key, body) = (key(), text(&id, "oi"));
    let answer = desk.posts_as(House::Blue, "ana", "/messages", body.clone(), &key).await;
    assert_eq!((answer.status, answer.code()), (503, "unavailable"));
    assert_eq!(desk.gets(House::Blue, "ana", "/conversations").await.items().len(), 1);
    desk.handles.stand(handles_of(&desk.office));
    let answer = desk.posts_as(House::Blue, "ana", "/messages", body, &key).await;
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (202, None), "nothing had been decided");
}
