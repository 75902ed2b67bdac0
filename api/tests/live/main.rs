//! The live socket over real sockets: a real store, a really opened office, and a provider made of thin air.

mod console;
mod drills;
mod frames;
mod goodbye;
mod house;
mod media;
