//! Access tokens on a socket: renewed in time it goes on, else it ends with 4401; the role that a new one brings holds at once.
#![expect(clippy::unwrap_used, reason = "a test that cannot set somebody up has failed")]

use crate::console::{Console, hear, say};
use crate::drills::command;
use crate::house::{House, PASSWORD, TENANT};
use crate::place::Place;
use dashoffice_api::auth::Origin;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::UserId;
use dashoffice_domain::ports::Secret;
use dashoffice_store::views::Visibility;
use dashoffice_store::{Provision, UserDraft};
use serde_json::{Value, json};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

const QUARTER_OF_AN_HOUR: i64 = 900;

/// The api's clock is so many seconds behind the machine's.
fn behind(house: &House, seconds: i64) {
    house.ahead.store(-seconds * 1_000_000, SeqCst);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_token_that_ends_unrenewed_ends_the_socket_and_one_that_is_renewed_does_not() {
    let place = Place::sqlite();
    let house = House::open(&place, 2).await;
    // Signed in long ago: three seconds are left.
    behind(&house, QUARTER_OF_AN_HOUR - 3);
    let tokens =
        house.api.sign_in().sign_in("user101@example.com", Secret(PASSWORD.into()), Origin::default()).await.unwrap();
    let other = house.token(102).await;
    behind(&house, 0);
    let mut renews = Console::new(tokens.access_token.clone(), &["inbox"]);
    let mut forgets = Console::new(other, &["inbox"]);
    let mut renews_socket = renews.connect(house.address).await;
    let mut forgets_socket = forgets.connect(house.address).await;
    renews.until(&mut renews_socket, "held", Console::holds_all).await;
    forgets.until(&mut forgets_socket, "held", Console::holds_all).await;

    let renewed = house.api.sign_in().refresh(&tokens.refresh_token).await.unwrap();
    say(&mut renews_socket, &json!({"type": "token", "token": renewed.access_token})).await;
    let accepted = |console: &Console| console.heard.iter().any(|text| text.contains("token_accepted"));
    renews.until(&mut renews_socket, "accepted", accepted).await;
    let answer = renews.heard.iter().find(|text| text.contains("token_accepted")).unwrap();
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert!((QUARTER_OF_AN_HOUR - 10..=QUARTER_OF_AN_HOUR).contains(&answer["expires_in"].as_i64().unwrap()));

    let code = loop {
        if let Err(code) = hear(&mut forgets_socket).await {
            break code;
        }
    };
    assert_eq!(code, 4401);
    // The first token of the other has ended as well by now, and the socket goes on.
    tokio::time::sleep(Duration::from_millis(500)).await;
    house.writes(1, "still there?").await;
    renews.until(&mut renews_socket, "the next word", |console| !console.shown().is_empty()).await;
    // Nobody comes in with a token that has ended.
    let mut late = Console::new(tokens.access_token, &["inbox"]);
    let mut socket = late.connect(house.address).await;
    assert_eq!(hear(&mut socket).await, Err(4401));
    drop((renews_socket, socket));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_a_new_role_that_comes_with_a_token_resyncs_the_socket() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let tokens =
        house.api.sign_in().sign_in("user101@example.com", Secret(PASSWORD.into()), Origin::default()).await.unwrap();
    let mut console = Console::new(tokens.access_token, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    say(&mut socket, &json!({"type": "subscribe", "topic": "board", "subscription": 1})).await;
    console.until(&mut socket, "refused", |console| console.refused.len() == 1).await;
    let seen = house.store.user_by_email("user101@example.com").await.unwrap().unwrap();
    let user = UserDraft {
        id: UserId(Uuid::from_u128(101)),
        email: "user101@example.com".into(),
        name: "User 101".into(),
        role: Role::SUPERVISOR,
        password_hash: seen.password_hash,
        active: true,
        language: None,
    };
    house.store.provision(Provision::User { tenant: TENANT, user }).await.unwrap();
    let renewed = house.api.sign_in().refresh(&tokens.refresh_token).await.unwrap();
    say(&mut socket, &json!({"type": "token", "token": renewed.access_token})).await;
    console.until(&mut socket, "told anew", |console| !console.resyncs.is_empty() && console.holds_all()).await;
    assert_eq!(console.resyncs, ["rights_changed"]);
    say(&mut socket, &json!({"type": "subscribe", "topic": "board", "subscription": 2})).await;
    let board = |console: &Console| console.heard.iter().any(|text| text.contains(r#""type":"board""#));
    console.until(&mut socket, "the board", board).await;
    drop(socket);
    house.close().await;
}

/// A user as they are set up anew.
async fn becomes(house: &House, n: u128, role: Role, password_hash: Option<&str>) {
    let email = format!("user{n}@example.com");
    let seen = house.store.user_by_email(&email).await.unwrap().unwrap();
    let password_hash = password_hash.map_or(seen.password_hash, |hash| Secret(hash.to_owned()));
    let (id, name) = (UserId(Uuid::from_u128(n)), format!("User {n}"));
    let user = UserDraft { id, email, name, role, password_hash, active: true, language: None };
    house.store.provision(Provision::User { tenant: TENANT, user }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_new_role_counts_at_once_for_topics_and_commands_and_another_password_ends_the_socket() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let (chat, view) = house.open_chats(Visibility::All).await.into_iter().next().unwrap();
    let message = view.row.last_message.unwrap();
    let mut console = Console::new(house.token(100).await, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    let read = json!({"conversation_id": chat, "message_id": message});
    let seen = command(&mut console, &mut socket, "read", read.clone()).await;
    assert_eq!(seen["problem"]["code"], "not_owner", "a supervisor sees every chat: {seen}");

    becomes(&house, 100, Role::AGENT, None).await;
    let unseen = command(&mut console, &mut socket, "read", read).await;
    assert_eq!(unseen["problem"]["code"], "not_found", "an agent of no queue sees none: {unseen}");
    console.until(&mut socket, "told anew", |console| !console.resyncs.is_empty() && console.holds_all()).await;
    assert_eq!((console.resyncs.as_slice(), console.shown().len()), (&["rights_changed".to_owned()][..], 0));

    becomes(&house, 100, Role::AGENT, Some("$argon2id$of-another-password")).await;
    let code = loop {
        if let Err(code) = console.fold_next(&mut socket).await {
            break code;
        }
    };
    assert_eq!(code, 4403);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_who_comes_back_with_other_rights_resumes_nothing_and_is_shown_what_they_may_see_now() {
    let place = Place::sqlite();
    let house = House::open(&place, 2).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let tokens =
        house.api.sign_in().sign_in("user101@example.com", Secret(PASSWORD.into()), Origin::default()).await.unwrap();
    let mut bea = Console::new(house.token(102).await, &["inbox"]);
    let mut bea_socket = bea.connect(house.address).await;
    bea.until(&mut bea_socket, "held", Console::holds_all).await;
    let chat = bea.shown().into_keys().next().unwrap().clone();
    let pick = json!({"conversation_id": chat, "expected_epoch": 1});
    assert_eq!(command(&mut bea, &mut bea_socket, "pick", pick).await["ok"], true);
    let mut ana = Console::new(tokens.access_token, &["inbox"]);
    let mut socket = ana.connect(house.address).await;
    ana.until(&mut socket, "held", |ana| ana.holds_all() && ana.cursor.is_some()).await;
    assert!(ana.shown().is_empty(), "it is somebody else's");
    drop(socket);
    let mut socket = ana.connect(house.address).await;
    ana.until(&mut socket, "back", |ana| ana.welcomes.len() == 2).await;
    assert_eq!(ana.welcomes[1], "resumed", "with the rights of before");
    drop(socket);

    becomes(&house, 101, Role::SUPERVISOR, None).await;
    ana.token = house.api.sign_in().refresh(&tokens.refresh_token).await.unwrap().access_token;
    let mut socket = ana.connect(house.address).await;
    ana.until(&mut socket, "back again", |ana| ana.welcomes.len() == 3 && ana.holds_all()).await;
    assert_eq!(ana.welcomes[2], "snapshot");
    assert!(ana.shown().contains_key(&chat), "today she sees all of them");
    drop((socket, bea_socket));
    house.close().await;
}

/// A request of an administrator's.
async fn asks(house: &House, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\nif-match: *\r\n\
         idempotency-key: {}\r\ncontent-length: {}\r\n\r\n{body}",
        Uuid::new_v5(&Uuid::nil(), format!("{method} {path} {body}").as_bytes()),
        body.len()
    );
    let mut socket = TcpStream::connect(house.address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_role_that_is_changed_counts_at_once_on_the_sockets_of_those_who_have_it() {
    let place = Place::sqlite();
    let house = House::open(&place, 2).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let (chat, view) = house.open_chats(Visibility::All).await.into_iter().next().unwrap();
    becomes(&house, 102, Role::ADMINISTRATOR, None).await;
    let root = house.token(102).await;
    let allows = |more: &[&str]| {
        let all: Vec<&str> = ["conversations.reply", "conversations.pick"].iter().chain(more).copied().collect();
        json!({"name": "Listener", "permissions": all})
    };
    let everything = allows(&["conversations.read_all"]);
    let role = asks(&house, &root, "POST", "/roles", &everything).await;
    let (id, user) = (role["id"].as_str().unwrap(), Uuid::from_u128(100));
    asks(&house, &root, "PUT", &format!("/users/{user}/role"), &json!({"role_id": id})).await;

    let mut console = Console::new(house.token(100).await, &["inbox"]);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", |console| console.holds_all() && console.shown().len() == 1).await;
    let read = json!({"conversation_id": chat, "message_id": view.row.last_message.unwrap()});
    let seen = command(&mut console, &mut socket, "read", read.clone()).await;
    assert_eq!(seen["problem"]["code"], "not_owner", "the role shows every chat: {seen}");

    asks(&house, &root, "PATCH", &format!("/roles/{id}"), &allows(&[])).await;
    let unseen = command(&mut console, &mut socket, "read", read).await;
    assert_eq!(unseen["problem"]["code"], "not_found", "it shows none any more: {unseen}");
    console.until(&mut socket, "told anew", |console| !console.resyncs.is_empty() && console.holds_all()).await;
    assert_eq!((console.resyncs.as_slice(), console.shown().len()), (&["rights_changed".to_owned()][..], 0));
    asks(&house, &root, "PATCH", &format!("/roles/{id}"), &everything).await;
    console.until(&mut socket, "shown again", |console| console.shown().len() == 1).await;
    drop(socket);
    house.close().await;
}
