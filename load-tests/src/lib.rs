//! Speaks to DashOffice as the world does, over HTTP and WebSocket alone: starts it, kills it, loads it, and counts what became of it.

pub mod audit;
pub mod bare;
pub mod book;
pub mod card;
mod clock;
pub mod console;
pub mod desk;
pub mod elsewhere;
pub mod envelope;
pub mod floor;
mod frame;
pub mod graph;
pub mod ledger;
pub mod line;
pub mod meter;
pub mod office;
pub mod pace;
pub mod press;
pub mod process;
pub mod ratio;
pub mod reader;
pub mod report;
pub mod scenario;
pub mod session;
pub mod verdict;
pub mod webhook;
pub mod witness;

pub use clock::now_us;
pub use console::{Console, Heard};
pub use ledger::{Load, Simulator};
pub use process::{Process, Program, free_port};
pub use reader::Reader;
pub use reqwest::Client;
pub use verdict::{Evidence, Verdict};
pub use webhook::Webhook;
