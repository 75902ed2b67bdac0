//! Records as tables of comma-separated values (RFC 4180), out and in.
//!
//! A cell that a spreadsheet would take for a formula goes out with an apostrophe before it, which makes it text there; coming in, that
//! apostrophe is taken away again.

use super::list::{Asked as Listed, boolean};
use super::roles;
use super::write::unfit;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::Key;
use crate::rest::outcome::{Outcome, Refused};
use crate::state::Api;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::record::{self, Change, Expect, Fault, Given as Cell, Kind, Value, What, Wish, propose};
use dashoffice_store::{Author, Decided, Known, Wanted};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Lines of one import.
const MOST_LINES: usize = 20_000;
/// Refused lines that a report names.
const MOST_NAMED: usize = 1_000;
/// Lines that are looked at together before anything is written.
const LOOKED_AT: usize = 250;
/// Changes in one transaction, which takes the store about a millisecond beside its wait for the disk. Others write between two of them.
const AT_ONCE: usize = 25;
/// What makes a cell a formula where it comes first.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What became of an import, line by line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Report {
    /// Whether anything was written; a report of what would be is not.
    applied: bool,
    lines: usize,
    created: usize,
    changed: usize,
    unchanged: usize,
    refused: usize,
    /// The first so many of those that were refused.
    errors: Vec<Refusal>,
}

/// What is wrong with a line; the first line after the names of columns is 2, as spreadsheets count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    line: usize,
    field: String,
    code: String,
}

/// A line that can be read.
struct Line {
    number: usize,
    id: Option<Uuid>,
    /// By the place of the field; those that no column names stay as they are.
    cells: BTreeMap<usize, Value>,
}

pub(super) async fn export(
    kind: &'static Kind,
    State(api): State<Api>,
    signed: Signed,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut asked = Listed::of(kind, &uri)?;
    let mut table = csv::Writer::from_writer(Vec::new());
    let shown: Vec<usize> = (0..kind.fields.len()).filter(|place| !kind.fields[*place].is_secret()).collect();
    let names = ["id", "archived"].into_iter().chain(shown.iter().map(|place| kind.fields[*place].name));
    table.write_record(names).map_err(|_| Problem::internal())?;
    loop {
        let page = api.store().records(signed.scope, kind, &asked.filter, asked.after.as_ref(), 200).await?.what;
        for record in &page.rows {
            let head = [record.id.to_string(), record.archived_at.is_some().to_string()];
            let cells = shown.iter().map(|place| as_text(&record.values[*place].to_cell()));
            table.write_record(head.into_iter().chain(cells)).map_err(|_| Problem::internal())?;
        }
        match page.next {
            Some(next) => asked.after = Some(next),
            None => break,
        }
    }
    let bytes = table.into_inner().map_err(|_| Problem::internal())?;
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"{}.csv\"", kind.plural);
    let name = HeaderValue::try_from(name).expect("a kind's name is plain");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

fn as_text(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

fn as_said(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

pub(super) async fn import(
    kind: &'static Kind,
    State(api): State<Api>,
    signed: Signed,
    Key(key): Key,
    uri: Uri,
    request: Request,
) -> Result<Response, Refused> {
    let given =
        Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| Problem::invalid("query", "unreadable"))?;
    let mut given: BTreeMap<String, String> = given.0.into_iter().collect();
    let only_tells = boolean(given.remove("dry_run").as_deref(), "dry_run")?;
    let partly = boolean(given.remove("partial").as_deref(), "partial")?;
    let held = api.bodies_of_tables().read(request.into_body()).await?;
    let digest: [u8; 32] = Sha256::digest(&held.bytes).into();
    let name = format!("{}.import", kind.name);
    let what = (name.as_str(), (hex::encode(digest), only_tells, partly));
    let given = Given::by(&api, signed, Some(key), &what, kind.write).await?;
    let importing = importing(&given, kind, &held.bytes, only_tells, partly);
    let Came { to, replayed }: Came<Report> = given.once(Box::pin(importing)).await?;
    Ok(done(StatusCode::OK, replayed, &to))
}

async fn importing(
    given: &Given<'_>,
    kind: &'static Kind,
    bytes: &[u8],
    only_tells: bool,
    partly: bool,
) -> Result<Report, Refused> {
    let (lines, mut refused) = read(kind, bytes)?;
    let total = lines.len() + distinct(&refused);
    let mut report = Report { lines: total, ..Report::default() };
    // First everything is looked at, and only then anything is written.
    let mut seen = Seen::default();
    let mut fit = Vec::new();
    for chunk in lines.chunks(LOOKED_AT) {
        let known = given.api.store().known(&wanted(given, kind, chunk)).await?;
        for line in chunk {
            match change(kind, &known, given, line, Timestamp::default(), &mut seen) {
                Ok(change) => {
                    match change.as_ref().map(|change| change.what) {
                        None => report.unchanged += 1,
                        Some(What::Created) => report.created += 1,
                        Some(_) => report.changed += 1,
                    }
                    fit.extend(change.map(|_| line));
                }
                Err(faults) => refused.extend(faults.iter().map(|fault| named(line.number, fault))),
            }
        }
    }
    report.refused = distinct(&refused);
    refused.sort_by_key(|refused| refused.line);
    refused.truncate(MOST_NAMED);
    report.errors = refused;
    report.applied = !only_tells && (partly || report.refused == 0);
    let chunks: Vec<&[&Line]> = if report.applied { fit.chunks(AT_ONCE).collect() } else { Vec::new() };
    let tenant = given.signed.tenant();
    let author =
        Author { actor: given.caller.principal.clone(), cause: given.caller.key, correlation: given.caller.key };
    // The last transaction has the answer in it. An import that ended before that goes on when it is repeated: what is there is unchanged,
    // and no part of it.
    let done = || given.result(&Outcome::Done { done: report.clone() });
    for (place, chunk) in chunks.iter().enumerate() {
        let wanted = wanted(given, kind, chunk.iter().copied());
        let is_last = place + 1 == chunks.len();
        let decided = given.api.store().administer_low(&wanted, &author, |known, at| {
            let mut seen = Seen::default();
            let mut changes = Vec::new();
            for line in *chunk {
                // What was right a moment ago, and is not any more, was changed by somebody else.
                let change = change(kind, known, given, line, Timestamp(at), &mut seen);
                changes.extend(change.map_err(|_| Problem::from(dashoffice_domain::Refusal::PRECONDITION_FAILED))?);
            }
            let decided = Decided { result: is_last.then(done), ..Decided::of(tenant, changes) };
            Ok::<_, Problem>(vec![roles::followed(known, decided, Timestamp(at)).map_err(unfit)?])
        });
        decided.await??;
    }
    if chunks.is_empty() {
        return Ok(given.keep(Outcome::Done { done: report }).await?.to);
    }
    Ok(report)
}

/// Ids and unique values that lines of this table have already.
#[derive(Default)]
struct Seen(BTreeSet<Vec<String>>);

fn wanted<'a>(given: &Given<'_>, kind: &'static Kind, lines: impl IntoIterator<Item = &'a Line>) -> Wanted {
    let mut wanted = Wanted::default();
    let tenant = given.signed.tenant();
    wanted.tenant(tenant);
    roles::also_wanted(&mut wanted, tenant, kind);
    for line in lines {
        if let Some(id) = line.id {
            wanted.record(tenant, kind, id);
        }
        wanted.record(tenant, kind, fresh_id(given, line));
        wanted.values(tenant, kind, &values(kind, line, None));
    }
    wanted
}

/// Of what a line creates: the same each time the import is repeated.
fn fresh_id(given: &Given<'_>, line: &Line) -> Uuid {
    Uuid::new_v5(&given.caller.key, format!("line:{}", line.number).as_bytes())
}

fn values(kind: &Kind, line: &Line, before: Option<&record::Record>) -> Vec<Value> {
    let of = |place: usize| match line.cells.get(&place) {
        Some(value) => value.clone(),
        None => before.map_or(Value::Null, |before| before.values[place].clone()),
    };
    (0..kind.fields.len()).map(of).collect()
}

/// What a line changes: the record with its id, or the one that has what only one may have, or a new one.
fn change(
    kind: &'static Kind,
    known: &Known,
    given: &Given<'_>,
    line: &Line,
    now: Timestamp,
    seen: &mut Seen,
) -> Result<Option<Change>, Vec<Fault>> {
    let tenant: TenantId = given.signed.tenant();
    let alike = known.alike(tenant, kind, &values(kind, line, None));
    let id = line.id.or(alike).unwrap_or_else(|| fresh_id(given, line));
    if let Some(built_in) = kind.built_in_record(id) {
        let is_same = values(kind, line, Some(&built_in)) == built_in.values;
        return if is_same { Ok(None) } else { Err(vec![Fault::new("id", "built_in")]) };
    }
    let before = known.record(tenant, kind, id);
    if line.id.is_some() && before.is_none() {
        return Err(vec![Fault::new("id", "not_found")]);
    }
    let values = values(kind, line, before);
    let mut faults = known.faults(tenant, kind, id, &values);
    let uniques = kind.uniques.iter().filter_map(|unique| {
        let parts =
            unique.fields.iter().map(|name| kind.place(name).map(|place| values[place].to_cell().to_lowercase()));
        Some((unique.fields[0], parts.collect::<Option<Vec<_>>>()?))
    });
    for (field, mut parts) in uniques {
        parts.insert(0, field.to_owned());
        if !seen.0.insert(parts) {
            faults.push(Fault::new(field, "twice"));
        }
    }
    let fixed = given.api.store().fixed().fields(tenant, id);
    let change = propose(kind, id, before, Expect::Any, Wish::Put(values), now).map_err(|why| match why {
        record::Refused::Invalid(faults) => faults,
        record::Refused::NotFound | record::Refused::Stale { .. } => vec![Fault::new("id", "not_found")],
    })?;
    let is_held = |field: &str| fixed.contains(&field);
    if change.as_ref().is_some_and(|change| change.fields().iter().any(|field| is_held(field))) {
        faults.push(Fault::new("id", "fixed_by_file"));
    }
    faults.extend(change.iter().flat_map(|change| kind.beyond(change, given.signed.permissions)));
    if faults.is_empty() { Ok(change) } else { Err(faults) }
}

fn named(line: usize, fault: &Fault) -> Refusal {
    Refusal { line, field: fault.field.to_owned(), code: fault.code.to_owned() }
}

/// Lines that can be read, and what is wrong with the others.
fn read(kind: &Kind, bytes: &[u8]) -> Result<(Vec<Line>, Vec<Refusal>), Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut table = csv::ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).from_reader(bytes);
    let names = table.headers().map_err(|_| Problem::invalid("columns", "unreadable"))?.clone();
    let mut places = Vec::new();
    for name in names.iter().map(str::trim) {
        let place = kind.fields.iter().position(|field| field.name == name && !field.is_secret());
        match (name, place) {
            ("id", _) => places.push(None),
            // Shown by an export, and changed by commands of its own.
            ("archived", None) => places.push(None),
            (_, Some(place)) if places.contains(&Some(place)) => {
                return Err(Problem::invalid(name.to_owned(), "twice"));
            }
            (_, Some(place)) => places.push(Some(place)),
            (name, None) => return Err(Problem::invalid(name.chars().take(64).collect::<String>(), "unknown")),
        }
    }
    let id_at = names.iter().position(|name| name.trim() == "id");
    let (mut lines, mut refused) = (Vec::new(), Vec::new());
    for (place, row) in table.records().enumerate() {
        let number = place + 2;
        if number > MOST_LINES + 1 {
            return Err(Problem::invalid("lines", "too_many"));
        }
        let Ok(row) = row else {
            refused.push(Refusal { line: number, field: String::new(), code: "unreadable".to_owned() });
            continue;
        };
        match line(kind, number, &row, &places, id_at) {
            Ok(line) => lines.push(line),
            Err(faults) => refused.extend(faults.iter().map(|fault| named(number, fault))),
        }
    }
    Ok((lines, refused))
}

/// How many lines that are.
fn distinct(refused: &[Refusal]) -> usize {
    refused.iter().map(|refused| refused.line).collect::<BTreeSet<_>>().len()
}

/// Spreadsheets of half the world write semicolons.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let parts = |at: u8| first.split(|byte| *byte == at).count();
    if parts(b';') > parts(b',') { b';' } else { b',' }
}

fn line(
    kind: &Kind,
    number: usize,
    row: &csv::StringRecord,
    places: &[Option<usize>],
    id_at: Option<usize>,
) -> Result<Line, Vec<Fault>> {
    let mut faults = Vec::new();
    if row.len() != places.len() {
        return Err(vec![Fault::new("", "wrong_number_of_cells")]);
    }
    let mut cells = BTreeMap::new();
    for (place, cell) in places.iter().zip(row).filter_map(|(place, cell)| Some(((*place)?, cell))) {
        let field = &kind.fields[place];
        match field.read(Cell::Text(as_said(cell))) {
            Ok(value) => drop(cells.insert(place, value)),
            Err(code) => faults.push(Fault::new(field.name, code)),
        }
    }
    let id = id_at.and_then(|at| row.get(at)).map(str::trim).filter(|text| !text.is_empty());
    let id = id.map(str::parse).transpose().map_err(|_| vec![Fault::new("id", "wrong_type")])?;
    if faults.is_empty() { Ok(Line { number, id, cells }) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_goes_out_as_text_and_comes_in_as_it_was() {
        for cell in ["=1+1", "+55 11", "-2", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(as_text(cell), format!("'{cell}"));
            assert_eq!(as_said(&as_text(cell)), cell);
        }
        for cell in ["", "Ana", "'quoted'", "a=b"] {
            assert_eq!((as_text(cell).as_str(), as_said(cell)), (cell, cell));
        }
    }

    #[test]
    fn semicolons_are_understood_where_they_part_the_names() {
        assert_eq!(delimiter(b"id;name\r\n1;a,b"), b';');
        assert_eq!(delimiter(b"id,name\n1,a;b"), b',');
    }
}
