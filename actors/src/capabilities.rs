//! What the channel of each number takes, for those who decide by it and speak to no provider.

use dashmap::DashMap;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::ids::NumberId;
use std::sync::Arc;

/// The capabilities of an office's numbers. Cheap to clone: all clones are one.
#[derive(Clone, Debug, Default)]
pub struct NumberCapabilities(Arc<DashMap<NumberId, Capabilities>>);

impl NumberCapabilities {
    /// From now on the number speaks by a channel that takes this.
    pub fn set(&self, number: NumberId, capabilities: Capabilities) {
        self.0.insert(number, capabilities);
    }

    /// What its channel takes; the usual, as long as nobody has said.
    pub fn of(&self, number: NumberId) -> Capabilities {
        self.0.get(&number).map(|known| *known).unwrap_or_default()
    }
}
