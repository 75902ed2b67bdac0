//! Somebody signed in who reads over REST, and looks at files as a browser does: by their address alone.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

#[derive(Clone, Debug)]
pub struct Reader {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Reader {
    pub async fn signs_in(client: &reqwest::Client, url: &str, email: &str, password: &str) -> Result<Self> {
        let login =
            client.post(format!("{url}/api/v1/auth/login")).json(&json!({"email": email, "password": password}));
        let tokens: Value = login.send().await?.error_for_status().context("cannot sign in")?.json().await?;
        let token = tokens["access_token"].as_str().context("no token")?.to_owned();
        Ok(Self { client: client.clone(), url: url.to_owned(), token })
    }

    /// Its access token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The message that the provider knows by this id, once its file is no longer being fetched.
    pub async fn settled(&self, wamid: &str, within: Duration) -> Result<Value> {
        let deadline = Instant::now() + within;
        loop {
            let found = self.message(wamid).await?;
            let state = found.as_ref().and_then(|message| message["media"]["state"].as_str()).unwrap_or("not there");
            if !["fetching", "not there"].contains(&state) {
                return found.context("it was there just now");
            }
            if Instant::now() > deadline {
                bail!("the file of {wamid} is {state} after {within:?}");
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// The message that the provider knows by this id, if it is there.
    pub async fn message(&self, wamid: &str) -> Result<Option<Value>> {
        let list: Value = self.gets("/messages", &[("provider_message_id", wamid)]).await?.json().await?;
        Ok(list["items"].get(0).cloned())
    }

    /// What `GET` answers there; `path` begins after `/api/v1`.
    pub async fn reads(&self, path: &str) -> Result<Value> {
        Ok(self.gets(path, &[]).await?.json().await?)
    }

    /// The bytes that `GET` answers there.
    pub async fn reads_bytes(&self, path: &str) -> Result<Vec<u8>> {
        Ok(self.gets(path, &[]).await?.bytes().await?.to_vec())
    }

    async fn gets(&self, path: &str, query: &[(&str, &str)]) -> Result<reqwest::Response> {
        let asked = self.client.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        asked.query(query).send().await?.error_for_status().with_context(|| format!("GET {path}"))
    }

    /// Looks at a message's file; an error if it is not what the provider announced.
    pub async fn looks_at(&self, message: &Value) -> Result<()> {
        let address = message["media"]["url"].as_str().context("a file without an address")?;
        let answer = self.client.get(format!("{}{address}", self.url)).send().await?.error_for_status()?;
        let kind =
            answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = answer.bytes().await?;
        let (announced, came) = (&message["content"]["sha256"], STANDARD.encode(Sha256::digest(&bytes)));
        ensure!(*announced == came, "other bytes than were announced");
        ensure!(message["media"]["size_bytes"] == bytes.len(), "another size than is told");
        let announced = message["content"]["mime_type"].as_str().unwrap_or_default();
        ensure!(!kind.is_empty() && announced.starts_with(&kind), "{kind} was announced as {announced}");
        Ok(())
    }
}
