//! Bodies as Meta's Cloud API sends them, put together without detours: the sender must not be what is measured.

use crate::webhook::signed;
use serde_json::{Value, json};

/// Where one app's webhooks go, and how they are signed.
#[derive(Clone, Debug)]
pub struct Door {
    pub place: crate::line::Place,
    pub app_secret: String,
    pub phone_number_id: String,
}

impl Door {
    /// The bytes of a request that brings `body`, signed.
    pub fn brings(&self, body: &str) -> Vec<u8> {
        let signature = hex::encode(signed(&self.app_secret, body.as_bytes()));
        self.place.request("POST", &format!("x-hub-signature-256: sha256={signature}\r\n"), body.as_bytes())
    }

    /// A customer's text message; `at_s`: seconds since 1970.
    pub fn text(&self, customer: &str, wamid: &str, words: &str, at_s: i64) -> String {
        self.change(&json!({
            "contacts": [{ "profile": { "name": "Cliente" }, "wa_id": customer }],
            "messages": [{ "from": customer, "id": wamid, "timestamp": at_s.to_string(), "type": "text",
                           "text": { "body": words } }],
        }))
    }

    /// What became of a message that was taken: `sent`, `delivered`, `read`.
    pub fn status(&self, status: &str, customer: &str, wamid: &str, correlation: Option<&str>, at_s: i64) -> String {
        let mut told =
            json!({ "id": wamid, "status": status, "timestamp": at_s.to_string(), "recipient_id": customer });
        if let Some(correlation) = correlation {
            told["biz_opaque_callback_data"] = json!(correlation);
        }
        self.change(&json!({ "statuses": [told] }))
    }

    fn change(&self, value: &Value) -> String {
        let mut value = value.clone();
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = json!({ "display_phone_number": "15550000000", "phone_number_id": self.phone_number_id });
        let change = json!({ "field": "messages", "value": value });
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] }).to_string()
    }
}
