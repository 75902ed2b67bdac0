//! Administration of a tenant: what happened to its records, and what else is set up for it.

mod event;
pub mod hours;
mod roles;
mod row;

pub use event::Event;
pub use roles::{Follows, Given, Staff, Unfit};
pub use row::Row;
