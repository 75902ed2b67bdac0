//! A small file that says what is in hand: a cell for each key, blank where there is none. Nothing is forced to disk: it must outlive the
//! process, not the machine (A3).

use dashoffice_domain::ports::InHand;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keys that may be in hand at once.
const CELLS: u32 = 4_096;
const BYTES_OF_A_CELL: usize = 8;
/// Keys that nobody brings again are suspect for ever; no more of them than leave room for the others.
const MOST_SUSPECTS: usize = CELLS as usize / 2;

type Mark = [u8; BYTES_OF_A_CELL];
const BLANK: Mark = [0; BYTES_OF_A_CELL];

/// The file `in-hand` of a data directory, which one process has at a time.
pub struct InHandFile {
    file: File,
    cells: Mutex<Cells>,
    /// How many there are in [`Cells::suspects`]: nearly always none.
    suspects: AtomicUsize,
    /// The last word that was to be written was not: that is told once, however many follow.
    is_mute: AtomicBool,
}

#[derive(Default)]
struct Cells {
    free: Vec<u32>,
    /// What this process has in hand.
    held: HashSet<u32>,
    /// What was in hand when a process died, and where it stands.
    suspects: HashMap<Mark, Vec<u32>>,
}

impl InHandFile {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.set_len(u64::from(CELLS) * BYTES_OF_A_CELL as u64)?;
        let opened =
            Self { file, cells: Mutex::default(), suspects: AtomicUsize::default(), is_mute: AtomicBool::default() };
        opened.look()?;
        Ok(opened)
    }

    /// Reads what stands there: whatever is not ours was in hand when a process died. Once nobody else works here; who waited for that
    /// looks again.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&self) -> io::Result<()> {
        let mut bytes = vec![0; CELLS as usize * BYTES_OF_A_CELL];
        let mut cells = self.cells();
        self.file.read_exact_at(&mut bytes, 0)?;
        let held = std::mem::take(&mut cells.held);
        let (mut free, mut suspects) = (Vec::new(), HashMap::<Mark, Vec<u32>>::new());
        let (marks, _) = bytes.as_chunks::<BYTES_OF_A_CELL>();
        for (cell, mark) in (0..CELLS).zip(marks).filter(|(cell, _)| !held.contains(cell)) {
            if *mark == BLANK {
                free.push(cell);
            } else {
                suspects.entry(*mark).or_default().push(cell);
            }
        }
        if suspects.len() > MOST_SUSPECTS {
            // Of so many most never come again, and there must be room for what does.
            tracing::warn!(
                items = suspects.len(),
                "too much was in hand when processes died: none of it is suspect any more"
            );
            free.extend(suspects.drain().flat_map(|(_, of)| of).filter_map(|cell| self.blank(cell)));
        }
        self.suspects.store(suspects.len(), Relaxed);
        *cells = Cells { free, held, suspects };
        Ok(())
    }

    /// How many keys a process died with that nobody has handled since.
    pub fn suspects(&self) -> usize {
        self.suspects.load(Relaxed)
    }

    fn cells(&self) -> MutexGuard<'_, Cells> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cell, where that could be written.
    fn write(&self, cell: u32, mark: Mark) -> Option<u32> {
        let written = self.file.write_all_at(&mark, u64::from(cell) * BYTES_OF_A_CELL as u64);
        let was_mute = self.is_mute.swap(written.is_err(), Relaxed);
        if let Err(error) = &written
            && !was_mute
        {
            tracing::warn!(%error, "what is in hand cannot be said: until it can, everything goes by the inbox");
        }
        written.is_ok().then_some(cell)
    }

    /// A cell that cannot be blanked is not used again: should we die, somebody looks out for its key in vain.
    fn blank(&self, cell: u32) -> Option<u32> {
        self.write(cell, BLANK)
    }
}

impl InHand for InHandFile {
    fn take_up(&self, key: &str) -> Option<u32> {
        let cell = {
            let mut cells = self.cells();
            let cell = cells.free.pop()?;
            cells.held.insert(cell);
            cell
        };
        let written = self.write(cell, mark_of(key));
        if written.is_none() {
            let mut cells = self.cells();
            cells.held.remove(&cell);
            cells.free.push(cell);
        }
        written
    }

    fn put_down(&self, place: u32) {
        let blank = self.blank(place);
        let mut cells = self.cells();
        cells.held.remove(&place);
        cells.free.extend(blank);
    }

    fn count(&self) -> usize {
        self.cells().held.len()
    }

    fn is_suspect(&self, key: &str) -> bool {
        self.suspects() > 0 && self.cells().suspects.contains_key(&mark_of(key))
    }

    fn clear(&self, key: &str) {
        let cleared = {
            let mut cells = self.cells();
            let cleared = cells.suspects.remove(&mark_of(key));
            self.suspects.store(cells.suspects.len(), Relaxed);
            cleared
        };
        let blank: Vec<u32> = cleared.into_iter().flatten().filter_map(|cell| self.blank(cell)).collect();
        self.cells().free.extend(blank);
    }
}

/// The first bytes of its hash, and never blank.
fn mark_of(key: &str) -> Mark {
    let hash = Sha256::digest(key);
    let mut mark = BLANK;
    mark.copy_from_slice(&hash[..BYTES_OF_A_CELL]);
    if mark == BLANK {
        mark[0] = 1;
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_what_was_in_hand_at_a_death_is_suspect_until_it_was_handled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in-hand");
        let first = InHandFile::open(&path).unwrap();
        let (done, _dies) = (first.take_up("done").unwrap(), first.take_up("deadly").unwrap());
        first.put_down(done);
        assert_eq!((first.count(), first.is_suspect("deadly")), (1, false), "not as long as the process lives");
        drop(first);
        for _ in 0..2 {
            let next = InHandFile::open(&path).unwrap();
            assert_eq!((next.suspects(), next.count()), (1, 0));
            assert!(next.is_suspect("deadly") && !next.is_suspect("done"), "for as many starts as it takes");
            let other = next.take_up("other").unwrap();
            next.put_down(other);
        }
        let last = InHandFile::open(&path).unwrap();
        last.clear("deadly");
        assert!(!last.is_suspect("deadly"));
        drop(last);
        assert_eq!(InHandFile::open(&path).unwrap().suspects(), 0);
    }

    #[test]
    fn who_waited_for_the_one_who_died_looks_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in-hand");
        let (first, waits) = (InHandFile::open(&path).unwrap(), InHandFile::open(&path).unwrap());
        let done = first.take_up("done").unwrap();
        first.take_up("deadly").unwrap();
        waits.look().unwrap();
        first.put_down(done);
        drop(first);
        waits.look().unwrap();
        assert!(waits.is_suspect("deadly") && !waits.is_suspect("done"));
        let ours = waits.take_up("ours").unwrap();
        waits.look().unwrap();
        assert_eq!(
            (waits.is_suspect("ours"), waits.suspects(), waits.count()),
            (false, 1, 1),
            "what is ours is no suspect"
        );
        waits.put_down(ours);
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let file = InHandFile::open(&dir.path().join("in-hand")).unwrap();
        let places: Vec<u32> = (0..CELLS).map(|n| file.take_up(&n.to_string()).unwrap()).collect();
        assert_eq!((file.take_up("one more"), file.count()), (None, CELLS as usize));
        for place in places {
            file.put_down(place);
        }
        assert_eq!(file.count(), 0);
        assert!(file.take_up("one more").is_some());
    }
}
