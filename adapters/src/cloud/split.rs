//! Takes a webhook's body apart into items that stand on their own, so that one bad item never harms the others (A1).

use super::identity::Side;
use super::names;
use super::news;
use super::pieces::Pieces;
use super::status;
use super::user_ids;
use crate::lenient_json::{Members, without_lone_surrogates};
use dashoffice_domain::phone;
use dashoffice_domain::ports::{Malformed, Piece};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Of the contacts of a change so many are looked at: Meta names one for each message, and sends at most 1,000 in a body.
const MOST_CONTACTS: usize = 1_024;

/// By so much the text of a body may be longer than its bytes: U+FFFD has three of them.
const LONGER_AT_MOST: usize = 64 * 1_024;

/// What a body says it is about; Messenger and Instagram have names of their own.
const WHATSAPP: &str = "whatsapp_business_account";

/// Splits a body whose signature was checked. Invalid bytes become U+FFFD: they must not refuse their neighbours.
pub(super) fn split(body: &[u8]) -> Result<Vec<Piece>, Malformed> {
    let text = readable(body);
    if let Some(envelope) = Members::of(&text) {
        return Ok(pieces(&text, &envelope));
    }
    let mended = without_lone_surrogates(&text);
    match Members::of(&mended) {
        Some(envelope) => Ok(pieces(&mended, &envelope)),
        None => Err(Malformed("it is not one JSON object".to_owned())),
    }
}

/// The body as text, hardly longer than itself: where it is full of invalid bytes, `?` stands for them.
fn readable(body: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(body) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(body.len() + LONGER_AT_MOST);
    let mut spare = LONGER_AT_MOST;
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        let lost = chunk.invalid().len();
        if lost == 0 {
            continue;
        }
        match spare.checked_sub(char::REPLACEMENT_CHARACTER.len_utf8().saturating_sub(lost)) {
            Some(left) => {
                spare = left;
                text.push(char::REPLACEMENT_CHARACTER);
            }
            None => text.push('?'),
        }
    }
    Cow::Owned(text)
}

fn pieces(text: &str, envelope: &Members<'_>) -> Vec<Piece> {
    let about = envelope.text("object");
    let (Some(WHATSAPP), Some(entries)) = (about.as_deref(), envelope.array("entry")) else {
        let what = format!("object:{}", about.as_deref().unwrap_or("none"));
        return vec![other(None, &what, text)];
    };
    let mut pieces = Pieces::of(text);
    for entry in entries {
        if pieces.are_full() {
            break;
        }
        let Some(members) = Members::of(entry.get()).filter(|members| !members.list("changes").is_empty()) else {
            pieces.push(other(None, "entry", entry.get()));
            continue;
        };
        for change in members.list("changes") {
            if pieces.are_full() {
                break;
            }
            split_change(&members, change, &mut pieces);
        }
    }
    match pieces.finish() {
        (pieces, true) => pieces,
        // What did not fit is in here.
        (mut pieces, false) => {
            pieces.push(other(None, "more pieces than a body may have", text));
            pieces
        }
    }
}

fn split_change(entry: &Members<'_>, change: &RawValue, pieces: &mut Pieces) {
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
    if field == user_ids::FIELD
        && let Some(number) = &value.number
        && let Some(notices) = user_ids::notices(&value.members)
    {
        for (id, message) in notices {
            let members = Members::of(&message).unwrap_or_default();
            let raw = value.standing_alone(&message, &members, Side::Theirs, pieces);
            pieces.push(Piece::Item { number_ref: number.clone(), provider_message_id: id, raw: raw.into_bytes() });
        }
        return;
    }
    if field == "smb_message_echoes" && value.echoes(pieces) > 0 {
        return;
    }
    if news::is_known(&field) {
        value.preferences(&field, pieces);
        let (account_ref, number_ref) = (names::id(entry.text("id")), value.number.clone());
        let raw = in_its_entry(entry, change.get(), pieces).into_bytes();
        pieces.push(Piece::News { number_ref, account_ref, kind: field, raw });
        return;
    }
    // Calls, groups, or what we cannot take apart: kept whole, with the account it belongs to.
    let what = if field == "messages" && !value.errors.is_empty() { "errors" } else { &field };
    let raw = in_its_entry(entry, change.get(), pieces);
    pieces.push(other(value.number.clone(), what, &raw));
}

/// What all messages of one change share.
struct Value<'a> {
    members: Members<'a>,
    number: Option<String>,
    contacts: Vec<Contact<'a>>,
    /// Whether all messages name the same customer, if any; found out where somebody asks.
    of_one_customer: OnceCell<bool>,
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
        let contacts: Vec<Contact<'a>> = members.list("contacts").take(MOST_CONTACTS).map(Contact::of).collect();
        let some_errors = members.get("errors").filter(|_| !members.list("errors").is_empty());
        let errors = some_errors.map(RawValue::get).unwrap_or_default();
        Self { members, number, contacts, of_one_customer: OnceCell::new(), errors }
    }

    /// Whether something would be lost that is neither message nor status: errors that belong to no message, odd shapes.
    fn holds_more(&self, messages: usize) -> bool {
        let odd =
            |name| self.members.get(name).is_some_and(|raw| raw.get() != "null") && self.members.array(name).is_none();
        (messages == 0 && !self.errors.is_empty()) || odd("messages") || odd("statuses")
    }

    /// What customers say about marketing, where this is what the change brings.
    fn preferences(&self, field: &str, pieces: &mut Pieces) {
        let Some(number) = self.number.as_ref().filter(|_| field == news::USER_PREFERENCES) else { return };
        for raw in self.members.list("user_preferences") {
            if pieces.are_full() {
                break;
            }
            if let Some(choice) = news::preference(raw.get()) {
                pieces.push(Piece::Marketing { number_ref: number.clone(), choice });
            }
        }
    }

    /// Appends the messages; returns how many there were.
    fn items(&self, pieces: &mut Pieces) -> usize {
        self.spoken("messages", Side::Theirs, pieces)
    }

    /// Appends what was said with the phone itself; returns how much there was.
    fn echoes(&self, pieces: &mut Pieces) -> usize {
        self.spoken("message_echoes", Side::Ours, pieces)
    }

    /// Appends what one side said; returns how much there was.
    fn spoken(&self, list: &str, side: Side, pieces: &mut Pieces) -> usize {
        let mut messages = 0;
        for message in self.members.list(list) {
            messages += 1;
            if pieces.are_full() {
                break;
            }
            let item = self.item(message.get(), side, pieces);
            pieces.push(item);
        }
        messages
    }

    fn item(&self, message: &str, side: Side, pieces: &mut Pieces) -> Piece {
        let mended = without_lone_surrogates(message);
        let members = Members::of(&mended).unwrap_or_default();
        let raw = self.standing_alone(message, &members, side, pieces);
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
    fn standing_alone(&self, message: &str, members: &Members<'_>, side: Side, pieces: &mut Pieces) -> String {
        let contact = self.customer(members, side).and_then(|contact| pieces.beside(contact.raw)).unwrap_or_default();
        let metadata = self.members.get("metadata").and_then(|raw| pieces.beside(raw.get())).unwrap_or("null");
        let member = side.member();
        let mut raw = format!(r#"{{"metadata":{metadata},"contacts":[{contact}],"{member}":{message}"#);
        if let Some(errors) = pieces.beside(self.errors).filter(|errors| !errors.is_empty()) {
            raw.push_str(r#","errors":"#);
            raw.push_str(errors);
        }
        raw.push('}');
        raw
    }

    /// The customer's contact: by phone, by scoped id, by another spelling of the phone; never by its place in the list.
    /// Where all messages are of one customer, a single contact can only be theirs, whatever it is called: in Brazil, Mexico and
    /// Argentina `wa_id` may be written otherwise than `from`.
    fn customer(&self, message: &Members<'_>, side: Side) -> Option<&Contact<'a>> {
        let (phone, user) = side.names();
        let named = message.text(phone).filter(|name| names::phone_or_scoped_user(name).is_some());
        let user_id = message.text(user).filter(|name| names::scoped_user(name).is_some());
        let is_called = |name: &Option<String>, wanted: &Option<String>| wanted.is_some() && name == wanted;
        let is_spelled = |name: &Option<String>| match (name, &named) {
            (Some(name), Some(named)) => phone::is_same(name, named),
            _ => false,
        };
        let by = |is_theirs: &dyn Fn(&&Contact<'_>) -> bool| self.contacts.iter().find(is_theirs);
        by(&|contact| is_called(&contact.wa_id, &named) || is_called(&contact.user_id, &named))
            .or_else(|| by(&|contact| is_called(&contact.user_id, &user_id)))
            .or_else(|| by(&|contact| is_spelled(&contact.wa_id)))
            .or_else(|| match self.contacts.as_slice() {
                [only] if (only.user_id.is_none() || user_id.is_none()) && self.is_of_one_customer() => Some(only),
                _ => None,
            })
    }

    fn is_of_one_customer(&self) -> bool {
        *self.of_one_customer.get_or_init(|| of_one_customer(&self.members))
    }

    /// Appends the statuses; returns how many there were.
    fn statuses(&self, entry: &Members<'_>, pieces: &mut Pieces) -> usize {
        let mut statuses = 0;
        for raw in self.members.list("statuses") {
            statuses += 1;
            if pieces.are_full() {
                break;
            }
            let piece = match status::read(raw.get(), self.number.as_deref()) {
                Ok(status) => Piece::Status(Box::new(status)),
                Err(what) => {
                    let metadata = self.members.get("metadata").and_then(|raw| pieces.beside(raw.get()));
                    let metadata = metadata.unwrap_or("null");
                    let value = format!(r#"{{"metadata":{metadata},"statuses":[{raw}]}}"#);
                    let change = format!(r#"{{"field":"messages","value":{value}}}"#);
                    other(self.number.clone(), &what, &in_its_entry(entry, &change, pieces))
                }
            };
            pieces.push(piece);
        }
        statuses
    }
}

impl<'a> Contact<'a> {
    fn of(raw: &'a RawValue) -> Self {
        let members = Members::of(raw.get()).unwrap_or_default();
        Self { raw: raw.get(), wa_id: members.text("wa_id"), user_id: members.text("user_id") }
    }
}

fn of_one_customer(value: &Members<'_>) -> bool {
    let named = |list: &str, side: Side| {
        let (phone, user) = side.names();
        value.list(list).map(move |message| {
            let members = Members::of(message.get()).unwrap_or_default();
            (members.text(phone), members.text(user))
        })
    };
    let mut customers = named("messages", Side::Theirs).chain(named("message_echoes", Side::Ours));
    let Some(first) = customers.next() else { return true };
    customers.all(|other| other == first)
}

/// A change with the account and the time of the entry it came in.
fn in_its_entry(entry: &Members<'_>, change: &str, pieces: &mut Pieces) -> String {
    let [id, time] =
        ["id", "time"].map(|name| entry.get(name).and_then(|raw| pieces.beside(raw.get())).unwrap_or("null"));
    format!(r#"{{"id":{id},"time":{time},"changes":[{change}]}}"#)
}

fn other(number: Option<String>, what: &str, raw: &str) -> Piece {
    Piece::Other { number_ref: number, what: names::kind(what), raw: raw.as_bytes().to_vec() }
}
