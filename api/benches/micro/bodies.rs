//! Webhooks of each kind, in the shape of Meta's Cloud API (providers' "messages" and "statuses" fields).

use serde_json::{Value, json};

/// The kinds that are measured.
pub(crate) const KINDS: [&str; 10] =
    ["text", "image", "location", "contacts", "button", "list", "reaction", "order", "revoke", "status"];

/// A whole body with one item of a kind.
pub(crate) fn body(kind: &str) -> Vec<u8> {
    let metadata = json!({"display_phone_number": "551150000000", "phone_number_id": "100200300"});
    let value = if kind == "status" {
        json!({"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status()]})
    } else {
        let contacts = json!([{"profile": {"name": "Rosa"}, "wa_id": "5511988887777"}]);
        json!({"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, "messages": [message(kind)]})
    };
    let changes = json!([{"field": "messages", "value": value}]);
    json!({"object": "whatsapp_business_account", "entry": [{"id": "900800700", "changes": changes}]})
        .to_string()
        .into()
}

/// A text of so many bytes.
pub(crate) fn text_of(bytes: usize) -> Vec<u8> {
    let body = String::from_utf8(body("text")).unwrap();
    body.replace("Bom dia", &"a".repeat(bytes)).into()
}

fn status() -> Value {
    json!({
        "id": "wamid.OUT1", "status": "delivered", "timestamp": "1760000000", "recipient_id": "5511988887777",
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "service", "type": "regular"},
    })
}

fn message(kind: &str) -> Value {
    let mut message = json!({"from": "5511988887777", "id": "wamid.IN1", "timestamp": "1760000000"});
    let (name, what) = match kind {
        "text" => ("text", json!({"body": "Bom dia, o pedido 4711 já saiu?"})),
        "image" => ("image", json!({"id": "7001", "mime_type": "image/jpeg", "sha256": "bm8=", "caption": "olha"})),
        "location" => {
            ("location", json!({"latitude": -23.55, "longitude": -46.63, "name": "Loja", "address": "Rua 1"}))
        }
        "contacts" => (
            "contacts",
            json!([{"name": {"formatted_name": "Ana Lima", "first_name": "Ana"}, "phones": [{"phone": "+55 11 98888-0000", "type": "CELL"}]}]),
        ),
        "button" => ("button", json!({"payload": "sim", "text": "Sim"})),
        "list" => (
            "interactive",
            json!({"type": "list_reply", "list_reply": {"id": "2", "title": "Trocas", "description": "até 7 dias"}}),
        ),
        "reaction" => ("reaction", json!({"message_id": "wamid.OUT1", "emoji": "👍"})),
        "order" => (
            "order",
            json!({"catalog_id": "55", "text": "", "product_items": [{"product_retailer_id": "p1", "quantity": 2, "item_price": 19.9, "currency": "BRL"}]}),
        ),
        "revoke" => ("revoke", json!({"original_message_id": "wamid.IN0"})),
        other => panic!("no body of the kind {other}"),
    };
    message["type"] = json!(name);
    message[name] = what;
    message
}
