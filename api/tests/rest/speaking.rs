//! Everything an agent may send: files by their address, reactions, templates, each as an answer to something.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_domain::conversation::content::{Content, MediaKind};
use serde_json::{Value, json};

async fn customers_message(desk: &Desk, conversation: &str) -> Value {
    desk.gets(House::Blue, "ana", &format!("/conversations/{conversation}")).await.body["last_message"]["id"].clone()
}

async fn shown(desk: &Desk, message: &Value) -> Value {
    desk.gets(House::Blue, "ana", &format!("/messages/{}", message.as_str().unwrap())).await.body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_goes_by_its_address_as_an_answer_to_what_was_said() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let answered = customers_message(&desk, &id).await;
    let media = json!({"kind": "document", "link": "https://files.example/a.pdf", "caption": "o contrato", "filename": "a.pdf"});
    let body = json!({"conversation_id": id, "type": "media", "media": media, "reply_to": answered});
    let sent = desk.posts(House::Blue, "ana", "/messages", body).await;
    assert_eq!(sent.status, 202, "{sent:?}");
    let post = desk.posted().await;
    let Content::Media(file) = &post.content else { panic!("{post:?}") };
    assert_eq!((file.kind, file.link.as_deref()), (MediaKind::Document, Some("https://files.example/a.pdf")));
    assert_eq!(post.reply_to, shown(&desk, &answered).await["provider_message_id"].as_str().map(str::to_owned));
    let seen = shown(&desk, &sent.body["message_id"]).await;
    assert_eq!((&seen["content"]["type"], &seen["content"]["caption"]), (&json!("media"), &json!("o contrato")));
    assert_eq!(seen["reply_to"], answered);

    let body =
        json!({"conversation_id": id, "type": "media", "media": {"kind": "image", "link": "http://files.example/a"}});
    let refused = desk.posts(House::Blue, "ana", "/messages", body).await;
    assert_eq!((refused.status, refused.code()), (422, "invalid"));
    assert_eq!(refused.body["errors"], json!([{"field": "media.link", "code": "not_https"}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_shows_at_once_goes_out_and_is_taken_back() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let message = customers_message(&desk, &id).await;
    let path = format!("/conversations/{id}/react");
    for (emoji, reactions) in [(json!("👍"), json!([{"by": "outbound", "emoji": "👍"}])), (json!(null), json!([]))]
    {
        let (key, body) = (key(), json!({"message_id": message, "emoji": emoji}));
        let answer = desk.posts_as(House::Blue, "ana", &path, body.clone(), &key).await;
        assert_eq!((answer.status, &answer.body), (200, &json!({"conversation_id": id, "message_id": message})));
        assert_eq!(shown(&desk, &message).await["reactions"], reactions);
        let again = desk.posts_as(House::Blue, "ana", &path, body, &key).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
        let post = desk.posted().await;
        let Content::Reaction { to, emoji: posted, .. } = &post.content else { panic!("{post:?}") };
        assert_eq!(json!(posted), emoji);
        assert_eq!(json!(to), shown(&desk, &message).await["provider_message_id"]);
    }
    let list = desk.gets(House::Blue, "ana", &format!("/conversations/{id}/messages")).await.items();
    assert_eq!(list.len(), 1, "a reaction is no message of the list");
    let conversation = desk.gets(House::Blue, "ana", &format!("/conversations/{id}")).await.body;
    assert_eq!((&conversation["unanswered"], &conversation["last_message"]["id"]), (&json!(1), &message));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_the_owners_inside_the_window_and_to_what_the_provider_knows() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let message = customers_message(&desk, &id).await;
    let elsewhere = desk.customer_writes(House::Blue, "5511999990009", "oi").await["last_message"]["id"].clone();
    let path = format!("/conversations/{id}/react");
    let reacts = async |who: &'static str, body: Value| {
        let answer = desk.posts(House::Blue, who, &path, body).await;
        (answer.status, answer.code().to_owned())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(reacts("sue", json!({"message_id": message, "emoji": "👍"})).await, refused(409, "not_owner"));
    assert_eq!(reacts("ana", json!({"message_id": elsewhere, "emoji": "👍"})).await, refused(404, "not_found"));
    assert_eq!(reacts("ana", json!({"message_id": message, "emoji": "ok"})).await, refused(422, "invalid"));
    assert_eq!(reacts("ana", json!({"message_id": message})).await, refused(400, "malformed"));
    desk.pass_seconds(86_400);
    let tokens = desk.signs_in(House::Blue, "ana").await;
    let body = json!({"message_id": message, "emoji": "👍"}).to_string();
    let path = format!("/api/v1{path}");
    let late = desk.asks(tokens["access_token"].as_str(), "POST", &path, Some(&body), Some(&key())).await;
    assert_eq!((late.status, late.code()), (422, "service_window_closed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_are_told_and_remembered_and_a_provider_that_is_away_is_a_clear_problem() {
    let desk = Desk::open().await;
    let path = format!("/numbers/{NUMBER}/templates");
    let away = desk.gets(House::Blue, "ana", &path).await;
    assert_eq!((away.status, away.code(), away.header("retry-after")), (503, "provider_unavailable", Some("5")));
    let told = desk.gets(House::Blue, "ana", &path).await;
    let wanted = json!({"name": "hello of 2001", "language": "pt_BR", "category": "UTILITY", "body": "Olá {{1}}", "parameters": 1});
    assert_eq!(told.body, json!({"items": [wanted], "next_cursor": null}));
    assert_eq!(desk.gets(House::Blue, "ana", &path).await.body, told.body);
    let nobodys = format!("/numbers/{}/templates", uuid::Uuid::from_u128(77));
    assert_eq!(desk.gets(House::Blue, "ana", &nobodys).await.code(), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_shown_connected_once_the_provider_has_answered_for_it() {
    let desk = Desk::open().await;
    let mut committed = desk.store.subscribe();
    loop {
        let number = desk.gets(House::Blue, "ana", "/numbers").await.items().remove(0);
        if number["state"] == "connected" {
            assert_eq!(number["state_reason"], json!(null));
            return;
        }
        assert_eq!(number["state"], "connecting");
        committed.next().await.unwrap();
    }
}
