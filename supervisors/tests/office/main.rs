//! One office over the store in memory, one thing gone wrong at a time: what a simulation meets by chance, met on purpose.
#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

mod backlog;
mod bench;
mod clocks;
mod delivery;
mod falls;
mod films;
mod growth;
mod hints;
mod identity;
mod in_hand;
mod intake;
mod media;
mod outliving;
mod presence;
mod routing;
mod settling;
mod shelf;
mod short_way;
mod standing;
mod steps;
#[path = "../../../src/wiring/streams.rs"]
mod streams;
