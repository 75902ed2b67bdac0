//! Durable clocks: rows that have run out are handed to their entity until a commit takes them (A9).
//!
//! Some of them are clocks on people's behaviour: those stand still while we are down or cannot write, since nobody could do
//! anything then. Every few seconds we say in the store that we are at work; after a silence the clocks are moved by its length,
//! before any of them is looked at (B5).

use crate::behaviour::Provenance;
use crate::clock::Clock;
use crate::commit::{Micros, Take};
use crate::durable::Durable;
use crate::fail_point::reach;
use crate::fatal_signal::FatalSignal;
use crate::journal::{DueTimer, Journal, Unavailable};
use crate::order::{NotTaken, Order};
use crate::task::{self, Upkeep};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Turns a due timer into an item and puts it into its entity's slot.
pub type Dispatch<D> = Arc<dyn Fn(DueTimer<<D as Durable>::Entity>) -> Option<Result<(), NotTaken>> + Send + Sync>;

/// Timers read at a time.
const PAGE: u32 = 256;
/// The longest sleep: covers a nudge that was lost.
const LONGEST: Duration = Duration::from_secs(1);
/// The shortest, while timers that ran out are still being handled.
const SHORTEST: Duration = Duration::from_millis(50);

/// Between two words that we are at work, in µs.
const ALIVE_EVERY: Micros = 10_000_000;
/// A longer silence than this was no delay: we were down, or could not write, in µs.
const SILENCE: Micros = 15_000_000;

/// Watches the timers of a store.
pub struct Timers {
    nudge: Arc<Notify>,
    seen: Arc<Seen>,
    running: JoinHandle<()>,
}

/// Timers at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimersSnapshot {
    /// How often somebody has looked.
    pub looks: u64,
    /// Clocks that had run out at the last look: handed out just now, or taken by nobody yet.
    pub due: usize,
}

#[derive(Debug, Default)]
struct Seen {
    looks: AtomicU64,
    due: AtomicUsize,
    /// When somebody looks next; while somebody looks, for ever: a clock that is set meanwhile may have been overlooked.
    next_look: AtomicI64,
}

impl Timers {
    /// Begins to watch. Timers of the kinds `on_people` stand still while we are down; `dispatch` says `None` for a kind of
    /// entity nobody serves. If it cannot be kept up, `fatal_signal` is raised.
    pub fn start<D: Durable>(
        journal: Arc<dyn Journal<D>>,
        clock: Arc<dyn Clock>,
        on_people: &'static [&'static str],
        dispatch: Dispatch<D>,
        fatal_signal: FatalSignal,
    ) -> Self {
        let seen = Arc::<Seen>::default();
        let watched = Arc::clone(&seen);
        let nudge = Arc::new(Notify::new());
        let told = Arc::clone(&nudge);
        // Whoever begins anew after a fall was at work all the time.
        let pulse = Arc::new(tokio::sync::Mutex::new(Pulse { on_people, last: None }));
        let running = task::keep("timers", Upkeep::OrRaise(fatal_signal), move || {
            let (journal, clock, dispatch) = (Arc::clone(&journal), Arc::clone(&clock), Arc::clone(&dispatch));
            let (told, pulse, seen) = (Arc::clone(&told), Arc::clone(&pulse), Arc::clone(&watched));
            async move {
                let mut pulse = pulse.lock().await;
                loop {
                    seen.next_look.store(Micros::MAX, SeqCst);
                    let pause = look(&*journal, &*clock, &mut pulse, &dispatch, &seen).await;
                    seen.next_look.store(clock.now().saturating_add(pause.as_micros() as Micros), SeqCst);
                    // A nudge and the end of the pause are both reasons to look again.
                    let _ = tokio::time::timeout(pause, told.notified()).await;
                }
            }
        });
        Self { nudge, seen, running }
    }

    pub fn inspect(&self) -> TimersSnapshot {
        TimersSnapshot { looks: self.seen.looks.load(Relaxed), due: self.seen.due.load(Relaxed) }
    }

    /// A timer was set that runs out at `due`: if nobody looks before that anyway, somebody looks now.
    pub fn set(&self, due: Micros) {
        if due < self.seen.next_look.load(SeqCst) {
            self.nudge();
        }
    }

    /// Timers may have been set: somebody looks now.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// When we said last that we are at work.
struct Pulse {
    on_people: &'static [&'static str],
    last: Option<Micros>,
}

impl Pulse {
    /// Says it again if it is time to; after a silence, gives the time back to the clocks on people.
    async fn keep<D: Durable>(&mut self, journal: &dyn Journal<D>, now: Micros) -> Result<(), Unavailable> {
        match self.last.map(|last| now - last) {
            Some(silence) if (0..ALIVE_EVERY).contains(&silence) => return Ok(()),
            Some(silence) if silence <= SILENCE => journal.alive(now).await?,
            Some(_) | None => {
                let lost_us = journal.shift_timers(self.on_people, now).await?;
                tracing::info!(lost_s = lost_us / 1_000_000, "clocks on people stood still while nothing was at work");
            }
        }
        self.last = Some(now);
        Ok(())
    }
}

/// Hands out what has run out, and says how long to sleep.
async fn look<D: Durable>(
    journal: &dyn Journal<D>,
    clock: &dyn Clock,
    pulse: &mut Pulse,
    dispatch: &Dispatch<D>,
    seen: &Seen,
) -> Duration {
    seen.looks.fetch_add(1, Relaxed);
    reach("timers", "look");
    let now = clock.now();
    // Weather: the rows stay where they are, and nobody's time runs out.
    if journal.term().is_none() || pulse.keep(journal, now).await.is_err() {
        return LONGEST;
    }
    let mut limit = PAGE;
    loop {
        let Ok((due, next)) = journal.due_timers(now, limit).await else { return LONGEST };
        seen.due.store(due.len(), Relaxed);
        if due.is_empty() {
            return until(now, next);
        }
        let (found, mut taken) = (due.len(), 0);
        for timer in due {
            reach("timers", "dispatch");
            match dispatch(timer) {
                Some(Ok(())) => taken += 1,
                // Busy, quarantined or draining: the row stays, and is offered again.
                Some(Err(_)) => {}
                None => tracing::warn!("a timer ran out for a kind of entity nobody serves"),
            }
        }
        if taken > 0 {
            return SHORTEST;
        }
        if found < limit as usize {
            return LONGEST;
        }
        // None of these can be taken now: who comes behind them must not wait for that.
        limit = limit.saturating_mul(2);
    }
}

fn until(now: Micros, next: Option<Micros>) -> Duration {
    next.map_or(LONGEST, |next| Duration::from_micros((next - now).max(0).cast_unsigned()).clamp(SHORTEST, LONGEST))
}

/// The order for a timer that ran out.
pub fn order_for<D: Durable>(timer: &DueTimer<D::Entity>, item: D::Item) -> Order<D> {
    let take = Take::Timer { entity: timer.entity, kind: timer.kind.clone(), token: timer.token };
    let provenance = Provenance { actor: D::Principal::default(), cause: timer.token, correlation: timer.token };
    Order::taken(item, provenance, take, None)
}
