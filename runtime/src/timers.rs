//! Durable clocks: rows that have run out are handed to their entity until a commit takes them (A9).

use crate::behaviour::Provenance;
use crate::clock::Clock;
use crate::commit::{Micros, Take};
use crate::durable::Durable;
use crate::journal::{DueTimer, Journal};
use crate::order::{NotTaken, Order};
use crate::task;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Turns a due timer into an item and puts it into its entity's slot.
pub type Dispatch<D> = Arc<dyn Fn(DueTimer<<D as Durable>::Entity>) -> Option<Result<(), NotTaken>> + Send + Sync>;

/// Timers read at a time.
const PAGE: u32 = 256;
/// The longest sleep: covers a nudge that was lost.
const LONGEST: Duration = Duration::from_secs(1);
/// The shortest, while timers that ran out are still being handled.
const SHORTEST: Duration = Duration::from_millis(50);

/// Watches the timers of a store.
pub struct Timers {
    nudge: Arc<Notify>,
    running: JoinHandle<()>,
}

impl Timers {
    /// Begins to watch. `dispatch` says `None` for a kind of entity nobody serves.
    pub fn start<D: Durable>(journal: Arc<dyn Journal<D>>, clock: Arc<dyn Clock>, dispatch: Dispatch<D>) -> Self {
        let nudge = Arc::new(Notify::new());
        let told = Arc::clone(&nudge);
        let running = task::spawn("timers", async move {
            loop {
                let pause = look(&*journal, &*clock, &dispatch).await;
                // A nudge and the end of the pause are both reasons to look again.
                let _ = tokio::time::timeout(pause, told.notified()).await;
            }
        });
        Self { nudge, running }
    }

    /// A timer was set: look whether it is the next.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Hands out what has run out, and says how long to sleep.
async fn look<D: Durable>(journal: &dyn Journal<D>, clock: &dyn Clock, dispatch: &Dispatch<D>) -> Duration {
    if journal.term().is_none() {
        return LONGEST;
    }
    let now = clock.now();
    // Weather: the rows stay where they are.
    let Ok((due, next)) = journal.due_timers(now, PAGE).await else { return LONGEST };
    let some_are_due = !due.is_empty();
    for timer in due {
        if dispatch(timer).is_none() {
            tracing::warn!("a timer ran out for a kind of entity nobody serves");
        }
    }
    if some_are_due { SHORTEST } else { until(now, next) }
}

fn until(now: Micros, next: Option<Micros>) -> Duration {
    next.map_or(LONGEST, |next| Duration::from_micros((next - now).max(0).cast_unsigned()).clamp(SHORTEST, LONGEST))
}

/// The order for a timer that ran out.
pub fn order_for<D: Durable>(timer: &DueTimer<D::Entity>, item: D::Item) -> Order<D> {
    let take = Take::Timer { entity: timer.entity, kind: timer.kind.clone(), token: timer.token };
    let provenance = Provenance { actor: Uuid::nil(), cause: timer.token, correlation: timer.token };
    Order::taken(item, provenance, take, None)
}
