//! What lists and chats are told of words: those of a template as it is said, and those of a message that changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot read a frame has failed")]

use crate::console::{Console, Socket, say};
use crate::house::House;
use crate::place::Place;
use dashoffice_domain::ids::NumberId;
use dashoffice_store::views::Visibility;
use serde_json::{Value, json};
use uuid::Uuid;

/// What the list shows of what was said last.
fn last<'a>(console: &'a Console, chat: &str) -> Option<&'a Value> {
    Some(&console.conversations.get(chat)?.1.as_ref()?["last_message"])
}

/// A customer wrote this with this id, and somebody who sees everything looks at the list and the chat.
async fn watched(house: &House, id: &str, text: &str) -> (String, Console, Socket) {
    comes(house, &json!({"from": "1", "id": id, "text": text})).await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let mut console = Console::new(house.token(101).await, &["inbox", &format!("conversation:{chat}")]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    (chat, console, socket)
}

async fn comes(house: &House, item: &Value) {
    house.brings("token-1", NumberId(Uuid::from_u128(31)), item).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_told_with_what_it_says_to_the_chat_and_to_the_list() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let (chat, mut console, mut socket) = watched(&house, "m1", "hello").await;
    let template = json!({"name": "ready", "language": "en", "parameters": ["Ana"]});
    let frames = [
        ("pick", json!({"conversation_id": chat, "expected_epoch": 1})),
        ("send", json!({"conversation_id": chat, "type": "template", "template": template})),
    ];
    for (id, (name, body)) in (1_u128..).zip(frames) {
        let id = Uuid::from_u128(id);
        say(&mut socket, &json!({"type": "command", "id": id, "name": name, "body": body})).await;
        console.until(&mut socket, "a result", |console| console.result_of(id).is_some()).await;
        assert_eq!(console.result_of(id).unwrap()["problem"], Value::Null, "{name}");
    }
    let shown = |console: &Console| last(console, &chat).is_some_and(|last| last["kind"] == "template");
    console.until(&mut socket, "the list shows it", shown).await;
    let last = last(&console, &chat).unwrap().clone();
    assert_eq!(last["preview"], "Hello Ana");
    let id = last["id"].as_str().unwrap().to_owned();
    console.until(&mut socket, "the chat shows it", |console| console.messages.contains_key(&id)).await;
    let words = json!({"header": null, "body": "Hello Ana", "footer": null, "buttons": []});
    assert_eq!(console.messages[&id]["content"]["words"], words);
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_last_message_is_edited_or_revoked_the_list_is_told_what_it_shows_now() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let (chat, mut console, mut socket) = watched(&house, "m1", "ten boxes").await;
    let shows = |preview: &str, kind: &str| json!({"preview": preview, "kind": kind});
    let shown = |console: &Console| {
        let last = last(console, &chat)?;
        Some(json!({"preview": last["preview"], "kind": last["kind"]}))
    };
    assert_eq!(shown(&console), Some(shows("ten boxes", "text")));
    comes(&house, &json!({"from": "1", "id": "m2", "edits": "m1", "text": "a hundred boxes"})).await;
    let edited = Some(shows("a hundred boxes", "text"));
    console.until(&mut socket, "the list shows the edit", |console| shown(console) == edited).await;
    comes(&house, &json!({"from": "1", "id": "m3", "revokes": "m1"})).await;
    let revoked = Some(shows("", "revoked"));
    console.until(&mut socket, "the list shows nothing of it", |console| shown(console) == revoked).await;

    // Of one that is not the last the list says nothing.
    comes(&house, &json!({"from": "1", "id": "m4", "text": "good morning"})).await;
    let newer = Some(shows("good morning", "text"));
    console.until(&mut socket, "the next word", |console| shown(console) == newer).await;
    comes(&house, &json!({"from": "1", "id": "m5", "text": "are you there?"})).await;
    comes(&house, &json!({"from": "1", "id": "m6", "edits": "m4", "text": "good evening"})).await;
    let is_edited = |console: &Console| console.messages.values().any(|said| said["content"]["body"] == "good evening");
    console.until(&mut socket, "the chat shows the edit", is_edited).await;
    assert_eq!(shown(&console), Some(shows("are you there?", "text")));
    drop(socket);
    house.close().await;
}
