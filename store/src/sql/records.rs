//! Records in both databases: every statement follows from the description of its kind.

use super::prefetch::rows;
use super::{BatchedQueries, Columns, Error, Value, Writes, unreadable, values};
use crate::records::{RecordKey, Tables, UniquePart, unique_parts};
use dashoffice_domain::kinds::KINDS;
use dashoffice_domain::record::{Field, Holds, Kind, Record, Row, Unique, Value as Held};
use dashoffice_domain::{Timestamp, wording};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use uuid::Uuid;

/// The statements of one kind, made once.
pub(crate) struct Statements {
    /// `r.version, r.changed_at, …`: what [`record`] reads after tenant and id, of a table called `r`.
    pub(crate) columns: &'static str,
    /// Of the table `k (tenant, id)`: tenant, id, and the columns.
    pub(crate) by_id: &'static str,
    /// Of the table `k (tenant)`: all of the kind; the same columns.
    pub(crate) by_tenant: &'static str,
    /// One per unique, with the columns of the table `k` that it goes by; the same columns.
    pub(crate) by_unique: Vec<(&'static [&'static str], &'static str)>,
    written: &'static [&'static str],
    upsert: &'static str,
}

static STATEMENTS: LazyLock<BTreeMap<&'static str, Statements>> =
    LazyLock::new(|| KINDS.into_iter().map(|kind| (kind.name, Statements::of(kind))).collect());

/// The statements of a kind.
pub(crate) fn statements(kind: &Kind) -> &'static Statements {
    STATEMENTS.get(kind.name).expect("every kind has its statements")
}

/// The column beside a searched field.
pub(crate) fn key_column(field: &Field) -> String {
    format!("{}_key", field.column)
}

/// Made once per kind, for as long as the process runs.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl Statements {
    fn of(kind: &'static Kind) -> Self {
        let own = |prefix: &str| {
            let columns = kind.fields.iter().map(|field| format!("{prefix}{}", field.column));
            columns.collect::<Vec<_>>().join(", ")
        };
        let columns = kept(format!("r.version, r.changed_at, r.archived_at, {}", own("r.")));
        let table = kind.table;
        let by_id = kept(format!(
            "SELECT r.tenant, r.id, {columns} FROM k CROSS JOIN {table} r WHERE r.tenant = k.tenant AND r.id = k.id"
        ));
        let by_tenant =
            kept(format!("SELECT r.tenant, r.id, {columns} FROM k CROSS JOIN {table} r WHERE r.tenant = k.tenant"));
        let by_unique = kind.uniques.iter().map(|unique| by_unique(kind, unique, columns)).collect();
        let mut written = vec!["tenant", "id", "version", "changed_at", "archived_at"];
        written.extend(kind.fields.iter().map(|field| field.column));
        written.extend(kind.fields.iter().filter(|field| field.is_searched()).map(|field| kept(key_column(field))));
        let learnt = |column: &str| kind.fields.iter().any(|field| field.is_learnt() && field.column == column);
        let sets = written[2..].iter().map(|column| {
            if learnt(column) {
                format!("{column} = COALESCE(excluded.{column}, {table}.{column})")
            } else {
                format!("{column} = excluded.{column}")
            }
        });
        let sets = sets.collect::<Vec<_>>().join(", ");
        let upsert = kept(format!("ON CONFLICT (tenant, id) DO UPDATE SET {sets}"));
        Self { columns, by_id, by_tenant, by_unique, written: written.leak(), upsert }
    }
}

fn by_unique(kind: &Kind, unique: &Unique, columns: &str) -> (&'static [&'static str], &'static str) {
    let mut names: Vec<&'static str> = if unique.everywhere { Vec::new() } else { vec!["tenant"] };
    let fields = unique.fields.iter().filter_map(|name| kind.field(name));
    names.extend(fields.map(|field| if field.is_searched() { kept(key_column(field)) } else { field.column }));
    let same = names.iter().map(|name| format!("r.{name} = k.{name}")).collect::<Vec<_>>().join(" AND ");
    let sql = format!("SELECT r.tenant, r.id, {columns} FROM k CROSS JOIN {} r WHERE {same}", kind.table);
    (names.leak(), kept(sql))
}

/// What must be known of records before a batch is judged.
#[derive(Debug, Default)]
pub(super) struct RecordKeys {
    ids: BTreeSet<RecordKey>,
    /// By kind, place of the unique, tenant and parts.
    uniques: BTreeSet<(&'static str, usize, Uuid, Vec<UniquePart>)>,
}

impl RecordKeys {
    pub(super) fn row(&mut self, tenant: Uuid, row: &Row) {
        match row {
            Row::Put { kind, record, .. } => {
                self.id(tenant, kind, record.id);
                for (place, unique) in kind.uniques.iter().enumerate() {
                    let parts = unique_parts(kind, unique, &record.values);
                    self.uniques.extend(parts.map(|parts| (kind.name, place, tenant, parts)));
                }
            }
            Row::Remove { kind, id, .. } => self.id(tenant, kind, *id),
            Row::Changed(_) => {}
        }
    }

    pub(super) fn id(&mut self, tenant: Uuid, kind: &Kind, id: Uuid) {
        self.ids.insert((tenant, kind.name, id));
    }
}

pub(super) fn ask(prefetch: &RecordKeys, queries: &mut BatchedQueries) {
    if prefetch.ids.is_empty() {
        return;
    }
    for kind in KINDS {
        let known = move |c: &mut Columns<'_>, tables: &mut Tables| {
            let (tenant, id) = (c.id()?, c.id()?);
            tables.records.known((tenant, kind.name, id), record(c, kind, id)?);
            Ok(())
        };
        let statements = statements(kind);
        let ids: BTreeSet<&RecordKey> = prefetch.ids.iter().filter(|(_, name, _)| *name == kind.name).collect();
        queries.ask(&["tenant", "id"], rows(&ids, |(tenant, _, id)| values![*tenant, *id]), statements.by_id, known);
        for ((place, unique), (columns, sql)) in kind.uniques.iter().enumerate().zip(&statements.by_unique) {
            let mine = prefetch.uniques.iter().filter(|(name, of, ..)| *name == kind.name && *of == place);
            let keys = mine.map(|(_, _, tenant, parts)| unique_values(unique, *tenant, parts));
            queries.ask(columns, keys.collect(), sql, known);
        }
    }
}

/// The values of the columns that a unique goes by.
pub(crate) fn unique_values(unique: &Unique, tenant: Uuid, parts: &[UniquePart]) -> Vec<Value> {
    let tenant = (!unique.everywhere).then(|| Value::from(tenant));
    let parts = parts.iter().map(|part| match part {
        UniquePart::Text(text) => text.into(),
        UniquePart::Id(id) => Value::from(*id),
    });
    tenant.into_iter().chain(parts).collect()
}

/// A record from its columns, which come after tenant and id.
pub(crate) fn record(c: &mut Columns<'_>, kind: &Kind, id: Uuid) -> Result<Record, Error> {
    let (version, changed_at, archived_at) = (c.int()?, c.time()?, c.time_or_null()?);
    let values = kind.fields.iter().map(|field| held(c, field)).collect::<Result<_, Error>>()?;
    Ok(Record { id, version, changed_at, archived_at, values })
}

fn held(c: &mut Columns<'_>, field: &Field) -> Result<Held, Error> {
    Ok(match field.holds {
        Holds::Text { .. } | Holds::Choice(_) => match c.text_or_null()? {
            Some(text) if text.is_empty() && field.is_never_null() => Held::Null,
            text => text.into(),
        },
        Holds::Integer { .. } => c.int_or_null()?.map_or(Held::Null, Held::Integer),
        Holds::Boolean => c.bool_or_null()?.map_or(Held::Null, Held::Boolean),
        Holds::Id { .. } => c.id_or_null()?.map_or(Held::Null, Held::Id),
        Holds::Object => match c.text_or_null()? {
            Some(text) => Held::Object(serde_json::from_str(&text).map_err(|_| unreadable(field.column))?),
            None => Held::Null,
        },
        Holds::Set(_) => match c.text_or_null()? {
            Some(text) => Held::Set(serde_json::from_str(&text).map_err(|_| unreadable(field.column))?),
            None => Held::Null,
        },
    })
}

/// As it stands in its column.
pub(crate) fn bound(field: &Field, value: &Held) -> Value {
    match (field.holds, value) {
        (Holds::Text { .. } | Holds::Choice(_), Held::Text(text)) => text.into(),
        (Holds::Text { .. } | Holds::Choice(_), _) if field.is_never_null() => "".into(),
        (Holds::Text { .. } | Holds::Choice(_), _) => Value::Text(None),
        (Holds::Integer { .. }, value) => Value::Int(value.as_integer()),
        (Holds::Boolean, value) => Value::Bool(value.as_boolean().unwrap_or_default()),
        (Holds::Id { .. }, value) => Value::Id(value.as_id()),
        (Holds::Object, Held::Object(object)) => object.to_string().into(),
        (Holds::Set(_), value @ Held::Set(_)) => value.to_json().to_string().into(),
        (Holds::Object | Holds::Set(_), _) => Value::Text(None),
    }
}

pub(super) fn save(tables: &Tables, writes: &mut Writes) {
    if tables.records.rows().is_touched() {
        for kind in KINDS {
            let statements = statements(kind);
            let written = tables.records.rows().written().filter(|((_, name, _), _)| *name == kind.name);
            let written = written.map(|((tenant, _, id), record)| row(kind, *tenant, *id, record));
            writes.insert(kind.table, statements.written, written.collect(), statements.upsert);
            let gone = tables.records.rows().gone().filter(|(_, name, _)| *name == kind.name);
            let gone = gone.map(|(tenant, _, id)| values![*tenant, *id]);
            writes.delete(kind.table, &["tenant", "id"], gone.collect());
        }
    }
    let changes = tables.changes.iter().map(|kept| {
        let told: serde_json::Map<_, _> =
            kept.change.told().map(|(field, before, after)| (field, [before, after].as_slice().into())).collect();
        values![
            kept.tenant,
            kept.position,
            kept.ordinal,
            kept.change.kind.name,
            kept.change.id,
            kept.change.what.name(),
            kept.actor.id(),
            kept.actor.kept_kind(),
            Timestamp(kept.at),
            serde_json::Value::Object(told).to_string(),
        ]
    });
    let columns =
        &["tenant", "position", "ordinal", "record_kind", "record_id", "what", "actor", "actor_kind", "at", "told"];
    writes.insert("record_change", columns, changes.collect(), "");
}

fn row(kind: &Kind, tenant: Uuid, id: Uuid, record: &Record) -> Vec<Value> {
    let mut row = values![tenant, id, record.version, record.changed_at, record.archived_at];
    row.extend(kind.fields.iter().zip(&record.values).map(|(field, value)| bound(field, value)));
    let searched = kind.fields.iter().zip(&record.values).filter(|(field, _)| field.is_searched());
    row.extend(searched.map(|(_, value)| Value::from(value.as_text().map(wording::folded))));
    row
}
