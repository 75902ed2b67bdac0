//! The ways to providers: numbers, what goes out by them and what it costs, files, templates.

mod event;
pub mod media;
pub mod number;
pub mod outgoing;
pub mod pricing;
mod record;
mod row;
pub mod template;

pub use event::Event;
pub use record::{APP, App, NUMBER, NumberSettings};
pub use row::{LANE_WAITS, ReadMarkRow, Row, SendPlace, SendRow, WaitingSend};
