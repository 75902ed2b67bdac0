//! The strings by which a test plays the simulated WhatsApp; described in [`crate`].

use crate::config::{Faults, Life};
use crate::files::FileKind;
use crate::load::{self, LoadOrder};
use crate::world::{NotWritten, Words, World, Wrote};
use axum::Router;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Rows in one answer.
const LONGEST_PAGE: usize = 10_000;
/// Texts in one order to write.
const LONGEST_SEQUENCE: usize = 1_000;
/// The gate follows its orders within this.
const GATE_MOVES_WITHIN: Duration = Duration::from_secs(2);

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/control/health", get(health))
        .route("/control/customers", get(customers))
        .route("/control/write", axum::routing::post(write))
        .route("/control/load", get(loads).post(load).delete(stop_loads))
        .route("/control/faults", get(faults).post(set_faults))
        .route("/control/life", get(life).post(set_life))
        .route("/control/verify", axum::routing::post(verify))
        .route("/control/ledger", get(sums))
        .route("/control/ledger/inbound", get(inbound))
        .route("/control/ledger/inbound/{position}", get(inbound_row))
        .route("/control/ledger/outbound", get(outbound))
        .with_state(world)
}

/// What was asked for cannot be done.
#[derive(Debug)]
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Refused {
    fn from(rejection: QueryRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

/// A body in JSON; what is no such order is refused in JSON too.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Refused))]
struct Order<T>(T);

/// A query; what is none is refused in JSON too.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Refused))]
struct Query<T>(T);

fn bad(why: impl Into<String>) -> Refused {
    Refused(StatusCode::BAD_REQUEST, why.into())
}

impl From<NotWritten> for Refused {
    fn from(not_written: NotWritten) -> Self {
        let status = match &not_written {
            NotWritten::NoSuchCustomer => StatusCode::NOT_FOUND,
            NotWritten::Full => StatusCode::SERVICE_UNAVAILABLE,
            NotWritten::Ledger(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, not_written.to_string())
    }
}

async fn health(State(world): State<Arc<World>>) -> Json<Value> {
    let verification = *world.verification.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!({
        "status": "ok",
        "customers": world.people.count(),
        "chats": world.chats.count(),
        "waiting": world.office.waiting(),
        "on_calendar": world.calendar.len(),
        "graph_open": *world.gate_is_open.borrow(),
        "verification": verification,
        "run": world.run,
    }))
}

async fn customers(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "rows": world.customers_json() }))
}

/// Exactly one of `text`, `sequence`, `content` and `file`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteOrder {
    customer: u32,
    text: Option<String>,
    sequence: Option<Vec<String>>,
    content: Option<Value>,
    file: Option<FileKind>,
}

async fn write(State(world): State<Arc<World>>, Order(order): Order<WriteOrder>) -> Result<Json<Value>, Refused> {
    if let (Some(kind), None, None, None) = (order.file, &order.text, &order.sequence, &order.content) {
        return Ok(Json(json!({ "rows": [world.send_file(order.customer, kind)?] })));
    }
    let words = match (order.text, order.sequence, order.content) {
        _ if order.file.is_some() => return Err(bad("give one of text, sequence, content (an object) and file")),
        (Some(text), None, None) => vec![Words::Text(text)],
        (None, Some(texts), None) if texts.len() <= LONGEST_SEQUENCE => texts.into_iter().map(Words::Text).collect(),
        (None, Some(_), None) => return Err(bad(format!("a sequence has at most {LONGEST_SEQUENCE} texts"))),
        (None, None, Some(content)) if content.is_object() => {
            let kind = content["type"].as_str().unwrap_or("unknown").to_owned();
            vec![Words::Other { content, text: kind }]
        }
        _ => return Err(bad("give one of text, sequence, content (an object) and file")),
    };
    let wrote: Result<Vec<Wrote>, NotWritten> =
        words.into_iter().map(|words| world.write(order.customer, words)).collect();
    Ok(Json(json!({ "rows": wrote? })))
}

async fn load(State(world): State<Arc<World>>, Order(order): Order<LoadOrder>) -> Result<Response, Refused> {
    let planned = order.planned(world.people.count()).map_err(bad)?;
    let Some((number, work)) = load::begin(&world, order, planned) else {
        return Err(Refused(StatusCode::CONFLICT, "too many loads are running".to_owned()));
    };
    world.run_beside(work);
    Ok((StatusCode::ACCEPTED, Json(json!({ "load": number, "planned": planned }))).into_response())
}

async fn loads(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "rows": world.loads.reports() }))
}

async fn stop_loads(State(world): State<Arc<World>>) -> Json<Value> {
    world.loads.stop();
    Json(json!({ "rows": world.loads.reports() }))
}

async fn faults(State(world): State<Arc<World>>) -> Json<Faults> {
    Json(world.faults())
}

/// Answers when the gate stands as ordered.
async fn set_faults(State(world): State<Arc<World>>, Order(faults): Order<Faults>) -> Result<Json<Faults>, Refused> {
    if let Some(complaint) = faults.complaint() {
        return Err(bad(complaint));
    }
    world.set_faults(faults);
    let mut gate = world.gate_is_open.subscribe();
    let stands = gate.wait_for(|open| *open != faults.refuse_connections);
    match tokio::time::timeout(GATE_MOVES_WITHIN, stands).await {
        Ok(_) => Ok(Json(faults)),
        Err(_) => Err(Refused(StatusCode::INTERNAL_SERVER_ERROR, "the gate does not move".to_owned())),
    }
}

async fn life(State(world): State<Arc<World>>) -> Json<Life> {
    Json(*world.chats.life.borrow())
}

async fn set_life(State(world): State<Arc<World>>, Order(life): Order<Life>) -> Json<Life> {
    world.chats.life.send_replace(life);
    Json(life)
}

async fn verify(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "verification": crate::verify(&world).await }))
}

async fn sums(State(world): State<Arc<World>>) -> Json<Value> {
    let sums = world.ledger().sums();
    let mut answer = serde_json::to_value(sums).unwrap_or_default();
    answer["waiting"] = json!(world.office.waiting());
    answer["loads"] = json!(world.loads.reports());
    Json(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InboundQuery {
    #[serde(default)]
    after: usize,
    limit: Option<usize>,
    customer: Option<u32>,
    acknowledged: Option<bool>,
}

async fn inbound(State(world): State<Arc<World>>, Query(query): Query<InboundQuery>) -> Json<Value> {
    let ledger = world.ledger();
    let wanted = ledger.inbound().iter().skip(query.after).filter(|row| {
        query.customer.is_none_or(|customer| row.written.customer == customer)
            && query.acknowledged.is_none_or(|acknowledged| row.acknowledged_at_us.is_some() == acknowledged)
    });
    Json(page(wanted, query.limit, |row| row.position))
}

async fn inbound_row(State(world): State<Arc<World>>, Path(position): Path<usize>) -> Result<Json<Value>, Refused> {
    let ledger = world.ledger();
    let row = position.checked_sub(1).and_then(|index| ledger.inbound().get(index));
    row.map(|row| Json(json!(row))).ok_or_else(|| Refused(StatusCode::NOT_FOUND, "there is no such row".to_owned()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutboundQuery {
    #[serde(default)]
    after: usize,
    limit: Option<usize>,
    customer: Option<u32>,
    to: Option<String>,
    message: Option<String>,
}

async fn outbound(State(world): State<Arc<World>>, Query(query): Query<OutboundQuery>) -> Json<Value> {
    let ledger = world.ledger();
    let wanted = ledger.outbound().iter().skip(query.after).filter(|row| {
        let accepted = &row.accepted;
        query.customer.is_none_or(|customer| accepted.customer == Some(customer))
            && query.to.as_ref().is_none_or(|to| accepted.to == *to)
            && query.message.as_ref().is_none_or(|message| accepted.message.as_ref() == Some(message))
    });
    Json(page(wanted, query.limit, |row| row.position))
}

/// Up to `limit` rows; `next` is the `after` of the following page, or null when these were the last.
fn page<'a, T: Serialize + 'a>(
    rows: impl Iterator<Item = &'a T>,
    limit: Option<usize>,
    position: impl Fn(&T) -> usize,
) -> Value {
    let limit = limit.unwrap_or(1_000).clamp(1, LONGEST_PAGE);
    let mut taken: Vec<&T> = rows.take(limit + 1).collect();
    let more = taken.len() > limit;
    taken.truncate(limit);
    let next = taken.last().filter(|_| more).map(|row| position(row));
    json!({ "rows": taken, "next": next })
}
