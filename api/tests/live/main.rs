//! The live socket and REST over real sockets: a real store, a really opened office, and a provider made of thin air.

mod changes;
mod console;
mod drills;
mod frames;
mod goodbye;
mod house;
mod input;
mod media;
mod place;
mod sessions;
