//! What Meta posts, in bodies of our own, and those that others recorded where they are at hand: to begin from when something is to
//! go wrong.

use crate::door::NUMBER_REF;
use serde_json::{Value, json};
use std::path::Path;

const CUSTOMER: &str = "5511900002222";

pub(crate) fn body(changes: &[Value]) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] })
}

fn change(parts: Value) -> Value {
    let mut value = parts;
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "15550000000", "phone_number_id": NUMBER_REF });
    json!({ "field": "messages", "value": value })
}

pub(crate) fn change_of(messages: &[Value]) -> Value {
    let contacts = json!([{ "profile": { "name": "Ana" }, "wa_id": CUSTOMER, "user_id": "BR.1" }]);
    change(json!({ "contacts": contacts, "messages": messages }))
}

pub(crate) fn body_of(messages: &[Value]) -> Value {
    body(&[change_of(messages)])
}

pub(crate) fn message(id: &str, kind: &str, member: Value) -> Value {
    let mut message = json!({ "from": CUSTOMER, "id": id, "timestamp": "1700000000", "type": kind });
    message[kind] = member;
    message
}

fn interactive(kind: &str, reply: Value) -> Value {
    let mut member = json!({ "type": kind });
    member[kind] = reply;
    member
}

/// Every kind of item.
pub(crate) fn items() -> Vec<Value> {
    let file = json!({ "id": "77", "mime_type": "image/jpeg", "sha256": "AAAA", "caption": "uma foto" });
    let form = json!({ "name": "flow", "body": "Sent", "response_json": "{\"a\":1}" });
    let lines = json!([{ "product_retailer_id": "a", "quantity": "2", "item_price": 9.9, "currency": "BRL" }]);
    let edited = json!({ "type": "text", "text": { "body": "boa tarde" } });
    let kinds = vec![
        ("text", json!({ "body": "bom dia" })),
        ("image", file.clone()),
        ("video", file.clone()),
        ("audio", json!({ "id": "78", "mime_type": "audio/ogg; codecs=opus", "voice": true })),
        ("document", json!({ "id": "79", "mime_type": "application/pdf", "filename": "nota.pdf" })),
        ("sticker", json!({ "id": "80", "mime_type": "image/webp", "animated": true })),
        ("location", json!({ "latitude": -23.5, "longitude": -46.6, "name": "loja", "address": "rua 1" })),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "Rui" }, "phones": [{ "phone": "+55 11" }], "emails": [{ "email": "r@x" }] }]),
        ),
        ("interactive", interactive("button_reply", json!({ "id": "1", "title": "Sim" }))),
        ("interactive", interactive("list_reply", json!({ "id": "2", "title": "Dois", "description": "o dois" }))),
        ("interactive", interactive("nfm_reply", form)),
        ("button", json!({ "payload": "p", "text": "Quero" })),
        ("order", json!({ "catalog_id": "9", "text": "sem pressa", "product_items": lines })),
        ("system", json!({ "type": "user_changed_number", "body": "mudou", "wa_id": "5511900003333" })),
        ("unsupported", json!({ "type": "poll" })),
        ("reaction", json!({ "message_id": "wamid.1", "emoji": "👍" })),
        ("edit", json!({ "original_message_id": "wamid.1", "message": edited })),
        ("revoke", json!({ "original_message_id": "wamid.1" })),
    ];
    let mut items: Vec<Value> =
        kinds.into_iter().enumerate().map(|(n, (kind, member))| message(&format!("wamid.{n}"), kind, member)).collect();
    items[0]["context"] = json!({ "from": "15550000000", "id": "wamid.0", "forwarded": true });
    items[0]["referral"] =
        json!({ "source_url": "https://example.com/ad", "source_id": "1", "source_type": "ad", "headline": "Oferta" });
    items
}

fn statuses() -> Vec<Value> {
    let status = |name: &str| {
        json!({ "id": "wamid.ours", "status": name, "timestamp": "1700000001", "recipient_id": CUSTOMER,
            "biz_opaque_callback_data": "00000000-0000-7000-8000-000000000001" })
    };
    let mut failed = status("failed");
    failed["errors"] =
        json!([{ "code": 131_047, "title": "Re-engagement message", "error_data": { "details": "late" } }]);
    ["sent", "delivered", "read", "played"].map(status).into_iter().chain([failed]).collect()
}

/// Bodies of every kind; recorded ones where the folder is there.
pub(crate) fn bodies() -> Vec<Value> {
    let mut bodies: Vec<Value> = items().iter().map(|item| body_of(std::slice::from_ref(item))).collect();
    bodies.extend(statuses().into_iter().map(|status| body(&[change(json!({ "statuses": [status] }))])));
    bodies.push(body(&[change_of(&items()[..3]), change(json!({ "statuses": statuses() }))]));
    bodies.push(body(&[change(json!({ "errors": [{ "code": 131_000, "title": "Something went wrong" }] }))]));
    bodies.push(body(&[json!({ "field": "account_update", "value": { "event": "ACCOUNT_RESTRICTION" } })]));
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/meta_cloud");
    let files = std::fs::read_dir(recorded).into_iter().flatten().filter_map(|file| Some(file.ok()?.path()));
    bodies.extend(files.filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok()));
    bodies
}
