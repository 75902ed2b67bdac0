//! The floor is a floor only if nothing is lost on it: what it is compared with loses nothing either.

use dashoffice_load_tests::book::Book;
use dashoffice_load_tests::floor::Floor;
use dashoffice_load_tests::press::Who;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn every_message_on_the_floor_is_answered_and_seen() {
    let book = Arc::new(Book::new(Instant::now(), "floor-1".into(), 500));
    let program = Path::new(env!("CARGO_BIN_EXE_dashoffice-load-tests"));
    let floor = Floor::starts(program, 3, Arc::clone(&book), 1, 8).await.unwrap();
    let who = Who::Any { first: 0, count: 9 };
    let numbers = floor.press.closed(who, 8, 200, None, 1).await.unwrap();
    assert_eq!(numbers, 0..200);
    let deadline = Instant::now() + Duration::from_secs(20);
    while book.entries(0..200).any(|entry| entry.seen.is_none()) {
        assert!(Instant::now() < deadline, "not every message reached a socket");
        sleep(Duration::from_millis(10)).await;
    }
    assert!(book.entries(0..200).all(|entry| entry.answered.is_some() && entry.posted.is_some()));
    assert_eq!((floor.press.refused(), floor.press.given_up()), (0, 0));
    floor.ends().await.unwrap();
}
