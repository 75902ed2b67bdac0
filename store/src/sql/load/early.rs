//! What came before the message it is about: statuses and changes.

use crate::records::{EarlyChangeRecord, Tables};
use crate::sql::decode::{self, select_early};
use crate::sql::known::Known;
use crate::sql::prefetch::{PrefetchKeys, rows};
use crate::sql::{BatchedQueries, Columns, Connection, Error, values};

pub(super) fn early(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.early, |(tenant, number, id)| values![*tenant, *number, id]);
    let by_key = concat!(
        select_early!(),
        " FROM k CROSS JOIN early_status e \
         WHERE e.tenant = k.tenant AND e.number = k.number AND e.provider_message_id = k.id"
    );
    queries.ask(&["tenant", "number", "id"], keys, by_key, early_status);
    let keys = rows(&prefetch.early_of_messages, |(tenant, message, id)| values![*tenant, *message, id]);
    let by_message = concat!(
        select_early!(),
        " FROM k CROSS JOIN message m CROSS JOIN early_status e WHERE m.tenant = k.tenant AND m.id = k.message \
         AND e.tenant = m.tenant AND e.number = m.number AND e.provider_message_id = k.id"
    );
    queries.ask(&["tenant", "message", "id"], keys, by_message, early_status);
}

/// Nearly always there is none in the whole table: that is looked for once, and remembered until one is written or thrown away.
pub(super) async fn may_have_early_changes(
    db: &mut Connection,
    prefetch: &PrefetchKeys,
    known: &mut Known,
) -> Result<bool, Error> {
    if prefetch.early_changes.is_empty() && prefetch.early_changes_of_messages.is_empty() {
        return Ok(false);
    }
    if known.has_early_changes.is_none() {
        known.has_early_changes = Some(db.row("SELECT 1 FROM early_change LIMIT 1", Vec::new()).await?.is_some());
    }
    Ok(known.has_early_changes != Some(false))
}

/// The changes that came before their message.
pub(super) fn early_changes(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.early_changes, |(tenant, thread, id)| values![*tenant, *thread, id]);
    let by_key = "SELECT e.tenant, e.thread, e.provider_message_id, e.changes, e.seen_at FROM k CROSS JOIN early_change e \
                  WHERE e.tenant = k.tenant AND e.thread = k.thread AND e.provider_message_id = k.id";
    queries.ask(&["tenant", "thread", "id"], keys, by_key, early_change);
    let keys = rows(&prefetch.early_changes_of_messages, |(tenant, message, id)| values![*tenant, *message, id]);
    let by_message = "SELECT e.tenant, e.thread, e.provider_message_id, e.changes, e.seen_at \
                      FROM k CROSS JOIN message m CROSS JOIN early_change e WHERE m.tenant = k.tenant AND m.id = k.message \
                      AND e.tenant = m.tenant AND e.thread = m.thread AND e.provider_message_id = k.id";
    queries.ask(&["tenant", "message", "id"], keys, by_message, early_change);
}

fn early_change(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let key = (c.id()?, c.id()?, c.text()?);
    tables.early_changes.known(key, EarlyChangeRecord { changes: decode::json(c)?, seen_at: c.time()? });
    Ok(())
}

fn early_status(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let key = (c.id()?, c.id()?, c.text()?);
    tables.early.known(key, decode::early(c)?);
    Ok(())
}
