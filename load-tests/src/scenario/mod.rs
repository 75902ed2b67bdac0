//! What can be pressed, each a scenario of its own.

pub mod absence;
pub mod api;
pub mod burst;
pub mod commits;
pub mod day;
pub mod fanout;
pub mod fill;
pub mod foreign;
pub mod idle;
pub mod intake;
pub mod mixed;
pub mod reads;
pub mod restart;
pub mod run;
pub mod start;

pub use run::{Common, Crew, Run};
