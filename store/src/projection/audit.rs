//! The audit: who did what to what. It holds ids; what a record was and is stays in the changes of records, and is erased there.

use super::{Projection, Row};
use crate::Office;
use dashoffice_domain::Timestamp;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::UserId;
use dashoffice_runtime::Envelope;
use uuid::Uuid;

pub(crate) static AUDIT: Projection = Projection { name: "audit", fold };

/// Something that somebody did, by the position of its event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditRecord {
    pub position: i64,
    pub kind: String,
    pub id: Uuid,
    pub what: String,
    pub actor: Principal,
    pub at: Timestamp,
    /// Names of ids, and ids, as JSON.
    pub about: String,
}

fn fold(envelope: &Envelope<Office>) -> Vec<Row> {
    let Some(deed) = envelope.event.deed(envelope.entity) else { return Vec::new() };
    let actor = match (&envelope.actor, deed.by) {
        // Where the system carried it out, the event says for whom.
        (Principal::System(_), Some(by)) => Principal::User(UserId(by)),
        (Principal::System(_), None) if !deed.is_told_of_the_system => return Vec::new(),
        (actor, _) => actor.clone(),
    };
    let about = deed.about.iter().map(|(name, id)| ((*name).to_owned(), id.to_string().into()));
    vec![Row::Audit(AuditRecord {
        position: envelope.position,
        kind: deed.kind,
        id: deed.id,
        what: deed.what.to_owned(),
        actor,
        at: Timestamp(envelope.at),
        about: serde_json::Value::Object(about.collect()).to_string(),
    })]
}
