//! Changes that overtook their message: kept as early statuses are, and made when it comes.

use crate::records::changes::{self, MOST_EARLY};
use crate::records::{EarlyChangeRecord, Tables};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::MessageChange;
use dashoffice_domain::ids::{MessageId, ThreadId};
use uuid::Uuid;

/// Keeps a change of a message of this thread that is not here.
pub(super) fn keep(tables: &mut Tables, key: &(Uuid, ThreadId, String), change: &MessageChange, at: Timestamp) {
    if !tables.early_changes.has(key) {
        tables.early_changes.put(key.clone(), EarlyChangeRecord { changes: Vec::new(), seen_at: at });
    }
    if let Some(early) = tables.early_changes.change(key) {
        if early.changes.len() == MOST_EARLY {
            early.changes.remove(0);
        }
        early.changes.push(change.clone());
    }
}

/// Makes the changes of a message that has come, or of ours that the provider has named. True: there were some.
pub(super) fn apply(tables: &mut Tables, tenant: Uuid, message: MessageId, provider_id: &str) -> bool {
    let Some(known) = tables.messages().get(&(tenant, message)) else { return false };
    let key = (tenant, known.thread, provider_id.to_owned());
    let Some(early) = tables.early_changes.remove(&key) else { return false };
    tables.change_message(tenant, message, |known| {
        early.changes.iter().for_each(|change| changes::apply(known, change));
    });
    true
}
