//! A line of the list is told from its commit, or from what was read: nobody can tell which.
#![expect(clippy::unwrap_used, reason = "a test that cannot read a frame has failed")]

use crate::console::{Console, Socket};
use crate::house::{House, PICTURE};
use crate::place::{Place, on_both_databases};
use dashoffice_actors::live::{LiveReads, Wanted};
use dashoffice_api::ws::StoreReads;
use dashoffice_domain::ids::{ConversationId, NumberId};
use dashoffice_store::views::Visibility;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// Every open chat as it is read, and the position it is of.
async fn read(house: &House) -> (i64, BTreeMap<String, Value>) {
    let reads = StoreReads::new(house.store.clone(), house.scope);
    loop {
        // What was kept is decided first.
        if house.store.inspect().waiting > 0 {
            sleep(Duration::from_millis(5)).await;
            continue;
        }
        let position = reads.position().await.unwrap();
        let ids = house.open_chats(Visibility::All).await.into_keys();
        let conversations = ids.map(|id| ConversationId(id.parse().unwrap())).collect();
        let bodies = reads.bodies(Wanted { conversations, ..Wanted::default() }).await.unwrap().conversations;
        if reads.position().await.unwrap() == position {
            let bodies =
                bodies.into_iter().map(|(id, found)| (id.to_string(), serde_json::from_str(&found.body).unwrap()));
            return (position, bodies.collect());
        }
    }
}

async fn shows_what_is_read(house: &House, console: &mut Console, socket: &mut Socket, after: &Value) {
    let (position, read) = read(house).await;
    console.until(socket, "what was read is told", |console| console.position() >= position).await;
    let told = console.shown().into_iter().map(|(id, body)| (id.clone(), body.clone()));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), read, "after {after}");
}

/// Every message of a chat is shown as it is read.
async fn shows_its_messages(house: &House, chat: &str, looker: &Console) {
    let read = messages(house, chat).await;
    assert_eq!(looker.messages.keys().collect::<Vec<_>>(), read.keys().collect::<Vec<_>>());
    for (id, message) in read {
        assert_eq!(looker.messages[&id], message);
    }
}

async fn messages(house: &House, chat: &str) -> BTreeMap<String, Value> {
    let chat = ConversationId(chat.parse().unwrap());
    let found = house.store.messages(house.scope, Visibility::All, chat, None, 200).await.unwrap().what.rows;
    let messages = found.iter().map(|message| message.row.id).collect();
    let reads = StoreReads::new(house.store.clone(), house.scope);
    let bodies = reads.bodies(Wanted { messages, ..Wanted::default() }).await.unwrap().messages.into_iter();
    bodies.map(|(id, found)| (id.to_string(), serde_json::from_str(&found.body).unwrap())).collect()
}

async fn e3_a_line_is_told_as_it_is_read(place: Place) {
    let house = House::open(&place, 1).await;
    let mut console = Console::new(house.token(101).await, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    let items = [
        json!({"from": "1", "id": "a1", "text": "hello"}),
        json!({"from": "1", "id": "a2", "text": "hello again"}),
        json!({"from": "1", "id": "a3", "text": "it is me", "name": "Ana Nova"}),
        json!({"from": "1", "id": "a4", "text": "still me", "name": "Ana Nova", "username": "ana.nova"}),
        json!({"from": "1", "id": "a5", "text": "of your advertisement", "ad": "Shoes"}),
        json!({"from": "1", "id": "a6", "text": "and of another", "ad": "Hats"}),
        json!({"from": "1", "id": "a7", "text": "and of none"}),
        json!({"from": "1", "id": "a8", "text": "it said", "edits": "a7"}),
        json!({"from": "1", "id": "a10", "text": "what it says in the end", "edits": "a9"}),
        json!({"from": "1", "id": "a9", "text": "what it said at first"}),
        json!({"from": "1", "id": "a11", "text": "", "revokes": "a9"}),
        json!({"from": "1", "id": "a13", "text": "", "revokes": "a12"}),
        json!({"from": "1", "id": "a12", "text": "said and taken back"}),
        json!({"scoped": "BR.1", "id": "b1", "text": "nobody knows my number"}),
        json!({"scoped": "BR.1", "id": "b2", "text": "hello?", "name": "Bea"}),
        json!({"scoped": "BR.1", "from": "5511900000002", "id": "b3", "text": "this is it"}),
        json!({"scoped": "BR.1", "id": "b4", "text": "hello again"}),
        json!({"scoped": "BR.5", "from": "5511900000005", "id": "d1", "text": "I come with both", "username": "dora"}),
        json!({"scoped": "BR.6", "id": "e1", "text": "your advertisement brings me", "ad": "Boots", "name": "Eva"}),
        json!({"scoped": "BR.6", "id": "e2", "text": "hello?"}),
        // The number has a new owner; whoever had it is told of with their next word.
        json!({"scoped": "BR.3", "from": "5511900000002", "id": "c1", "text": "it is mine now"}),
        json!({"scoped": "BR.1", "id": "b5", "text": "and not mine any more"}),
    ];
    let number = NumberId(Uuid::from_u128(31));
    house.brings("token-1", number, &items[0]).await;
    shows_what_is_read(&house, &mut console, &mut socket, &items[0]).await;
    let chat = read(&house).await.1.into_keys().next().unwrap();
    // Who looks into the chat is told of its contact and its messages, too.
    let mut looker = Console::new(house.token(101).await, &["inbox", &format!("conversation:{chat}")]);
    let mut looking = looker.connect(house.address).await;
    looker.until(&mut looking, "held", Console::holds_all).await;
    for item in &items[1..] {
        house.brings("token-1", number, item).await;
        if item["id"] == "c1" {
            read(&house).await;
            continue;
        }
        shows_what_is_read(&house, &mut console, &mut socket, item).await;
        shows_what_is_read(&house, &mut looker, &mut looking, item).await;
        shows_its_messages(&house, &chat, &looker).await;
    }
    // What was told in one go is what was told one by one.
    for n in 0..50 {
        let item = json!({"from": "1", "id": format!("f{n}"), "text": format!("word {n}"), "name": format!("Ana {n}")});
        house.brings("token-1", number, &item).await;
    }
    let after = json!("fifty words at once");
    shows_what_is_read(&house, &mut console, &mut socket, &after).await;
    shows_what_is_read(&house, &mut looker, &mut looking, &after).await;
    shows_its_messages(&house, &chat, &looker).await;
    house.brings("token-1", number, &json!({"from": "1", "id": "g1", "text": PICTURE})).await;
    let has_file = |looker: &Console| looker.messages.values().any(|message| message["media"]["state"] == "ready");
    looker.until(&mut looking, "the picture is there", has_file).await;
    drop((socket, looking));
    house.close().await;
}

on_both_databases!(e3_a_line_is_told_as_it_is_read);
