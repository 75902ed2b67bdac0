//! How everything that is set up changes: read, decided, and committed at the sequence it was read at, as one decision of the tenant's
//! settings. Whoever comes second reads again and decides anew.
//!
//! Records have no actors: they change at the pace of people, and are read from the store by whoever needs them.

use crate::Office;
use crate::records::{Records, UniquePart, unique_parts};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::record::{Change, Fault, Holds, Kind, Record, Value};
use dashoffice_domain::{Entity, Event, Row, kinds};
use dashoffice_runtime::{CommandResult, Commit, Draft, Outcome, StateRow, Unavailable};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Of the settings' state row, in which nothing stands but its sequence.
const SCHEMA_VERSION: i64 = 1;
/// Somebody else was first so many times in a row.
const MOST_TRIES: usize = 16;

/// Who has something set up.
#[derive(Clone, Debug, Default)]
pub struct Author {
    pub actor: Principal,
    pub cause: Uuid,
    pub correlation: Uuid,
}

/// What must be known to decide.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    tenants: BTreeMap<TenantId, BTreeSet<(&'static str, Uuid)>>,
    uniques: BTreeSet<UniqueKey>,
    whole: BTreeSet<(TenantId, &'static str)>,
}

/// What no two records have alike: the kind's name, the place of its unique, the tenant and the parts.
pub(crate) type UniqueKey = (&'static str, usize, Uuid, Vec<UniquePart>);

/// What was known when it was decided.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub(crate) tenants: BTreeMap<TenantId, KnownTenant>,
    pub(crate) records: Records,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct KnownTenant {
    pub(crate) name: Option<String>,
    /// Of its settings.
    pub(crate) sequence: i64,
}

/// What is to become of one tenant's settings.
#[derive(Clone, Debug)]
pub struct Decided {
    pub tenant: TenantId,
    pub changes: Vec<Change>,
    /// Beside the changes.
    pub events: Vec<Event>,
    pub rows: Vec<Row>,
    /// What the one who asked is told, recorded with it.
    pub result: Option<CommandResult>,
}

/// Which lane of the writer something is set up through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Usual,
    /// Many changes, for which nobody waits at a console.
    Low,
}

/// A store as administration needs it.
pub(crate) trait Administered: Sync {
    fn known(&self, wanted: &Wanted) -> impl Future<Output = Result<Known, Unavailable>> + Send;
    /// All of them or none.
    fn write(&self, commits: Vec<Commit<Office>>, lane: Lane) -> impl Future<Output = Outcome> + Send;
    /// Until everything that was handed in before is decided.
    fn settled(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
    fn owned_under(&self) -> Option<i64>;
    /// In µs.
    fn instant(&self) -> i64;
}

impl Wanted {
    pub fn record(&mut self, tenant: TenantId, kind: &Kind, id: Uuid) {
        self.tenants.entry(tenant).or_default().insert((kind.name, id));
    }

    /// Everything that speaks against a record with these values: others that have what it alone may have, and what it refers to.
    pub fn values(&mut self, tenant: TenantId, kind: &Kind, values: &[Value]) {
        for (place, unique) in kind.uniques.iter().enumerate() {
            let parts = unique_parts(kind, unique, values);
            self.uniques.extend(parts.map(|parts| (kind.name, place, tenant.0, parts)));
        }
        for (field, value) in kind.fields.iter().zip(values) {
            if let (Holds::Id { of }, Value::Id(id)) = (field.holds, value)
                && let Some(of) = kinds::named(of)
            {
                self.record(tenant, of, *id);
            }
        }
    }

    /// All records of a kind.
    pub fn all(&mut self, tenant: TenantId, kind: &Kind) {
        self.tenant(tenant);
        self.whole.insert((tenant, kind.name));
    }

    /// The tenant, also where none of its records is needed.
    pub fn tenant(&mut self, tenant: TenantId) {
        self.tenants.entry(tenant).or_default();
    }

    pub(crate) fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.tenants.keys().copied()
    }

    pub(crate) const fn uniques(&self) -> &BTreeSet<UniqueKey> {
        &self.uniques
    }

    /// Tenants of which all records of one kind are wanted.
    pub(crate) fn whole(&self, kind: &'static Kind) -> impl Iterator<Item = TenantId> {
        self.whole.iter().filter(move |(_, name)| *name == kind.name).map(|(tenant, _)| *tenant)
    }

    /// Tenants and ids of one kind.
    pub(crate) fn of(&self, kind: &'static Kind) -> impl Iterator<Item = (TenantId, Uuid)> {
        self.tenants.iter().flat_map(move |(tenant, records)| {
            records.iter().filter(move |(name, _)| *name == kind.name).map(|(_, id)| (*tenant, *id))
        })
    }
}

impl Known {
    pub fn record(&self, tenant: TenantId, kind: &Kind, id: Uuid) -> Option<&Record> {
        self.records.get(&(tenant.0, kind.name, id))
    }

    /// Of a kind: all of them, where all were wanted.
    pub fn all(&self, tenant: TenantId, kind: &'static Kind) -> impl Iterator<Item = &Record> {
        self.records.of(tenant.0, kind)
    }

    /// What speaks against a record with these values beside what is wrong with the values themselves: the first field that another record
    /// has alike is `taken`, and what refers to nothing that is in use is `not_found`.
    pub fn faults(&self, tenant: TenantId, kind: &Kind, id: Uuid, values: &[Value]) -> Vec<Fault> {
        let taken = kind.uniques.iter().enumerate().filter(|(place, unique)| {
            let Some(mine) = unique_parts(kind, unique, values) else { return false };
            let mut alike = self.records.alike(tenant.0, kind, *place, mine);
            alike.any(|(of, other)| (of, other.id) != (tenant.0, id))
        });
        let taken = taken.map(|(_, unique)| Fault::new(unique.fields[0], "taken"));
        let before = self.record(tenant, kind, id);
        let lost = kind.fields.iter().zip(values).enumerate().filter_map(|(place, (field, value))| {
            let (Holds::Id { of }, Value::Id(to)) = (field.holds, value) else { return None };
            let is_as_before = before.is_some_and(|before| before.values[place] == *value);
            let found = self.record(tenant, kinds::named(of)?, *to);
            let is_there = is_as_before || found.is_some_and(|found| found.archived_at.is_none());
            (!is_there).then(|| Fault::new(field.name, "not_found"))
        });
        taken.chain(lost).collect()
    }

    /// The record that has, of what no two may have alike, what these values say.
    pub fn alike(&self, tenant: TenantId, kind: &Kind, values: &[Value]) -> Option<Uuid> {
        kind.uniques.iter().enumerate().find_map(|(place, unique)| {
            let mine = unique_parts(kind, unique, values)?;
            let mut alike = self.records.alike(tenant.0, kind, place, mine).filter(|(of, _)| *of == tenant.0);
            alike.next().map(|(_, record)| record.id)
        })
    }

    pub(crate) fn name(&self, tenant: TenantId) -> Option<&str> {
        self.tenants.get(&tenant)?.name.as_deref()
    }
}

impl Decided {
    pub fn of(tenant: TenantId, changes: Vec<Change>) -> Self {
        Self { tenant, changes, events: Vec::new(), rows: Vec::new(), result: None }
    }

    fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.events.is_empty() && self.rows.is_empty() && self.result.is_none()
    }

    fn commit(&self, known: &Known, author: &Author, term: i64, at: i64) -> Commit<Office> {
        let tenant = self.tenant;
        let expected = known.tenants.get(&tenant).map_or(0, |known| known.sequence);
        let events = self.changes.iter().map(|change| Event::from(change.event())).chain(self.events.iter().cloned());
        // The same each time it is decided at this sequence, and nobody else's.
        let id = |number: usize| Uuid::new_v5(&tenant.0, format!("settings:{}", expected + number as i64).as_bytes());
        let events: Vec<Draft<Event>> =
            events.enumerate().map(|(number, event)| Draft { id: id(number), owner_epoch: 0, event }).collect();
        let sequence = expected + events.len() as i64;
        let of_records = self.changes.iter().flat_map(|change| change.clone().rows()).map(Row::from);
        Commit {
            tenant: tenant.0,
            entity: Entity::Settings(tenant),
            expected_sequence: Some(expected),
            term,
            take: Vec::new(),
            guard: None,
            state: (!events.is_empty()).then(|| StateRow {
                sequence,
                schema_version: SCHEMA_VERSION,
                body: b"{}".to_vec(),
            }),
            events,
            rows: self.rows.iter().cloned().chain(of_records).collect(),
            timers: Vec::new(),
            tells: Vec::new(),
            command_result: self.result.clone(),
            at,
            actor: author.actor.clone(),
            cause: author.cause,
            correlation: author.correlation,
        }
    }
}

/// Reads, decides and writes, as often as somebody else was first; `decide` sees what is there and when it is.
///
/// The inner error is `decide`'s no; nothing was written then.
pub(crate) async fn administer<E>(
    store: &impl Administered,
    wanted: &Wanted,
    author: &Author,
    lane: Lane,
    decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
) -> Result<Result<Vec<Decided>, E>, Unavailable> {
    let unavailable = |reason: String| Unavailable { doing: "setting something up", reason };
    for _ in 0..MOST_TRIES {
        let known = store.known(wanted).await?;
        let at = store.instant();
        let decided = match decide(&known, at) {
            Ok(decided) => decided,
            Err(no) => return Ok(Err(no)),
        };
        let term = store.owned_under().ok_or_else(|| unavailable("the store is not ours".to_owned()))?;
        let commits = decided.iter().filter(|decided| !decided.is_nothing());
        let commits: Vec<Commit<Office>> = commits.map(|decided| decided.commit(&known, author, term, at)).collect();
        if commits.is_empty() {
            return Ok(Ok(decided));
        }
        match store.write(commits, lane).await {
            Outcome::Committed { .. } => return Ok(Ok(decided)),
            Outcome::Conflict => {}
            // It may have landed: what is decided anew shows it.
            Outcome::Unknown => store.settled().await?,
            Outcome::Unavailable => return Err(unavailable("the store is away".to_owned())),
            Outcome::Rejected { reason } => return Err(unavailable(reason)),
        }
    }
    Err(unavailable("somebody else has it, or was first each time".to_owned()))
}
