//! Reads a request's body with a limit, a deadline and a share of the memory that all bodies of its kind have together.

use crate::problem::Problem;
use axum::body::{Body, HttpBody};
use dashoffice_runtime::Current;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// What is left of a body too long is read and thrown away up to this many times the limit,
/// so that its sender is still there to read the answer.
const THROWN_AWAY: usize = 8;

/// What one body may take of us; read anew for each.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// In bytes.
    pub longest: usize,
    pub within: Duration,
}

/// How much may be read, for how long, and how much memory all bodies of this kind may take at once.
#[derive(Clone, Debug)]
pub struct BodyReader {
    limits: Current<BodyLimits>,
    /// Of this reader, whatever the limits allow.
    most: usize,
    room: Arc<Semaphore>,
}

/// A whole body, and the room it takes until it is dropped.
#[derive(Debug)]
pub struct Held {
    pub bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

impl BodyReader {
    /// `longest` bytes a body within `within`, and `room` bytes for all bodies together.
    pub fn new(longest: usize, within: Duration, room: usize) -> Self {
        Self::within(BodyLimits { longest, within }, room)
    }

    /// Each body within the limits of its moment, and `room` bytes for all bodies together.
    pub fn within(limits: impl Into<Current<BodyLimits>>, room: usize) -> Self {
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self { limits: limits.into(), most: usize::MAX, room }
    }

    /// The same for bodies of at most `most` bytes, with `room` of their own: nobody else's bodies take it, and they take nobody's.
    pub fn apart(&self, most: usize, room: usize) -> Self {
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self { limits: self.limits.clone(), most: most.min(self.most), room }
    }

    /// The whole body, or the problem to answer: too large (413), too slow (408), broken (400), no room (503).
    pub async fn read(&self, body: Body) -> Result<Held, Problem> {
        let BodyLimits { longest, within } = self.limits.now();
        let (limit, deadline) = (longest.min(self.most), Instant::now() + within);
        if declared(&body).is_some_and(|length| length > limit.saturating_mul(THROWN_AWAY)) {
            return Err(Problem::body_too_large());
        }
        let mut pieces = body.into_data_stream();
        let mut bytes = Vec::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        loop {
            let piece = match timeout_at(deadline, pieces.next()).await {
                Err(_elapsed) => return Err(Problem::body_too_slow()),
                Ok(None) => return Ok(Held { bytes, _room: room }),
                Ok(Some(Err(_broken))) => return Err(Problem::body_broken()),
                Ok(Some(Ok(piece))) => piece,
            };
            if bytes.len() + piece.len() > limit {
                drop((bytes, room));
                throw_away(pieces, limit, deadline).await;
                return Err(Problem::body_too_large());
            }
            let wanted = u32::try_from(piece.len()).map_err(|_| Problem::body_too_large())?;
            let more = Arc::clone(&self.room).try_acquire_many_owned(wanted).map_err(|_| Problem::unavailable(1))?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            bytes.extend_from_slice(&piece);
        }
    }
}

async fn throw_away(mut pieces: axum::body::BodyDataStream, limit: usize, deadline: Instant) {
    let mut left = limit.saturating_mul(THROWN_AWAY);
    while let Ok(Some(Ok(piece))) = timeout_at(deadline, pieces.next()).await {
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn declared(body: &Body) -> Option<usize> {
    body.size_hint().exact().and_then(|length| usize::try_from(length).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use dashoffice_runtime::Settings;

    #[tokio::test]
    async fn all_bodies_together_take_no_more_room_than_there_is() {
        let reader = BodyReader::new(100, Duration::from_secs(5), 150);
        let first = reader.read(Body::from(vec![b'a'; 100])).await.unwrap();
        let second = reader.read(Body::from(vec![b'b'; 100])).await.unwrap_err();
        assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
        drop(first);
        assert_eq!(reader.read(Body::from(vec![b'c'; 100])).await.unwrap().bytes.len(), 100);
    }

    #[tokio::test]
    async fn bodies_of_one_kind_take_no_room_of_another() {
        let webhooks = BodyReader::new(100, Duration::from_secs(5), 100);
        let strangers = webhooks.apart(10, 20);
        let body = |length: usize| Body::from(vec![b'a'; length]);
        let held = [strangers.read(body(10)).await.unwrap(), strangers.read(body(10)).await.unwrap()];
        assert_eq!(strangers.read(body(1)).await.unwrap_err().status, StatusCode::SERVICE_UNAVAILABLE);
        let webhook = webhooks.read(body(100)).await.unwrap();
        drop(held);
        assert_eq!(strangers.read(body(10)).await.unwrap().bytes.len(), 10, "whatever webhooks take");
        drop(webhook);
    }

    #[tokio::test]
    async fn e5_a_limit_that_changes_counts_for_the_next_body_of_every_reader() {
        let limits = Settings::new(BodyLimits { longest: 10, within: Duration::from_secs(5) });
        let reader = BodyReader::within(limits.part(|limits| *limits), 1_000);
        let shorter = reader.apart(5, 1_000);
        assert_eq!(reader.read(Body::from("0123456789a")).await.unwrap_err(), Problem::body_too_large());
        limits.set(BodyLimits { longest: 11, within: Duration::from_secs(5) });
        assert_eq!(reader.read(Body::from("0123456789a")).await.unwrap().bytes.len(), 11);
        assert_eq!(shorter.read(Body::from("012345")).await.unwrap_err(), Problem::body_too_large());
    }

    #[tokio::test]
    async fn a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() {
        let reader = BodyReader::new(10, Duration::from_secs(5), 1_000);
        assert_eq!(reader.read(Body::from("0123456789")).await.unwrap().bytes, b"0123456789");
        assert_eq!(reader.read(Body::from("0123456789a")).await.unwrap_err(), Problem::body_too_large());
    }
}
