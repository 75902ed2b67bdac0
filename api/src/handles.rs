//! The actors' handles, which come when the office stands up and may go when ownership is lost.

use crate::problem::Problem;
use arc_swap::ArcSwapOption;
use dashoffice_actors::agent::Agents;
use dashoffice_actors::conversation::Conversations;
use dashoffice_actors::delivery::Delivery;
use dashoffice_actors::live::Live;
use dashoffice_actors::router::Router;
use dashoffice_actors::seen::Seen;
use dashoffice_domain::ids::{NumberId, TenantId};
use dashoffice_runtime::{HostSnapshot, SingletonSnapshot};
use std::collections::HashMap;
use std::sync::Arc;

/// The delivery of a number of a tenant whose shard we own.
pub type FindDelivery = Arc<dyn Fn(TenantId, NumberId) -> Option<Delivery> + Send + Sync>;

/// What stands where, as the office tells it.
pub type Inspect = Arc<dyn Fn() -> (Vec<HostSnapshot>, Vec<SingletonSnapshot>) + Send + Sync>;

/// What stands for a tenant, with at most so many slots of each kind; `None`: the tenant is not served here.
pub type SeenBy = Arc<dyn Fn(TenantId, usize) -> Option<Seen> + Send + Sync>;

/// How to speak to an office that stands.
#[derive(Clone)]
pub struct Handles {
    pub conversations: Conversations,
    pub agents: Agents,
    /// One per tenant whose shard we own.
    pub routers: HashMap<TenantId, Router>,
    /// One per tenant whose shard we own.
    pub lives: HashMap<TenantId, Live>,
    pub delivery: FindDelivery,
    pub inspect: Inspect,
    pub seen: SeenBy,
}

impl Handles {
    /// # Errors
    /// `unavailable`: the tenant came after the office stood up, or is another process's.
    pub fn router(&self, tenant: TenantId) -> Result<&Router, Problem> {
        self.routers.get(&tenant).ok_or(Problem::unavailable(1))
    }
}

/// A place for the handles. Cheap to clone: all clones are the same place.
#[derive(Clone, Default)]
pub struct HandlesCell(Arc<ArcSwapOption<Handles>>);

impl HandlesCell {
    /// An office stands.
    pub fn stand(&self, handles: Handles) {
        self.0.store(Some(Arc::new(handles)));
    }

    /// It is gone: commands are answered `unavailable` until the next one stands.
    pub fn gone(&self) {
        self.0.store(None);
    }

    /// # Errors
    /// `unavailable`, while no office stands.
    pub fn get(&self) -> Result<Arc<Handles>, Problem> {
        self.0.load_full().ok_or(Problem::unavailable(1))
    }
}

impl std::fmt::Debug for HandlesCell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handles")
    }
}
