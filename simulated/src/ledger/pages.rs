//! What follows from the ledger's lines: rows, sums, and what is known of each customer.

use super::line::{Accepted, Line, Planned, Written};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Times of attempts that are kept per message; all are counted, and all are in the file.
const ATTEMPTS_KEPT: usize = 32;

/// A message a customer wrote, as the control API shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct InboundRow {
    pub(crate) position: usize,
    #[serde(flatten)]
    pub(crate) written: Written,
    pub(crate) attempts: u32,
    pub(crate) attempted_at_us: Vec<i64>,
    pub(crate) acknowledged_at_us: Option<i64>,
    /// Attempts after it was acknowledged.
    pub(crate) duplicates: u32,
    /// When Graph was last told that it was read.
    pub(crate) read_at_us: Option<i64>,
}

/// A message Graph took, as the control API shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OutboundRow {
    pub(crate) position: usize,
    #[serde(flatten)]
    pub(crate) accepted: Accepted,
    pub(crate) statuses: Vec<StatusRow>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct StatusRow {
    pub(crate) status: Planned,
    pub(crate) acknowledged_at_us: i64,
}

/// The sums, as the control API shows them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Sums {
    pub(crate) inbound: InboundSums,
    pub(crate) outbound: OutboundSums,
    pub(crate) statuses: StatusSums,
    pub(crate) read_marks: ReadSums,
}

/// What Graph was told of what was read: each time, and different messages.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct ReadSums {
    pub(crate) told: usize,
    pub(crate) messages: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct InboundSums {
    pub(crate) written: usize,
    pub(crate) acknowledged: usize,
    pub(crate) attempts: usize,
    pub(crate) duplicates: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct OutboundSums {
    pub(crate) accepted: usize,
    /// Different correlation ids among them.
    pub(crate) distinct: usize,
    /// Accepted again under a correlation id that was accepted before: a customer who was answered twice.
    pub(crate) repeated: usize,
    pub(crate) without_correlation: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct StatusSums {
    pub(crate) planned: usize,
    pub(crate) acknowledged: usize,
}

/// What is known of one customer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Customer {
    pub(super) written: u64,
    pub(super) last_wrote_at_us: i64,
}

/// The part that follows from the lines alone.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) inbound: Vec<InboundRow>,
    pub(super) outbound: Vec<OutboundRow>,
    pub(super) customers: HashMap<u32, Customer>,
    correlations: HashMap<String, u32>,
    /// Positions of inbound messages by id, and the ids of outbound ones.
    written: HashMap<u64, usize>,
    taken: HashSet<u64>,
    pub(super) sums: Sums,
}

impl Pages {
    pub(super) fn turn(&mut self, line: Line) {
        match line {
            Line::Started { .. } => {}
            Line::Written(written) => self.written(written),
            Line::Attempted { messages, at_us, again } => {
                for position in messages {
                    self.attempted(position, at_us, again);
                }
            }
            Line::Acknowledged { messages, at_us } => {
                for position in messages {
                    if let Some(row) = at(&mut self.inbound, position)
                        && row.acknowledged_at_us.is_none()
                    {
                        row.acknowledged_at_us = Some(at_us);
                        self.sums.inbound.acknowledged += 1;
                    }
                }
            }
            Line::Accepted(accepted) => self.accepted(accepted),
            Line::MarkedRead { message, at_us } => {
                if let Some(row) = at(&mut self.inbound, message) {
                    self.sums.read_marks.told += 1;
                    self.sums.read_marks.messages += usize::from(row.read_at_us.is_none());
                    row.read_at_us = Some(at_us);
                }
            }
            Line::StatusAcknowledged { message, status, at_us } => {
                if let Some(row) = at(&mut self.outbound, message) {
                    row.statuses.push(StatusRow { status, acknowledged_at_us: at_us });
                    self.sums.statuses.acknowledged += 1;
                }
            }
        }
    }

    /// The position of the message that a customer wrote under this id.
    pub(super) fn written_as(&self, wamid: &str) -> Option<usize> {
        self.written.get(&hash(wamid)).copied()
    }

    pub(super) fn knows(&self, wamid: &str) -> bool {
        self.written_as(wamid).is_some() || self.taken.contains(&hash(wamid))
    }

    fn written(&mut self, written: Written) {
        self.written.insert(hash(&written.wamid), self.inbound.len() + 1);
        let customer = self.customers.entry(written.customer).or_default();
        customer.written = written.sequence;
        customer.last_wrote_at_us = written.at_us;
        self.sums.inbound.written += 1;
        self.inbound.push(InboundRow {
            position: self.inbound.len() + 1,
            written,
            attempts: 0,
            attempted_at_us: Vec::new(),
            acknowledged_at_us: None,
            duplicates: 0,
            read_at_us: None,
        });
    }

    fn attempted(&mut self, position: usize, at_us: i64, again: bool) {
        let Some(row) = at(&mut self.inbound, position) else { return };
        row.attempts += 1;
        self.sums.inbound.attempts += 1;
        if again {
            row.duplicates += 1;
            self.sums.inbound.duplicates += 1;
        }
        if row.attempted_at_us.len() < ATTEMPTS_KEPT {
            row.attempted_at_us.push(at_us);
        }
    }

    fn accepted(&mut self, accepted: Accepted) {
        let sums = &mut self.sums.outbound;
        sums.accepted += 1;
        match &accepted.message {
            Some(message) => {
                let times = self.correlations.entry(message.clone()).or_default();
                *times += 1;
                if *times == 1 { sums.distinct += 1 } else { sums.repeated += 1 }
            }
            None => sums.without_correlation += 1,
        }
        self.sums.statuses.planned += accepted.plan.len();
        self.taken.insert(hash(&accepted.wamid));
        self.outbound.push(OutboundRow { position: self.outbound.len() + 1, accepted, statuses: Vec::new() });
    }
}

/// Ids are long, and there are many.
fn hash(wamid: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    wamid.hash(&mut hasher);
    hasher.finish()
}

fn at<T>(rows: &mut [T], position: usize) -> Option<&mut T> {
    rows.get_mut(position.checked_sub(1)?)
}
