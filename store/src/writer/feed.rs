//! What the writer tells everybody, in the order in which it was committed. Nobody slow holds it up, and nobody misses
//! anything without being told so.

use crate::Office;
use dashmap::DashMap;
use dashoffice_domain::ports::Announced;
use dashoffice_runtime::Published;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// Batches that wait for one subscriber; one more, and it lags.
const BATCHES: usize = 1024;

/// What a subscriber hears next.
#[derive(Clone, Debug)]
pub enum Feed<T> {
    Batch(Arc<T>),
    /// Something was left out: read the store again; what comes after this is complete.
    Lagged,
}

/// Committed batches of all tenants; of each tenant in the order of positions.
pub type Subscription = Listener<Published<Office>>;

/// A bounded queue that is emptied and marked when it overflows.
struct Line<T> {
    capacity: usize,
    state: Mutex<LineState<T>>,
    changed: Notify,
}

struct LineState<T> {
    waiting: VecDeque<Arc<T>>,
    lagged: bool,
    closed: bool,
}

impl<T> LineState<T> {
    fn lag(&mut self) {
        self.waiting.clear();
        self.lagged = true;
        metrics::counter!("dashoffice_store_subscribers_lagged_total").increment(1);
    }
}

impl<T> Line<T> {
    fn new(capacity: usize) -> Self {
        let state = LineState { waiting: VecDeque::new(), lagged: false, closed: false };
        Self { capacity, state: Mutex::new(state), changed: Notify::new() }
    }

    fn with<R>(&self, change: impl FnOnce(&mut LineState<T>) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, value: &Arc<T>) {
        self.with(|state| {
            if state.waiting.len() == self.capacity {
                state.lag();
            } else if !state.lagged {
                state.waiting.push_back(value.clone());
            }
        });
        self.changed.notify_one();
    }

    fn lag(&self) {
        self.with(LineState::lag);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.with(|state| state.closed = true);
        self.changed.notify_one();
    }
}

/// The receiving end of a feed.
pub struct Listener<T> {
    line: Arc<Line<T>>,
}

impl<T> Listener<T> {
    /// Waits for what comes next; `None`: the store is closed.
    pub async fn next(&mut self) -> Option<Feed<T>> {
        loop {
            if let Some(next) = self.try_next() {
                return Some(next);
            }
            if self.line.with(|state| state.closed) {
                return None;
            }
            self.line.changed.notified().await;
        }
    }

    /// What is there already, without waiting.
    pub fn try_next(&mut self) -> Option<Feed<T>> {
        self.line.with(|state| {
            if std::mem::take(&mut state.lagged) {
                return Some(Feed::Lagged);
            }
            state.waiting.pop_front().map(Feed::Batch)
        })
    }
}

/// What was announced of a tenant's inbox: before anybody hears that a row is there. What is told of a change is a hint, and several are
/// one.
pub type Arrivals = watch::Receiver<Announced>;

type BatchLine = Line<Published<Office>>;

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct Feeds {
    batches: Mutex<Vec<Weak<BatchLine>>>,
    arrivals: DashMap<Uuid, watch::Sender<Announced>>,
}

impl Feeds {
    pub(crate) fn subscribe(&self) -> Subscription {
        let line = Arc::new(Line::new(BATCHES));
        self.lines().push(Arc::downgrade(&line));
        Listener { line }
    }

    pub(crate) fn subscribe_arrivals(&self, tenant: Uuid) -> Arrivals {
        self.arrivals.entry(tenant).or_default().subscribe()
    }

    pub(super) fn publish(&self, batch: &Arc<Published<Office>>) {
        self.lines().retain(|line| {
            let Some(line) = line.upgrade() else { return false };
            line.push(batch);
            true
        });
    }

    /// `hints`: the rise is told, too.
    pub(super) fn announce(&self, tenant: Uuid, position: i64, hints: bool) {
        self.arrivals.entry(tenant).or_default().send_if_modified(|announced| {
            announced.highest = position.max(announced.highest);
            hints
        });
    }

    /// Something may have happened that nobody was told: everybody looks again.
    pub(super) fn lag(&self) {
        for line in self.lines().iter().filter_map(Weak::upgrade) {
            line.lag();
        }
        self.doubt();
    }

    /// A row may have come of which nobody can say so.
    pub(super) fn doubt(&self) {
        for tenant in &self.arrivals {
            tenant.send_modify(|announced| announced.doubts += 1);
        }
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        for line in self.lines().iter().filter_map(Weak::upgrade) {
            line.close();
        }
        self.arrivals.clear();
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Weak<BatchLine>>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(tenant: u128) -> Arc<Published<Office>> {
        Arc::new(Published { tenant: Uuid::from_u128(tenant), events: vec![], rows: Arc::new(vec![]), due: None })
    }

    #[tokio::test]
    async fn who_is_too_slow_is_told_so_and_hears_everything_after() {
        let feeds = Feeds::default();
        let mut slow = feeds.subscribe();
        for n in 0..=BATCHES as u128 {
            feeds.publish(&published(n));
        }
        feeds.publish(&published(7));
        assert!(matches!(slow.next().await, Some(Feed::Lagged)));
        feeds.publish(&published(8));
        let Some(Feed::Batch(next)) = slow.next().await else { panic!("nothing came") };
        assert_eq!(next.tenant, Uuid::from_u128(8));
        feeds.close();
        assert!(slow.next().await.is_none());
    }

    #[tokio::test]
    async fn f2_what_was_announced_is_known_also_where_the_hint_was_lost_and_hints_coalesce() {
        let feeds = Feeds::default();
        let tenant = Uuid::from_u128(1);
        let mut arrivals = feeds.subscribe_arrivals(tenant);
        feeds.announce(tenant, 1, false);
        assert_eq!((arrivals.borrow().highest, arrivals.has_changed().unwrap()), (1, false));
        feeds.announce(tenant, 3, true);
        feeds.announce(tenant, 2, true);
        arrivals.changed().await.unwrap();
        assert_eq!(arrivals.borrow_and_update().highest, 3);
        assert!(!arrivals.has_changed().unwrap());
        feeds.lag();
        assert!(arrivals.has_changed().unwrap());
        assert_eq!(*arrivals.borrow(), Announced { highest: 3, doubts: 1 });
        feeds.close();
        assert!(arrivals.changed().await.is_ok() && arrivals.changed().await.is_err());
    }
}
