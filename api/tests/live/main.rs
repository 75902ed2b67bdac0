//! The live socket and REST over real sockets: a real store, a really opened office, and a provider made of thin air.

mod changes;
mod console;
mod drills;
mod frames;
mod fuzz;
mod goodbye;
mod handshake;
mod house;
mod hub;
mod input;
#[expect(dead_code, reason = "the webhooks' door is tried with more of it")]
#[path = "../fuzz/json.rs"]
mod json;
mod lines;
mod media;
mod place;
mod presence;
mod sessions;
#[path = "../../../src/wiring/streams.rs"]
mod streams;
mod words;
