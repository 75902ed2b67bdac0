//! Sockets that are cut, slow, doubled, robbed of a chat, restarted under, or gone at once.
#![expect(clippy::unwrap_used, reason = "a drill that cannot go on has failed")]

use crate::console::{Console, Socket, hear, open, say};
use crate::house::{House, QUEUE, agent};
use crate::place::{Place, on_both_databases};
use dashoffice_api::ws::SocketTimes;
use dashoffice_domain::conversation::{ConversationState, Owner};
use dashoffice_domain::ids::ConversationId;
use dashoffice_store::views::{ConversationFilter, ConversationView, Visibility};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

on_both_databases!(
    e3_whoever_is_cut_at_random_misses_nothing_and_is_told_nothing_twice,
    e3_a_slow_reader_is_told_and_harms_nobody,
    b4_the_second_tab_keeps_an_agent_there_when_the_first_is_closed,
    e3_a_chat_that_was_lost_while_away_leaves_a_tombstone_and_no_word,
    b4_after_a_restart_twenty_consoles_come_back_within_grace_and_nobody_loses_a_chat,
    e3_two_hundred_sockets_that_come_and_vanish_leave_nothing_behind,
);

impl House {
    pub(crate) async fn open_chats(&self, visibility: Visibility) -> BTreeMap<String, ConversationView> {
        let states = [ConversationState::Queued, ConversationState::Active];
        let filter = ConversationFilter { states: states.to_vec(), ..ConversationFilter::default() };
        let page = self.store.conversations(self.scope, visibility, &filter, None, 200).await.unwrap().what;
        page.rows.into_iter().map(|view| (view.row.id.to_string(), view)).collect()
    }

    pub(crate) async fn chats_when(
        &self,
        what: &str,
        mut is_so: impl FnMut(&BTreeMap<String, ConversationView>) -> bool,
    ) {
        let looking = async {
            while !is_so(&self.open_chats(Visibility::All).await) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), looking).await.unwrap_or_else(|_| panic!("it never came to be: {what}"));
    }
}

/// Gives a command and waits for its result.
pub(crate) async fn command(console: &mut Console, socket: &mut Socket, name: &str, body: Value) -> Value {
    let id = Uuid::from_u128((u128::from(mark_of(&body, name)) << 64) + console.results.len() as u128);
    say(socket, &json!({"type": "command", "id": id, "name": name, "body": body})).await;
    console.until(socket, name, |console| console.result_of(id).is_some()).await;
    console.result_of(id).unwrap().clone()
}

/// Different for different commands.
fn mark_of(body: &Value, name: &str) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one((name, body.to_string()))
}

async fn e3_whoever_is_cut_at_random_misses_nothing_and_is_told_nothing_twice(place: Place) {
    let house = Arc::new(House::open(&place, 2).await);
    house.writes(1, "first").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let topic = format!("conversation:{chat}");
    let mut console = Console::new(house.token(100).await, &["inbox", &topic]);
    let writing = {
        let house = Arc::clone(&house);
        dashoffice_runtime::task::spawn("customers", async move {
            for n in 0..150_u64 {
                house.writes(1 + n % 5, &format!("message {n}")).await;
            }
        })
    };
    let mut cuts = 0_u32;
    while !writing.is_finished() || cuts < 12 {
        let mut socket = console.connect(house.address).await;
        // A few frames, another number each time, and the line is dead.
        for _ in 0..(3 + cuts * 7 % 11) {
            let next = timeout(Duration::from_millis(300), console.fold_next(&mut socket)).await;
            if next.is_err() {
                break;
            }
        }
        drop(socket);
        cuts += 1;
    }
    writing.await.unwrap();
    house.chats_when("all is taken", |chats| chats.values().map(|view| view.row.unanswered).sum::<i64>() == 151).await;
    let truth = house.open_chats(Visibility::All).await;
    let end = house.store.directory(house.scope).await.unwrap().as_of;
    let mut socket = console.connect(house.address).await;
    console.until(&mut socket, "the end is reached", |console| console.holds_all() && console.position() >= end).await;
    assert!(console.welcomes.iter().filter(|mode| *mode == "resumed").count() >= 3, "{:?}", console.welcomes);
    let shown = console.shown();
    assert_eq!(shown.keys().copied().collect::<Vec<_>>(), truth.keys().collect::<Vec<_>>());
    for (id, view) in &truth {
        let body = shown[id];
        assert_eq!(body["unanswered"], view.row.unanswered);
        assert_eq!(body["last_message"]["id"], view.row.last_message.unwrap().to_string());
        assert_eq!(body["owner_epoch"], view.row.owner_epoch);
    }
    let chat: ConversationId = chat.parse().unwrap();
    let said = house.store.messages(house.scope, Visibility::All, chat, None, 200).await.unwrap().what.rows;
    let mut there: Vec<String> = said.iter().map(|message| message.row.id.to_string()).collect();
    there.sort();
    assert_eq!(console.messages.keys().cloned().collect::<Vec<_>>(), there);
    drop(socket);
    Arc::into_inner(house).unwrap().close().await;
}

async fn e3_a_slow_reader_is_told_and_harms_nobody(place: Place) {
    let house = House::open(&place, 1).await;
    house.writes(1, "first").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let topic = format!("conversation:{chat}");
    let token = house.token(100).await;
    let mut quick = Console::new(token.clone(), &["inbox", &topic]);
    let mut slow = Console::new(token, &["inbox", &topic]);
    let mut quick_socket = quick.connect(house.address).await;
    let mut slow_socket = slow.connect(house.address).await;
    quick.until(&mut quick_socket, "held", Console::holds_all).await;
    slow.until(&mut slow_socket, "held", Console::holds_all).await;
    // More than its outbox and the system's buffers take: 4 MiB of frames wait at most.
    let long = "x".repeat(64_000);
    let mut told = 0;
    for n in 0..400 {
        house.writes(1, &long).await;
        told += 1;
        if n % 20 == 19 {
            let expected = told + 1;
            quick.until(&mut quick_socket, "the quick one hears", |quick| quick.messages.len() >= expected).await;
        }
    }
    let end = quick.position();
    slow.until(&mut slow_socket, "told that it lags", |slow| !slow.resyncs.is_empty()).await;
    assert_eq!(slow.resyncs, ["lagging"]);
    slow.until(&mut slow_socket, "caught up", |slow| slow.holds_all() && slow.position() >= end).await;
    assert!(quick.resyncs.is_empty());
    let of =
        |console: &Console| console.shown().into_values().map(|body| body["unanswered"].clone()).collect::<Vec<_>>();
    assert_eq!(of(&slow), of(&quick));
    drop((quick_socket, slow_socket));
    house.close().await;
}

async fn b4_the_second_tab_keeps_an_agent_there_when_the_first_is_closed(place: Place) {
    let house = House::open(&place, 1).await;
    let token = house.token(101).await;
    let (mut first, mut second) = (Console::new(token.clone(), &["inbox"]), Console::new(token, &["inbox"]));
    let mut first_socket = first.connect(house.address).await;
    first.until(&mut first_socket, "held", Console::holds_all).await;
    let chosen = command(&mut first, &mut first_socket, "presence", json!({"presence": "online"})).await;
    assert_eq!((&chosen["ok"], &chosen["body"]["chosen_presence"]), (&json!(true), &json!("online")), "{chosen}");
    let mut second_socket = second.connect(house.address).await;
    second.until(&mut second_socket, "held", Console::holds_all).await;
    drop(first_socket);
    let router = house.office.router(house.scope.tenant()).unwrap();
    let effective = || router.board().borrow().agents[&agent(1)].effective.name();
    let wait = async |name: &str| {
        let mut board = router.board();
        let seen = board.wait_for(|board| board.agents[&agent(1)].effective.name() == name);
        timeout(Duration::from_secs(20), seen).await.unwrap_or_else(|_| panic!("{name}")).unwrap();
    };
    // The first socket's end has been seen once only one is left.
    while house.sockets.count() > 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    wait("online").await;
    assert_eq!(effective(), "online");
    drop(second_socket);
    wait("disconnected").await;
    house.close().await;
}

async fn e3_a_chat_that_was_lost_while_away_leaves_a_tombstone_and_no_word(place: Place) {
    let house = House::open(&place, 2).await;
    house.writes(1, "hello").await;
    house.chats_when("a chat waits", |chats| chats.len() == 1).await;
    let chat = house.open_chats(Visibility::All).await.into_keys().next().unwrap();
    let topic = format!("conversation:{chat}");
    let mut ana = Console::new(house.token(101).await, &["inbox", &topic]);
    let mut bea = Console::new(house.token(102).await, &["inbox"]);
    let mut ana_socket = ana.connect(house.address).await;
    ana.until(&mut ana_socket, "held", Console::holds_all).await;
    assert!(ana.shown().contains_key(&chat));
    drop(ana_socket);
    let mut bea_socket = bea.connect(house.address).await;
    bea.until(&mut bea_socket, "held", Console::holds_all).await;
    let epoch = bea.shown()[&chat]["owner_epoch"].clone();
    let body = json!({"conversation_id": chat, "expected_epoch": epoch});
    let picked = command(&mut bea, &mut bea_socket, "pick", body.clone()).await;
    assert_eq!(picked["ok"], true, "{picked}");
    bea.until(&mut bea_socket, "hers", |bea| bea.shown()[&chat]["state"] == "active").await;
    assert!(bea.causes.contains(&picked["command_id"]), "the one who gave the command is told the cause");
    house.writes(1, "the secret word").await;
    bea.until(&mut bea_socket, "the word", |bea| bea.shown()[&chat]["unanswered"] == 2).await;
    ana.heard.clear();
    let mut ana_socket = ana.connect(house.address).await;
    ana.until(&mut ana_socket, "the gravestone", |ana| !ana.removed.is_empty()).await;
    assert_eq!(ana.welcomes.last().unwrap(), "resumed");
    assert_eq!(ana.removed, [json!({"id": chat, "reason": "taken"})]);
    assert!(!ana.shown().contains_key(&chat));
    // Neither may she open it, nor act on it, nor does anything of it come to her.
    say(&mut ana_socket, &json!({"type": "subscribe", "topic": topic, "subscription": 9})).await;
    ana.until(&mut ana_socket, "refused", |ana| !ana.refused.is_empty()).await;
    assert_eq!(ana.refused[0]["problem"]["code"], "not_found");
    for (name, body) in [
        ("pick", body),
        ("send", json!({"conversation_id": chat, "type": "text", "text": "me too"})),
        ("close", json!({"conversation_id": chat})),
    ] {
        let result = command(&mut ana, &mut ana_socket, name, body).await;
        assert_eq!(result["problem"]["code"], "not_found", "{name}: {result}");
    }
    let sent = json!({"conversation_id": chat, "type": "text", "text": "an answer"});
    let sent = command(&mut bea, &mut bea_socket, "send", sent).await;
    let message = sent["body"]["message_id"].as_str().unwrap().to_owned();
    bea.until(&mut bea_socket, "sent", |bea| bea.status_of(&message) == "sent").await;
    let closed = command(&mut bea, &mut bea_socket, "close", json!({"conversation_id": chat})).await;
    assert_eq!(closed["ok"], true, "{closed}");
    bea.until(&mut bea_socket, "closed", |bea| bea.shown()[&chat]["state"] == "closed").await;
    // It comes back to the queue: Ana gains it in the frame of that change.
    house.writes(1, "once more").await;
    ana.until(&mut ana_socket, "gained", |ana| ana.shown().contains_key(&chat)).await;
    let heard = ana.heard.join("\n");
    assert!(!heard.contains("the secret word") && !heard.contains("an answer"), "no word of it came to her");
    drop((ana_socket, bea_socket));
    house.close().await;
}

async fn b4_after_a_restart_twenty_consoles_come_back_within_grace_and_nobody_loses_a_chat(place: Place) {
    const AGENTS: u128 = 20;
    let house = House::open(&place, AGENTS).await;
    let address = house.address;
    for customer in 1..=AGENTS as u64 {
        house.writes(customer, "hello").await;
    }
    house.chats_when("all wait", |chats| chats.len() == AGENTS as usize).await;
    let chats: Vec<String> = house.open_chats(Visibility::All).await.into_keys().collect();
    let mut consoles = Vec::new();
    for n in 1..=AGENTS {
        let mut console = Console::new(house.token(100 + n).await, &["inbox"]);
        let mut socket = console.connect(address).await;
        console.until(&mut socket, "held", Console::holds_all).await;
        command(&mut console, &mut socket, "presence", json!({"presence": "online"})).await;
        let chat = &chats[(n - 1) as usize];
        let body = json!({"conversation_id": chat, "expected_epoch": 1});
        let picked = command(&mut console, &mut socket, "pick", body).await;
        assert_eq!(picked["ok"], true, "{picked}");
        consoles.push((console, socket));
    }
    house.chats_when("all are held", |chats| chats.values().all(|view| view.row.owner.agent().is_some())).await;
    let before: BTreeMap<String, (Owner, i64)> = owners(&house).await;
    let listening: Vec<_> = consoles
        .into_iter()
        .map(|(mut console, mut socket)| {
            dashoffice_runtime::task::spawn("console", async move {
                let code = loop {
                    if let Err(code) = console.fold_next(&mut socket).await {
                        break code;
                    }
                };
                (console, code)
            })
        })
        .collect();
    house.close().await;
    let mut consoles = Vec::new();
    for listening in listening {
        let (console, code) = listening.await.unwrap();
        assert_eq!(code, 1001, "who is told that the server ends comes back");
        consoles.push(console);
    }
    let house = House::open_at(&place, AGENTS, address, SocketTimes::default()).await;
    let mut sockets = Vec::new();
    for console in &mut consoles {
        let mut socket = console.connect(address).await;
        // What was held before is held until the welcome says otherwise.
        console.until(&mut socket, "back", |console| console.welcomes.len() == 2 && console.holds_all()).await;
        assert!(console.shown().values().any(|body| body["state"] == "active"));
        sockets.push(socket);
    }
    // Grace of the queue is four seconds: after it everybody is still online, by the router's own board.
    let router = house.office.router(house.scope.tenant()).unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(router.board().borrow().agents.values().all(|line| line.effective.name() == "online"));
    assert_eq!(owners(&house).await, before, "nobody has lost a chat");
    drop(sockets);
    house.close().await;
}

async fn owners(house: &House) -> BTreeMap<String, (Owner, i64)> {
    let chats = house.open_chats(Visibility::All).await;
    chats.into_iter().map(|(id, view)| (id, (view.row.owner, view.row.owner_epoch))).collect()
}

async fn e3_two_hundred_sockets_that_come_and_vanish_leave_nothing_behind(place: Place) {
    let house = House::open(&place, 1).await;
    house.writes(1, "hello").await;
    let token = house.token(101).await;
    let mut stays = Console::new(token.clone(), &["inbox"]);
    let mut socket = stays.connect(house.address).await;
    stays.until(&mut socket, "held", Console::holds_all).await;
    let address = house.address;
    let comers: Vec<_> = (0..200)
        .map(|n| {
            let token = token.clone();
            dashoffice_runtime::task::spawn("comer", async move {
                let mut socket = open(address).await;
                if n % 2 == 0 {
                    say(&mut socket, &json!({"type": "hello", "token": token, "topics": ["inbox"]})).await;
                }
                if n % 4 == 0 {
                    let _ = hear(&mut socket).await;
                }
            })
        })
        .collect();
    for comer in comers {
        comer.await.unwrap();
    }
    let gone = async {
        while house.sockets.count() > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), gone).await.expect("only the one that stays is left");
    house.writes(1, "still there?").await;
    let unanswered = |stays: &Console| stays.shown().into_values().any(|body| body["unanswered"] == 2);
    stays.until(&mut socket, "the next word", unanswered).await;
    assert_eq!(stays.shown().into_values().next().unwrap()["queue_id"], QUEUE.to_string());
    drop(socket);
    house.close().await;
}
