//! The ledger's file: appended to, one JSON line at a time, each handed to the system before anything follows from it.

use super::line::Line;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

#[derive(Debug)]
pub(super) struct LedgerFile(File);

impl LedgerFile {
    /// Opens or makes the file, for us alone, and tells `take` every line there is.
    /// A last line without its end was torn by a crash: it is cut off.
    pub(super) fn open(path: &Path, mut take: impl FnMut(Line)) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.try_lock().map_err(|refused| match refused {
            TryLockError::WouldBlock => io::Error::other("another simulator writes to this ledger"),
            TryLockError::Error(error) => error,
        })?;
        let mut reader = BufReader::new(&mut file);
        let mut whole = 0_u64;
        let mut text = Vec::new();
        loop {
            text.clear();
            let length = reader.read_until(b'\n', &mut text)?;
            if text.last() != Some(&b'\n') {
                break;
            }
            let line = serde_json::from_slice(&text).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("a line of the ledger: {error}"))
            })?;
            take(line);
            whole += length as u64;
        }
        file.set_len(whole)?;
        Ok(Self(file))
    }

    pub(super) fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.0.write_all(&text)
    }
}
