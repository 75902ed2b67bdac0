//! A picture on the live socket: it is announced when it is here, to each reader under an address of their own (§7.4).

use crate::console::Console;
use crate::house::{House, PICTURE};
use crate::place::Place;
use std::collections::BTreeSet;

impl Console {
    /// The addresses of files in what it holds.
    fn addresses(&self) -> BTreeSet<String> {
        let ready = self.messages.values().filter(|message| message["media"]["state"] == "ready");
        ready.filter_map(|message| message["media"]["url"].as_str().map(str::to_owned)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_told_of_when_it_is_here_and_each_reader_gets_an_address_of_their_own() {
    let place = Place::sqlite();
    let house = House::open(&place, 2).await;
    let mut inbox = Console::new(house.token(101).await, &["inbox"]);
    let mut socket = inbox.connect(house.address).await;
    house.writes(1, "oi").await;
    inbox.until(&mut socket, "a conversation", |console| !console.shown().is_empty()).await;
    let conversation = (*inbox.shown().keys().next().unwrap()).clone();
    let topic = format!("conversation:{conversation}");

    let mut told = Console::new(house.token(101).await, &[&topic]);
    let mut socket = told.connect(house.address).await;
    told.until(&mut socket, "held", Console::holds_all).await;
    house.writes(1, PICTURE).await;
    told.until(&mut socket, "the picture is here", |console| !console.addresses().is_empty()).await;
    assert!(told.heard.iter().any(|frame| frame.contains("message.changed")), "by an event");

    let mut reads = Console::new(house.token(102).await, &[&topic]);
    let mut socket = reads.connect(house.address).await;
    reads.until(&mut socket, "held", Console::holds_all).await;
    assert!(reads.heard.iter().any(|frame| frame.contains("\"snapshot\"")));
    let (one, other) = (told.addresses(), reads.addresses());
    assert_eq!((one.len(), other.len()), (1, 1));
    assert!(one.is_disjoint(&other));
    for address in one.union(&other) {
        assert!(address.starts_with("/api/v1/media/") && !address.contains('@'), "{address}");
    }
    house.close().await;
}
