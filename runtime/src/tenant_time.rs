//! A tenant's time: the clock's, but never before what was decided or heard of for that tenant already (B5).
//!
//! A machine's clock may be set back, while we run or between two processes. One tenant's future is no other tenant's present, hence
//! each has a time of its own.

use crate::clock::Clock;
use crate::commit::Micros;
use dashmap::{DashMap, Entry};
use std::sync::Arc;
use uuid::Uuid;

/// The time of every tenant that was asked for.
pub struct TenantTime {
    clock: Arc<dyn Clock>,
    latest: DashMap<Uuid, Micros>,
}

impl TenantTime {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, latest: DashMap::new() }
    }

    /// Whether the tenant's past is known: else somebody says with [`Self::begin`] when its last event was.
    pub fn knows(&self, tenant: Uuid) -> bool {
        self.latest.contains_key(&tenant)
    }

    /// The tenant's last event was then; `None`: it has none.
    pub fn begin(&self, tenant: Uuid, last_event_at: Option<Micros>) {
        self.raise(tenant, last_event_at.unwrap_or(Micros::MIN));
    }

    /// Something was committed for the tenant with this instant. Without its past it says nothing.
    pub fn heard(&self, tenant: Uuid, at: Micros) {
        if let Entry::Occupied(mut latest) = self.latest.entry(tenant) {
            let latest = latest.get_mut();
            *latest = at.max(*latest);
        }
    }

    /// The tenant's present: never before what it was the last time.
    pub fn now(&self, tenant: Uuid) -> Micros {
        self.raise(tenant, self.clock.now())
    }

    fn raise(&self, tenant: Uuid, to: Micros) -> Micros {
        let mut latest = self.latest.entry(tenant).or_insert(Micros::MIN);
        *latest = to.max(*latest);
        *latest
    }
}

impl std::fmt::Debug for TenantTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TenantTime")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

    const A: Uuid = Uuid::from_u128(1);
    const B: Uuid = Uuid::from_u128(2);

    #[derive(Default)]
    struct Hands(AtomicI64);

    impl Clock for Hands {
        fn now(&self) -> Micros {
            self.0.load(Relaxed)
        }
    }

    #[test]
    fn b5_a_clock_that_is_set_back_stands_still_for_the_tenant_alone_that_saw_it() {
        let hands = Arc::<Hands>::default();
        let time = TenantTime::new(Arc::clone(&hands) as Arc<dyn Clock>);
        hands.0.store(100, Relaxed);
        assert_eq!(time.now(A), 100);
        hands.0.store(40, Relaxed);
        assert_eq!((time.now(A), time.now(B)), (100, 40));
        time.heard(B, 70);
        assert_eq!(time.now(B), 70, "what was committed is past");
        hands.0.store(101, Relaxed);
        assert_eq!((time.now(A), time.now(B)), (101, 101));
    }

    #[test]
    fn b5_the_last_process_may_have_had_a_clock_that_was_ahead() {
        let time = TenantTime::new(Arc::<Hands>::default());
        time.heard(A, 7);
        assert!(!time.knows(A), "one event is not the past");
        time.begin(A, Some(90));
        time.begin(B, None);
        assert_eq!((time.now(A), time.now(B)), (90, 0));
    }
}
