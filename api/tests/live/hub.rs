//! Drill 5 at the hub: it falls at each step while a console watches, which comes back and sees what is.

use crate::console::{Console, Socket};
use crate::house::{House, TENANT};
use crate::place::Place;
use dashoffice_actors::live::{Claims, Contents, Hello, Notification, Resync, Topic};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::UserId;
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// Folds until something is so, and comes back as often as the socket is closed.
async fn until(
    console: &mut Console,
    house: &House,
    mut socket: Option<Socket>,
    is_so: impl Fn(&Console) -> bool,
) -> Socket {
    let folding = async {
        loop {
            let mut open = match socket.take() {
                Some(open) => open,
                None => console.connect(house.address).await,
            };
            loop {
                if console.holds_all() && is_so(console) {
                    return open;
                }
                if let Err(code) = console.fold_next(&mut open).await {
                    assert!([1012, 1013].contains(&code), "a console is told to come back: {code}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    break;
                }
            }
        }
    };
    timeout(Duration::from_secs(120), folding).await.expect("the console sees it in the end")
}

#[tokio::test]
async fn drill_5_a_hub_that_falls_at_any_step_is_followed_and_its_console_sees_what_is() {
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    house.writes(1, "first").await;
    let mut console = Console::new(house.token(100).await, &["inbox"]);
    let mut written = 1;
    let mut socket = until(&mut console, &house, None, |_| true).await;
    for step in ["handle", "tell", "told", "hello", "handle", "told"] {
        falls_at("live", step, 1);
        // While the one before is not back yet, nobody comes by.
        while falls_left("live", step) > 0 {
            house.writes(1, "more").await;
            written += 1;
            // Somebody new comes, whom it falls before.
            let kept = Some(socket).filter(|_| step != "hello");
            let sees_all = |console: &Console| {
                let unanswered = console.shown().into_values().next().map(|body| body["unanswered"].as_i64().unwrap());
                unanswered == Some(written)
            };
            socket = until(&mut console, &house, kept, sees_all).await;
        }
    }
    drop(socket);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_who_reads_too_slowly_is_told_that_they_lag_and_shown_everything_anew() {
    const FRAMES: u64 = 1_200;
    let place = Place::sqlite();
    let house = House::open(&place, 1).await;
    let live = house.office.lives().iter().find(|live| live.tenant() == TENANT).unwrap().clone();
    let claims = Claims { user: UserId(Uuid::from_u128(99)), agent: None, permissions: Role::SUPERVISOR.permissions() };
    let hello = Hello { connection: Uuid::from_u128(7), claims, cursor: None, topics: vec![Topic::Inbox] };
    let slow = live.subscribe(hello).unwrap();
    let next = async || timeout(Duration::from_secs(60), slow.next()).await.expect("something is told").unwrap();
    assert!(matches!(next().await, Notification::Welcome { .. }));
    while !matches!(next().await, Notification::Snapshot { .. }) {}
    // Nothing of this is taken: a frame for each chat, unless some are told together, and many more than may wait.
    house.many_write(1..=FRAMES).await;
    let mut others = Console::new(house.token(99).await, &["inbox"]);
    let mut socket = others.connect(house.address).await;
    others.until(&mut socket, "all of them", |others| others.shown().len() == FRAMES as usize).await;
    // What waited is gone, and the first word of a chat is that something is missing; a board that was read meanwhile is whole by itself.
    let mut told = next().await;
    while matches!(told, Notification::Directory(_)) {
        told = next().await;
    }
    assert!(matches!(told, Notification::Resync { reason: Resync::Lagging, .. }), "{told:?}");
    let shown = loop {
        if let Notification::Snapshot { snapshot, .. } = next().await {
            let Contents::Inbox { conversations, .. } = &snapshot.contents else { panic!("the list") };
            break conversations.len();
        }
    };
    assert_eq!(shown, FRAMES as usize);
    house.writes(1, "and on it goes").await;
    while !matches!(next().await, Notification::Event { .. }) {}
    drop((slow, socket));
    house.close().await;
}
