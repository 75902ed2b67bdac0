//! The ways to providers: numbers, what goes out by them and what it costs, files, templates.

mod event;
pub mod media;
pub mod number;
pub mod outgoing;
pub mod pricing;
pub mod template;

pub use event::Event;
