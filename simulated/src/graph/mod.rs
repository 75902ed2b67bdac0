//! Meta's Graph API as far as a number needs it: messages, read marks, media.

mod error;
mod media;
mod request;
mod templates;

use self::error::GraphError;
use self::request::{Asked, Message};
use crate::clock::now_us;
use crate::config::{Faults, WindowClosed};
use crate::gate::Cut;
use crate::ledger::{Accepted, Planned};
use crate::people::{Person, is_user_id};
use crate::world::World;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const LONGEST_REQUEST: usize = 256 * 1024;
const WINDOW_CLOSED: i64 = 131_047;
const UNDELIVERABLE: i64 = 131_026;

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/{version}/{number}/messages", post(messages))
        .route("/{version}/{account}/message_templates", get(templates::list))
        .route(&format!("/{{version}}/{}", world.config.phone_number_id), get(number))
        .route("/{version}/{media}", get(media::describe))
        .route("/media/file/{media}", get(media::download))
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .with_state(world)
}

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Error500,
    Throttled,
    Bare500,
    Hang,
    Garbage,
    Cut,
}

impl Fault {
    /// At most one, by the probabilities of the moment.
    fn draw(faults: &Faults, share: f64) -> Option<Self> {
        let kinds = [
            (Self::Error500, faults.graph_error_500),
            (Self::Throttled, faults.graph_throttled),
            (Self::Bare500, faults.graph_bare_500),
            (Self::Hang, faults.graph_hang),
            (Self::Garbage, faults.graph_garbage),
            (Self::Cut, faults.graph_cut),
        ];
        let mut below = 0.0;
        kinds.into_iter().find_map(|(kind, probability)| {
            below += probability;
            (share < below).then_some(kind)
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Error500 => "error_500",
            Self::Throttled => "throttled",
            Self::Bare500 => "bare_500",
            Self::Hang => "hang",
            Self::Garbage => "garbage",
            Self::Cut => "cut",
        }
    }
}

async fn messages(
    State(world): State<Arc<World>>,
    Path((_, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match take(&world, &number, &headers, &body).await {
        Ok((answer, None)) => Json(answer).into_response(),
        Ok((_, Some(fault))) => go_wrong(fault, world.faults().hang_ms).await,
        Err(error) => error.into_response(),
    }
}

/// The answer, and how it goes wrong, if it does.
async fn take(
    world: &World,
    number: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Value, Option<Fault>), GraphError> {
    authorize(world, headers)?;
    if number != world.config.phone_number_id {
        return Err(GraphError::no_such_object());
    }
    let request: Value = serde_json::from_slice(body).map_err(|_| GraphError::parameter("the body is not JSON"))?;
    let message = match request::read(&request)? {
        Asked::MarkRead(wamid) => {
            let ours = world.mark_read(&wamid).map_err(|_| GraphError::passing())?;
            let known = ours || knows_elsewhere(world, wamid).await?;
            let answer = (json!({ "success": true }), None);
            return if known { Ok(answer) } else { Err(GraphError::parameter("message_id is not known here")) };
        }
        Asked::Message(message) => message,
    };
    if let Some(template) = &message.template {
        templates::permit(template)?;
    }
    if let Some(wamid) = &message.reacts_to {
        let ours = world.ledger().knows(wamid);
        if !ours && !knows_elsewhere(world, wamid.clone()).await? {
            return Err(GraphError::value("there is no message to react to"));
        }
    }
    let faults = world.faults();
    let fault = Fault::draw(&faults, world.graph_chance.share());
    let taken = match fault {
        Some(Fault::Error500) => return Err(GraphError::passing()),
        Some(Fault::Throttled) => return Err(GraphError::throttled().for_seconds(faults.retry_after_s)),
        Some(Fault::Bare500 | Fault::Hang | Fault::Garbage) => world.graph_chance.happens(faults.unclear_accepts),
        Some(Fault::Cut) | None => true,
    };
    let answer = if taken { accept(world, message, fault).await? } else { Value::Null };
    Ok((answer, fault))
}

/// What Graph says of the number itself.
async fn number(State(world): State<Arc<World>>, headers: HeaderMap) -> Result<Json<Value>, GraphError> {
    authorize(&world, &headers)?;
    Ok(Json(json!({ "id": world.config.phone_number_id })))
}

fn authorize(world: &World, headers: &HeaderMap) -> Result<(), GraphError> {
    if world.faults().token_expired {
        return Err(GraphError::token());
    }
    let given = headers.get("authorization").and_then(|header| header.to_str().ok());
    let given = given.and_then(|header| header.strip_prefix("Bearer "));
    if given == Some(world.config.access_token.as_str()) { Ok(()) } else { Err(GraphError::token()) }
}

async fn knows_elsewhere(world: &World, wamid: String) -> Result<bool, GraphError> {
    world.elsewhere.knows(wamid).await.map_err(|_| GraphError::passing())
}

/// Until when free text to them is taken; `None`: nobody has this address.
async fn open_until_us(world: &World, to: &str, person: Option<&Person>) -> Result<Option<i64>, GraphError> {
    let Some(person) = person else {
        let kind = if is_user_id(to) { IdentifierKind::ScopedUser } else { IdentifierKind::WaId };
        let until = world.elsewhere.window_until(Identifier::new(kind, to)).await;
        return until.map(|until| until.map(|until| until.0)).map_err(|_| GraphError::passing());
    };
    let window_us = world.config.service_window_s.saturating_mul(1_000_000);
    let wrote = world.ledger().last_wrote_at_us(person.number);
    Ok(Some(wrote.map_or(i64::MIN, |wrote| wrote.saturating_add_unsigned(window_us))))
}

async fn accept(world: &World, message: Message, fault: Option<Fault>) -> Result<Value, GraphError> {
    if !world.office.has_room() {
        return Err(GraphError::throttled());
    }
    let person = world.people.at(&message.to);
    let contact = contact(&message.to, person);
    let plan = plan(world, &message, open_until_us(world, &message.to, person).await?)?;
    let accepted = Accepted {
        wamid: String::new(),
        message: message.correlation,
        to: message.to,
        customer: person.map(|person| person.number),
        kind: message.kind,
        text: message.text,
        reply_to: message.reply_to,
        plan,
        answered: fault.map_or("ok", Fault::name).to_owned(),
        at_us: now_us(),
    };
    let wamid = world.accept(accepted).map_err(|_| GraphError::passing())?;
    let messages = json!([{ "id": wamid, "message_status": "accepted" }]);
    Ok(json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": messages }))
}

fn contact(to: &str, person: Option<&Person>) -> Value {
    let mut contact = json!({ "input": to });
    match person {
        Some(person) => {
            contact["user_id"] = json!(person.user_id);
            if let Some(phone) = &person.phone {
                contact["wa_id"] = json!(phone);
            }
        }
        None if is_user_id(to) => contact["user_id"] = json!(to),
        None => contact["wa_id"] = json!(to),
    }
    contact
}

/// The statuses this message will get; an address nobody has is taken and fails later, as Meta does it.
fn plan(world: &World, message: &Message, open_until_us: Option<i64>) -> Result<Vec<Planned>, GraphError> {
    let Some(open_until_us) = open_until_us else {
        return Ok(vec![Planned::Failed(UNDELIVERABLE)]);
    };
    let is_open = now_us() <= open_until_us;
    if !is_open && message.kind != "template" {
        return match world.config.window_closed {
            WindowClosed::Refuse => Err(GraphError::window_closed()),
            WindowClosed::FailLater => Ok(vec![Planned::Failed(WINDOW_CLOSED)]),
        };
    }
    if world.graph_chance.happens(world.faults().failed) {
        return Ok(vec![Planned::Sent, Planned::Failed(UNDELIVERABLE)]);
    }
    let mut plan = vec![Planned::Sent, Planned::Delivered];
    if world.graph_chance.happens(world.config.statuses.read_probability) {
        plan.push(Planned::Read);
    }
    Ok(plan)
}

async fn go_wrong(fault: Fault, hang_ms: u64) -> Response {
    match fault {
        Fault::Bare500 => (StatusCode::INTERNAL_SERVER_ERROR, "<html><body>Sorry</body></html>").into_response(),
        Fault::Garbage => (StatusCode::OK, "<html><body>Welcome</body></html>").into_response(),
        Fault::Hang => {
            tokio::time::sleep(Duration::from_millis(hang_ms)).await;
            cut()
        }
        Fault::Cut => cut(),
        Fault::Error500 => GraphError::passing().into_response(),
        Fault::Throttled => GraphError::throttled().into_response(),
    }
}

fn cut() -> Response {
    let mut response = StatusCode::OK.into_response();
    response.extensions_mut().insert(Cut);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_drawn_by_their_probabilities() {
        let faults = Faults { graph_throttled: 0.25, graph_hang: 0.25, graph_cut: 0.25, ..Faults::default() };
        let drawn = [0.0, 0.26, 0.5, 0.74, 0.75].map(|share| Fault::draw(&faults, share));
        let wanted = [Some(Fault::Throttled), Some(Fault::Hang), Some(Fault::Cut), Some(Fault::Cut), None];
        assert_eq!(drawn, wanted);
        assert_eq!(Fault::draw(&Faults::default(), 0.0), None);
    }
}
