//! The failure drills: the real binary, killed, starved and loaded, against a simulated WhatsApp, with every message counted.

mod bodies;
mod demo;
mod doctor;
mod effects;
mod fsync;
mod house;
mod kill;
mod kinds;
mod load;
mod media;
mod records;
mod sending;
mod start;
mod takeover;
