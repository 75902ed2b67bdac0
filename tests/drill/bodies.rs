//! What Meta posts, in bodies of our own: every type a customer can send, what changes an earlier message, statuses, errors, and
//! things nobody knows yet.

use crate::house::PHONE_NUMBER_ID;
use serde_json::{Value, json};

/// Of next year: kept as it came, and shown as unknown.
pub(crate) const UNKNOWN_TYPE: &str = "a_type_of_next_year";
pub(crate) const UNKNOWN_FIELD: &str = "a_field_of_next_year";
pub(crate) const UNKNOWN_STATUS: &str = "a_status_of_next_year";

/// Words of the one message that names nobody as its sender.
pub(crate) const FROM_NOBODY: &str = "quem sou eu?";

/// One change of an account, of any field.
pub(crate) fn change(field: &str, value: &Value) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [
        { "field": field, "value": value }] }] })
}

/// What our number got: `parts` beside the members that each such body has.
pub(crate) fn of_our_number(parts: Value) -> Value {
    let mut value = parts;
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "15550000000", "phone_number_id": PHONE_NUMBER_ID });
    change("messages", &value)
}

/// Messages of one customer, who is called Ana.
pub(crate) fn body_of(customer: &str, messages: &[Value]) -> Value {
    let contacts = json!([{ "profile": { "name": "Ana" }, "wa_id": customer }]);
    of_our_number(json!({ "contacts": contacts, "messages": messages }))
}

pub(crate) const CUSTOMER: &str = "5511900002222";

/// A message of [`CUSTOMER`]; its id is given later.
pub(crate) fn message(kind: &str, member: Value) -> Value {
    let mut message = json!({ "from": CUSTOMER, "id": "-", "timestamp": "1763700000", "type": kind });
    message[kind] = member;
    message
}

/// The same with something beside its type's own member.
fn with(mut message: Value, name: &str, member: Value) -> Value {
    message[name] = member;
    message
}

pub(crate) fn status(of: &str, status: &str, more: &Value) -> Value {
    let mut status = json!({ "id": of, "status": status, "timestamp": "1763700001", "recipient_id": CUSTOMER });
    for (name, member) in more.as_object().into_iter().flatten() {
        status[name] = member.clone();
    }
    of_our_number(json!({ "statuses": [status] }))
}

/// Every body of our own.
pub(crate) fn bodies() -> Vec<Value> {
    let kinds = says().into_iter().chain(changes());
    let mut bodies: Vec<Value> = kinds.map(|kind| body_of(CUSTOMER, &[kind])).collect();
    let broken = message("text", json!({ "body": 5 }));
    let three = [message("text", json!({ "body": "um" })), broken, message("text", json!({ "body": "três" }))];
    bodies.push(body_of(CUSTOMER, &three));
    bodies.extend(statuses());
    bodies.extend(others());
    bodies
}

/// Every kind of thing a customer can say, and what cannot be shown of it.
fn says() -> Vec<Value> {
    let file = json!({ "id": "77", "mime_type": "application/octet-stream", "sha256": "AAAA" });
    let text = |words: &str| message("text", json!({ "body": words }));
    let form = json!({ "name": "flow", "body": "Sent", "response_json": "{\"a\":1}" });
    let order = json!({ "catalog_id": "9", "product_items": [
        { "product_retailer_id": "a", "quantity": "2", "item_price": 9.9, "currency": "BRL" }] });
    let moved = json!({ "type": "user_changed_number", "body": "mudou", "wa_id": "5511900003333" });
    let identity =
        json!({ "type": "customer_identity_changed", "body": "outro", "identity": "x", "customer": CUSTOMER });
    let errors = json!([{ "code": 131_051, "title": "Message type unknown" }]);
    let advertised = json!({ "source_url": "https://example.com/ad", "source_id": "1", "source_type": "ad",
        "headline": "Oferta", "ctwa_clid": "click" });
    vec![
        text("bom dia"),
        with(text("respondo"), "context", json!({ "from": "15550000000", "id": "wamid.kind.0.0" })),
        with(text("repasso"), "context", json!({ "forwarded": true })),
        with(text("todos repassam"), "context", json!({ "frequently_forwarded": true })),
        with(text("vi o anúncio"), "referral", advertised),
        with(text("somos muitos"), "group_id", json!("group")),
        message("image", file.clone()),
        message("video", file.clone()),
        message("audio", json!({ "id": "78", "mime_type": "audio/ogg; codecs=opus", "voice": true })),
        message("document", with(file.clone(), "filename", json!("nota.pdf"))),
        message("sticker", json!({ "id": "79", "mime_type": "image/webp", "animated": true })),
        message("location", json!({ "latitude": -23.5, "longitude": -46.6, "name": "loja" })),
        message("contacts", json!([{ "name": { "formatted_name": "Rui" }, "phones": [{ "phone": "+55 11" }] }])),
        message("interactive", json!({ "type": "button_reply", "button_reply": { "id": "1", "title": "Sim" } })),
        message("interactive", json!({ "type": "list_reply", "list_reply": { "id": "2", "title": "Dois" } })),
        message("interactive", json!({ "type": "nfm_reply", "nfm_reply": form })),
        message(
            "interactive",
            json!({ "type": "call_permission_reply", "call_permission_reply": { "response": "accept" } }),
        ),
        message("button", json!({ "payload": "p", "text": "Quero" })),
        message("order", order),
        message("system", moved),
        message("system", identity),
        message("request_welcome", Value::Null),
        message("unsupported", json!({ "type": "poll" })),
        with(message("unsupported", Value::Null), "errors", errors),
        message(UNKNOWN_TYPE, json!({ "anything": [1, 2, 3] })),
        json!({ "from": CUSTOMER, "id": "-", "timestamp": "no time" }),
    ]
}

/// What changes an earlier message and is none itself.
fn changes() -> Vec<Value> {
    let of = "wamid.kind.0.0";
    let edited = json!({ "context": { "id": "M0" }, "type": "text", "text": { "body": "boa tarde" } });
    let captioned = json!({ "type": "image", "image": { "id": "80", "mime_type": "image/jpeg", "caption": "assim" } });
    vec![
        message("reaction", json!({ "message_id": of, "emoji": "👍" })),
        message("reaction", json!({ "message_id": of, "emoji": "" })),
        message("reaction", json!({ "message_id": of })),
        message("edit", json!({ "original_message_id": of, "message": edited })),
        message("edit", json!({ "original_message_id": "wamid.kind.6.0", "message": captioned })),
        message("revoke", json!({ "original_message_id": "wamid.never.seen" })),
    ]
}

/// How far messages got that we never sent: another tool on the same account did.
fn statuses() -> Vec<Value> {
    let known = ["sent", "delivered", "read", "played"].map(|name| status("wamid.foreign", name, &json!({})));
    let failed = json!({ "errors": [{ "code": 131_047, "title": "Re-engagement message" }] });
    let call = status("wacid.foreign", "RINGING", &json!({ "type": "call" }));
    let priced = json!({ "pricing": { "billable": true, "category": "service" }, "conversation": { "id": "c" } });
    let mut statuses = known.to_vec();
    statuses.extend([
        status("wamid.foreign.failed", "failed", &failed),
        status("wamid.foreign.priced", "sent", &priced),
        status("wamid.foreign", UNKNOWN_STATUS, &json!({})),
        call,
    ]);
    statuses
}

/// Errors, a message that nobody sent, and news of the account.
fn others() -> Vec<Value> {
    let error = json!([{ "code": 131_000, "title": "Something went wrong" }]);
    let beside = json!({ "contacts": [{ "profile": { "name": "Ana" }, "wa_id": CUSTOMER }], "errors": error,
        "messages": [{ "from": CUSTOMER, "id": "-", "timestamp": "1763700000", "type": "interactive" }] });
    let nobody = json!({ "id": "-", "timestamp": "1763700000", "type": "text", "text": { "body": FROM_NOBODY } });
    vec![
        of_our_number(json!({ "errors": error })),
        of_our_number(beside),
        of_our_number(json!({ "messages": [nobody] })),
        of_our_number(json!({})),
        change("message_template_status_update", &json!({ "event": "APPROVED", "message_template_name": "ready" })),
        change("account_update", &json!({ "event": "ACCOUNT_RESTRICTION" })),
        change(UNKNOWN_FIELD, &json!({ "x": 1 })),
    ]
}

/// Texts that no JSON writer of ours would make, with the id under which each must be stored.
pub(crate) fn odd_bodies() -> Vec<(&'static str, String)> {
    let with = |id: &'static str, text: &str| {
        let body = body_of(CUSTOMER, &[message("text", json!({ "body": "@" }))]).to_string();
        (id, body.replace("\"@\"", &format!("\"{text}\"")).replace("\"id\":\"-\"", &format!("\"id\":\"{id}\"")))
    };
    vec![
        with("wamid.odd.nul", "antes\\u0000depois"),
        with("wamid.odd.surrogate", "metade \\ud83d sozinha"),
        with("wamid.odd.long", &"x".repeat(65_536)),
    ]
}
