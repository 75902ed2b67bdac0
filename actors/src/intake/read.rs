//! Whose inbox has been read to its end since the office opened: on waking, what came in goes before what has run out (B5).

use dashmap::DashSet;
use dashoffice_domain::ids::TenantId;
use std::sync::Arc;

/// Shared by an office's intakes and its clocks. Cheap to clone: all clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct InboxesRead(Arc<DashSet<TenantId>>);

impl InboxesRead {
    pub(super) fn reached_the_end(&self, tenant: TenantId) {
        self.0.insert(tenant);
    }

    /// Whether everything that had come in for this tenant when the office opened has been handed to whom it concerns.
    pub fn of(&self, tenant: TenantId) -> bool {
        self.0.contains(&tenant)
    }
}
