//! Tables that are made from the journal and from nothing else: a projection folds each tenant's events, in the order of positions, into
//! rows of its own, and the rows stand in the transaction that says how far it has come. So it may be stopped at any step, and made anew.
//!
//! It comes behind whoever writes ([`Store::administer_low`](crate::Store::administer_low) says how far), and keeps nobody waiting. An event
//! of a kind that this version does not know is passed over.

pub(crate) mod audit;
mod follow;
mod from_feed;
mod keep;
mod progress;
mod source;
#[cfg(test)]
mod tests;

pub use audit::AuditRecord;
pub(crate) use keep::keep;
pub use progress::Lag;
pub(crate) use progress::Progress;
pub(crate) use source::{Recorded, Source};

use crate::Office;
use dashoffice_runtime::Envelope;
use uuid::Uuid;

/// What is made from the journal, and how.
pub(crate) struct Projection {
    /// As it stands in the table of cursors, in metrics and on the command line.
    pub(crate) name: &'static str,
    /// Pure: what one event comes to. Its rows stand at the event's position, and replace what stood there.
    pub(crate) fold: fn(&Envelope<Office>) -> Vec<Row>,
}

/// All there are: a new one is a line here.
pub(crate) static PROJECTIONS: [&Projection; 1] = [&audit::AUDIT];

/// The names of all projections.
pub fn projections() -> impl Iterator<Item = &'static str> {
    PROJECTIONS.into_iter().map(|projection| projection.name)
}

/// A row of any projection's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Audit(AuditRecord),
}

/// A stretch of a tenant's journal, folded.
#[derive(Clone, Debug)]
pub(crate) struct Projected {
    pub(crate) projection: &'static str,
    pub(crate) tenant: Uuid,
    /// How far the projection had come.
    pub(crate) after: i64,
    /// And how far it comes with this.
    pub(crate) until: i64,
    /// In place of everything that stood between the two.
    pub(crate) rows: Vec<Row>,
}
