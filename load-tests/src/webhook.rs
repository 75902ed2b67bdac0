//! A provider's webhook posts, signed as Meta signs them.

use crate::now_us;
use anyhow::{Context, Result};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;

/// Longer than any server of ours lets a webhook wait.
const AT_MOST: Duration = Duration::from_secs(10);
/// Sooner than a server of ours closes a connection on which nothing comes (`server.header_timeout`): what is sent on one that is
/// being closed gets no answer.
const UNUSED: Duration = Duration::from_secs(5);

/// A client that waits for no answer longer than ten seconds.
pub fn client() -> Result<reqwest::Client> {
    // Another test of this process may have chosen it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(AT_MOST).pool_idle_timeout(UNUSED).build().context("cannot build an HTTP client")
}

/// Where one app's webhooks go, and what they are signed with.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub url: String,
    pub app_secret: String,
    /// The provider's id of the number that is written to.
    pub phone_number_id: String,
}

impl Webhook {
    /// Posts one text message of a customer; the answer's status. An error: no answer came.
    pub async fn text(&self, client: &reqwest::Client, customer: &str, wamid: &str, words: &str) -> Result<u16> {
        self.body(client, self.text_body(customer, wamid, words).to_string().into_bytes()).await
    }

    /// Posts any body, well signed; the answer's status. An error: no answer came.
    pub async fn body(&self, client: &reqwest::Client, body: Vec<u8>) -> Result<u16> {
        let signature = format!("sha256={}", hex::encode(signed(&self.app_secret, &body)));
        let answer = client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .body(body)
            .send()
            .await
            .context("no answer to a webhook")?;
        Ok(answer.status().as_u16())
    }

    fn text_body(&self, customer: &str, wamid: &str, words: &str) -> serde_json::Value {
        let now = (now_us() / 1_000_000).to_string();
        json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": "15550000000", "phone_number_id": self.phone_number_id },
                "contacts": [{ "profile": { "name": "A customer" }, "wa_id": customer }],
                "messages": [{ "from": customer, "id": wamid, "timestamp": now, "type": "text",
                               "text": { "body": words } }]
            }}]}]
        })
    }
}

pub(crate) fn signed(secret: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256_as_rfc_4231_has_it() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(signed("Jefe", b"what do ya want for nothing?")), expected);
    }
}
