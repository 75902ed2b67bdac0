//! How an item that is nowhere on disk yet goes through a slot: its sender waits for the commit that records it, and may take it back
//! until that is handed over.

use std::any::Any;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio::time::Instant;

const OFFERED: u8 = 0;
const PLACED: u8 = 1;
const HANDED_OVER: u8 = 2;
const OVER: u8 = 3;

/// How it came to be on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// By the commit of what it caused.
    Recorded,
    /// As it came, after it had left its slot.
    Stored,
}

/// One item's way. Its states only ever go on: offered, placed in a slot, its commit handed over, over.
#[derive(Debug)]
pub struct Pass {
    /// By which its sender knows it.
    ticket: u64,
    state: AtomicU8,
    deadline: Instant,
    ends: Mutex<Option<oneshot::Sender<Landed>>>,
    /// Kept for as long as anybody has it in hand.
    _keeps: Option<Keepsake>,
}

/// Something that is let go of when nobody has an item in hand any more.
pub type Keepsake = Box<dyn Any + Send + Sync>;

impl Pass {
    /// `deadline`: nobody waits after it. The receiver hears that it is on disk; that it hears nothing more says that it is not, or that
    /// nobody knows.
    pub fn new(ticket: u64, deadline: Instant, keeps: Option<Keepsake>) -> (Self, oneshot::Receiver<Landed>) {
        let (ends, end) = oneshot::channel();
        let state = AtomicU8::new(OFFERED);
        (Self { ticket, state, deadline, ends: Mutex::new(Some(ends)), _keeps: keeps }, end)
    }

    pub const fn ticket(&self) -> u64 {
        self.ticket
    }

    /// It is about to be put into a slot. `false`: it was taken back.
    pub fn place(&self) -> bool {
        self.goes(&[OFFERED], PLACED)
    }

    /// Takes back what no slot has; what one has goes on.
    pub fn give_up(&self) {
        if self.goes(&[OFFERED], OVER) {
            drop(self.sender());
        }
    }

    /// Nobody has it in hand any more.
    pub fn is_over(&self) -> bool {
        self.state.load(Ordering::Acquire) == OVER
    }

    /// Takes it back unless its commit is handed over, or it is over.
    pub(crate) fn leaves(&self) -> bool {
        self.goes(&[OFFERED, PLACED], OVER)
    }

    /// Its commit is about to be handed over. `false`: it was taken back.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.goes(&[PLACED, HANDED_OVER], HANDED_OVER)
    }

    /// Whoever handles it does so no more, whatever came of its commit.
    pub(crate) fn ends(&self) {
        self.state.store(OVER, Ordering::Release);
    }

    /// It is not on disk, and does not come there by this way.
    pub fn refuse(&self) {
        self.ends();
        drop(self.sender());
    }

    /// It left, and was stored.
    pub fn is_stored(&self) {
        self.lands(Landed::Stored);
    }

    pub(crate) fn is_recorded(&self) {
        self.lands(Landed::Recorded);
    }

    fn lands(&self, how: Landed) {
        self.ends();
        if let Some(ends) = self.sender() {
            // Its sender may have stopped waiting; it is on disk, and known when it comes again.
            let _ = ends.send(how);
        }
    }

    fn sender(&self) -> Option<oneshot::Sender<Landed>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) const fn deadline(&self) -> Instant {
        self.deadline
    }

    fn goes(&self, from: &[u8], to: u8) -> bool {
        let goes = |state| from.contains(&state).then_some(to);
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, goes).is_ok()
    }
}
