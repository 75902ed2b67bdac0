//! How far projections have come, for operators and for whoever waits for them.

use super::PROJECTIONS;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;

/// How far one projection is behind, of all tenants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Events that are not folded yet.
    pub events: i64,
    /// How long ago the first of these happened, in µs.
    pub oldest_us: i64,
    /// Tenants for which it has failed and is tried again.
    pub stopped: usize,
}

/// Of one projection and one tenant.
#[derive(Clone, Copy, Debug, Default)]
struct TenantProgress {
    /// The last position of the tenant.
    head: i64,
    folded: i64,
    /// When the first event that is not folded happened, in µs, as far as it was read.
    oldest: Option<i64>,
    /// Where it failed last.
    stopped_at: Option<i64>,
}

type Key = (&'static str, Uuid);

pub(crate) struct Progress {
    standings: Mutex<BTreeMap<Key, TenantProgress>>,
    changed: watch::Sender<()>,
    /// Rises when what the store says of places is not what was remembered of them.
    anew: watch::Sender<u64>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { standings: Mutex::default(), changed: watch::Sender::new(()), anew: watch::Sender::new(0) }
    }
}

impl Progress {
    pub(super) fn head(&self, key: Key, head: i64) {
        self.with_quietly(key, |standing| standing.head = head.max(standing.head));
    }

    /// It begins, or begins anew, at this position.
    pub(super) fn begins(&self, key: Key, folded: i64) {
        self.with(key, |standing| standing.folded = folded);
    }

    /// The first event that is to be folded next happened at this instant.
    pub(super) fn reads(&self, key: Key, oldest: i64) {
        self.with_quietly(key, |standing| standing.oldest = Some(oldest));
    }

    pub(super) fn folded(&self, key: Key, folded: i64) {
        self.with(key, |standing| {
            let stopped_at = standing.stopped_at.filter(|position| *position > folded);
            *standing = TenantProgress { folded, oldest: None, stopped_at, head: standing.head.max(folded) };
        });
    }

    /// It fails at this position, and is tried again.
    pub(super) fn stopped(&self, key: Key, position: i64) {
        self.with(key, |standing| standing.stopped_at = Some(position));
    }

    pub(super) fn forget_all(&self) {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn lag(&self, projection: &str, now: i64) -> Lag {
        let standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = standings.iter().filter(|((name, _), _)| *name == projection);
        mine.fold(Lag::default(), |lag, (_, standing)| Lag {
            events: lag.events + (standing.head - standing.folded).max(0),
            oldest_us: lag.oldest_us.max(standing.oldest.map_or(0, |oldest| now - oldest)),
            stopped: lag.stopped + usize::from(standing.stopped_at.is_some()),
        })
    }

    /// Waits until a projection has come to this position of a tenant's.
    pub(crate) async fn comes_to(&self, key: Key, position: i64) {
        let mut changed = self.changed.subscribe();
        loop {
            let folded = self.with_quietly(key, |standing| standing.folded);
            if folded >= position || changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Every projection looks in the store again where it stands.
    pub(crate) fn begin_anew(&self) {
        self.anew.send_modify(|times| *times += 1);
    }

    pub(super) fn hears_of_new_beginnings(&self) -> watch::Receiver<u64> {
        self.anew.subscribe()
    }

    pub(super) fn measure(&self, now: i64) {
        for projection in PROJECTIONS {
            let lag = self.lag(projection.name, now);
            let labels = [("projection", projection.name)];
            metrics::gauge!("dashoffice_projection_behind_events", &labels).set(lag.events as f64);
            metrics::gauge!("dashoffice_projection_behind_seconds", &labels).set(lag.oldest_us as f64 / 1e6);
            metrics::gauge!("dashoffice_projection_stopped", &labels).set(lag.stopped as f64);
        }
    }

    fn with(&self, key: Key, change: impl FnOnce(&mut TenantProgress)) {
        self.with_quietly(key, change);
        self.changed.send_replace(());
    }

    fn with_quietly<T>(&self, key: Key, look: impl FnOnce(&mut TenantProgress) -> T) -> T {
        look(self.standings.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}
