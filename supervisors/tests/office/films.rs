//! Files in a glass: a provider that brings them as it is told to.

use dashoffice_domain::channel::media::{Announced, FileHash};
use dashoffice_domain::conversation::content::{Content, Media, MediaKind};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{BoxFuture, Chunks, Fetching, Interrupted};
use std::collections::VecDeque;
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
