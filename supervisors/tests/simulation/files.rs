//! Files: what the provider has of each, and how it comes.

use crate::provider::ON_PURPOSE;
use crate::shelf::hash_of;
use dashoffice_domain::Span;
use dashoffice_domain::channel::media::{Announced, FileHash, MediaFailure};
use dashoffice_domain::ports::{BoxFuture, Chunks, Fetching, Interrupted};
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;

/// The bytes the provider has under an id: another file under each.
pub(crate) fn bytes_of(id: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", id.as_bytes()].concat()
}

/// Whether a file can ever come; it is the same each time it is asked for.
pub(crate) fn hopeless(id: &str, faults: f64) -> Option<MediaFailure> {
    let lot = f64::from(hash_of(id.as_bytes()).0[7]) / 256.0;
    match lot {
        _ if lot >= faults => None,
        _ if lot < faults / 3.0 => Some(MediaFailure::Gone),
        _ if lot < faults / 2.0 => Some(MediaFailure::TooLarge),
        _ => Some(MediaFailure::NotAllowed),
    }
}

/// What asking for a file comes to this time.
pub(crate) fn asked(id: &str, faults: f64, chance: &mut StdRng) -> BoxFuture<'static, Fetching> {
    let (fault, way, pause) =
        (chance.random_bool(faults), chance.random_range(0..6_u32), chance.random_range(1..2_000_u64));
    let id = id.to_owned();
    Box::pin(async move {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let reason = || "as the day would have it".to_owned();
        let comes = |bytes: Vec<u8>, announced, breaks_off| Fetching::Comes {
            announced,
            chunks: Box::new(Pieces { pieces: bytes.chunks(16).rev().map(<[u8]>::to_vec).collect(), breaks_off }),
        };
        let bytes = bytes_of(&id);
        match (hopeless(&id, faults / 2.0), fault, way) {
            (_, true, 0) => Fetching::Away { after: Span::seconds(2), reason: reason() },
            (_, true, 1) => Fetching::ChannelStopped { reason: reason() },
            (_, true, 2) => Fetching::Failed { reason: reason() },
            (_, true, 3) => panic!("{ON_PURPOSE}"),
            (_, true, 4) => comes(bytes, Announced::default(), true),
            (_, true, _) => comes(bytes, Announced { sha256: vec![FileHash([1; 32])], ..Announced::default() }, false),
            (Some(MediaFailure::Gone), ..) => Fetching::Gone { reason: reason() },
            (Some(MediaFailure::TooLarge), ..) => {
                comes(bytes, Announced { size_bytes: Some(u64::MAX), ..Announced::default() }, false)
            }
            (Some(_), ..) => comes([b"\x7fELF", id.as_bytes()].concat(), Announced::default(), false),
            (None, ..) => comes(bytes, Announced::default(), false),
        }
    })
}

/// A file in pieces, the last one first.
struct Pieces {
    pieces: Vec<Vec<u8>>,
    breaks_off: bool,
}

impl Chunks for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(3)).await;
            match self.pieces.pop() {
                None if self.breaks_off => Err(Interrupted("it broke off".to_owned())),
                piece => Ok(piece),
            }
        })
    }
}
