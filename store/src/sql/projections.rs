//! Projections in both databases: how far they have come, and their rows.

use super::prefetch::rows;
use super::{BatchedQueries, Writes, values};
use crate::projection::{AuditRecord, Projected};
use crate::records::Tables;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What must be known before what was folded is judged.
#[derive(Debug, Default)]
pub(super) struct ProjectionKeys {
    cursors: BTreeSet<(&'static str, Uuid)>,
    /// Of a tenant, after the first position and up to the second.
    stretches: BTreeSet<(Uuid, i64, i64)>,
}

impl ProjectionKeys {
    pub(super) fn folded(&mut self, projected: &Projected) {
        self.cursors.insert((projected.projection, projected.tenant));
        self.stretches.insert((projected.tenant, projected.after, projected.until));
    }

    pub(super) fn rewound(&mut self, projection: &'static str, tenant: Uuid) {
        self.cursors.insert((projection, tenant));
    }
}

pub(super) fn ask(prefetch: &ProjectionKeys, queries: &mut BatchedQueries) {
    for (name, tenant) in &prefetch.cursors {
        let (name, tenant) = (*name, *tenant);
        let sql = "SELECT p.position FROM k CROSS JOIN projection p WHERE p.name = k.name AND p.tenant = k.tenant";
        queries.ask(&["name", "tenant"], vec![values![name, tenant]], sql, move |c, tables| {
            tables.projections.known((name, tenant), c.int()?);
            Ok(())
        });
    }
    let keys = rows(&prefetch.stretches, |(tenant, after, until)| values![*tenant, *after, *until]);
    let sql = "SELECT a.tenant, a.position FROM k CROSS JOIN audit a \
               WHERE a.tenant = k.tenant AND a.position > k.past AND a.position <= k.upto";
    queries.ask(&["tenant", "past", "upto"], keys, sql, |c, tables| {
        // What stands in it is not asked: it is replaced or goes.
        tables.audit.known((c.id()?, c.int()?), AuditRecord::default());
        Ok(())
    });
}

pub(super) fn save(tables: &Tables, writes: &mut Writes) {
    let cursors = tables.projections.written().map(|((name, tenant), position)| values![*name, *tenant, *position]);
    let tail = "ON CONFLICT (name, tenant) DO UPDATE SET position = excluded.position";
    writes.insert("projection", &["name", "tenant", "position"], cursors.collect(), tail);
    let gone = tables.audit.gone().map(|(tenant, position)| values![*tenant, *position]).collect();
    writes.delete("audit", &["tenant", "position"], gone);
    let written = tables.audit.written().map(|((tenant, position), row)| {
        let (actor, actor_kind) = (row.actor.id(), row.actor.kept_kind());
        values![*tenant, *position, &row.kind, row.id, &row.what, actor, actor_kind, row.at, &row.about]
    });
    let columns = &["tenant", "position", "kind", "id", "what", "actor", "actor_kind", "at", "about"];
    let tail = "ON CONFLICT (tenant, position) DO UPDATE SET kind = excluded.kind, id = excluded.id, \
                what = excluded.what, actor = excluded.actor, actor_kind = excluded.actor_kind, at = excluded.at, \
                about = excluded.about";
    writes.insert("audit", columns, written.collect(), tail);
}
