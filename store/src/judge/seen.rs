//! What came before: by its key, or by the message that it brought (A1).

use crate::Office;
use crate::records::Tables;
use dashoffice_domain::Row;
use dashoffice_domain::conversation;
use dashoffice_domain::conversation::ahead_id;
use dashoffice_domain::ports::Arrival;
use dashoffice_runtime::Commit;
use uuid::Uuid;

/// Whether an item was recorded. A message that was recorded from its edit did not come itself.
pub(crate) fn is_seen(tables: &Tables, tenant: Uuid, key: &str) -> bool {
    let message = || {
        let (number, id) = Arrival::named_by(key)?;
        let message = tables.message_by_provider_id(tenant, number, id)?;
        (message != ahead_id(number, id)).then_some(message)
    };
    tables.dedupe.has(&(tenant, key.to_owned())) || message().is_some()
}

/// Whether the commit records the very message of this key, by which it is known from then on.
pub(super) fn brings(commit: &Commit<Office>, key: &str) -> bool {
    let Some((number, id)) = Arrival::named_by(key) else { return false };
    commit.rows.iter().any(|row| {
        matches!(row, Row::Conversation(conversation::Row::Message(row)) if row.number == number
            && row.provider_message_id.as_deref() == Some(id) && row.id != ahead_id(number, id))
    })
}
