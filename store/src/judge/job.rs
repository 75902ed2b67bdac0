//! What the writer is asked to do, and what it answers.

use super::access::AccessWrite;
use crate::Office;
use crate::projection::Projected;
use dashoffice_domain::ids::{AppId, MessageId, NumberId, TenantId, UserId};
use dashoffice_domain::ports::{Delivery, NotAccepted, Receipt};
use dashoffice_domain::{Entity, Row, Timestamp};
use dashoffice_runtime::{CommandResult, Commit, Envelope, Outcome, ParkReason, Take};
use std::collections::BTreeSet;
use uuid::Uuid;

/// One thing to do in a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Commit(Box<Commit<Office>>),
    Accept {
        tenant: Uuid,
        delivery: Box<Delivery>,
    },
    AdminWrite(AdminWrite),
    /// Administration of one tenant or of several: all of it or none. Each is a commit of its own tenant's.
    Administer(Vec<Commit<Office>>),
    /// What a projection has folded.
    Project(Box<Projected>),
}

/// What the kernel or an operator has the store do beside commits.
#[derive(Clone, Debug)]
pub(crate) enum AdminWrite {
    CountTry {
        tenant: Uuid,
        position: i64,
    },
    Park {
        tenant: Uuid,
        take: Take<Entity>,
        entity: Option<Entity>,
        reason: ParkReason,
        detail: String,
    },
    Suspend {
        tenant: Uuid,
        positions: Vec<i64>,
        held: bool,
    },
    Started {
        instance: Uuid,
        at: Timestamp,
        window_us: i64,
    },
    Stopped {
        instance: Uuid,
        at: Timestamp,
    },
    /// We are at work at this instant (B5).
    Alive {
        at: Timestamp,
    },
    /// Timers of these kinds stood still since we were last known to be at work.
    ShiftTimers {
        kinds: &'static [&'static str],
        at: Timestamp,
    },
    /// Every send that was under way when the last owner ended is unknown (A7), but for those that still are, in this very process.
    SettleInterrupted {
        under_way: BTreeSet<(TenantId, MessageId)>,
    },
    /// The guard's value rises by one: whoever committed under the old one is refused from now on (B2).
    BumpFencingToken {
        tenant: Uuid,
        name: String,
    },
    /// What a question came to that no actor was asked; what is there already stays.
    Answer {
        tenant: Uuid,
        result: Box<CommandResult>,
    },
    /// An operator has decided about a dead letter.
    DeadLetter {
        tenant: Uuid,
        position: i64,
        fate: Fate,
    },
    /// More of what came for a number before it was there; answers how much that was.
    Connect {
        tenant: Uuid,
        app: AppId,
        number: NumberId,
        provider_ref: String,
    },
    Access(AccessWrite),
    /// A projection begins with the first event again.
    Rewind {
        projection: &'static str,
        tenant: Uuid,
    },
}

/// What an operator does about a dead letter.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It goes to the end of the inbox, and the answer is kept under its key.
    Retried {
        result: Box<CommandResult>,
    },
    Discarded,
}

impl Job {
    /// Whose turn it uses; work for the whole store has a turn of its own.
    pub(crate) fn tenant(&self) -> Uuid {
        match self {
            Self::Commit(commit) => commit.tenant,
            Self::Administer(commits) => commits.first().map_or(Uuid::nil(), |commit| commit.tenant),
            Self::Accept { tenant, .. } => *tenant,
            Self::Project(projected) => projected.tenant,
            Self::AdminWrite(admin_write) => match admin_write {
                AdminWrite::CountTry { tenant, .. }
                | AdminWrite::Park { tenant, .. }
                | AdminWrite::Suspend { tenant, .. }
                | AdminWrite::BumpFencingToken { tenant, .. }
                | AdminWrite::Answer { tenant, .. }
                | AdminWrite::DeadLetter { tenant, .. }
                | AdminWrite::Connect { tenant, .. }
                | AdminWrite::Rewind { tenant, .. } => *tenant,
                AdminWrite::Access(admin_write) => admin_write.tenant(),
                AdminWrite::Alive { .. }
                | AdminWrite::ShiftTimers { .. }
                | AdminWrite::Started { .. }
                | AdminWrite::Stopped { .. }
                | AdminWrite::SettleInterrupted { .. } => Uuid::nil(),
            },
        }
    }

    /// About how much it weighs in a transaction, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Commit(commit) => weight(commit),
            Self::Administer(commits) => commits.iter().map(weight).sum(),
            Self::Accept { delivery, .. } => {
                let arrivals: usize = delivery.arrivals.iter().map(|arrival| 128 + arrival.raw.len()).sum();
                let unmatched: usize = delivery.unmatched.iter().map(|unmatched| 128 + unmatched.raw.len()).sum();
                256 + arrivals + unmatched + 256 * delivery.statuses.len()
            }
            Self::Project(projected) => 256 + 256 * projected.rows.len(),
            Self::AdminWrite(_) => 256,
        }
    }
}

fn weight(commit: &Commit<Office>) -> usize {
    let state = commit.state.as_ref().map_or(0, |state| state.body.len());
    256 + state + 512 * (commit.rows.len() + commit.events.len() + commit.tells.len())
}

/// What a job is told.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Commit(Outcome),
    Receipt(Result<Receipt, NotAccepted>),
    /// Of an admin write: the number it asked for, or zero.
    Count(i64),
    /// Of an admin write that could not be done now.
    Unavailable(String),
}

/// What a job is told, and what everybody else hears of it once it is on disk.
#[derive(Clone, Debug)]
pub(crate) struct JobResult {
    pub(crate) answer: Answer,
    pub(crate) news: Vec<TenantChanges>,
}

impl JobResult {
    pub(crate) const fn quiet(answer: Answer) -> Self {
        Self { answer, news: Vec::new() }
    }
}

/// What changed for one tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct TenantChanges {
    pub(crate) tenant: Uuid,
    pub(crate) events: Vec<Envelope<Office>>,
    pub(crate) rows: Vec<Row>,
    /// New rows of the inbox, with the instant they came in.
    pub(crate) arrivals: Vec<(i64, Timestamp)>,
    /// Rows that no longer wait: consumed, parked or held.
    pub(crate) gone: Vec<i64>,
    /// Rows that wait again, with the instant they came in.
    pub(crate) back: Vec<(i64, Timestamp)>,
    /// Users whose rights changed, or one of whose sessions ended.
    pub(crate) users: Vec<UserId>,
    /// When the first of the clocks that were set runs out, in µs.
    pub(crate) due: Option<i64>,
}

/// The earlier of two instants, where there are any.
pub(crate) fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}

impl TenantChanges {
    pub(crate) fn of(tenant: Uuid) -> Self {
        Self { tenant, ..Self::default() }
    }
}
