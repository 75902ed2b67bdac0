//! What a tenant's intake, its conversations and its doors share: whether the short way is open, and what is on it.

use crate::feed::Arrivals;
use dashmap::DashMap;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::ThreadId;
use dashoffice_domain::ports::{Announced, Arrival, InHand};
use dashoffice_runtime::pass::Keepsake;
use dashoffice_runtime::{Landed, Pass};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize};
use std::sync::{Arc, OnceLock, Weak};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// Bodies that an intake has been shown and has not looked at yet; with more, none is shown.
const MOST_SHOWN: usize = 512;

/// One item on the short way. Its door holds it, and whoever stores it; the intake looks at it, if it is still there.
pub(super) struct Brought {
    pub(super) arrival: Arrival,
    pub(super) received_at: Timestamp,
    pub(super) correlation: Uuid,
    pub(super) pass: Arc<Pass>,
    /// Whose slot it was put into.
    pub(super) thread: OnceLock<ThreadId>,
}

/// A key in hand, until this is dropped.
struct Held {
    in_hand: Arc<dyn InHand>,
    place: u32,
}

impl Held {
    /// `None`: it cannot be remembered.
    fn of(in_hand: &Arc<dyn InHand>, key: &str) -> Option<Self> {
        in_hand.take_up(key).map(|place| Self { in_hand: Arc::clone(in_hand), place })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.in_hand.put_down(self.place);
    }
}

/// What a tenant's intake, its conversations and its doors share.
pub(super) struct ShortWay {
    /// The highest position that the intake has read; below zero while it reads or waits: nothing may overtake what it finds.
    seen: AtomicI64,
    /// Of [`Announced::doubts`], those after which it has read again.
    doubts: AtomicU64,
    arrivals: Arrivals,
    shown: AtomicUsize,
    /// The intake has been told to read on, and does not do so yet.
    is_hinted: AtomicBool,
    tickets: AtomicU64,
    brought: DashMap<u64, Weak<Brought>>,
}

impl ShortWay {
    pub(super) fn of(arrivals: Arrivals) -> Self {
        Self {
            seen: AtomicI64::new(-1),
            doubts: AtomicU64::new(0),
            arrivals,
            shown: AtomicUsize::new(0),
            is_hinted: AtomicBool::new(false),
            tickets: AtomicU64::new(0),
            brought: DashMap::new(),
        }
    }

    /// Something is about to be decided that is nowhere on disk; nobody waits for it after `deadline`.
    pub(super) fn bring(
        self: &Arc<Self>,
        arrival: Arrival,
        (received_at, correlation): (Timestamp, Uuid),
        deadline: Instant,
        in_hand: &Arc<dyn InHand>,
    ) -> OnItsWay {
        let held = Held::of(in_hand, &arrival.dedupe_key).map(|held| Box::new(held) as Keepsake);
        let is_held = held.is_some();
        let ticket = self.tickets.fetch_add(1, Relaxed);
        let (pass, end) = Pass::new(ticket, deadline, held);
        if !is_held {
            pass.refuse();
        }
        let pass = Arc::new(pass);
        let item = Arc::new(Brought { arrival, received_at, correlation, pass, thread: OnceLock::new() });
        self.brought.insert(ticket, Arc::downgrade(&item));
        OnItsWay { short: Arc::clone(self), item, end: Some(end), landed: None }
    }

    /// A body is about to be shown to the intake. `None`: it has enough to look at.
    pub(super) fn show(self: &Arc<Self>) -> Option<Shown> {
        let before = self.shown.fetch_add(1, AcqRel);
        let shown = Shown(Arc::clone(self));
        (before < MOST_SHOWN).then_some(shown)
    }

    /// The intake has read everything up to there, and looked again as often as that was in doubt.
    pub(super) fn opens(&self, seen: i64, doubts: u64) {
        self.doubts.store(doubts, Release);
        self.seen.store(seen, Release);
    }

    pub(super) fn closes(&self) {
        self.seen.store(-1, Release);
    }

    /// Whether everything that anybody heard of has been read.
    pub(super) fn is_open(&self) -> bool {
        let (seen, announced) = (self.seen.load(Acquire), self.announced());
        seen >= 0 && seen >= announced.highest && self.doubts.load(Acquire) == announced.doubts
    }

    pub(super) fn announced(&self) -> Announced {
        *self.arrivals.borrow()
    }

    /// `None`: it has been told, and has not begun.
    pub(super) fn hint(self: &Arc<Self>) -> Option<Hint> {
        (!self.is_hinted.swap(true, AcqRel)).then(|| Hint(Arc::clone(self)))
    }

    pub(super) fn item(&self, pass: &Pass) -> Option<Arc<Brought>> {
        self.brought.get(&pass.ticket()).and_then(|brought| brought.upgrade())
    }
}

/// An item with the end of its way; its intake forgets it with this.
pub(super) struct OnItsWay {
    short: Arc<ShortWay>,
    pub(super) item: Arc<Brought>,
    /// `None`: it has ended, as `landed` says.
    end: Option<oneshot::Receiver<Landed>>,
    pub(super) landed: Option<Landed>,
}

impl OnItsWay {
    /// Returns once it has ended.
    pub(super) async fn ended(&mut self) {
        if let Some(end) = &mut self.end {
            self.landed = end.await.ok();
            self.end = None;
        }
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.short.brought.remove(&self.item.pass.ticket());
    }
}

/// Tells an intake to read on. Dropped before it does, so that whatever comes from then on is told again.
pub(super) struct Hint(Arc<ShortWay>);

impl Drop for Hint {
    fn drop(&mut self) {
        self.0.is_hinted.store(false, Release);
    }
}

/// A body that is shown to an intake; dropped once it has looked, or nobody does any more.
pub(super) struct Shown(Arc<ShortWay>);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.shown.fetch_sub(1, AcqRel);
    }
}

impl std::fmt::Debug for Brought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Brought").field("pass", &self.pass).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hint")
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}
