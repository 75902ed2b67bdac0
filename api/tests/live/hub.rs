//! Drill 5 at the hub: it falls at each step while a console watches, which comes back and sees what is.

use crate::console::{Console, Socket};
use crate::house::House;
use crate::place::Place;
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use std::time::Duration;
use tokio::time::timeout;

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
