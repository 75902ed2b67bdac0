//! The field `user_id_update`, by which partners of Meta's tell that a customer's business-scoped id changed. Meta itself says it by
//! a `system` message (<https://developers.facebook.com/documentation/business-messaging/whatsapp/changelog>, August 2026): so it is
//! read as one.

use super::names;
use crate::lenient_json::Node;
use crate::lenient_json::{Members, read as read_leniently};
use serde_json::{Value, json};

pub(super) const FIELD: &str = "user_id_update";

/// Of more than these the body is kept whole.
const MOST_AT_ONCE: usize = 1_024;

/// Each update as a `system` message with an id of its own; `None`: there is none, or one of them cannot be read.
pub(super) fn notices(value: &Members<'_>) -> Option<Vec<(String, String)>> {
    let notices: Option<Vec<_>> = value.list(FIELD).take(MOST_AT_ONCE + 1).map(|update| notice(update.get())).collect();
    notices.filter(|notices| (1..=MOST_AT_ONCE).contains(&notices.len()))
}

fn notice(raw: &str) -> Option<(String, String)> {
    let read = read_leniently(raw)?;
    let update = Node::of(&read.value);
    let id = update.get("user_id");
    let previous = id.get("previous").filled().or_else(|| update.get("previous_user_id").filled())?;
    let current = id.get("current").filled().or_else(|| id.filled())?;
    if names::scoped_user(&previous).is_none() || names::scoped_user(&current).is_none() {
        return None;
    }
    let key = names::id_of_bytes(raw.as_bytes());
    let mut message = json!({
        "id": key, "type": "system", "from_user_id": previous,
        "system": { "type": "user_changed_user_id", "previous_user_id": previous, "user_id": current },
    });
    for (ours, theirs) in [("from", "wa_id"), ("timestamp", "timestamp")] {
        if let Some(text) = update.get(theirs).filled() {
            message[ours] = Value::String(text);
        }
    }
    Some((key, message.to_string()))
}
