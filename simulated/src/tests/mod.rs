//! The simulator against a receiver that checks signatures, and against our own adapter.

mod elsewhere;
mod faults;
mod graph;
mod media;
mod receiver;
mod sending;
mod webhooks;
