//! The lock on a data directory: a second process waits a little, then ends with a clear error.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// For how long a starting process waits for the one that is ending.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
pub enum TakenError {
    #[error("another process is using the data directory {}", .0.display())]
    Taken(PathBuf),
    #[error("cannot lock the data directory {}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
}

/// The lock is held until [`unlock`], or for as long as the file is open anywhere.
pub(crate) async fn lock(data_dir: &Path) -> Result<File, TakenError> {
    let io = |source| TakenError::Io { path: data_dir.to_owned(), source };
    let path = data_dir.join("dashoffice.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(io)?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(TryLockError::WouldBlock) => return Err(TakenError::Taken(data_dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
    }
}

/// Lets the next process in. Closing the file would not do: a child process that is being started holds a copy of it until its own
/// program begins, and with the copy the lock.
pub(crate) fn unlock(lock: &File) {
    if let Err(error) = lock.unlock() {
        tracing::warn!(%error, "the lock of the data directory could not be given back; it ends with this process");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[tokio::test]
    async fn d_a_lock_that_is_given_back_is_free_at_once_whoever_holds_a_copy_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let first = lock(dir.path()).await.unwrap();
        let copy = first.try_clone().unwrap();
        unlock(&first);
        drop(first);
        let begun = Instant::now();
        let second = lock(dir.path()).await.unwrap();
        assert!(begun.elapsed() < PATIENCE / 2, "nobody waited");
        drop((copy, second));
    }
}
