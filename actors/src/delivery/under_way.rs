//! What is being sent at this moment, in all of the process: posts outlive the delivery, and the office, that sent them off.

use dashmap::DashMap;
use dashoffice_domain::ids::{MessageId, NumberId, TenantId};
use dashoffice_runtime::jobs;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The posts of each number, for as long as the process lives. Cheap to clone: all clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(Arc<DashMap<(TenantId, NumberId), OfNumber>>);

/// One number's.
pub(super) type OfNumber = jobs::UnderWay<MessageId>;

impl UnderWay {
    pub(super) fn of(&self, tenant: TenantId, number: NumberId) -> OfNumber {
        self.0.entry((tenant, number)).or_default().clone()
    }

    /// Every message on its way: whoever owns the store anew in this process calls none of them unknown.
    pub fn messages(&self) -> BTreeSet<(TenantId, MessageId)> {
        let of = |number: dashmap::mapref::multiple::RefMulti<'_, (TenantId, NumberId), OfNumber>| {
            let tenant = number.key().0;
            number.value().keys().into_iter().map(|message| (tenant, message)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }
}
