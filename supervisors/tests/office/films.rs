//! Files in a glass: a provider that brings them as it is told to, and a shelf that keeps them in memory.

use dashoffice_domain::content::{Content, Media, MediaKind};
use dashoffice_domain::ids::{MessageId, TenantId};
use dashoffice_domain::media::{Announced, FileHash};
use dashoffice_domain::ports::{
    Accept, BoxFuture, Came, Chunks, DiskTrouble, Fetching, Interrupted, MediaFiles, NotKept, OpenMedia,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// A message with a picture that the provider knows by `id`.
pub(crate) fn picture(id: &str) -> Content {
    Content::Media(Media {
        kind: MediaKind::Image,
        provider_media_id: Some(id.to_owned()),
        link: None,
        mime_type: Some("image/png".to_owned()),
        sha256: None,
        caption: None,
        filename: None,
        voice: false,
        animated: false,
    })
}

/// What asking for a file comes to.
#[derive(Clone, Debug)]
pub(crate) enum Film {
    /// It comes, and takes so long.
    Fine(Duration),
    /// Other bytes than were announced.
    Other,
    Huge,
    /// A page that is called a picture.
    Page,
    Gone,
    Away,
    BreaksOff,
    Panics,
}

#[derive(Default)]
pub(crate) struct Films {
    /// What the next askings come to; afterwards all is fine.
    pub(crate) next: Mutex<VecDeque<Film>>,
    pub(crate) asked: Mutex<Vec<MessageId>>,
    under_way: Arc<AtomicUsize>,
    pub(crate) most_at_once: Arc<AtomicUsize>,
}

impl Films {
    pub(crate) fn fetch(&self, message: MessageId) -> BoxFuture<'static, Fetching> {
        self.asked.lock().unwrap().push(message);
        let film = self.next.lock().unwrap().pop_front().unwrap_or(Film::Fine(Duration::ZERO));
        let now = self.under_way.fetch_add(1, SeqCst) + 1;
        self.most_at_once.fetch_max(now, SeqCst);
        let running = Running(Arc::clone(&self.under_way));
        Box::pin(async move {
            let reason = || "as it was told".to_owned();
            let (bytes, announced) = match film {
                Film::Gone => return Fetching::Gone { reason: reason() },
                Film::Away => return Fetching::Away { after: dashoffice_domain::Span::seconds(1), reason: reason() },
                Film::Panics => panic!("an adapter's bug"),
                Film::Huge => (vec![0; 6_000_000], Announced::default()),
                Film::Page => (b"<!doctype html>".to_vec(), Announced::default()),
                Film::Other => {
                    (PICTURE.to_vec(), Announced { sha256: vec![FileHash([1; 32])], ..Announced::default() })
                }
                Film::Fine(_) | Film::BreaksOff => (PICTURE.to_vec(), Announced::default()),
            };
            let takes = if let Film::Fine(takes) = film { takes } else { Duration::ZERO };
            let breaks_off = matches!(film, Film::BreaksOff);
            Fetching::Comes {
                announced,
                chunks: Box::new(Strip { bytes: Some(bytes), takes, breaks_off, _running: running }),
            }
        })
    }
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// All bytes in one piece.
struct Strip {
    bytes: Option<Vec<u8>>,
    takes: Duration,
    breaks_off: bool,
    _running: Running,
}

impl Chunks for Strip {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(async {
            tokio::time::sleep(self.takes).await;
            match self.bytes.take() {
                None if self.breaks_off => Err(Interrupted("it broke off".to_owned())),
                bytes => Ok(bytes),
            }
        })
    }
}

type Kept = BTreeMap<(TenantId, FileHash), Vec<u8>>;

/// Files in memory, which survive our crashes as a disk does. Clones are the same shelf.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    files: Arc<Mutex<Kept>>,
    sweeps: Arc<AtomicUsize>,
}

impl Shelf {
    pub(crate) fn count(&self) -> usize {
        self.files.lock().unwrap().len()
    }

    pub(crate) fn sweeps(&self) -> usize {
        self.sweeps.load(SeqCst)
    }
}

/// No hash anybody should trust; it tells these tests' files apart.
fn hash(bytes: &[u8]) -> FileHash {
    let mut hash = [0_u8; 32];
    for (place, byte) in bytes.iter().take(1_000).enumerate() {
        hash[place % 32] = byte.wrapping_add(hash[place % 32].wrapping_mul(31));
    }
    FileHash(hash)
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
            let came = Came { sha256: hash(&all), size_bytes: all.len() as u64, head };
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
        let bytes = self.files.lock().unwrap().get(&(tenant, file)).cloned();
        Box::pin(std::future::ready(Ok(bytes.map(|bytes| {
            let rest = bytes[from as usize..].to_vec();
            let strip = Strip {
                bytes: Some(rest),
                takes: Duration::ZERO,
                breaks_off: false,
                _running: Running(Arc::new(AtomicUsize::new(1))),
            };
            OpenMedia { size_bytes: bytes.len() as u64, chunks: Box::new(strip) as Box<dyn Chunks> }
        }))))
    }

    fn remove(&self, tenant: TenantId, file: FileHash) -> BoxFuture<'static, Result<(), DiskTrouble>> {
        self.files.lock().unwrap().remove(&(tenant, file));
        Box::pin(std::future::ready(Ok(())))
    }

    fn sweep(&self) -> BoxFuture<'static, Result<(), DiskTrouble>> {
        self.sweeps.fetch_add(1, SeqCst);
        Box::pin(std::future::ready(Ok(())))
    }
}
