//! What is put aside, and what an operator set up.

use super::maybe_entity;
use crate::records::{Change, Tables};
use crate::sql::{Writes, values};
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::ports::InboxSource;

/// Dead letters, raw items and starts.
pub(super) fn save(tables: &Tables, writes: &mut Writes) {
    let dead = tables.dead.written().map(|((tenant, position), row)| {
        let (number, told, raw) = match &row.item.source {
            InboxSource::Provider { number, raw } => (Some(number.0), None, raw),
            InboxSource::Tell { entity, item } => (None, Some(*entity), item),
        };
        let mut values = values![*tenant, *position, number];
        values.extend(maybe_entity(row.entity.or(told)));
        values.extend(values![&row.reason, &row.detail, raw.clone(), row.item.received_at, row.item.tries]);
        values.extend(values![row.item.correlation, row.parked_at]);
        values
    });
    let columns = &[
        "tenant",
        "position",
        "number",
        "entity_kind",
        "entity_id",
        "reason",
        "detail",
        "raw",
        "received_at",
        "tries",
        "correlation",
        "parked_at",
    ];
    writes.insert("dead_letter", columns, dead.collect(), "");
    let gone = tables.dead.gone().map(|(tenant, position)| values![*tenant, *position]).collect();
    writes.delete("dead_letter", &["tenant", "position"], gone);
    unparsed_items(tables, writes);
    let starts = tables.starts.written();
    let starts = starts.map(|(instance, start)| values![*instance, start.started_at, start.stopped_at]).collect();
    let tail =
        "ON CONFLICT (instance) DO UPDATE SET started_at = excluded.started_at, stopped_at = excluded.stopped_at";
    writes.insert("process_start", &["instance", "started_at", "stopped_at"], starts, tail);
    configuration(tables, writes);
}

fn unparsed_items(tables: &Tables, writes: &mut Writes) {
    let gone = tables.unparsed_items.gone().map(|(tenant, id)| values![*tenant, *id]).collect();
    writes.delete("raw_item", &["tenant", "id"], gone);
    let raw = tables.unparsed_items.touched(Change::New).map(|(_, item)| {
        values![
            item.tenant,
            item.number.map(|number| number.0),
            item.app.map(|app| app.0),
            item.number_ref.clone(),
            item.item_key.clone(),
            item.correlation,
            item.news.clone(),
            item.account_ref.clone(),
            &item.reason,
            item.raw.clone(),
            item.kept_at,
        ]
    });
    let columns = &[
        "tenant",
        "number",
        "app",
        "number_ref",
        "item_key",
        "correlation",
        "news",
        "account_ref",
        "reason",
        "raw",
        "kept_at",
    ];
    writes.insert("raw_item", columns, raw.collect(), "");
}

fn configuration(tables: &Tables, writes: &mut Writes) {
    let tenants = tables.tenants.written().map(|(id, name)| values![*id, name]).collect();
    writes.insert("tenant", &["id", "name"], tenants, "ON CONFLICT (id) DO UPDATE SET name = excluded.name");
    // Of numbers that may be new, or changed above.
    let heard = tables.accounts.written().map(|((tenant, number), account)| values![*tenant, *number, account]);
    let sql = "UPDATE number SET account_ref = k.account_ref FROM k \
               WHERE number.tenant = k.tenant AND number.id = k.id AND number.account_ref IS NULL";
    writes.afterwards(&["tenant", "id", "account_ref"], heard.collect(), sql);
    let states = tables
        .number_states
        .written()
        .map(|((tenant, number), state)| values![*tenant, *number, state.name(), state.reason().map(StopReason::name)]);
    let sql = "UPDATE number SET state = k.state, state_reason = k.state_reason FROM k \
               WHERE number.tenant = k.tenant AND number.id = k.id";
    writes.afterwards(&["tenant", "id", "state", "state_reason"], states.collect(), sql);
}
