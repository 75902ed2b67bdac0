//! The agents' lines in the routing.

use crate::records::Tables;
use crate::sql::{Writes, values};

pub(super) fn save(tables: &Tables, writes: &mut Writes) {
    let rows = tables.agents.written().map(|((tenant, id), row)| {
        values![
            *tenant,
            *id,
            row.chosen.name(),
            row.reason.clone(),
            row.since,
            row.capacity_units,
            row.last_assigned_at,
            row.last_release_at,
            row.misses,
        ]
    });
    let columns = &[
        "tenant",
        "id",
        "chosen",
        "reason",
        "since",
        "capacity_units",
        "last_assigned_at",
        "last_release_at",
        "misses",
    ];
    let tail = "ON CONFLICT (tenant, id) DO UPDATE SET chosen = excluded.chosen, reason = excluded.reason, \
                since = excluded.since, capacity_units = excluded.capacity_units, \
                last_assigned_at = excluded.last_assigned_at, last_release_at = excluded.last_release_at, \
                misses = excluded.misses";
    writes.insert("agent", columns, rows.collect(), tail);
}
