//! Takes a webhook's body apart into items that stand on their own, so that one bad item never harms the others (A1).

use super::names;
use super::status;
use crate::loose::{Members, without_lone_surrogates};
use dashoffice_domain::ports::{Malformed, Piece};
use serde_json::value::RawValue;

/// What is repeated beside every message of a body must be small: Meta's is a few hundred bytes.
const LARGEST_COMPANION: usize = 16 * 1024;

/// What a body says it is about; Messenger and Instagram have names of their own.
const WHATSAPP: &str = "whatsapp_business_account";

/// Splits a body whose signature was checked. Invalid bytes become U+FFFD: they must not refuse their neighbours.
pub(super) fn split(body: &[u8]) -> Result<Vec<Piece>, Malformed> {
    let text = String::from_utf8_lossy(body);
    if let Some(envelope) = Members::of(&text) {
        return Ok(pieces(&text, &envelope));
    }
    let mended = without_lone_surrogates(&text);
    match Members::of(&mended) {
        Some(envelope) => Ok(pieces(&mended, &envelope)),
        None => Err(Malformed("it is not one JSON object".to_owned())),
    }
}

fn pieces(text: &str, envelope: &Members<'_>) -> Vec<Piece> {
    let about = envelope.text("object");
    let (Some(WHATSAPP), Some(entries)) = (about.as_deref(), envelope.array("entry")) else {
        let what = format!("object:{}", about.as_deref().unwrap_or("none"));
        return vec![other(None, &what, text)];
    };
    let mut pieces = Vec::new();
    for entry in entries {
        let Some(members) = Members::of(entry.get()).filter(|members| !members.list("changes").is_empty()) else {
            pieces.push(other(None, "entry", entry.get()));
            continue;
        };
        for change in members.list("changes") {
            split_change(&members, change, &mut pieces);
        }
    }
    pieces
}

fn split_change(entry: &Members<'_>, change: &RawValue, pieces: &mut Vec<Piece>) {
    let members = Members::of(change.get()).unwrap_or_default();
    let field = members.text("field").unwrap_or_else(|| "no field".to_owned());
    let value = Value::of(members.object("value").unwrap_or_default());
    if field == "messages" {
        let messages = value.items(pieces);
        let statuses = value.statuses(entry, pieces);
        if messages + statuses > 0 && !value.holds_more(messages) {
            return;
        }
    }
    // Account news, templates, calls, echoes, or what we cannot take apart: kept whole, with the account it belongs to.
    let what = if field == "messages" && !value.errors.is_empty() { "errors" } else { &field };
    pieces.push(other(value.number.clone(), what, &in_its_entry(entry, change.get())));
}

/// What all messages of one change share.
struct Value<'a> {
    members: Members<'a>,
    number: Option<String>,
    contacts: Vec<Contact<'a>>,
    errors: &'a str,
}

struct Contact<'a> {
    raw: &'a str,
    wa_id: Option<String>,
    user_id: Option<String>,
}

impl<'a> Value<'a> {
    fn of(members: Members<'a>) -> Self {
        let number = names::id(members.object("metadata").and_then(|metadata| metadata.text("phone_number_id")));
        let contacts = members.list("contacts").into_iter().filter_map(Contact::of).collect();
        let some_errors = members.get("errors").filter(|_| !members.list("errors").is_empty());
        let errors = some_errors.and_then(companion).unwrap_or_default();
        Self { members, number, contacts, errors }
    }

    /// Whether something would be lost that is neither message nor status: errors that belong to no message, odd shapes.
    fn holds_more(&self, messages: usize) -> bool {
        let odd =
            |name| self.members.get(name).is_some_and(|raw| raw.get() != "null") && self.members.array(name).is_none();
        (messages == 0 && !self.errors.is_empty()) || odd("messages") || odd("statuses")
    }

    /// Appends the messages; returns how many there were.
    fn items(&self, pieces: &mut Vec<Piece>) -> usize {
        let messages = self.members.list("messages");
        for message in &messages {
            pieces.push(self.item(message.get()));
        }
        messages.len()
    }

    fn item(&self, message: &str) -> Piece {
        let mended = without_lone_surrogates(message);
        let members = Members::of(&mended).unwrap_or_default();
        let raw = self.standing_alone(message, &members);
        let Some(number) = &self.number else {
            return other(None, "message without a number", &raw);
        };
        if members.text("group_id").is_some() {
            // Its sender is one of many: it must not appear in the thread we have with them alone.
            return other(Some(number.clone()), "group message", &raw);
        }
        let id = names::id(members.text("id")).unwrap_or_else(|| names::id_of_bytes(message.as_bytes()));
        Piece::Item { number_ref: number.clone(), provider_message_id: id, raw: raw.into_bytes() }
    }

    /// The message with everything that is needed to read it, as it was written.
    fn standing_alone(&self, message: &str, members: &Members<'_>) -> String {
        let metadata = self.members.get("metadata").and_then(companion).unwrap_or("null");
        let contact = self.sender(members).map_or("", |contact| contact.raw);
        let mut raw = format!(r#"{{"metadata":{metadata},"contacts":[{contact}],"message":{message}"#);
        if !self.errors.is_empty() {
            raw.push_str(r#","errors":"#);
            raw.push_str(self.errors);
        }
        raw.push('}');
        raw
    }

    /// The sender's contact: by phone, else by scoped id; never by its place in the list.
    /// Where the message names nobody at all, a single contact can only be the sender.
    fn sender(&self, message: &Members<'_>) -> Option<&Contact<'a>> {
        let from = message.text("from").filter(|from| names::phone(from).is_some());
        let from_user_id = message.text("from_user_id").filter(|from| names::scoped_user(from).is_some());
        if let (None, None, [only]) = (&from, &from_user_id, self.contacts.as_slice()) {
            return Some(only);
        }
        let by_phone = self.contacts.iter().find(|contact| from.is_some() && contact.wa_id == from);
        by_phone
            .or_else(|| self.contacts.iter().find(|contact| from_user_id.is_some() && contact.user_id == from_user_id))
    }

    /// Appends the statuses; returns how many there were.
    fn statuses(&self, entry: &Members<'_>, pieces: &mut Vec<Piece>) -> usize {
        let statuses = self.members.list("statuses");
        for raw in &statuses {
            let piece = match status::read(raw.get(), self.number.as_deref()) {
                Ok(status) => Piece::Status(status),
                Err(what) => {
                    let metadata = self.members.get("metadata").and_then(companion).unwrap_or("null");
                    let value = format!(r#"{{"metadata":{metadata},"statuses":[{raw}]}}"#);
                    let change = format!(r#"{{"field":"messages","value":{value}}}"#);
                    other(self.number.clone(), &what, &in_its_entry(entry, &change))
                }
            };
            pieces.push(piece);
        }
        statuses.len()
    }
}

impl<'a> Contact<'a> {
    fn of(raw: &'a RawValue) -> Option<Self> {
        let members = Members::of(raw.get()).unwrap_or_default();
        Some(Self { raw: companion(raw)?, wa_id: members.text("wa_id"), user_id: members.text("user_id") })
    }
}

fn companion(raw: &RawValue) -> Option<&str> {
    Some(raw.get()).filter(|text| text.len() <= LARGEST_COMPANION)
}

/// A change with the account and the time of the entry it came in.
fn in_its_entry(entry: &Members<'_>, change: &str) -> String {
    let id = entry.get("id").map_or("null", RawValue::get);
    let time = entry.get("time").map_or("null", RawValue::get);
    format!(r#"{{"id":{id},"time":{time},"changes":[{change}]}}"#)
}

fn other(number: Option<String>, what: &str, raw: &str) -> Piece {
    Piece::Other { number_ref: number, what: names::kind(what), raw: raw.as_bytes().to_vec() }
}
