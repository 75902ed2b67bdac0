//! The templates of the played account: a handful, in three languages, of which one waits for approval.

use super::error::GraphError;
use super::{World, authorize};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Name, language, category, status, body.
type Kept = (&'static str, &'static str, &'static str, &'static str, &'static str);

const APPROVED: &str = "APPROVED";

const KEPT: [Kept; 9] = [
    ("appointment_reminder", "es", "UTILITY", APPROVED, "Hola {{1}}, le recordamos su cita del {{2}}."),
    ("appointment_reminder", "pt_BR", "UTILITY", APPROVED, "Olá {{1}}, lembramos da sua visita em {{2}}."),
    ("come_back", "en", "MARKETING", APPROVED, "Hello {{1}}, we have missed you."),
    ("come_back", "es", "MARKETING", APPROVED, "Hola {{1}}, le echamos de menos."),
    ("hello", "en", "UTILITY", APPROVED, "Hello! How can we help you?"),
    ("hello", "es", "UTILITY", APPROVED, "¡Hola! ¿En qué podemos ayudarle?"),
    ("hello", "pt_BR", "UTILITY", APPROVED, "Olá! Como podemos ajudar?"),
    ("ready", "pt_BR", "UTILITY", APPROVED, "{{1}}, seu pedido está pronto."),
    ("summer_sale", "en", "MARKETING", "PENDING", "Everything at half price, {{1}}."),
];

/// One a sender asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) language: String,
    /// Texts that came along for the body.
    pub(super) parameters: usize,
}

/// Whether it may be sent.
pub(super) fn permit(wanted: &Wanted) -> Result<(), GraphError> {
    let kept = KEPT.iter().find(|(name, language, _, status, _)| {
        *name == wanted.name && *language == wanted.language && *status == APPROVED
    });
    let Some((.., body)) = kept else { return Err(GraphError::no_such_template()) };
    if places(body) == wanted.parameters { Ok(()) } else { Err(GraphError::parameter_count()) }
}

fn places(body: &str) -> usize {
    body.matches("{{").count()
}

#[derive(Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
}

/// A page of them; what `after` says is how many came before.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    Path((_, account)): Path<(String, String)>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, GraphError> {
    authorize(&world, &headers)?;
    if account != world.config.account_id {
        return Err(GraphError::no_such_object());
    }
    let before = page.after.as_deref().map_or(Ok(0), str::parse::<usize>);
    let before = before.map_err(|_| GraphError::parameter("after is no cursor of this list"))?;
    // Small pages, so that whoever reads the first one alone is found out.
    let limit = page.limit.unwrap_or(25).clamp(1, 4);
    let rows: Vec<Value> =
        KEPT.iter().enumerate().skip(before).take(limit).map(|(place, kept)| shown(place, kept)).collect();
    let end = before + rows.len();
    let mut paging = json!({ "cursors": { "before": before.to_string(), "after": end.to_string() } });
    if end < KEPT.len() {
        paging["next"] = json!(format!("http://{}/next", world.config.listen));
    }
    Ok(Json(json!({ "data": rows, "paging": paging })))
}

fn shown(place: usize, (name, language, category, status, body): &Kept) -> Value {
    json!({
        "id": (place + 1).to_string(), "name": name, "language": language, "category": category, "status": status,
        "parameter_format": "POSITIONAL",
        "components": components(name, language, body),
    })
}

/// Reminders of a visit have all that needs no value: a line above, and buttons.
fn components(name: &str, language: &str, body: &str) -> Vec<Value> {
    let mut components =
        vec![json!({ "type": "BODY", "text": body }), json!({ "type": "FOOTER", "text": "DashOffice" })];
    if name == "appointment_reminder" {
        let (header, confirm, way) = match language {
            "es" => ("Su cita", "Confirmo", "Cómo llegar"),
            _ => ("Sua visita", "Confirmo", "Como chegar"),
        };
        components.insert(0, json!({ "type": "HEADER", "format": "TEXT", "text": header }));
        let way = json!({ "type": "URL", "text": way, "url": "https://dashoffice.example/way" });
        let buttons = json!([{ "type": "QUICK_REPLY", "text": confirm }, way]);
        components.push(json!({ "type": "BUTTONS", "buttons": buttons }));
    }
    components
}
