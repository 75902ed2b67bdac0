//! A webhook as Meta builds it: one body, signed, with messages and statuses of one number.

use crate::config::SimulatorConfig;
use crate::escape::as_meta_writes;
use crate::ledger::{Ledger, Planned};
use crate::office::Parcel;
use crate::people::{People, Person, is_user_id};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// A body ready to be posted, and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) body: Bytes,
    pub(crate) signature: String,
    pub(crate) messages: Vec<usize>,
    pub(crate) statuses: Vec<(usize, Planned)>,
}

/// Packs parcels into one body; messages and statuses are changes of their own.
pub(crate) fn pack(
    config: &SimulatorConfig,
    people: &People,
    ledger: &Ledger,
    at_us: i64,
    parcels: impl Iterator<Item = Parcel>,
) -> Envelope {
    let mut messages = Vec::new();
    let mut statuses = Vec::new();
    for parcel in parcels {
        match parcel {
            Parcel::Message(position) => messages.push(position),
            Parcel::Status(position, status) => statuses.push((position, status)),
        }
    }
    let mut changes = Vec::new();
    if !messages.is_empty() {
        changes.push(change(config, messages_value(people, ledger, &messages)));
    }
    if !statuses.is_empty() {
        let all: Vec<Value> = statuses.iter().filter_map(|given| status(people, ledger, at_us, *given)).collect();
        changes.push(change(config, json!({ "statuses": all })));
    }
    let entry = json!({ "id": config.account_id, "changes": changes });
    let body = as_meta_writes(&json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string());
    let signature = signature(&config.app_secret, body.as_bytes());
    Envelope { body: Bytes::from(body), signature, messages, statuses }
}

/// `X-Hub-Signature-256` as Meta makes it: made here and checked in `dashoffice-adapters`, so that a fault of either is seen by the other.
fn signature(app_secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn change(config: &SimulatorConfig, mut value: Value) -> Value {
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({
        "display_phone_number": config.display_phone_number,
        "phone_number_id": config.phone_number_id,
    });
    json!({ "field": "messages", "value": value })
}

fn messages_value(people: &People, ledger: &Ledger, positions: &[usize]) -> Value {
    let mut contacts: Vec<(u32, Value)> = Vec::new();
    let mut messages = Vec::new();
    for position in positions {
        let Some(row) = ledger.inbound().get(position - 1) else { continue };
        let Some(person) = people.get(row.written.customer) else { continue };
        if contacts.iter().all(|(customer, _)| *customer != person.number) {
            contacts.push((person.number, contact(person)));
        }
        let mut message = match &row.written.content {
            Some(content) => serde_json::from_str(content).unwrap_or_default(),
            None => json!({ "type": "text", "text": { "body": row.written.text } }),
        };
        message["id"] = json!(row.written.wamid);
        message["timestamp"] = json!((row.written.at_us / 1_000_000).to_string());
        message["from_user_id"] = json!(person.user_id);
        if let Some(phone) = &person.phone {
            message["from"] = json!(phone);
        }
        messages.push(message);
    }
    let contacts: Vec<Value> = contacts.into_iter().map(|(_, contact)| contact).collect();
    json!({ "contacts": contacts, "messages": messages })
}

fn contact(person: &Person) -> Value {
    let mut contact = json!({ "profile": { "name": person.name }, "user_id": person.user_id });
    if let Some(phone) = &person.phone {
        contact["wa_id"] = json!(phone);
    }
    contact
}

fn status(people: &People, ledger: &Ledger, at_us: i64, (position, planned): (usize, Planned)) -> Option<Value> {
    let accepted = &ledger.outbound().get(position - 1)?.accepted;
    let mut status = json!({
        "id": accepted.wamid,
        "status": planned.name(),
        "timestamp": (at_us / 1_000_000).to_string(),
    });
    match accepted.customer.and_then(|customer| people.get(customer)) {
        Some(person) => {
            status["recipient_user_id"] = json!(person.user_id);
            if let Some(phone) = &person.phone {
                status["recipient_id"] = json!(phone);
            }
        }
        None if is_user_id(&accepted.to) => status["recipient_user_id"] = json!(accepted.to),
        None => status["recipient_id"] = json!(accepted.to),
    }
    if let Some(message) = &accepted.message {
        status["biz_opaque_callback_data"] = json!(message);
    }
    if let Planned::Failed(code) = planned {
        status["errors"] = json!([{ "code": code, "title": "Simulated", "message": "Simulated" }]);
    }
    Some(status)
}
