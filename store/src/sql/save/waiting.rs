//! What waits.

use super::{json, maybe_entity};
use crate::records::{Change, Tables};
use crate::sql::prefetch::entity_values;
use crate::sql::{Error, Writes, values};
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Timestamp};
use uuid::Uuid;

/// Inbox, dedupe keys, timers, guards and results of commands.
pub(super) fn save(tables: &Tables, writes: &mut Writes) -> Result<(), Error> {
    let gone = tables.inbox.gone().map(|(tenant, position)| values![*tenant, *position]).collect();
    writes.delete("inbox", &["tenant", "position"], gone);
    let changed = tables.inbox.touched(Change::Changed);
    let changed = changed.map(|((tenant, position), row)| values![*tenant, *position, row.tries, row.held]).collect();
    let sql = "UPDATE inbox SET tries = k.tries, held = k.held FROM k \
               WHERE inbox.tenant = k.tenant AND inbox.position = k.position";
    writes.update(&["tenant", "position", "tries", "held"], changed, sql);
    let new = tables.inbox.touched(Change::New).map(|((tenant, position), row)| {
        let (number, entity, raw) = match &row.source {
            InboxSource::Provider { number, raw } => (Some(number.0), None, raw),
            InboxSource::Tell { entity, item } => (None, Some(*entity), item),
        };
        let mut values = values![*tenant, *position, number];
        values.extend(maybe_entity(entity));
        values.extend(values![raw.clone(), row.received_at, row.tries, row.correlation, row.held, row.suspect.clone()]);
        values
    });
    let columns = &[
        "tenant",
        "position",
        "number",
        "entity_kind",
        "entity_id",
        "raw",
        "received_at",
        "tries",
        "correlation",
        "held",
        "suspect",
    ];
    writes.insert("inbox", columns, new.collect(), "");
    let seen = tables.dedupe.written().map(|((tenant, key), at)| values![*tenant, key, Timestamp(*at)]).collect();
    writes.insert("dedupe", &["tenant", "dedupe_key", "seen_at"], seen, "");

    let gone = tables.early_changes.gone().map(|(tenant, thread, id)| values![*tenant, *thread, id]).collect();
    writes.delete("early_change", &["tenant", "thread", "provider_message_id"], gone);
    let mut early = Vec::new();
    for ((tenant, thread, id), row) in tables.early_changes.written() {
        early.push(values![*tenant, *thread, id, json(&row.changes)?, row.seen_at]);
    }
    let tail = "ON CONFLICT (tenant, thread, provider_message_id) DO UPDATE SET changes = excluded.changes";
    let columns = &["tenant", "thread", "provider_message_id", "changes", "seen_at"];
    writes.insert("early_change", columns, early, tail);

    let timer_key = |(tenant, entity, kind): &(Uuid, Entity, String)| {
        let mut key = entity_values(*tenant, *entity);
        key.push(kind.into());
        key
    };
    let gone = tables.timers.gone().map(timer_key).collect();
    writes.delete("timer", &["tenant", "entity_kind", "entity_id", "kind"], gone);
    let set = tables.timers.written().map(|(key, timer)| {
        let mut row = timer_key(key);
        row.extend(values![timer.token, timer.due_at]);
        row
    });
    writes.insert(
        "timer",
        &["tenant", "entity_kind", "entity_id", "kind", "token", "due_at"],
        set.collect(),
        "ON CONFLICT (tenant, entity_kind, entity_id, kind) DO UPDATE SET token = excluded.token, due_at = excluded.due_at",
    );
    let raised = tables.guards.written().map(|((tenant, name), value)| values![*tenant, name, *value]).collect();
    let tail = "ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value";
    writes.insert("guard", &["tenant", "name", "value"], raised, tail);
    let results = tables.results.written().map(|((tenant, principal, key), result)| {
        values![*tenant, *principal, *key, result.fingerprint.to_vec(), result.answer.clone(), result.at]
    });
    let columns = &["tenant", "principal", "command_key", "fingerprint", "answer", "at"];
    writes.insert("command_result", columns, results.collect(), "");
    Ok(())
}
