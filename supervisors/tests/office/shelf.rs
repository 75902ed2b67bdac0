//! A shelf of files in memory, which outlives our crashes as a disk does.

use dashoffice_domain::channel::media::FileHash;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{
    Accept, BoxFuture, Came, Chunks, DiskTrouble, Interrupted, MediaFiles, NotKept, OpenMedia,
};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// A name of the bytes; of no use outside of tests, and another one for each of these files.
pub(crate) fn hash_of(bytes: &[u8]) -> FileHash {
    let mut hash = [0_u8; 32];
    for (lane, chunk) in hash.chunks_mut(8).enumerate() {
        let basis = 0xcbf2_9ce4_8422_2325_u64 ^ lane as u64;
        let mixed = bytes.iter().fold(basis, |mixed, byte| (mixed ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
        chunk.copy_from_slice(&mixed.to_be_bytes());
    }
    FileHash(hash)
}

pub(crate) type Kept = BTreeMap<(TenantId, FileHash), Vec<u8>>;

/// Clones are the same shelf.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) files: Arc<Mutex<Kept>>,
    pub(crate) sweeps: Arc<AtomicUsize>,
}

/// A file from somewhere on, in one piece.
struct Rest(Option<Vec<u8>>);

impl Chunks for Rest {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(ready(Ok(self.0.take())))
    }
}

impl Shelf {
    /// Its bytes, if it is kept.
    pub(crate) fn has(&self, tenant: TenantId, file: FileHash) -> Option<Vec<u8>> {
        self.files.lock().unwrap().get(&(tenant, file)).cloned()
    }
}

impl MediaFiles for Shelf {
    fn put(
        &self,
        tenant: TenantId,
        mut chunks: Box<dyn Chunks>,
        most_bytes: u64,
        accept: Accept,
    ) -> BoxFuture<'static, Result<Came, NotKept>> {
        let shelf = self.clone();
        Box::pin(async move {
            let mut all = Vec::new();
            while let Some(piece) = chunks.next().await? {
                all.extend(piece);
                if all.len() as u64 > most_bytes {
                    return Err(NotKept::TooLarge);
                }
            }
            let head = all.iter().take(512).copied().collect();
            let came = Came { sha256: hash_of(&all), size_bytes: all.len() as u64, head };
            accept(&came).map_err(NotKept::Unfit)?;
            shelf.files.lock().unwrap().insert((tenant, came.sha256), all);
            Ok(came)
        })
    }

    fn open(
        &self,
        tenant: TenantId,
        file: FileHash,
        from: u64,
    ) -> BoxFuture<'static, Result<Option<OpenMedia>, DiskTrouble>> {
        let opened = self.has(tenant, file).map(|bytes| OpenMedia {
            size_bytes: bytes.len() as u64,
            chunks: Box::new(Rest(Some(bytes[from as usize..].to_vec()))),
        });
        Box::pin(ready(Ok(opened)))
    }

    fn remove(&self, tenant: TenantId, file: FileHash) -> BoxFuture<'static, Result<(), DiskTrouble>> {
        self.files.lock().unwrap().remove(&(tenant, file));
        Box::pin(ready(Ok(())))
    }

    fn sweep(&self) -> BoxFuture<'static, Result<(), DiskTrouble>> {
        self.sweeps.fetch_add(1, SeqCst);
        Box::pin(ready(Ok(())))
    }
}
