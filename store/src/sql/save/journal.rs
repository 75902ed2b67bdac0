//! Positions, events and states.

use super::json;
use crate::records::Tables;
use crate::sql::prefetch::entity_values;
use crate::sql::{Error, Writes, values};
use dashoffice_domain::Timestamp;

pub(super) fn save(tables: &Tables, writes: &mut Writes) -> Result<(), Error> {
    let rows = tables.cursors.written().map(|(tenant, c)| values![*tenant, c.position, c.inbox_position]).collect();
    writes.insert(
        "tenant_cursor",
        &["tenant", "position", "inbox_position"],
        rows,
        "ON CONFLICT (tenant) DO UPDATE SET position = excluded.position, inbox_position = excluded.inbox_position",
    );
    let mut rows = Vec::with_capacity(tables.events.len());
    for event in &tables.events {
        rows.push(values![
            event.tenant,
            event.position,
            event.id,
            event.entity.kind(),
            event.entity.id(),
            event.sequence,
            event.event.kind(),
            event.event.version(),
            Timestamp(event.at),
            event.actor.id(),
            event.actor.kept_kind(),
            event.cause,
            event.correlation,
            event.owner_epoch,
            event.term,
            json(&event.event)?,
        ]);
    }
    writes.insert(
        "event",
        &[
            "tenant",
            "position",
            "id",
            "entity_kind",
            "entity_id",
            "sequence",
            "kind",
            "version",
            "at",
            "actor",
            "actor_kind",
            "cause",
            "correlation",
            "owner_epoch",
            "term",
            "body",
        ],
        rows,
        "",
    );
    let rows = tables.states.written().map(|((tenant, entity), state)| {
        let mut row = entity_values(*tenant, *entity);
        row.extend(values![state.sequence, state.schema_version, state.body.clone()]);
        row
    });
    writes.insert(
        "entity_state",
        &["tenant", "entity_kind", "entity_id", "sequence", "schema_version", "body"],
        rows.collect(),
        "ON CONFLICT (tenant, entity_kind, entity_id) DO UPDATE SET sequence = excluded.sequence, \
         schema_version = excluded.schema_version, body = excluded.body",
    );
    Ok(())
}
