//! The ways to providers: what they take, numbers, what goes out by them and what it costs, files, templates.

mod capabilities;
mod event;
pub mod media;
pub mod number;
pub mod outgoing;
pub mod pricing;
mod record;
mod row;
pub mod template;

pub use capabilities::Capabilities;
pub use event::Event;
pub use record::{APP, App, NUMBER, NumberSettings};
pub use row::{LANE_WAITS, ReadMarkRow, Row, SendPlace, SendRow, WaitingSend};
