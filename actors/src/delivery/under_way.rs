//! What is being sent at this moment, in all of the process: posts outlive the delivery, and the office, that sent them off.

use dashmap::{DashMap, DashSet};
use dashoffice_domain::ids::{MessageId, NumberId, TenantId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The posts of each number, for as long as the process lives. Cheap to clone: all clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(Arc<DashMap<(TenantId, NumberId), OfNumber>>);

/// One number's.
pub(super) type OfNumber = Arc<DashSet<MessageId>>;

impl UnderWay {
    pub(super) fn of(&self, tenant: TenantId, number: NumberId) -> OfNumber {
        Arc::clone(&self.0.entry((tenant, number)).or_default())
    }

    /// Every message on its way: whoever owns the store anew in this process calls none of them unknown.
    pub fn messages(&self) -> BTreeSet<(TenantId, MessageId)> {
        let of = |number: dashmap::mapref::multiple::RefMulti<'_, (TenantId, NumberId), OfNumber>| {
            let tenant = number.key().0;
            number.value().iter().map(|message| (tenant, *message)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }
}

/// Marks a message as on its way for as long as its task lives, however that ends.
pub(super) struct Leaving {
    message: MessageId,
    under_way: OfNumber,
}

impl Leaving {
    /// `None`: it is on its way already.
    pub(super) fn begin(message: MessageId, under_way: &OfNumber) -> Option<Self> {
        under_way.insert(message).then(|| Self { message, under_way: Arc::clone(under_way) })
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.under_way.remove(&self.message);
    }
}
