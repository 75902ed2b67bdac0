//! How an actor lives: slots that outlive it, commits it may trust, sleep and waking, clocks that survive a crash, an orderly end.
//!
//! Stands on nothing of ours and is generic over [`Durable`]: what events, rows and items mean is the caller's.

pub mod commit;
pub mod durable;
pub mod journal;

pub use commit::{CommandResult, Commit, Draft, Envelope, Guard, Micros, Outcome, StateRow, Take, Tell, TimerChange};
pub use durable::{Durable, Of};
pub use journal::{DueTimer, Journal, ParkReason, Published, Recorded, Unavailable};
