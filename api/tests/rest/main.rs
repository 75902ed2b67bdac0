//! REST over the real store and an office that stands, with the provider's speech held in the test's hands.

mod commands;
mod described;
mod desk;
mod files;
mod fingerprints;
mod fuzz;
mod hours;
mod input;
#[expect(dead_code, reason = "the webhooks' door is tried with more of it")]
#[path = "../fuzz/json.rs"]
mod json;
mod media;
mod office;
mod once;
mod openapi;
mod ops;
mod permissions;
mod presence;
mod reads;
mod records;
mod rights;
mod roles;
mod samples;
mod settling;
mod sign_in;
mod speaking;
#[path = "../../../src/wiring/streams.rs"]
mod streams;
mod templates;
