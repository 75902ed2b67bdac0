//! Records of any kind, listed and looked up; every statement follows from the kind's description.

use super::built_in;
use super::page::to_read;
use super::visibility::Query;
use super::{Shown, TenantScope};
use crate::Store;
use crate::sql::records::{bound, key_column, record, statements};
use crate::sql::{Error, RecordRow, values};
use dashoffice_domain::record::{Field, Holds, Kind, Record, Value};
use dashoffice_domain::wording;
use dashoffice_runtime::Unavailable;
use uuid::Uuid;

/// Which of those out of use are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archived {
    #[default]
    Without,
    Only,
    With,
}

/// What a list shows, and in which order. Fields must be the kind's own, and fit: filtered ones, a sorted one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordFilter {
    /// Beginnings of words of any searched field, in any order.
    pub q: Option<String>,
    pub equal: Vec<(&'static Field, Value)>,
    pub archived: Archived,
    /// `None`: by id.
    pub sort: Option<&'static Field>,
    pub descending: bool,
}

/// Where a page ended: what the list is sorted by, as it stood in the last row, and the row's id.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPlace {
    /// Null where it is sorted by id.
    pub key: Value,
    pub id: Uuid,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RecordPage {
    pub rows: Vec<Record>,
    pub next: Option<RecordPlace>,
}

impl Store {
    pub async fn records(
        &self,
        scope: TenantScope,
        kind: &'static Kind,
        filter: &RecordFilter,
        after: Option<&RecordPlace>,
        limit: u32,
    ) -> Result<Shown<RecordPage>, Unavailable> {
        self.showing("listing records", scope, async |db| {
            let query = page(scope, kind, filter, after, limit);
            let rows = query.rows(db).await?;
            let mut rows = rows.iter().map(|row| one(row, kind)).collect::<Result<Vec<Record>, Error>>()?;
            let shown = (to_read(limit) - 1) as usize;
            let more = rows.len() > shown;
            rows.truncate(shown);
            let page = RecordPage { next: rows.last().filter(|_| more).map(|last| place(kind, filter, last)), rows };
            Ok(built_in::among(page, kind, filter, after, shown))
        })
        .await
    }

    /// How many there are, however many pages that is.
    pub async fn count_records(
        &self,
        scope: TenantScope,
        kind: &'static Kind,
        filter: &RecordFilter,
    ) -> Result<i64, Unavailable> {
        self.reading("counting records", async |db| {
            let rows = listed(scope, kind, filter, "COUNT(*)").rows(db).await?;
            let kept = rows.first().map_or(Ok(0), |row| row.columns().int())?;
            Ok(kept + built_in::listed(kind, filter).len() as i64)
        })
        .await
    }

    pub async fn record(
        &self,
        scope: TenantScope,
        kind: &'static Kind,
        id: Uuid,
    ) -> Result<Shown<Option<Record>>, Unavailable> {
        self.showing("reading a record", scope, async |db| {
            let sql = format!("SELECT r.id, {} FROM {} r WHERE r.tenant = $1", statements(kind).columns, kind.table);
            let mut query = Query::of(&sql, scope);
            query.and(" AND r.id = ?", values![id]);
            let kept = query.rows(db).await?.first().map(|row| one(row, kind)).transpose()?;
            Ok(kept.or_else(|| kind.built_in_record(id)))
        })
        .await
    }
}

/// One page of the list, with one row more than it shows where there are more.
fn page(scope: TenantScope, kind: &Kind, filter: &RecordFilter, after: Option<&RecordPlace>, limit: u32) -> Query {
    let mut query = listed(scope, kind, filter, &format!("r.id, {}", statements(kind).columns));
    let (order, comes) = if filter.descending { ("DESC", "<") } else { ("ASC", ">") };
    match (sorted(filter), after) {
        (Some((field, column)), after) => {
            if let Some(RecordPlace { key, id }) = after {
                query.and(&format!(" AND ({column}, r.id) {comes} (?, ?)"), vec![bound(field, key), (*id).into()]);
            }
            query.and(&format!(" ORDER BY {column} {order}, r.id {order}"), Vec::new());
        }
        (None, after) => {
            if let Some(RecordPlace { id, .. }) = after {
                query.and(&format!(" AND r.id {comes} ?"), values![*id]);
            }
            query.and(&format!(" ORDER BY r.id {order}"), Vec::new());
        }
    }
    query.and(" LIMIT ?", values![to_read(limit)]);
    query
}

/// The list's rows, not yet in order.
fn listed(scope: TenantScope, kind: &Kind, filter: &RecordFilter, columns: &str) -> Query {
    let mut query = Query::of(&format!("SELECT {columns} FROM {} r WHERE r.tenant = $1", kind.table), scope);
    match filter.archived {
        Archived::Without => query.and(" AND r.archived_at IS NULL", Vec::new()),
        Archived::Only => query.and(" AND r.archived_at IS NOT NULL", Vec::new()),
        Archived::With => {}
    }
    for (field, value) in &filter.equal {
        match value {
            Value::Null => query.and(&format!(" AND r.{} IS NULL", field.column), Vec::new()),
            value => query.and(&format!(" AND r.{} = ?", field.column), vec![bound(field, value)]),
        }
    }
    for word in filter.q.iter().flat_map(|q| wording::words(q)) {
        let searched = kind.fields.iter().filter(|field| field.is_searched());
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let (mut any, mut args) = (Vec::new(), Vec::new());
        for field in searched {
            any.push(format!("(' ' || r.{}) LIKE ? ESCAPE '\\'", key_column(field)));
            args.push(format!("% {escaped}%").into());
        }
        // A kind of which nothing is searched has nothing that is found by words.
        let any = if any.is_empty() { "1 = 0".to_owned() } else { any.join(" OR ") };
        query.and(&format!(" AND ({any})"), args);
    }
    query
}

/// What the list is sorted by, and its column: text by its folded words, where it has them.
fn sorted(filter: &RecordFilter) -> Option<(&'static Field, String)> {
    let field = filter.sort?;
    Some((field, if field.is_searched() { format!("r.{}", key_column(field)) } else { format!("r.{}", field.column) }))
}

pub(super) fn place(kind: &Kind, filter: &RecordFilter, last: &Record) -> RecordPlace {
    let key = filter.sort.and_then(|field| {
        let value = last.get(kind, field.name)?;
        Some(match (field.holds, value) {
            (Holds::Text { .. }, Value::Text(text)) if field.is_searched() => Value::Text(wording::folded(text)),
            _ => value.clone(),
        })
    });
    RecordPlace { key: key.unwrap_or(Value::Null), id: last.id }
}

fn one(row: &RecordRow, kind: &Kind) -> Result<Record, Error> {
    let mut c = row.columns();
    let id = c.id()?;
    record(&mut c, kind, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::empty_tables;
    use dashoffice_domain::ids::TenantId;
    use dashoffice_domain::kinds::KINDS;

    /// What SQLite does to read a page.
    fn steps(kind: &'static Kind, filter: &RecordFilter, after: Option<&RecordPlace>) -> Vec<String> {
        let query = page(TenantScope::looked_up(TenantId(Uuid::nil())), kind, filter, after, 50);
        let db = empty_tables();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {}", query.sql())).unwrap();
        let unbound = vec![None::<i64>; plan.parameter_count()];
        let steps = plan.query_map(rusqlite::params_from_iter(unbound), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[test]
    fn a_page_of_any_kind_in_any_order_that_it_may_have_is_read_from_an_index() {
        for kind in KINDS {
            let orders = kind.fields.iter().filter(|field| field.is_sorted()).map(Some).chain([None]);
            for (sort, descending) in orders.flat_map(|sort| [(sort, false), (sort, true)]) {
                let filter = RecordFilter { sort, descending, ..RecordFilter::default() };
                let after = RecordPlace { key: Value::Null, id: Uuid::nil() };
                for after in [None, Some(&after)] {
                    let steps = steps(kind, &filter, after);
                    let walks = |step: &String| step.contains("SCAN") || step.contains("TEMP B-TREE");
                    let order = sort.map(|field| field.name);
                    assert!(!steps.iter().any(walks), "{kind:?} by {order:?}: {steps:?}");
                }
            }
        }
    }
}
