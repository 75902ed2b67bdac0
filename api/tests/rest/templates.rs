//! Templates at the door: what a provider is sure to refuse is refused at once, each fault with its field;
//! and what a template says stays with the message.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use serde_json::{Value, json};

fn template(conversation: &str, name: &str, language: &str, parameters: &[&str]) -> Value {
    let template = json!({"name": name, "language": language, "parameters": parameters});
    json!({"conversation_id": conversation, "type": "template", "template": template})
}

async fn messages(desk: &Desk, conversation: &str) -> usize {
    desk.gets(House::Blue, "ana", &format!("/conversations/{conversation}/messages")).await.items().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_no_template_takes_is_refused_at_once_with_its_field_even_while_the_provider_is_away() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let values = ["Ana", "", "a\nb", "a\tb", "a     b", "a    b", "\0"];
    let (body, key) = (template(&id, "hello of 2001", "pt_BR", &values), key());
    for replayed in [None, Some("true")] {
        let refused = desk.posts_as(House::Blue, "ana", "/messages", body.clone(), &key).await;
        assert_eq!(
            (refused.status, refused.code(), refused.header("idempotency-replayed")),
            (422, "invalid", replayed)
        );
        let wanted = json!([
            {"field": "template.parameters.1", "code": "empty"},
            {"field": "template.parameters.2", "code": "line_break"},
            {"field": "template.parameters.3", "code": "tab"},
            {"field": "template.parameters.4", "code": "too_many_blanks"},
            {"field": "template.parameters.6", "code": "empty"},
        ]);
        assert_eq!(refused.body["errors"], wanted);
    }
    assert_eq!(messages(&desk, &id).await, 1, "nothing was recorded to be sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_is_not_there_or_has_other_places_is_refused_where_the_numbers_templates_are_known() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let says = async |name: &str, language: &str, parameters: &[&str]| {
        let answer = desk.posts(House::Blue, "ana", "/messages", template(&id, name, language, parameters)).await;
        (answer.status, answer.body["errors"].clone())
    };
    let refused = |field: &str, code: &str| (422, json!([{"field": field, "code": code}]));
    let taken = (202, Value::Null);
    assert_eq!(says("unheard", "pt_BR", &[]).await, taken, "the provider is away: it goes, and the provider says");
    assert_eq!(says("unheard", "pt_BR", &["Ana"]).await, refused("template.name", "unknown"));
    assert_eq!(says("hello of 2001", "es", &["Ana"]).await, refused("template.language", "unknown"));
    assert_eq!(says("hello of 2001", "pt_BR", &[]).await, refused("template.parameters", "wrong_count"));
    assert_eq!(says("hello of 2001", "pt_BR", &["Ana", "Bia"]).await, refused("template.parameters", "wrong_count"));
    assert_eq!(says("hello of 2001", "pt_BR", &["Ana"]).await, taken);
    assert_eq!(messages(&desk, &id).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_was_approved_since_the_templates_were_told_is_asked_for_before_it_is_refused() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let path = format!("/numbers/{NUMBER}/templates");
    desk.gets(House::Blue, "ana", &path).await;
    assert_eq!(desk.gets(House::Blue, "ana", &path).await.items().len(), 1);
    let later = template(&id, "later", "pt_BR", &["Ana"]);
    let refused = desk.posts(House::Blue, "ana", "/messages", later.clone()).await;
    assert_eq!(refused.status, 422, "told a moment ago: the provider is not asked at every wrong name");
    desk.pass_seconds(10);
    let sent = desk.posts(House::Blue, "ana", "/messages", later).await;
    assert_eq!(sent.status, 202, "{sent:?}");
}

/// What a message says that was sent like this.
async fn said(desk: &Desk, template: Value) -> Value {
    let sent = desk.posts(House::Blue, "ana", "/messages", template).await;
    let path = format!("/messages/{}", sent.body["message_id"].as_str().unwrap());
    desk.gets(House::Blue, "ana", &path).await.body
}

async fn preview(desk: &Desk, conversation: &str) -> Value {
    let list = desk.gets(House::Blue, "ana", "/conversations").await.items();
    list.into_iter().find(|line| line["id"] == conversation).unwrap()["last_message"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_says_what_it_said_when_it_was_sent_whatever_the_provider_makes_of_it_later() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let hello = |name: &str| template(&id, "hello of 2001", "pt_BR", &[name]);
    let unknown = said(&desk, hello("Ana")).await;
    assert_eq!(unknown["content"].get("words"), None, "the provider is away, and nobody knows what the customer reads");
    assert_eq!(preview(&desk, &id).await["preview"], "hello of 2001");
    let first = said(&desk, hello("Ana")).await;
    let words = |body: &str| {
        json!({"header": "Seu pedido", "body": body, "footer": "Loja",
            "buttons": [{"type": "QUICK_REPLY", "text": "Sim", "target": null}]})
    };
    assert_eq!(first["content"]["words"], words("Olá Ana"));
    let last = preview(&desk, &id).await;
    assert_eq!((&last["kind"], &last["preview"]), (&json!("template"), &json!("Olá Ana")));
    desk.pass_seconds(301);
    let second = said(&desk, hello("Bia")).await;
    assert_eq!(second["content"]["words"], words("Bom dia Bia"));
    let listed = desk.gets(House::Blue, "ana", &format!("/conversations/{id}/messages")).await.items();
    let bodies: Vec<&Value> = listed.iter().map(|message| &message["content"]["words"]["body"]).collect();
    assert_eq!(bodies[..3], [&json!("Bom dia Bia"), &json!("Olá Ana"), &Value::Null]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_is_said_again_says_the_words_of_the_first_time() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    let hello = template(&id, "hello of 2001", "pt_BR", &[REFUSED]);
    desk.gets(House::Blue, "ana", &format!("/numbers/{NUMBER}/templates")).await;
    let mut old = said(&desk, hello.clone()).await;
    let words = old["content"]["words"].clone();
    assert_eq!(words["body"], format!("Olá {REFUSED}"));
    let path = format!("/messages/{}", old["id"].as_str().unwrap());
    let mut committed = desk.store.subscribe();
    while old["status"] != "failed" {
        committed.next().await.unwrap();
        old = desk.gets(House::Blue, "ana", &path).await.body;
    }
    desk.pass_seconds(301);
    assert_eq!(said(&desk, hello).await["content"]["words"]["body"], format!("Bom dia {REFUSED}"));
    let again = desk.posts(House::Blue, "ana", &format!("{path}/resend"), json!({})).await;
    let again = format!("/messages/{}", again.body["message_id"].as_str().unwrap());
    assert_eq!(desk.gets(House::Blue, "ana", &again).await.body["content"]["words"], words);
}
