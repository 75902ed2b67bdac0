//! What stands for a tenant at this moment: for operators, never with a word of a customer's (F4).

use dashoffice_domain::Entity;
use dashoffice_runtime::{SingletonSnapshot, TenantSlots, TimersSnapshot};

/// A tenant's actors, and the health of what all tenants stand on.
#[derive(Clone, Debug)]
pub struct Seen {
    pub hosts: Vec<TenantSlots<Entity>>,
    pub singletons: Vec<SingletonSnapshot>,
    pub timers: TimersSnapshot,
    /// Every kind, whether anything runs or not.
    pub jobs: Vec<JobsSeen>,
    /// Nothing can be recorded now: everything waits, and nothing is counted against anybody.
    pub store_away: bool,
    /// The process kept dying, so what was found at its start is handled with care.
    pub safe_mode: bool,
    /// What fell, for which the office is about to end and to open anew.
    pub fell: Option<&'static str>,
}

/// Jobs of a kind that run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobsSeen {
    /// As metrics name it.
    pub kind: &'static str,
    pub under_way: usize,
}
