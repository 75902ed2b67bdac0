//! Takes a webhook's body apart into items that stand on their own, so that one bad item never harms the others (A1).

use super::names;
use super::status;
use crate::loose::{Members, without_lone_surrogates};
use dashoffice_domain::ports::{Malformed, Piece};
use serde_json::value::RawValue;

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
    if about.as_deref() != Some(WHATSAPP) || envelope.get("entry").is_none() {
        let what = format!("object:{}", about.as_deref().unwrap_or("none"));
        return vec![other(None, &what, text)];
    }
    let mut pieces = Vec::new();
    for entry in envelope.list("entry") {
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
    let told = if field == "messages" { value.items(pieces) + value.statuses(entry, pieces) } else { 0 };
    if told == 0 {
        // Account news, templates, calls, echoes, or errors alone: kept whole, with the account they belong to.
        let what = if field == "messages" && !value.errors.is_empty() { "errors" } else { &field };
        pieces.push(other(value.number.clone(), what, &in_its_entry(entry, change)));
    }
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
        let contacts = members.list("contacts").into_iter().map(Contact::of).collect();
        let errors = members.get("errors").map_or("", RawValue::get);
        Self { members, number, contacts, errors }
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
        let metadata = self.members.get("metadata").map_or("null", RawValue::get);
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
                    let metadata = self.members.get("metadata").map_or("null", RawValue::get);
                    let value = format!(r#"{{"metadata":{metadata},"statuses":[{raw}]}}"#);
                    let change = format!(r#"{{"field":"messages","value":{value}}}"#);
                    other(self.number.clone(), &what, &in_its_entry_text(entry, &change))
                }
            };
            pieces.push(piece);
        }
        statuses.len()
    }
}

impl<'a> Contact<'a> {
    fn of(raw: &'a RawValue) -> Self {
        let members = Members::of(raw.get()).unwrap_or_default();
        Self { raw: raw.get(), wa_id: members.text("wa_id"), user_id: members.text("user_id") }
    }
}

fn in_its_entry(entry: &Members<'_>, change: &RawValue) -> String {
    in_its_entry_text(entry, change.get())
}

/// A change with the account and the time of the entry it came in.
fn in_its_entry_text(entry: &Members<'_>, change: &str) -> String {
    let id = entry.get("id").map_or("null", RawValue::get);
    let time = entry.get("time").map_or("null", RawValue::get);
    format!(r#"{{"id":{id},"time":{time},"changes":[{change}]}}"#)
}

fn other(number: Option<String>, what: &str, raw: &str) -> Piece {
    Piece::Other { number_ref: number, what: names::kind(what), raw: raw.as_bytes().to_vec() }
}
