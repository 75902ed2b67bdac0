//! What a projection has folded takes the place of what stood at these positions, if the projection stands where it was when it read.

use super::job::{Answer, JobResult};
use crate::projection::{Projected, Row};
use crate::records::Tables;
use dashoffice_runtime::Outcome;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) fn judge(tables: &mut Tables, projected: &Projected) -> JobResult {
    let Projected { projection, tenant, after, until, rows } = projected;
    let stands_at = tables.projections.get(&(*projection, *tenant)).copied().unwrap_or_default();
    if stands_at != *after || until < after {
        return JobResult::quiet(Answer::Commit(Outcome::Conflict));
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
    JobResult::quiet(Answer::Commit(Outcome::Committed { position: *until }))
}

/// It begins with the first event again.
pub(super) fn rewind(tables: &mut Tables, projection: &'static str, tenant: Uuid) -> JobResult {
    tables.projections.put((projection, tenant), 0);
    JobResult::quiet(Answer::Count(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::AuditRecord;

    const TENANT: Uuid = Uuid::from_u128(1);

    fn folded(after: i64, until: i64, at: &[i64]) -> Projected {
        let row = |position: &i64| Row::Audit(AuditRecord { position: *position, ..AuditRecord::default() });
        Projected { projection: "audit", tenant: TENANT, after, until, rows: at.iter().map(row).collect() }
    }

    fn is_taken(tables: &mut Tables, projected: &Projected) -> bool {
        matches!(judge(tables, projected).answer, Answer::Commit(Outcome::Committed { .. }))
    }

    #[test]
    fn of_two_who_fold_the_same_stretch_one_is_taken_and_what_is_made_anew_replaces_what_stood_there() {
        let mut tables = Tables::default();
        let stand = |tables: &Tables| tables.audit.iter().map(|((_, position), _)| *position).collect::<Vec<_>>();
        assert!(is_taken(&mut tables, &folded(0, 5, &[2, 4])));
        assert!(!is_taken(&mut tables, &folded(0, 7, &[2, 4, 6])), "it has gone on meanwhile");
        assert!(!is_taken(&mut tables, &folded(6, 9, &[8])), "something would be left out");
        assert!(is_taken(&mut tables, &folded(5, 9, &[8])));
        rewind(&mut tables, "audit", TENANT);
        assert!(is_taken(&mut tables, &folded(0, 5, &[3, 4])));
        assert_eq!(stand(&tables), [3, 4, 8], "what comes later stands until it is reached");
    }
}
