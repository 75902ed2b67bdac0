//! Bodies of our own making, in the shapes Meta documents.

use super::super::{decode, split};
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::{Piece, Reading};
use serde_json::{Value, json};

pub(super) const NUMBER: &str = "100200300400";
pub(super) const PHONE: &str = "5511900000001";
pub(super) const SCOPED: &str = "BR.90000001";

/// A webhook's body with one change of this field.
pub(super) fn body(field: &str, value: &Value) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "900800700", "changes": [{ "field": field, "value": value }] }],
    })
}

/// The value of a `messages` change, with the customer's contact.
pub(super) fn value_with(messages: &[Value]) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "55 11 90000-9999", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": "Bia Lima" }, "wa_id": PHONE, "user_id": SCOPED }],
        "messages": messages,
    })
}

/// A message from the customer: the common members, and those of its type.
pub(super) fn message(id: &str, rest: &Value) -> Value {
    let mut message = json!({ "from": PHONE, "id": id, "timestamp": "1750000000" });
    for (name, member) in rest.as_object().unwrap() {
        message[name] = member.clone();
    }
    message
}

pub(super) fn text(id: &str, words: &str) -> Value {
    message(id, &json!({ "type": "text", "text": { "body": words } }))
}

pub(super) fn split_of(body: &Value) -> Vec<Piece> {
    split::split(body.to_string().as_bytes()).unwrap()
}

/// What the customer's message comes to on the whole way through split and decode.
pub(super) fn reading_of(rest: &Value) -> Reading {
    let pieces = split_of(&body("messages", &value_with(&[message("wamid.in", rest)])));
    let [Piece::Item { raw, number_ref, provider_message_id }] = pieces.as_slice() else {
        panic!("one message is one item");
    };
    assert_eq!((number_ref.as_str(), provider_message_id.as_str()), (NUMBER, "wamid.in"));
    decode::decode(raw)
}

pub(super) fn understood(rest: &Value) -> Inbound {
    match reading_of(rest) {
        Reading::Understood(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

pub(super) fn partly(rest: &Value) -> Said {
    match reading_of(rest) {
        Reading::Partly(inbound) => inbound.what,
        other => panic!("{other:?}"),
    }
}
