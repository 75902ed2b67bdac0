//! Files of messages in a folder of this machine, each under the hash of its bytes (A9).
//!
//! `kept/{tenant}/{first two digits}/{hash}` are the files, whole and on disk; `coming/` holds what is on its way, and is
//! swept at each start. Folders are 0700 and files 0600: what customers sent is nobody else's to read.

mod coming;
#[cfg(test)]
mod tests;

use coming::Coming;
use dashoffice_domain::channel::media::{FileHash, HEAD};
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{
    Accept, BoxFuture, Came, Chunks, DiskTrouble, Interrupted, MediaFiles, NotKept, OpenMedia,
};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// Bytes read in one go.
const PIECE: usize = 64 * 1024;

/// A folder of files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MediaFolder {
    root: Arc<Path>,
    /// Of the next file that comes.
    next: Arc<AtomicU64>,
}

impl MediaFolder {
    /// Touches nothing before the first file comes.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: Arc::from(root.into()), next: Arc::default() }
    }

    fn kept(&self, tenant: TenantId, file: FileHash) -> PathBuf {
        let name = file.to_string();
        self.root.join("kept").join(tenant.to_string()).join(&name[..2]).join(name)
    }

    fn coming(&self) -> PathBuf {
        self.root.join("coming")
    }

    async fn take(
        self,
        tenant: TenantId,
        mut chunks: Box<dyn Chunks>,
        most_bytes: u64,
        accept: Accept,
    ) -> Result<Came, NotKept> {
        let mut coming = Coming::begin(self.coming(), &self.next).await?;
        let (mut hash, mut head, mut size_bytes) = (Sha256::new(), Vec::new(), 0_u64);
        while let Some(chunk) = chunks.next().await? {
            size_bytes = size_bytes.saturating_add(chunk.len() as u64);
            if size_bytes > most_bytes {
                return Err(NotKept::TooLarge);
            }
            hash.update(&chunk);
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
            coming.write(&chunk).await?;
        }
        let came = Came { sha256: FileHash(hash.finalize().into()), size_bytes, head };
        accept(&came).map_err(NotKept::Unfit)?;
        coming.stay(self.kept(tenant, came.sha256)).await?;
        Ok(came)
    }
}

fn trouble(doing: &'static str) -> impl Fn(std::io::Error) -> DiskTrouble {
    move |error| DiskTrouble { doing, reason: error.to_string() }
}

impl MediaFiles for MediaFolder {
    fn put(
        &self,
        tenant: TenantId,
        chunks: Box<dyn Chunks>,
        most_bytes: u64,
        accept: Accept,
    ) -> BoxFuture<'static, Result<Came, NotKept>> {
        Box::pin(self.clone().take(tenant, chunks, most_bytes, accept))
    }

    fn open(
        &self,
        tenant: TenantId,
        file: FileHash,
        from: u64,
    ) -> BoxFuture<'static, Result<Option<OpenMedia>, DiskTrouble>> {
        let path = self.kept(tenant, file);
        Box::pin(async move {
            let mut file = match File::open(path).await {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(trouble("opening a file")(error)),
            };
            let size_bytes = file.metadata().await.map_err(trouble("looking at a file"))?.len();
            file.seek(SeekFrom::Start(from)).await.map_err(trouble("finding a place in a file"))?;
            Ok(Some(OpenMedia { size_bytes, chunks: Box::new(Pieces(file)) }))
        })
    }

    fn remove(&self, tenant: TenantId, file: FileHash) -> BoxFuture<'static, Result<(), DiskTrouble>> {
        let path = self.kept(tenant, file);
        Box::pin(async move {
            match tokio::fs::remove_file(path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(trouble("taking a file away")(error)),
                _ => Ok(()),
            }
        })
    }

    fn sweep(&self) -> BoxFuture<'static, Result<(), DiskTrouble>> {
        let coming = self.coming();
        Box::pin(async move {
            let mut left = match tokio::fs::read_dir(coming).await {
                Ok(left) => left,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(trouble("looking for unfinished files")(error)),
            };
            while let Some(file) = left.next_entry().await.map_err(trouble("looking for unfinished files"))? {
                match tokio::fs::remove_file(file.path()).await {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(trouble("sweeping")(error)),
                    _ => {}
                }
            }
            Ok(())
        })
    }
}

/// A file as it is read.
struct Pieces(File);

impl Chunks for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(async {
            let mut piece = vec![0; PIECE];
            let read = self.0.read(&mut piece).await.map_err(|error| Interrupted(error.to_string()))?;
            piece.truncate(read);
            Ok((read > 0).then_some(piece))
        })
    }
}
