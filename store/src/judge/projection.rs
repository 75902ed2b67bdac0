//! What a projection has folded takes the place of what stood at these positions, if the projection stands where it was when it read.

use super::job::{Answer, Verdict};
use crate::projection::{Projected, Row};
use crate::records::Tables;
use dashoffice_runtime::Outcome;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) fn judge(tables: &mut Tables, projected: &Projected) -> Verdict {
    let Projected { projection, tenant, after, until, rows } = projected;
    let stands_at = tables.projections.get(&(*projection, *tenant)).copied().unwrap_or_default();
    if stands_at != *after || until < after {
        return Verdict::quiet(Answer::Commit(Outcome::Conflict));
    }
    let are_there: BTreeSet<i64> = rows.iter().map(|Row::Audit(row)| row.position).collect();
    let stood = tables.audit.range((*tenant, after + 1)..=(*tenant, *until)).map(|((_, position), _)| *position);
    let gone: Vec<i64> = stood.filter(|position| !are_there.contains(position)).collect();
    for position in gone {
        tables.audit.remove(&(*tenant, position));
    }
    for Row::Audit(row) in rows {
        tables.audit.put((*tenant, row.position), row.clone());
    }
    tables.projections.put((*projection, *tenant), *until);
    Verdict::quiet(Answer::Commit(Outcome::Committed { position: *until }))
}

/// It begins with the first event again.
pub(super) fn rewind(tables: &mut Tables, projection: &'static str, tenant: Uuid) -> Verdict {
    tables.projections.put((projection, tenant), 0);
    Verdict::quiet(Answer::Count(0))
}
