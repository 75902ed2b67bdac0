//! How an actor lives: slots that outlive it, commits it may trust, sleep and waking, clocks that survive a crash, an orderly end.
//!
//! Stands on nothing of ours and is generic over [`Durable`]: what events, rows and items mean is the caller's.
//!
//! To make a new kind of actor: write its [`Behaviour`] (pure), start a [`Host`] for it, and hide the host behind a handle
//! whose methods read like sentences.

pub mod availability;
pub mod backlog;
pub mod behaviour;
pub mod budget;
pub mod clock;
pub mod commit;
pub mod crash_loop_guard;
pub mod current;
pub mod durable;
pub mod fail_point;
pub mod fatal_signal;
pub mod host;
pub mod jobs;
pub mod journal;
pub mod life;
pub mod order;
pub mod pass;
pub mod singleton;
mod slot;
pub mod task;
pub mod tenant_time;
pub mod tick;
pub mod timers;
mod worker;

pub use availability::Availability;
pub use backlog::{Backlog, Changes};
pub use behaviour::{Behaviour, Decision, Provenance};
pub use clock::{Clock, Ids, SteadyClock, SystemClock, TokioClock};
pub use commit::{CommandResult, Commit, Draft, Envelope, Guard, Micros, Outcome, StateRow, Take, Tell, TimerChange};
pub use crash_loop_guard::{Admission, CrashLoopGuard, Turn};
pub use current::{Current, Settings};
pub use durable::{Durable, Of};
pub use fatal_signal::FatalSignal;
pub use host::{Host, HostSettings, HostSnapshot, Question, SlotSnapshot, Surroundings, TenantSlots};
pub use journal::{DueTimer, Journal, ParkReason, Published, Recorded, Unavailable};
pub use life::Life;
pub use order::{AskError, Departed, End, NotTaken, Order, Settled};
pub use pass::{Landed, Pass};
pub use singleton::{Singleton, SingletonSnapshot};
pub use task::Upkeep;
pub use tenant_time::TenantTime;
pub use tick::{Tick, tick};
pub use timers::{Timers, TimersSnapshot};
