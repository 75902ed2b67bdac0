//! A record is created, changed, archived, restored: once, and only over the version that its author has seen.

use super::list::{shape, versioned};
use super::roles;
use crate::auth::Signed;
use crate::problem::{FieldError, Problem};
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::outcome::{Outcome, Refused};
use crate::state::Api;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use dashoffice_domain::record::{Expect, Fault, Kind, Record, Value, Wish, propose};
use dashoffice_domain::settings::Unfit;
use dashoffice_domain::{Refusal, Timestamp, record};
use dashoffice_store::{Author, Decided, Known, Wanted};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// `If-Match`: which version is meant.
pub(super) struct Seen(Expect);

impl FromRequestParts<Api> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let tag = parts.headers.get(header::IF_MATCH).ok_or(Problem::precondition_required())?;
        let tag = tag.to_str().map(str::trim).unwrap_or_default();
        if tag == "*" {
            return Ok(Self(Expect::Any));
        }
        let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
        // A tag that is none of ours is the tag of no version.
        Ok(Self(Expect::Version(version.unwrap_or_default())))
    }
}

pub(super) type Which = (State<Api>, Signed, Id<Uuid>);

/// What is to become of a record.
struct Asked {
    kind: &'static Kind,
    id: Uuid,
    expect: Expect,
    to: To,
}

enum To {
    /// These fields; the others stay.
    Fields(Map<String, Json>),
    Archived,
    Restored,
}

pub(super) async fn create(
    kind: &'static Kind,
    State(api): State<Api>,
    signed: Signed,
    Key(key): Key,
    Input(fields): Input<Map<String, Json>>,
) -> Result<Response, Refused> {
    // The same each time it is asked.
    let id = Uuid::new_v5(&signed.user.0, key.as_bytes());
    let what = (format!("{}.create", kind.name), &fields);
    let given = Given::by(&api, signed, Some(key), &(what.0.as_str(), what.1), kind.write).await?;
    let asked = Asked { kind, id, expect: Expect::New, to: To::Fields(fields.clone()) };
    answered(&given, asked, StatusCode::CREATED).await
}

pub(super) async fn change(
    kind: &'static Kind,
    (State(api), signed, Id(id)): Which,
    Key(key): Key,
    Seen(expect): Seen,
    Input(fields): Input<Map<String, Json>>,
) -> Result<Response, Refused> {
    let name = format!("{}.change", kind.name);
    let given =
        Given::by(&api, signed, Some(key), &(name.as_str(), (id, version(expect), &fields)), kind.write).await?;
    answered(&given, Asked { kind, id, expect, to: To::Fields(fields.clone()) }, StatusCode::OK).await
}

pub(super) async fn archive(kind: &'static Kind, which: Which, key: Key, seen: Seen) -> Result<Response, Refused> {
    put_aside(kind, which, key, seen, ("archive", To::Archived)).await
}

pub(super) async fn restore(kind: &'static Kind, which: Which, key: Key, seen: Seen) -> Result<Response, Refused> {
    put_aside(kind, which, key, seen, ("restore", To::Restored)).await
}

async fn put_aside(
    kind: &'static Kind,
    (State(api), signed, Id(id)): Which,
    Key(key): Key,
    Seen(expect): Seen,
    (verb, to): (&str, To),
) -> Result<Response, Refused> {
    let name = format!("{}.{verb}", kind.name);
    let given = Given::by(&api, signed, Some(key), &(name.as_str(), (id, version(expect))), kind.write).await?;
    answered(&given, Asked { kind, id, expect, to }, StatusCode::OK).await
}

/// As it is part of what was asked.
const fn version(expect: Expect) -> Option<i64> {
    match expect {
        Expect::Version(version) => Some(version),
        Expect::New | Expect::Any => None,
    }
}

async fn answered(given: &Given<'_>, asked: Asked, status: StatusCode) -> Result<Response, Refused> {
    let Came { to, replayed }: Came<Json> = given.once(Box::pin(carried_out(given, &asked))).await?;
    let version = to["version"].as_i64().unwrap_or_default();
    Ok(versioned(done(status, replayed, &to), version))
}

async fn carried_out(given: &Given<'_>, asked: &Asked) -> Result<Json, Refused> {
    let (kind, id, store) = (asked.kind, asked.id, given.api.store());
    if kind.built_in_record(id).is_some() {
        return Err(Problem::from(Refusal::BUILT_IN).into());
    }
    let tenant = given.signed.tenant();
    let mut wanted = Wanted::default();
    wanted.record(tenant, kind, id);
    if let To::Fields(fields) = &asked.to {
        // What speaks against it depends on what it will be; the judge looks once more.
        let before = store.record(given.signed.scope, kind, id).await?.what;
        if let Ok(values) = kind.given(fields, before.as_ref()) {
            wanted.values(tenant, kind, &values);
        }
    }
    roles::also_wanted(&mut wanted, tenant, kind);
    let author =
        Author { actor: given.caller.principal.clone(), cause: given.caller.key, correlation: given.caller.key };
    let shown = |record: &Record| shape(given.api, &given.signed, kind, record);
    let fixed = store.fixed().fields(tenant, id);
    let decided = store
        .administer(&wanted, &author, |known, at| {
            let (change, after) = asked.decide(known, tenant, Timestamp(at))?;
            let beyond = change.as_ref().map(|change| kind.beyond(change, given.signed.permissions));
            if let Some(faults) = beyond.filter(|faults| !faults.is_empty()) {
                return Err(refused(record::Refused::Invalid(faults)));
            }
            if change.as_ref().is_some_and(|change| change.fields().iter().any(|field| fixed.contains(&field.as_str())))
            {
                return Err(Problem::from(Refusal::FIXED_BY_FILE));
            }
            let outcome = Outcome::Done { done: shown(&after) };
            let result = given.result(&outcome);
            let decided = Decided { result: Some(result), ..Decided::of(tenant, change.into_iter().collect()) };
            Ok(vec![roles::followed(known, decided, Timestamp(at)).map_err(unfit)?])
        })
        .await?;
    let decided = decided?;
    let result = decided.into_iter().find_map(|decided| decided.result).ok_or(Problem::internal())?;
    match Outcome::read(&result.answer) {
        Outcome::Done { done } => Ok(done),
        Outcome::Refused { .. } | Outcome::Unreadable => Err(Problem::internal().into()),
    }
}

impl Asked {
    /// What changes, if anything does, and the record afterwards.
    fn decide(
        &self,
        known: &Known,
        tenant: dashoffice_domain::ids::TenantId,
        now: Timestamp,
    ) -> Result<(Option<record::Change>, Record), Problem> {
        let before = known.record(tenant, self.kind, self.id);
        // A change is of something that is there.
        if before.is_none() && self.expect != Expect::New {
            return Err(Problem::not_found());
        }
        let wish = match &self.to {
            To::Fields(fields) => Wish::Put(self.values(known, tenant, fields, before)?),
            To::Archived => Wish::Archive,
            To::Restored => Wish::Restore,
        };
        let change = propose(self.kind, self.id, before, self.expect, wish, now).map_err(refused)?;
        let after = change.as_ref().and_then(|change| change.after.as_ref()).or(before).cloned();
        Ok((change, after.ok_or(Problem::not_found())?))
    }

    fn values(
        &self,
        known: &Known,
        tenant: dashoffice_domain::ids::TenantId,
        fields: &Map<String, Json>,
        before: Option<&Record>,
    ) -> Result<Vec<Value>, Problem> {
        let values = self.kind.given(fields, before).map_err(|faults| invalid(self.kind, fields, &faults))?;
        let faults = known.faults(tenant, self.kind, self.id, &values);
        if faults.is_empty() { Ok(values) } else { Err(invalid(self.kind, fields, &faults)) }
    }
}

fn refused(why: record::Refused) -> Problem {
    match why {
        record::Refused::NotFound => Problem::not_found(),
        record::Refused::Stale { .. } => Refusal::PRECONDITION_FAILED.into(),
        record::Refused::Invalid(faults) => Problem::all_invalid(faults.iter().map(error).collect()),
    }
}

/// What those who have a role cannot be.
pub(in crate::rest) fn unfit(why: Unfit) -> Problem {
    match why {
        Unfit::Refused(refusal) => refusal.into(),
        Unfit::Fault(fault) => Problem::all_invalid(vec![error(&fault)]),
    }
}

fn error(fault: &Fault) -> FieldError {
    FieldError { field: fault.field.to_owned(), code: fault.code.into() }
}

/// All that is wrong; fields that the kind does not have by their own names.
fn invalid(kind: &Kind, fields: &Map<String, Json>, faults: &[Fault]) -> Problem {
    let unknown = fields.keys().filter(|name| kind.place(name).is_none() && name.len() <= 64);
    let unknown = unknown.map(|name| FieldError { field: name.clone(), code: "unknown".into() });
    let known = faults.iter().filter(|fault| fault.code != "unknown_field").map(error);
    Problem::all_invalid(unknown.chain(known).collect())
}
