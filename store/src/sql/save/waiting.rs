//! What waits.

use super::maybe_entity;
use crate::records::{Change, Tables};
use crate::sql::needs::entity_values;
use crate::sql::{Connection, Error, values};
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Timestamp};
use uuid::Uuid;

/// Inbox, dedupe keys, timers, guards and results of commands.
pub(super) async fn save(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let gone = tables.inbox.gone().map(|(tenant, position)| values![*tenant, *position]).collect();
    let sql = "DELETE FROM inbox WHERE (tenant, position) IN (SELECT k.tenant, k.position FROM k)";
    db.run_with(&["tenant", "position"], gone, sql).await?;
    let changed = tables.inbox.touched(Change::Changed);
    let changed = changed.map(|((tenant, position), row)| values![*tenant, *position, row.tries, row.held]).collect();
    let sql = "UPDATE inbox SET tries = k.tries, held = k.held FROM k \
               WHERE inbox.tenant = k.tenant AND inbox.position = k.position";
    db.run_with(&["tenant", "position", "tries", "held"], changed, sql).await?;
    let new = tables.inbox.touched(Change::New).map(|((tenant, position), row)| {
        let (number, entity, raw) = match &row.source {
            InboxSource::Provider { number, raw } => (Some(number.0), None, raw),
            InboxSource::Tell { entity, item } => (None, Some(*entity), item),
        };
        let mut values = values![*tenant, *position, number];
        values.extend(maybe_entity(entity));
        values.extend(values![raw.clone(), row.received_at, row.tries, row.correlation, row.held]);
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
    ];
    db.insert("inbox", columns, new.collect(), "").await?;
    let seen = tables.dedupe.written().map(|((tenant, key), at)| values![*tenant, key, Timestamp(*at)]).collect();
    db.insert("dedupe", &["tenant", "dedupe_key", "seen_at"], seen, "").await?;

    let timer_key = |(tenant, entity, kind): &(Uuid, Entity, String)| {
        let mut key = entity_values(*tenant, *entity);
        key.push(kind.into());
        key
    };
    let gone = tables.timers.gone().map(timer_key).collect();
    let sql = "DELETE FROM timer WHERE (tenant, entity_kind, entity_id, kind) IN \
               (SELECT k.tenant, k.entity_kind, k.entity_id, k.kind FROM k)";
    db.run_with(&["tenant", "entity_kind", "entity_id", "kind"], gone, sql).await?;
    let set = tables.timers.written().map(|(key, timer)| {
        let mut row = timer_key(key);
        row.extend(values![timer.token, timer.due_at]);
        row
    });
    db.insert(
        "timer",
        &["tenant", "entity_kind", "entity_id", "kind", "token", "due_at"],
        set.collect(),
        "ON CONFLICT (tenant, entity_kind, entity_id, kind) DO UPDATE SET token = excluded.token, due_at = excluded.due_at",
    )
    .await?;
    let raised = tables.guards.written().map(|((tenant, name), value)| values![*tenant, name, *value]).collect();
    let tail = "ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value";
    db.insert("guard", &["tenant", "name", "value"], raised, tail).await?;
    let results = tables.results.written().map(|((tenant, principal, key), result)| {
        values![*tenant, *principal, *key, result.fingerprint.to_vec(), result.answer.clone(), result.at]
    });
    let columns = &["tenant", "principal", "command_key", "fingerprint", "answer", "at"];
    db.insert("command_result", columns, results.collect(), "").await
}
