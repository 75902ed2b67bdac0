//! Somebody who is signed in, and stays so for as long as a run takes.

use crate::frame::Page;
use crate::line::{Answer, Line, Place};
use anyhow::{Context, Result, bail};
use rand::RngExt;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::{Builder, Uuid};

/// Well before an access token ends.
const RENEWED_AFTER: Duration = Duration::from_secs(600);

/// One sign-in. Not `Debug`: it holds tokens.
pub struct Session {
    /// Ends in `/api/v1`.
    api: Place,
    email: String,
    password: String,
    token: Mutex<(String, Instant)>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

impl Session {
    pub async fn sign_in(api_url: &str, email: &str, password: &str) -> Result<Self> {
        let api = Place::of(api_url).await?;
        let token = token(&api, email, password).await?;
        let token = Mutex::new((token, Instant::now()));
        Ok(Self { api, email: email.to_owned(), password: password.to_owned(), token })
    }

    /// An access token with minutes to live.
    pub async fn bearer(&self) -> Result<String> {
        let mut held = self.token.lock().await;
        if held.1.elapsed() > RENEWED_AFTER {
            *held = (token(&self.api, &self.email, &self.password).await?, Instant::now());
        }
        Ok(held.0.clone())
    }

    /// Signs in anew: the server's clock may have gone where no token of before is good.
    pub async fn renews(&self) -> Result<()> {
        *self.token.lock().await = (token(&self.api, &self.email, &self.password).await?, Instant::now());
        Ok(())
    }

    /// The server's address, for a line to it.
    pub fn line(&self) -> Line {
        Line::to(self.api.address)
    }

    /// A path under `/api/v1`.
    pub(crate) fn place(&self, path: &str) -> Place {
        self.api.at(format!("{}{path}", self.api.path))
    }

    /// The bytes of a request for a path under `/api/v1`; with `key` it may be repeated.
    pub async fn request(&self, method: &str, path: &str, key: Option<Uuid>, body: Option<&Value>) -> Result<Vec<u8>> {
        let mut headers = format!("authorization: Bearer {}\r\n", self.bearer().await?);
        if let Some(key) = key {
            let _ = write!(headers, "idempotency-key: {key}\r\n");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        Ok(self.place(path).request(method, &headers, body.as_bytes()))
    }

    /// What a path answers; anything but 2xx is an error.
    pub async fn get<T: DeserializeOwned>(&self, line: &mut Line, path: &str) -> Result<T> {
        let answer = line.ask(&self.request("GET", path, None, None).await?).await?;
        read(path, &answer)
    }

    /// Gives an order, once.
    pub async fn put(&self, line: &mut Line, path: &str, key: Uuid, body: &Value) -> Result<Value> {
        let answer = line.ask(&self.request("PUT", path, Some(key), Some(body)).await?).await?;
        read(path, &answer)
    }

    /// Everything on all pages of a list; `path` has a query already.
    pub(crate) async fn all<T: DeserializeOwned>(&self, line: &mut Line, path: &str) -> Result<Vec<T>> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = cursor.as_ref().map_or_else(|| path.to_owned(), |cursor| format!("{path}&cursor={cursor}"));
            let page: Page<T> = self.get(line, &page).await?;
            all.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }
}

async fn token(api: &Place, email: &str, password: &str) -> Result<String> {
    let path = format!("{}/auth/login", api.path);
    let body = json!({ "email": email, "password": password }).to_string();
    let answer = Line::to(api.address).ask(&api.at(path.as_str()).request("POST", "", body.as_bytes())).await?;
    read::<Tokens>(&path, &answer).map(|tokens| tokens.access_token)
}

fn read<T: DeserializeOwned>(path: &str, answer: &Answer) -> Result<T> {
    if !(200..300).contains(&answer.status) {
        bail!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    serde_json::from_slice(&answer.body).with_context(|| format!("cannot read the answer of {path}"))
}

/// A random id, the same for the same seed.
pub(crate) fn key(chance: &mut StdRng) -> Uuid {
    Builder::from_random_bytes(chance.random()).into_uuid()
}
