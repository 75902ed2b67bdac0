//! What consoles are told beside commits: who writes, what is called otherwise, and what may be seen from now on.
#![expect(clippy::unwrap_used, reason = "a test that cannot read a frame has failed")]

use crate::console::{Console, Socket, say};
use crate::drills::command;
use crate::house::{House, OTHER_TENANT, QUEUE, TENANT, agent};
use crate::place::Place;
use dashoffice_domain::Span;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AppId, NumberId, UserId};
use dashoffice_domain::ports::{ChannelCredentials, NumberRow, Secret};
use dashoffice_domain::routing::{AcceptMode, QueueSettings, Strategy};
use dashoffice_store::views::Visibility;
use dashoffice_store::{Provision, UserDraft};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

async fn watching(house: &House, user: u128, topics: &[&str]) -> (Console, Socket) {
    let mut console = Console::new(house.token(user).await, topics);
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "held", Console::holds_all).await;
    (console, socket)
}

/// Every frame of this type, oldest first.
fn frames(console: &Console, kind: &str) -> Vec<Value> {
    let all = console.heard.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
    all.filter(|frame| frame["type"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_told_to_those_who_hold_the_conversation_and_to_nobody_else() {
    let place = Place::sqlite();
    let house = House::open(&place, 2).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let topic = format!("conversation:{chat}");
    let (mut ana, mut ana_socket) = watching(&house, 101, &["inbox", &topic]).await;
    let (mut bea, mut bea_socket) = watching(&house, 102, &["inbox"]).await;
    let (mut sue, mut sue_socket) = watching(&house, 100, &[&topic]).await;
    let typing = json!({"type": "typing", "conversation_id": chat});
    // Who does not hold it says it to nobody.
    say(&mut bea_socket, &typing).await;
    say(&mut ana_socket, &typing).await;
    sue.until(&mut sue_socket, "somebody writes", |sue| !frames(sue, "typing").is_empty()).await;
    let told = &frames(&sue, "typing")[0];
    assert_eq!((&told["conversation_id"], &told["by"]), (&json!(chat), &json!({"kind": "agent", "id": agent(1)})));
    assert!(told["until"].as_str().unwrap().ends_with('Z'));
    // Everybody has heard what was said before this.
    house.writes(1, "and again").await;
    for (console, socket) in [(&mut ana, &mut ana_socket), (&mut bea, &mut bea_socket)] {
        let unanswered = |console: &Console| console.shown().values().any(|body| body["unanswered"] == 2);
        console.until(socket, "the next word", unanswered).await;
        assert!(frames(console, "typing").is_empty(), "neither the writer nor who holds only the list");
    }
    assert_eq!(frames(&sue, "typing").len(), 1);
    drop((ana_socket, bea_socket, sue_socket));
    house.close().await;
}

/// Of records: kind, number of the id, what became of it, fields; in the order in which they were told.
fn records(console: &Console) -> Vec<(String, u128, String, Value)> {
    let events = frames(console, "event");
    let changes = events.iter().flat_map(|frame| frame["changes"].as_array().unwrap());
    let of_records = changes.filter(|change| change["name"] == "record.changed").map(|change| {
        let body = &change["body"];
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("record"), text("id").parse::<Uuid>().unwrap().as_u128(), text("what"), body["fields"].clone())
    });
    of_records.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_read_records_of_a_kind_is_told_which_of_them_changed_and_never_what_stands_there() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let (mut ana, mut ana_socket) = watching(&house, 101, &["inbox"]).await;
    let (mut sue, mut sue_socket) = watching(&house, 100, &["inbox"]).await;
    let give = |provision| house.store.provision(provision);
    let mut settings = QueueSettings::usual(QUEUE, "Night desk");
    give(Provision::Queue { tenant: OTHER_TENANT, settings: settings.clone() }).await.unwrap();
    let user = UserDraft {
        id: UserId(Uuid::from_u128(7)),
        email: "seven@example.com".into(),
        name: "Seven".into(),
        role: Role::AGENT,
        password_hash: Secret("no hash".into()),
        active: false,
        language: None,
    };
    give(Provision::User { tenant: TENANT, user }).await.unwrap();
    settings.members.insert(agent(1));
    settings.strategy = Strategy::Manual;
    settings.grace_us = Span::seconds(4);
    give(Provision::Queue { tenant: TENANT, settings }).await.unwrap();
    let queue = |console: &Console| records(console).into_iter().find(|(kind, ..)| kind == "queue");
    for (console, socket) in [(&mut ana, &mut ana_socket), (&mut sue, &mut sue_socket)] {
        console.until(socket, "the queue", |console| queue(console).is_some()).await;
        let (_, id, what, fields) = queue(console).unwrap();
        assert_eq!((id, what.as_str(), fields), (QUEUE.0.as_u128(), "changed", json!(["name", "settings.name"])));
    }
    let kinds = |console: &Console| records(console).into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>();
    assert_eq!(kinds(&ana), ["queue"], "agents read no users, and nobody another tenant's queues");
    assert_eq!(kinds(&sue), ["user", "queue"]);
    let told = |console: &Console| frames(console, "event").iter().any(|frame| frame.to_string().contains("Night"));
    assert!(!told(&ana) && !told(&sue), "what stands there is read over REST, by the rights of that moment");
    drop((ana_socket, sue_socket));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_is_told_how_long_its_agent_has_to_answer() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let mut settings = QueueSettings::usual(QUEUE, "Desk");
    settings.members.insert(agent(1));
    house.store.provision(Provision::Queue { tenant: TENANT, settings }).await.unwrap();
    house.office.router(TENANT).unwrap().settings_changed();
    let (mut ana, mut socket) = watching(&house, 101, &["inbox"]).await;
    command(&mut ana, &mut socket, "presence", json!({"presence": "online"})).await;
    house.writes(1, "hello").await;
    let clock = |console: &Console| console.shown().into_values().next().map(|body| body["reply_clock"].clone());
    ana.until(&mut socket, "it is hers, and its clock runs", |ana| clock(ana).is_some_and(|told| told.is_object()))
        .await;
    let (told, id) = (clock(&ana).unwrap(), ana.shown().into_keys().next().unwrap());
    assert!(told["began_at"].as_str().unwrap() < told["due_at"].as_str().unwrap(), "{told}");
    let says = json!({"conversation_id": id, "type": "text", "text": "hello"});
    command(&mut ana, &mut socket, "send", says).await;
    ana.until(&mut socket, "no clock runs", |ana| clock(ana).is_some_and(|told| told.is_null())).await;
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_at_their_console_has_more_time_to_answer() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let mut settings = QueueSettings::usual(QUEUE, "Desk");
    settings.accept = AcceptMode::Auto { first_reply_us: Span::seconds(12) };
    settings.members.insert(agent(1));
    house.store.provision(Provision::Queue { tenant: TENANT, settings }).await.unwrap();
    house.office.router(TENANT).unwrap().settings_changed();
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let (mut ana, mut socket) = watching(&house, 101, &["inbox", &format!("conversation:{chat}")]).await;
    command(&mut ana, &mut socket, "presence", json!({"presence": "online"})).await;
    let ends = |console: &Console| {
        let line = console.shown().into_values().next();
        line.and_then(|body| body["reply_clock"]["due_at"].as_str().map(str::to_owned))
    };
    ana.until(&mut socket, "its clock runs", |ana| ends(ana).is_some()).await;
    let before = ends(&ana).unwrap();
    // Past half of it: before that nothing need be kept.
    sleep(Duration::from_secs(8)).await;
    say(&mut socket, &json!({"type": "typing", "conversation_id": chat})).await;
    ana.until(&mut socket, "it ends later", |ana| ends(ana).is_some_and(|now| now > before)).await;
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_is_told_to_every_list_and_a_figure_alone_is_not() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let (mut console, mut socket) = watching(&house, 101, &["inbox"]).await;
    console.until(&mut socket, "the directory", |console| !frames(console, "directory").is_empty()).await;
    let first = &frames(&console, "directory")[0];
    assert_eq!((&first["full"], first["numbers"].as_array().unwrap().len()), (&json!(true), 1));
    house.writes(1, "hello").await;
    console.until(&mut socket, "a chat", |console| !console.shown().is_empty()).await;
    let number = NumberRow {
        id: NumberId(Uuid::from_u128(31)),
        provider: "air".into(),
        display_name: "Renamed".into(),
        display_phone_number: "+55".into(),
        queue: QUEUE,
        line: ChannelCredentials {
            provider_ref: "1".into(),
            access_token: Secret("t".into()),
            api_base: None,
            marketing_messages: false,
        },
        account_ref: None,
    };
    let app = AppId(Uuid::from_u128(21));
    house.store.provision(Provision::Number { tenant: TENANT, app, number }).await.unwrap();
    // Nobody says that something was set up: the hub finds out by itself.
    console.until(&mut socket, "the new name", |console| frames(console, "directory").len() == 2).await;
    let told = &frames(&console, "directory")[1];
    assert_eq!((&told["full"], &told["numbers"][0]["name"]), (&json!(false), &json!("Renamed")));
    assert_eq!(told["queues"], json!([]), "its figures changed, and nothing else");
    // A console that was away hears of it when it resumes.
    drop(socket);
    let mut settings = QueueSettings::usual(QUEUE, "Another desk");
    settings.strategy = Strategy::Manual;
    settings.members.insert(agent(1));
    house.store.provision(Provision::Queue { tenant: TENANT, settings }).await.unwrap();
    console.heard.clear();
    let mut socket = console.connect(house.address).await;
    let renamed = |console: &Console| {
        frames(console, "directory").iter().any(|frame| frame["queues"][0]["name"] == "Another desk")
    };
    console.until(&mut socket, "the queue's new name", renamed).await;
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_whoever_joins_a_queue_is_told_anew_and_sees_what_waits_in_it() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    // An agent of no queue sees nothing.
    let mut settings = QueueSettings::usual(QUEUE, "Desk");
    settings.strategy = Strategy::Manual;
    house.store.provision(Provision::Queue { tenant: TENANT, settings }).await.unwrap();
    let (mut ana, mut socket) = watching(&house, 101, &["inbox"]).await;
    let out = |console: &Console| console.shown().is_empty() && console.holds_all();
    ana.until(&mut socket, "she is in no queue", out).await;
    house.store.provision(Provision::Member { tenant: TENANT, queue: QUEUE, agent: agent(1) }).await.unwrap();
    ana.until(&mut socket, "she sees it", |ana| !ana.shown().is_empty()).await;
    assert!(ana.resyncs.iter().all(|reason| reason == "rights_changed") && !ana.resyncs.is_empty());
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_a_hub_that_is_killed_in_the_middle_of_traffic_costs_nobody_a_word() {
    let place = Place::sqlite();
    let house = Arc::new(House::open(&place, 1).await);
    house.writes(1, "first").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let topic = format!("conversation:{chat}");
    let mut console = Console::new(house.token(100).await, &["inbox", &topic]);
    let (watches, mut watched) = watch::channel(false);
    let writing = {
        let house = Arc::clone(&house);
        dashoffice_runtime::task::spawn("customers", async move {
            for n in 0..120_u64 {
                house.writes(1 + n % 3, &format!("message {n}")).await;
                if n % 40 == 20 {
                    // An end is said to whoever is there.
                    watched.wait_for(|is_there| *is_there).await.unwrap();
                    house.office.lives().iter().find(|live| live.tenant() == TENANT).unwrap().kill();
                }
            }
        })
    };
    let mut ended = Vec::new();
    while !writing.is_finished() {
        let mut socket = console.connect(house.address).await;
        loop {
            match timeout(Duration::from_millis(500), console.fold_next(&mut socket)).await {
                Ok(Ok(_)) => _ = watches.send_replace(true),
                Ok(Err(code)) => {
                    watches.send_replace(false);
                    ended.push(code);
                    break;
                }
                Err(_) if writing.is_finished() => break,
                Err(_) => {}
            }
        }
    }
    writing.await.unwrap();
    assert!(ended.iter().filter(|code| **code == 1012).count() >= 3, "each end is said: {ended:?}");
    house.chats_when("all is taken", |chats| chats.values().map(|view| view.row.unanswered).sum::<i64>() == 121).await;
    let end = house.store.directory(house.scope).await.unwrap().as_of;
    // The next hub may not be there yet: then the socket is told to come back.
    let mut socket = loop {
        let mut socket = console.connect(house.address).await;
        match console.fold_next(&mut socket).await {
            Ok(_) => break socket,
            Err(code) => assert_eq!(code, 1013),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    console.until(&mut socket, "the end is reached", |console| console.holds_all() && console.position() >= end).await;
    for (id, view) in house.open_chats(Visibility::All).await {
        assert_eq!(console.shown()[&id]["unanswered"], view.row.unanswered);
    }
    // A snapshot brings the newest fifty; of what was told by events none is missing and none came twice.
    let said =
        house.store.messages(house.scope, Visibility::All, chat.parse().unwrap(), None, 50).await.unwrap().what.rows;
    assert!(said.iter().all(|message| console.messages.contains_key(&message.row.id.to_string())));
    drop(socket);
    Arc::into_inner(house).unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_whoever_says_hello_to_a_hub_that_dies_is_told_to_come_back() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let token = house.token(100).await;
    for _ in 0..20 {
        let hellos = (0..20).map(|_| async {
            let mut console = Console::new(token.clone(), &["inbox"]);
            let mut socket = console.connect(house.address).await;
            let heard = timeout(Duration::from_secs(10), console.fold_next(&mut socket)).await;
            match heard.expect("a hello is never left without an answer") {
                Ok(kind) => assert_eq!(kind, "welcome"),
                Err(code) => assert!([1012, 1013].contains(&code), "{code}"),
            }
        });
        let dies = async {
            tokio::time::sleep(Duration::from_millis(3)).await;
            house.office.lives().iter().for_each(dashoffice_actors::live::Live::kill);
        };
        tokio::join!(futures_util::future::join_all(hellos), dies);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_a_list_of_more_than_five_thousand_is_cut_and_says_so() {
    const CHATS: u64 = 5_100;
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    for first in (1..=CHATS).step_by(300) {
        house.many_write(first..=(first + 299).min(CHATS)).await;
    }
    let counting = async {
        loop {
            let directory = house.store.directory(house.scope).await.unwrap().what;
            if directory.queues.iter().map(|queue| queue.load.waiting).sum::<i64>() == CHATS as i64 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(90), counting).await.expect("all of them wait");
    let (console, mut socket) = watching(&house, 99, &["inbox"]).await;
    assert_eq!(console.shown().len(), 5_000);
    let parts = frames(&console, "snapshot");
    assert_eq!(parts.len(), 25);
    assert!(parts.iter().all(|part| part["conversations"].as_array().unwrap().len() == 200));
    assert!(parts.iter().all(|part| part["truncated"] == true));
    // It goes on from there.
    let mut console = console;
    house.writes(1, "one more").await;
    let more = |console: &Console| console.shown().values().any(|body| body["unanswered"] == 2);
    console.until(&mut socket, "the next word", more).await;
    drop(socket);
    house.close().await;
}
