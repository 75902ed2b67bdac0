//! The failure drills: the real binary, killed, starved and loaded, against a simulated WhatsApp, with every message counted.

mod bodies;
mod course;
mod demo;
mod disk;
mod doctor;
mod effects;
mod fsync;
mod house;
mod kill;
mod kinds;
mod length;
mod load;
mod media;
mod postgres;
mod provider;
mod provisioning;
mod records;
mod reload;
mod sending;
mod shim;
mod start;
mod takeover;
mod wait;
mod weather;
mod wire;
