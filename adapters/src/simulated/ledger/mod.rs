//! What the simulated WhatsApp remembers: every message a customer wrote and every message it took, with times.
//!
//! In memory for questions, in a file for ever: it outlives the crashes of whoever it plays against, and its own.

mod file;
mod line;

pub(super) use line::{Accepted, Planned, Written};

use file::LedgerFile;
use line::Line;
use serde::Serialize;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// Times of attempts that are kept per message; all are counted, and all are in the file.
const ATTEMPTS_KEPT: usize = 32;

/// A message a customer wrote, as the control API shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct InboundRow {
    pub(super) position: usize,
    #[serde(flatten)]
    pub(super) written: Written,
    pub(super) attempts: u32,
    pub(super) attempted_at_us: Vec<i64>,
    pub(super) acknowledged_at_us: Option<i64>,
    /// Attempts after it was acknowledged.
    pub(super) duplicates: u32,
}

/// A message Graph took, as the control API shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OutboundRow {
    pub(super) position: usize,
    #[serde(flatten)]
    pub(super) accepted: Accepted,
    pub(super) statuses: Vec<StatusRow>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct StatusRow {
    pub(super) status: Planned,
    pub(super) acknowledged_at_us: i64,
}

/// The sums, as the control API shows them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Sums {
    pub(super) inbound: InboundSums,
    pub(super) outbound: OutboundSums,
    pub(super) statuses: StatusSums,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct InboundSums {
    pub(super) written: usize,
    pub(super) acknowledged: usize,
    pub(super) attempts: usize,
    pub(super) duplicates: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct OutboundSums {
    pub(super) accepted: usize,
    /// Different correlation ids among them.
    pub(super) distinct: usize,
    /// Accepted again under a correlation id that was accepted before: a customer who was answered twice.
    pub(super) repeated: usize,
    pub(super) without_correlation: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct StatusSums {
    pub(super) planned: usize,
    pub(super) acknowledged: usize,
}

/// What is known of one customer.
#[derive(Clone, Copy, Debug, Default)]
struct Customer {
    written: u64,
    last_wrote_at_us: i64,
}

#[derive(Debug)]
pub(super) struct Ledger {
    file: LedgerFile,
    pages: Pages,
}

/// The part that follows from the lines alone.
#[derive(Debug, Default)]
struct Pages {
    inbound: Vec<InboundRow>,
    outbound: Vec<OutboundRow>,
    customers: HashMap<u32, Customer>,
    correlations: HashMap<String, u32>,
    sums: Sums,
}

impl Ledger {
    /// Takes up a ledger that exists, or begins one.
    pub(super) fn open(path: &Path, at_us: i64) -> io::Result<Self> {
        let mut pages = Pages::default();
        let file = LedgerFile::open(path, |line| pages.turn(line))?;
        let mut ledger = Self { file, pages };
        ledger.keep(Line::Started { at_us })?;
        Ok(ledger)
    }

    fn keep(&mut self, line: Line) -> io::Result<()> {
        self.file.append(&line)?;
        self.pages.turn(line);
        Ok(())
    }

    /// Returns the position.
    pub(super) fn write(&mut self, written: Written) -> io::Result<usize> {
        self.keep(Line::Written(written))?;
        Ok(self.pages.inbound.len())
    }

    pub(super) fn attempt(&mut self, messages: &[usize], again: bool, at_us: i64) -> io::Result<()> {
        if messages.is_empty() {
            Ok(())
        } else {
            self.keep(Line::Attempted { messages: messages.to_vec(), at_us, again })
        }
    }

    pub(super) fn acknowledge(&mut self, messages: &[usize], at_us: i64) -> io::Result<()> {
        if messages.is_empty() { Ok(()) } else { self.keep(Line::Acknowledged { messages: messages.to_vec(), at_us }) }
    }

    /// Returns the position.
    pub(super) fn accept(&mut self, accepted: Accepted) -> io::Result<usize> {
        self.keep(Line::Accepted(accepted))?;
        Ok(self.pages.outbound.len())
    }

    pub(super) fn acknowledge_status(&mut self, message: usize, status: Planned, at_us: i64) -> io::Result<()> {
        self.keep(Line::StatusAcknowledged { message, status, at_us })
    }

    pub(super) fn inbound(&self) -> &[InboundRow] {
        &self.pages.inbound
    }

    pub(super) fn outbound(&self) -> &[OutboundRow] {
        &self.pages.outbound
    }

    pub(super) fn sums(&self) -> Sums {
        self.pages.sums
    }

    /// How many messages this customer has written so far.
    pub(super) fn written_by(&self, customer: u32) -> u64 {
        self.pages.customers.get(&customer).map_or(0, |known| known.written)
    }

    pub(super) fn last_wrote_at_us(&self, customer: u32) -> Option<i64> {
        self.pages.customers.get(&customer).map(|known| known.last_wrote_at_us)
    }
}

impl Pages {
    fn turn(&mut self, line: Line) {
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
            Line::StatusAcknowledged { message, status, at_us } => {
                if let Some(row) = at(&mut self.outbound, message) {
                    row.statuses.push(StatusRow { status, acknowledged_at_us: at_us });
                    self.sums.statuses.acknowledged += 1;
                }
            }
        }
    }

    fn written(&mut self, written: Written) {
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
        self.outbound.push(OutboundRow { position: self.outbound.len() + 1, accepted, statuses: Vec::new() });
    }
}

fn at<T>(rows: &mut [T], position: usize) -> Option<&mut T> {
    rows.get_mut(position.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(customer: u32, sequence: u64) -> Written {
        let wamid = format!("wamid.{customer}.{sequence}");
        Written { customer, sequence, wamid, at_us: 5, text: "#1 olá".to_owned(), content: None }
    }

    fn accepted(message: &str) -> Accepted {
        Accepted {
            wamid: "wamid.out".to_owned(),
            message: Some(message.to_owned()),
            to: "5511900000001".to_owned(),
            customer: Some(1),
            kind: "text".to_owned(),
            text: "oi".to_owned(),
            reply_to: None,
            plan: vec![Planned::Sent, Planned::Failed(131_026)],
            answered: "ok".to_owned(),
            at_us: 9,
        }
    }

    #[test]
    fn a_ledger_that_is_taken_up_again_knows_everything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let mut ledger = Ledger::open(&path, 1).unwrap();
        ledger.write(written(1, 1)).unwrap();
        let second = ledger.write(written(1, 2)).unwrap();
        ledger.attempt(&[1, second], false, 6).unwrap();
        ledger.acknowledge(&[second], 7).unwrap();
        ledger.attempt(&[second], true, 8).unwrap();
        let out = ledger.accept(accepted("m1")).unwrap();
        ledger.accept(accepted("m1")).unwrap();
        ledger.acknowledge_status(out, Planned::Failed(131_026), 10).unwrap();
        drop(ledger);

        let again = Ledger::open(&path, 11).unwrap();
        assert_eq!(again.written_by(1), 2);
        assert_eq!(again.inbound()[0].acknowledged_at_us, None);
        assert_eq!((again.inbound()[1].acknowledged_at_us, again.inbound()[1].duplicates), (Some(7), 1));
        assert_eq!(again.outbound()[0].statuses.len(), 1);
        let sums = again.sums();
        assert_eq!((sums.inbound.written, sums.inbound.acknowledged, sums.inbound.attempts), (2, 1, 3));
        assert_eq!((sums.outbound.accepted, sums.outbound.distinct, sums.outbound.repeated), (2, 1, 1));
    }

    #[test]
    fn a_line_torn_by_a_crash_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        Ledger::open(&path, 1).unwrap().write(written(1, 1)).unwrap();
        let mut torn = std::fs::read(&path).unwrap();
        torn.extend_from_slice(br#"{"line":"written","text":"ol"#);
        torn.push("á".as_bytes()[0]);
        std::fs::write(&path, torn).unwrap();
        let mut ledger = Ledger::open(&path, 2).unwrap();
        ledger.write(written(1, 2)).unwrap();
        drop(ledger);
        assert_eq!(Ledger::open(&path, 3).unwrap().written_by(1), 2);
    }

    #[test]
    fn a_ledger_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let first = Ledger::open(&path, 1).unwrap();
        assert!(Ledger::open(&path, 2).is_err());
        drop(first);
        assert!(Ledger::open(&path, 3).is_ok());
    }

    #[test]
    fn a_file_that_is_no_ledger_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("diary.txt");
        std::fs::write(&path, "dear diary\n").unwrap();
        assert!(Ledger::open(&path, 1).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "dear diary\n");
    }
}
