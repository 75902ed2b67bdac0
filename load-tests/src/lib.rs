//! Speaks to DashOffice as the world does, over HTTP and WebSocket alone: starts it, kills it, loads it, and counts what became of it.

mod clock;
pub mod ledger;
pub mod process;
pub mod reader;
pub mod verdict;
pub mod webhook;

pub use clock::now_us;
pub use ledger::{Load, Simulator};
pub use process::{Process, Program, free_port};
pub use reader::Reader;
pub use reqwest::Client;
pub use verdict::{Evidence, Verdict};
pub use webhook::Webhook;
