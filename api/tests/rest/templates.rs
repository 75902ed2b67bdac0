//! Templates at the door: what a provider is sure to refuse is refused at once, each fault with its field.

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
