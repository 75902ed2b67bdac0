//! What each step of a message costs by itself (`make bench`): read, checked, decided, matched, committed, told, woken.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot stand its house up has nothing to measure")]

mod bodies;
#[expect(dead_code, reason = "the house of the socket's tests, of which little is needed here")]
#[path = "../../tests/live/house.rs"]
mod house;
mod office;
#[expect(dead_code, unused_macros, unused_imports, reason = "the place of the socket's tests")]
#[path = "../../tests/live/place.rs"]
mod place;
mod rules;
#[path = "../../../src/wiring/streams.rs"]
mod streams;
mod webhooks;

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    divan::main();
}
