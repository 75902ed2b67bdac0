//! Who may have a connection when they are scarce: an idle one is ended for a new one, and some of what is open at once stays free
//! for webhooks and operators.

use crate::problem::Problem;
use axum::http::Uri;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// A connection is left alone for so long, however scarce they are: whoever has just come is about to ask.
const LEFT_ALONE: Duration = Duration::from_millis(250);
/// Between two looks for one to end, while a new one waits.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// One in so many is kept for webhooks and operators, and no more than [`MOST_KEPT`].
const KEPT_ONE_IN: usize = 8;
const MOST_KEPT: usize = 256;

/// Of one connection: how it is told to end, and since when it is idle.
struct Ending {
    end: Notify,
    /// In µs since [`Inner::began`]; [`BUSY`] while a request is under way, and once it is told to end.
    idle_since: AtomicU64,
}

const BUSY: u64 = u64::MAX;

/// All connections of one server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Inner>);

struct Inner {
    slots: Arc<Semaphore>,
    /// Requests under way, and live sockets, that are neither webhooks nor operators'.
    others: Arc<Semaphore>,
    began: Instant,
    /// By a number of each connection's own. Looked through only where connections are scarce.
    all: Mutex<HashMap<u64, Arc<Ending>>>,
    next: AtomicU64,
}

impl Connections {
    pub(crate) fn of(most: usize) -> Self {
        let kept = (most / KEPT_ONE_IN).min(MOST_KEPT);
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner {
            slots: semaphore(most),
            others: semaphore(most - kept),
            began: Instant::now(),
            all: Mutex::default(),
            next: AtomicU64::default(),
        }))
    }

    /// Waits for a slot; where there is none, connections without a request under way are ended, the longest idle first.
    pub(crate) async fn slot(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(slot) = Arc::clone(&self.0.slots).try_acquire_owned() {
                return slot;
            }
            self.end_the_longest_idle();
            if let Ok(slot) = timeout(BETWEEN_LOOKS, Arc::clone(&self.0.slots).acquire_owned()).await {
                return slot.expect("this semaphore is never closed");
            }
        }
    }

    /// A connection begins, idle.
    pub(crate) fn enter(&self, slot: OwnedSemaphorePermit) -> Arc<Place> {
        let number = self.0.next.fetch_add(1, Relaxed);
        let ending = Arc::new(Ending { end: Notify::new(), idle_since: AtomicU64::new(self.now()) });
        self.all().insert(number, Arc::clone(&ending));
        Arc::new(Place {
            all: self.clone(),
            number,
            ending,
            has_asked: AtomicBool::default(),
            socket: OnceLock::new(),
            _slot: slot,
        })
    }

    fn end_the_longest_idle(&self) {
        let left_alone = self.now().saturating_sub(LEFT_ALONE.as_micros() as u64);
        let all = self.all();
        let idle = all.values().map(|ending| (ending.idle_since.load(Relaxed), ending));
        let Some((since, longest)) = idle.filter(|(since, _)| *since <= left_alone).min_by_key(|(since, _)| *since)
        else {
            return;
        };
        // A request that has just come goes before.
        if longest.idle_since.compare_exchange(since, BUSY, Relaxed, Relaxed).is_ok() {
            longest.end.notify_one();
            metrics::counter!("dashoffice_connections_ended_total").increment(1);
        }
    }

    /// In µs since it began.
    fn now(&self) -> u64 {
        self.0.began.elapsed().as_micros() as u64
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Ending>>> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one connection holds: its slot, until it ends, also as a live socket.
pub(crate) struct Place {
    all: Connections,
    number: u64,
    ending: Arc<Ending>,
    has_asked: AtomicBool,
    /// Of a live socket: what it takes of the requests at once.
    socket: OnceLock<OwnedSemaphorePermit>,
    _slot: OwnedSemaphorePermit,
}

impl Place {
    /// A request began; `Err`: what is left is kept for webhooks and operators.
    pub(crate) fn asks(&self, uri: &Uri) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        self.has_asked.store(true, Relaxed);
        self.ending.idle_since.store(BUSY, Relaxed);
        if is_kept_for(uri.path()) {
            return Ok(None);
        }
        Arc::clone(&self.all.0.others).try_acquire_owned().map(Some).map_err(|_| {
            metrics::counter!("dashoffice_requests_refused_total").increment(1);
            Problem::no_connection()
        })
    }

    /// Its answer begins, and what is left of it is only to be sent.
    pub(crate) fn is_answered(&self) {
        self.ending.idle_since.store(self.all.now(), Relaxed);
    }

    /// It becomes a live socket, which is a request under way for as long as it lives.
    pub(crate) fn becomes_a_socket(&self, permit: Option<OwnedSemaphorePermit>) {
        if let Some(permit) = permit {
            // A connection becomes a socket once.
            let _ = self.socket.set(permit);
        }
    }

    /// Returns when it is to end for another one.
    pub(crate) async fn is_to_end(&self) {
        self.ending.end.notified().await;
    }

    /// Whether anything was ever asked on it.
    pub(crate) fn has_asked(&self) -> bool {
        self.has_asked.load(Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.all().remove(&self.number);
    }
}

/// Webhooks, and what tells operators how we are.
fn is_kept_for(path: &str) -> bool {
    path.starts_with("/webhooks/")
        || path.starts_with("/api/v1/ops/")
        || matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// The socket with its place: whoever has it last, the server or a live socket, gives the place back with it.
pub(crate) struct Placed {
    socket: TcpStream,
    place: Arc<Place>,
    /// An answer of which nothing is taken for so long ends the connection.
    patience: Duration,
    /// Nothing was taken since it began.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Placed {
    pub(crate) fn new(socket: TcpStream, place: Arc<Place>, patience: Duration) -> Self {
        Self { socket, place, patience, stalled: None }
    }

    /// What became of some bytes; those that nobody takes are waited for as long as may be. A live socket has a patience of its own, and
    /// says goodbye.
    fn taken(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if written.is_ready() || self.place.socket.get().is_some() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        metrics::counter!("dashoffice_connections_unread_total").increment(1);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Placed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, into)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.taken(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bytes);
        self.taken(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
