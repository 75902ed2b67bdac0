//! Who did what to what: the audit.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::as_of;
use crate::rest::cursor;
use crate::rest::input::{Params, limit};
use crate::shape::{List, instant};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::Timestamp;
use dashoffice_store::views::{AuditFilter, AuditView, Cursor};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// What kind of thing: a record's (`tag`, `queue` …), `conversation`, `message`, `tenant`.
    record_kind: Option<String>,
    record_id: Option<Uuid>,
    /// What was done: `created`, `changed`, `picked`, `closed` …
    what: Option<String>,
    actor_id: Option<Uuid>,
    /// At or after this instant, in RFC 3339.
    #[param(format = "date-time")]
    from: Option<String>,
    /// Before this instant, in RFC 3339.
    #[param(format = "date-time")]
    until: Option<String>,
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What somebody did.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordChange {
    pub record_kind: String,
    pub record_id: Uuid,
    /// Of a record `created`, `changed`, `archived`, `restored` or `removed`; of a conversation `picked`, `accepted`, `declined`,
    /// `transferred` or `closed`; of a message `settled_as_sent`, `settled_as_failed`, `resent` or `sent_beside_owner`; of the tenant `renamed`.
    pub what: String,
    /// Whose it is follows from `principal_kind`; null: the system's.
    pub actor_id: Option<Uuid>,
    /// `user`, `api_key`, `bot`, `automation`, `customer` or `system`; perhaps one that only another version knows.
    pub principal_kind: String,
    /// Which part of the system, where that is known: `office_file`.
    pub principal_part: Option<String>,
    pub at: String,
    /// Of a record, each field that is otherwise than before, with both values; secrets without them.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub fields: serde_json::Value,
    /// What else it was about: `conversation_id`, `resent_as`, `to_agent_id`, `to_queue_id`.
    #[schema(value_type = std::collections::HashMap<String, Uuid>)]
    pub about: serde_json::Value,
}

impl From<&AuditView> for RecordChange {
    fn from(view: &AuditView) -> Self {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
        let told = view.told.as_deref().map(json).unwrap_or_default();
        let fields = told.as_object().into_iter().flatten().map(|(name, values)| {
            let both = serde_json::json!({ "before": values[0], "after": values[1] });
            (name.clone(), both)
        });
        Self {
            record_kind: view.kind.clone(),
            record_id: view.id,
            what: view.what.clone(),
            actor_id: Some(view.actor.id()).filter(|actor| !actor.is_nil()),
            principal_kind: view.actor.kind().to_owned(),
            principal_part: view.actor.part().map(str::to_owned),
            at: instant(view.at),
            fields: serde_json::Value::Object(fields.collect()),
            about: json(&view.about),
        }
    }
}

/// Who did what to what, the last first: what people changed of what is set up, and what they did with conversations and messages. It comes a
/// moment after what it tells of; `As-Of` says how far it has come.
#[utoipa::path(get, path = "/audit", tag = "settings", params(Wanted),
    responses((status = 200, body = List<RecordChange>), (status = 422)))]
pub(crate) async fn audit(
    State(api): State<Api>,
    signed: Signed,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let filter = wanted.filter()?;
    let (query, most) = (format!("audit?{filter:?}"), limit(wanted.limit)?);
    let before = wanted.cursor.map(|cursor| cursor::decode(&cursor, &query)).transpose()?;
    let before = before.map(|place| (Timestamp(place.key), place.id.as_u128() as i64));
    let mut shown = api.store().audit(signed.scope, &filter, before, most).await?;
    let more = shown.what.len() > most as usize;
    shown.what.truncate(most as usize);
    let last = shown.what.last().filter(|_| more);
    let place = last.map(|last| Cursor { key: last.at.0, id: Uuid::from_u128(last.position as u128) });
    let list = List {
        items: shown.what.iter().map(RecordChange::from).collect::<Vec<_>>(),
        next_cursor: place.map(|place| cursor::encode(place, &query)),
    };
    Ok(as_of(&api, shown.as_of, &list))
}

impl Wanted {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        if self.record_id.is_some() && self.record_kind.is_none() {
            return Err(Problem::invalid("record_id", "only_with_record_kind"));
        }
        Ok(AuditFilter {
            kind: self.record_kind.clone(),
            id: self.record_id,
            what: self.what.clone(),
            actor: self.actor_id,
            from: read_instant(self.from.as_deref(), "from")?,
            until: read_instant(self.until.as_deref(), "until")?,
        })
    }
}

fn read_instant(text: Option<&str>, name: &'static str) -> Result<Option<Timestamp>, Problem> {
    let read = |text: &str| {
        let read = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| Problem::invalid(name, "unreadable"))?;
        Ok(Timestamp(read.timestamp_micros()))
    };
    text.map(read).transpose()
}
