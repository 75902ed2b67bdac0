//! What the simulated WhatsApp remembers: every message a customer wrote and every message it took, with times.
//!
//! In memory for questions, in a file for ever: it outlives the crashes of whoever it plays against, and its own.

mod file;
mod line;
mod pages;
#[cfg(test)]
mod tests;

pub(crate) use line::{Accepted, Planned, Written};
pub(crate) use pages::{InboundRow, OutboundRow, Sums};

use file::LedgerFile;
use line::Line;
use pages::Pages;
use std::io;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Ledger {
    file: LedgerFile,
    pages: Pages,
}

impl Ledger {
    /// Takes up a ledger that exists, or begins one.
    pub(crate) fn open(path: &Path, at_us: i64) -> io::Result<Self> {
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
    pub(crate) fn write(&mut self, written: Written) -> io::Result<usize> {
        self.keep(Line::Written(written))?;
        Ok(self.pages.inbound.len())
    }

    pub(crate) fn attempt(&mut self, messages: &[usize], again: bool, at_us: i64) -> io::Result<()> {
        if messages.is_empty() {
            Ok(())
        } else {
            self.keep(Line::Attempted { messages: messages.to_vec(), at_us, again })
        }
    }

    pub(crate) fn acknowledge(&mut self, messages: &[usize], at_us: i64) -> io::Result<()> {
        if messages.is_empty() { Ok(()) } else { self.keep(Line::Acknowledged { messages: messages.to_vec(), at_us }) }
    }

    /// Returns the position.
    pub(crate) fn accept(&mut self, accepted: Accepted) -> io::Result<usize> {
        self.keep(Line::Accepted(accepted))?;
        Ok(self.pages.outbound.len())
    }

    pub(crate) fn acknowledge_status(&mut self, message: usize, status: Planned, at_us: i64) -> io::Result<()> {
        self.keep(Line::StatusAcknowledged { message, status, at_us })
    }

    /// True: it is the id of a message that a customer wrote, and is remembered as read.
    pub(crate) fn mark_read(&mut self, wamid: &str, at_us: i64) -> io::Result<bool> {
        let Some(message) = self.pages.written_as(wamid) else { return Ok(false) };
        self.keep(Line::MarkedRead { message, at_us })?;
        Ok(true)
    }

    /// Whether some message, in either direction, has this id.
    pub(crate) fn knows(&self, wamid: &str) -> bool {
        self.pages.knows(wamid)
    }

    pub(crate) fn inbound(&self) -> &[InboundRow] {
        &self.pages.inbound
    }

    pub(crate) fn outbound(&self) -> &[OutboundRow] {
        &self.pages.outbound
    }

    pub(crate) fn sums(&self) -> Sums {
        self.pages.sums
    }

    /// How many messages this customer has written so far.
    pub(crate) fn written_by(&self, customer: u32) -> u64 {
        self.pages.customers.get(&customer).map_or(0, |known| known.written)
    }

    pub(crate) fn last_wrote_at_us(&self, customer: u32) -> Option<i64> {
        self.pages.customers.get(&customer).map(|known| known.last_wrote_at_us)
    }
}
