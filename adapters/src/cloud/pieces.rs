//! What a body is taken apart into, bounded: a body of a few megabytes must not become gigabytes.

use dashoffice_domain::ports::Piece;

/// Pieces of one body; Meta sends at most 1,000. Each takes a few hundred bytes besides its own text.
const MOST: usize = 32_768;
/// What is repeated beside a message must be small: Meta's is a few hundred bytes.
const LARGEST_COMPANION: usize = 16 * 1_024;
/// All that is repeated takes at most so many times a long body, which is more than Meta's ever does.
const TIMES_THE_BODY: usize = 2;
/// Of a shorter one it takes so much: a kilobyte beside each of Meta's 1,000 messages.
const BESIDE_AT_LEAST: usize = 1_024 * 1_024;

/// The pieces so far.
pub(super) struct Pieces {
    all: Vec<Piece>,
    /// Bytes that may still be repeated.
    beside: usize,
    had_room: bool,
}

impl Pieces {
    pub(super) fn of(text: &str) -> Self {
        let beside = text.len().saturating_mul(TIMES_THE_BODY).max(BESIDE_AT_LEAST);
        Self { all: Vec::new(), beside, had_room: true }
    }

    pub(super) fn push(&mut self, piece: Piece) {
        if self.are_full() {
            self.had_room = false;
        } else {
            self.all.push(piece);
        }
    }

    /// Asked while there is more: what does not fit any more makes them incomplete.
    pub(super) fn are_full(&mut self) -> bool {
        let full = self.all.len() >= MOST;
        self.had_room &= !full;
        full
    }

    /// What all messages share, as it stands beside one of them; `None` where it is too much.
    pub(super) fn beside<'a>(&mut self, shared: &'a str) -> Option<&'a str> {
        if shared.len() > LARGEST_COMPANION {
            return None;
        }
        self.beside = self.beside.checked_sub(shared.len())?;
        Some(shared)
    }

    /// The pieces, and whether that is all of them.
    pub(super) fn finish(self) -> (Vec<Piece>, bool) {
        (self.all, self.had_room)
    }
}
