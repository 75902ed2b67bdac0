//! The timers that a batch is about, and whose they are.

use super::prefetch::{PrefetchKeys, entity_values, rows};
use super::{BatchedQueries, Columns, Error, decode, values};
use crate::records::{Cursor, Tables, TimerRecord};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

pub(super) fn ask(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.timers, |(tenant, entity, kind)| {
        let mut key = entity_values(*tenant, *entity);
        key.push(kind.into());
        key
    });
    let sql = "SELECT t.tenant, t.entity_kind, t.entity_id, t.kind, t.token, t.due_at FROM k CROSS JOIN timer t \
               WHERE t.tenant = k.tenant AND t.entity_kind = k.entity_kind AND t.entity_id = k.entity_id AND t.kind = k.kind";
    queries.ask(&["tenant", "entity_kind", "entity_id", "kind"], keys, sql, timer);
    let kinds = rows(&prefetch.timer_kinds, |kind| values![*kind]);
    let sql = "SELECT t.tenant, t.entity_kind, t.entity_id, t.kind, t.token, t.due_at FROM k CROSS JOIN timer t \
               WHERE t.kind = k.kind";
    queries.ask(&["kind"], kinds, sql, timer);
}

/// Tenants who hear by their inbox that clocks of theirs stood still, and whose place in it must be read for that.
pub(super) fn tenants(prefetch: &PrefetchKeys, tables: &mut Tables, known: &HashMap<Uuid, Cursor>) -> BTreeSet<Uuid> {
    if prefetch.timer_kinds.is_empty() {
        return BTreeSet::new();
    }
    let tenants: BTreeSet<Uuid> = tables.timers.iter().map(|((tenant, ..), _)| *tenant).collect();
    let mut unknown = BTreeSet::new();
    for tenant in tenants {
        if tables.cursors.has(&tenant) {
            continue;
        }
        match known.get(&tenant) {
            Some(cursor) => tables.cursors.known(tenant, *cursor),
            None => drop(unknown.insert(tenant)),
        }
    }
    unknown
}

fn timer(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let (tenant, entity) = (c.id()?, decode::known_entity(c)?);
    let Some(entity) = entity else { return Ok(()) };
    let key = (tenant, entity, c.text()?);
    tables.timers.known(key, TimerRecord { token: c.id()?, due_at: c.time()? });
    Ok(())
}
