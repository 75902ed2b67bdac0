//! Lists of records, and one of them.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::as_of;
use crate::rest::input::{Id, limit, sought};
use crate::shape::instant;
use crate::state::Api;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashoffice_domain::record::{Given, Kind, Record, Value};
use dashoffice_store::views::{Archived, RecordFilter, RecordPlace};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Of the query, so that a cursor is not taken for another one's.
const MARK: usize = 8;

/// What is asked for: parameters that every list has, and a kind's own fields as filters.
pub(super) struct Asked {
    pub(super) filter: RecordFilter,
    pub(super) after: Option<RecordPlace>,
    pub(super) limit: u32,
    pub(super) counts: bool,
    /// Everything but the cursor, in one order.
    query: String,
}

impl Asked {
    pub(super) fn of(kind: &'static Kind, uri: &Uri) -> Result<Self, Problem> {
        let given =
            Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| Problem::invalid("query", "unreadable"))?;
        let mut given: BTreeMap<String, String> = given.0.into_iter().collect();
        let (cursor, limited) = (given.remove("cursor"), given.remove("limit"));
        let query = format!("{}?{given:?}", kind.plural);
        let counts = boolean(given.remove("count").as_deref(), "count")?;
        let limited =
            limited.map(|text| text.parse().map_err(|_| Problem::invalid("limit", "unreadable"))).transpose()?;
        let mut filter =
            RecordFilter { q: sought(given.remove("q").as_deref(), 1)?.map(str::to_owned), ..RecordFilter::default() };
        filter.archived = match given.remove("archived").as_deref() {
            None | Some("false") => Archived::Without,
            Some("true") => Archived::Only,
            Some("any") => Archived::With,
            Some(_) => return Err(Problem::invalid("archived", "unknown")),
        };
        let sort = given.remove("sort");
        let (name, descending) = match sort.as_deref() {
            Some(name) => name.strip_prefix('-').map_or((Some(name), false), |name| (Some(name), true)),
            None => (None, false),
        };
        filter.descending = descending;
        filter.sort = match name {
            Some(name) => {
                let field = kind.field(name).filter(|field| field.is_sorted());
                Some(field.ok_or_else(|| Problem::invalid("sort", "unknown"))?)
            }
            None => kind.fields.iter().find(|field| field.is_sorted()),
        };
        for (name, text) in given {
            let field = kind.field(&name).filter(|field| field.is_filtered());
            let field = field.ok_or_else(|| Problem::invalid(name.clone(), "unknown"))?;
            let value = if text == "null" { Ok(Value::Null) } else { field.read(Given::Text(&text)) };
            filter.equal.push((field, value.map_err(|code| Problem::invalid(name, code))?));
        }
        let after = cursor.map(|cursor| decode(&cursor, &filter, &query)).transpose()?;
        Ok(Self { filter, after, limit: limit(limited)?, counts, query })
    }
}

pub(super) fn boolean(text: Option<&str>, name: &'static str) -> Result<bool, Problem> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::invalid(name, "unknown")),
    }
}

pub(super) async fn list(
    kind: &'static Kind,
    State(api): State<Api>,
    signed: Signed,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = Asked::of(kind, &uri)?;
    let shown = api.store().records(signed.scope, kind, &asked.filter, asked.after.as_ref(), asked.limit).await?;
    let total =
        if asked.counts { Some(api.store().count_records(signed.scope, kind, &asked.filter).await?) } else { None };
    let items: Vec<Json> = shown.what.rows.iter().map(|record| shape(&api, &signed, kind, record)).collect();
    let next_cursor = shown.what.next.map(|place| encode(&place, &asked.query));
    let mut body = json!({ "items": items, "next_cursor": next_cursor });
    if let Some(total) = total {
        body["total"] = total.into();
    }
    Ok(as_of(&api, shown.as_of, &body))
}

pub(super) async fn one(
    kind: &'static Kind,
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<Uuid>,
) -> Result<Response, Problem> {
    let shown = api.store().record(signed.scope, kind, id).await?;
    let record = shown.what.ok_or(Problem::not_found())?;
    let response = as_of(&api, shown.as_of, &shape(&api, &signed, kind, &record));
    Ok(versioned(response, record.version))
}

/// With the version as it is asked for by `If-Match`.
pub(super) fn versioned(mut response: Response, version: i64) -> Response {
    let tag = HeaderValue::try_from(format!("\"{version}\"")).expect("digits are a header");
    response.headers_mut().insert(header::ETAG, tag);
    response
}

/// A record as it is shown: its own fields, and what every record has.
pub(super) fn shape(api: &Api, signed: &Signed, kind: &Kind, record: &Record) -> Json {
    let mut shown = kind.shown(record);
    shown.insert("id".to_owned(), record.id.to_string().into());
    shown.insert("version".to_owned(), record.version.into());
    shown.insert("changed_at".to_owned(), instant(record.changed_at).into());
    shown.insert("archived_at".to_owned(), record.archived_at.map(instant).into());
    shown.insert("fixed".to_owned(), api.store().fixed().fields(signed.tenant(), record.id).into());
    if kind.built_in.is_some() {
        shown.insert("built_in".to_owned(), kind.built_in_record(record.id).is_some().into());
    }
    Json::Object(shown)
}

fn encode(place: &RecordPlace, query: &str) -> String {
    let mut bytes = mark(query).to_vec();
    bytes.extend(json!([place.key.to_json(), place.id]).to_string().into_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str, filter: &RecordFilter, query: &str) -> Result<RecordPlace, Problem> {
    let unknown = || Problem::invalid("cursor", "unknown");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unknown())?;
    let (marked, place) = bytes.split_at_checked(MARK).ok_or_else(unknown)?;
    if *marked != mark(query) {
        return Err(unknown());
    }
    let (key, id): (Json, Uuid) = serde_json::from_slice(place).map_err(|_| unknown())?;
    let key = match (filter.sort, key) {
        (Some(_), Json::String(text)) => Value::Text(text),
        (Some(field), key) => field.read(Given::Json(&key)).map_err(|_| unknown())?,
        (None, _) => Value::Null,
    };
    Ok(RecordPlace { key, id })
}

fn mark(query: &str) -> [u8; MARK] {
    let digest: [u8; 32] = Sha256::digest(query.as_bytes()).into();
    std::array::from_fn(|index| digest[index])
}
