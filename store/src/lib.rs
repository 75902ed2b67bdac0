//! What we remember: the kernel's journal and the domain's inbox and reads, on SQLite, on PostgreSQL, and in memory.
//!
//! One writer per store ([`Store`]) makes one transaction of whatever waits; a pure judge says what becomes of each part
//! of it; whatever was committed is then told to everybody in order. Readers never wait for it.

mod administration;
pub mod examine;
mod fixed;
mod judge;
pub mod memory;
mod ownership;
mod projection;
mod provision;
mod records;
mod settings;
mod sql;
mod store;
pub mod views;
mod writer;

pub use administration::{Author, Decided, Known, Wanted};
pub use fixed::Fixed;
pub use judge::Renewal;
pub use ownership::TakenError;
pub use projection::{AuditRecord, Lag, projections};
pub use provision::{NewSession, Provision, UserDraft};
pub use records::Reaction;
pub use settings::{Admission, Retention, StoreSettings};
pub use sql::{SchemaError, Unfit};
pub use store::{Config, Handled, LeaseTimes, OpenError, Ownership, Store};
pub use writer::{Arrivals, Feed, Inspection, RightsAsOf, RightsSince, SetUp, Subscription, UserChanged};

use dashoffice_domain::identity::Principal;
use dashoffice_domain::{Entity, Event, Item, Row};
use dashoffice_runtime::Of;
use std::sync::Arc;

/// Our vocabulary, as the kernel is told it.
pub type Office = Of<Entity, Item, Event, Row, Principal>;

/// The present instant in microseconds since 1970, handed in: the store looks at no clock of its own.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
