//! REST over the real store and an office that stands, with the provider's speech held in the test's hands.

mod commands;
mod desk;
mod files;
mod input;
mod media;
mod once;
mod openapi;
mod ops;
mod reads;
mod rights;
mod settling;
mod sign_in;
mod speaking;
