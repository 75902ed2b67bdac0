//! The ledger's file: appended to, one JSON line at a time, each handed to the system before anything follows from it.

use super::line::Line;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

#[derive(Debug)]
pub(super) struct LedgerFile(File);

impl LedgerFile {
    /// Opens or makes the file and tells `take` every line there is. A last line without its end was torn by a crash: cut off.
    pub(super) fn open(path: &Path, mut take: impl FnMut(Line)) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut reader = BufReader::new(&mut file);
        let mut whole = 0_u64;
        let mut text = String::new();
        loop {
            text.clear();
            let length = reader.read_line(&mut text)?;
            if length == 0 || !text.ends_with('\n') {
                break;
            }
            let line = serde_json::from_str(&text).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("a line of the ledger: {error}"))
            })?;
            take(line);
            whole += length as u64;
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self(file))
    }

    pub(super) fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.0.write_all(&text)
    }
}
