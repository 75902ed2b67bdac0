//! What things mean: the rules, types, events and refusals of a contact centre, with no clock, no chance and no input or output.
//!
//! To add a rule: write it as a failing test beside the state it protects, then make `decide` keep it.
//! To reach the world: add a port in [`ports`]; `store` and `adapters` implement it.

pub mod channel;
pub mod conversation;
pub mod deed;
pub mod entity;
mod event;
pub mod identity;
pub mod ids;
pub mod item;
pub mod kinds;
pub mod phone;
pub mod ports;
pub mod record;
pub mod refusal;
pub mod routing;
mod row;
pub mod settings;
pub mod time;
pub mod wording;

pub use entity::Entity;
pub use event::Event;
pub use item::Item;
pub use refusal::Refusal;
pub use row::Row;
pub use time::{Span, Timestamp};
