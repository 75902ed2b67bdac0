//! A file on its way: written under a name of its own, and moved to its place when it is whole and on disk.

use super::trouble;
use dashoffice_domain::ports::DiskTrouble;
use std::fs::{DirBuilder, File as PlainFile};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

/// Whoever drops it before it may stay leaves nothing behind.
pub(super) struct Coming {
    path: PathBuf,
    file: File,
}

impl Coming {
    pub(super) async fn begin(folder: PathBuf, next: &AtomicU64) -> Result<Self, DiskTrouble> {
        make(folder.clone()).await.map_err(trouble("making the folder of files"))?;
        loop {
            // Two processes may share the folder for as long as a deploy takes.
            let name = format!("{}-{}", std::process::id(), next.fetch_add(1, Ordering::Relaxed));
            let path = folder.join(name);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await {
                Ok(file) => return Ok(Self { path, file }),
                // Left behind by somebody who had our process id.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(trouble("beginning a file")(error)),
            }
        }
    }

    pub(super) async fn write(&mut self, chunk: &[u8]) -> Result<(), DiskTrouble> {
        self.file.write_all(chunk).await.map_err(trouble("writing a file"))
    }

    /// Moves it to its place. Returns when bytes, name and folders would survive a power cut.
    pub(super) async fn stay(mut self, place: PathBuf) -> Result<(), DiskTrouble> {
        self.file.flush().await.map_err(trouble("writing a file"))?;
        self.file.sync_all().await.map_err(trouble("bringing a file to disk"))?;
        let folder = place.parent().map(Path::to_owned).unwrap_or_default();
        make(folder.clone()).await.map_err(trouble("making the folder of files"))?;
        tokio::fs::rename(&self.path, &place).await.map_err(trouble("putting a file in its place"))?;
        sync(folder).await.map_err(trouble("bringing a file's name to disk"))
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        // Not there: it has moved to its place.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Makes a folder and those it lies in, each of them on disk.
async fn make(folder: PathBuf) -> io::Result<()> {
    beside(move || {
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|one| !one.as_os_str().is_empty() && !one.exists()).collect();
        for one in missing.into_iter().rev() {
            match DirBuilder::new().mode(0o700).create(one) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if let Some(parent) = one.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                PlainFile::open(parent)?.sync_all()?;
            }
        }
        Ok(())
    })
    .await
}

async fn sync(folder: PathBuf) -> io::Result<()> {
    beside(move || PlainFile::open(folder)?.sync_all()).await
}

/// Work that waits for the disk, beside those that must not.
async fn beside(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::other("the work with the disk was given up")),
    }
}
