//! Beside the words of a load, every other kind of thing while the server is killed: customers send files, tap, react, correct and
//! take back; an agent reads, reacts, and sends files, templates and answers. What was acknowledged is there, once, as it was left.

use crate::house::House;
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::ledger::Written;
use dashoffice_load_tests::{Client, Reader, Simulator};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

const SEES_ALL: &str = "reader@example.com";
const ANSWERS: &str = "agent@example.com";
const PASSWORD: &str = "a long enough password";
/// Customers whom the load leaves alone.
const CUSTOMERS: std::ops::RangeInclusive<u32> = 41..=52;
/// What an agent does, as the API calls it.
const KINDS: [&str; 5] = ["media", "template", "text", "react", "read"];
/// Longer than a start after a kill.
const PATIENCE: Duration = Duration::from_secs(180);

/// What one customer did, by the provider's ids.
#[derive(Clone, Debug, Default)]
struct Left {
    reacted_to: String,
    edited: String,
    revoked: String,
    file: String,
    tapped: String,
    /// Reactions, edits and the like: no messages.
    changes: Vec<String>,
}

/// What an agent was told.
#[derive(Clone, Debug)]
struct Notification {
    kind: &'static str,
    /// Of what is a message of its own.
    message: Option<String>,
}

/// Everything that is going on beside the load.
pub(crate) struct Mixture {
    over: Arc<AtomicBool>,
    crowd: JoinHandle<Result<Vec<Left>>>,
    agent: JoinHandle<Result<Vec<Notification>>>,
}

/// Who signs in; before the server is started.
pub(crate) async fn prepare(house: &House) -> Result<()> {
    records::somebody(&house.database, SEES_ALL, PASSWORD).await?;
    records::the_agent(&house.database, ANSWERS, PASSWORD).await
}

impl Mixture {
    #[expect(clippy::disallowed_methods, reason = "a drill that waits for them below")]
    pub(crate) fn begins(house: &House, seed: u64) -> Self {
        let over = Arc::<AtomicBool>::default();
        let agent = Agent {
            client: house.client.clone(),
            url: house.url().to_owned(),
            token: String::new(),
            over: Arc::clone(&over),
            secure_random: StdRng::seed_from_u64(seed + 1),
        };
        let crowd = crowd(house.simulator.clone(), Arc::clone(&over), StdRng::seed_from_u64(seed + 2));
        Self { over, crowd: tokio::spawn(crowd), agent: tokio::spawn(agent.works()) }
    }

    /// Lets everybody finish what they are at.
    pub(crate) async fn ends(self) -> Result<Done> {
        self.over.store(true, Relaxed);
        let (left, told) = (self.crowd.await??, self.agent.await??);
        ensure!(!left.is_empty(), "no customer did anything but write");
        Ok(Done { left, told })
    }
}

/// What was done, to be looked for.
pub(crate) struct Done {
    left: Vec<Left>,
    told: Vec<Notification>,
}

impl Done {
    /// What customers wrote without what only changes something they wrote.
    pub(crate) fn messages_of(&self, written: Vec<Written>) -> Vec<Written> {
        let changes: BTreeSet<&String> = self.left.iter().flat_map(|left| &left.changes).collect();
        written.into_iter().filter(|written| !changes.contains(&written.wamid)).collect()
    }

    /// Looks at all of it by the API; the server runs.
    pub(crate) async fn is_there(&self, house: &House) -> Result<()> {
        let reader = Reader::signs_in(&house.client, house.url(), SEES_ALL, PASSWORD).await?;
        let found = async |wamid: &str| reader.message(wamid).await?.with_context(|| format!("{wamid} is not there"));
        for left in &self.left {
            let liked = found(&left.reacted_to).await?;
            let theirs = liked["reactions"].as_array().into_iter().flatten().filter(|one| one["by"] == "inbound");
            ensure!(theirs.map(|one| one["emoji"].clone()).eq([json!("👍")]), "the newest reaction: {liked}");
            let edited = found(&left.edited).await?;
            ensure!(edited["content"]["body"] == "corrected" && edited["edited_at"].is_string(), "{edited}");
            ensure!(found(&left.revoked).await?["revoked_at"].is_string(), "{} was taken back", left.revoked);
            ensure!(found(&left.tapped).await?["content"]["type"] == "choice", "{} was tapped", left.tapped);
            let file = reader.settled(&left.file, PATIENCE).await?;
            ensure!(file["media"]["state"] == "ready", "{file}");
            reader.looks_at(&file).await?;
        }
        for told in &self.told {
            let Some(id) = &told.message else { continue };
            let message = reader.reads(&format!("/messages/{id}")).await?;
            ensure!(message["content"]["type"] == told.kind, "{message}");
        }
        Ok(())
    }
}

/// Customers, one after the other, again and again.
async fn crowd(simulator: Simulator, over: Arc<AtomicBool>, mut secure_random: StdRng) -> Result<Vec<Left>> {
    let mut all = Vec::new();
    while !over.load(Relaxed) {
        for customer in CUSTOMERS {
            all.push(does_everything(&simulator, customer).await?);
            sleep(Duration::from_millis(secure_random.random_range(200..600))).await;
        }
    }
    Ok(all)
}

async fn does_everything(simulator: &Simulator, customer: u32) -> Result<Left> {
    let says = async |kind: &str, member: Value| {
        let mut content = json!({ "type": kind });
        content[kind] = member;
        simulator.says(customer, &content).await
    };
    let text = async |words: &str| says("text", json!({ "body": words })).await;
    let (reacted_to, edited, revoked) = (text("look").await?, text("at nine").await?, text("not you").await?);
    let file = simulator.sends_file(customer, "image").await?;
    let button = json!({ "type": "button_reply", "button_reply": { "id": "1", "title": "Sim" } });
    let tapped = says("interactive", button).await?;
    let mut changes = Vec::new();
    for emoji in ["❤", "", "👍"] {
        changes.push(says("reaction", json!({ "message_id": reacted_to, "emoji": emoji })).await?);
    }
    let corrected = json!({ "type": "text", "text": { "body": "corrected" } });
    changes.push(says("edit", json!({ "original_message_id": edited, "message": corrected })).await?);
    changes.push(says("revoke", json!({ "original_message_id": revoked })).await?);
    Ok(Left { reacted_to, edited, revoked, file, tapped, changes })
}

/// Somebody at a console that finds the server again whenever it is back.
struct Agent {
    client: Client,
    url: String,
    token: String,
    over: Arc<AtomicBool>,
    secure_random: StdRng,
}

impl Agent {
    /// Until all is over, and they have been told of each kind of thing.
    async fn works(mut self) -> Result<Vec<Notification>> {
        let mut told: Vec<Notification> = Vec::new();
        let mut over_since = None;
        loop {
            let missing = KINDS.into_iter().find(|kind| !told.iter().any(|told| told.kind == *kind));
            if self.over.load(Relaxed) {
                let since = *over_since.get_or_insert_with(Instant::now);
                let Some(missing) = missing else { return Ok(told) };
                ensure!(since.elapsed() < PATIENCE, "an agent's day without a {missing}");
            }
            sleep(Duration::from_millis(30)).await;
            // Whatever fails here: the server is gone, and is looked for again.
            let Ok(Some((chat, asked))) = self.finds_a_chat().await else { continue };
            let kind = missing.unwrap_or_else(|| KINDS[self.secure_random.random_range(0..KINDS.len())]);
            told.extend(self.acts(kind, &chat, &asked).await?);
        }
    }

    async fn signs_in(&mut self) -> Result<()> {
        let credentials = json!({ "email": ANSWERS, "password": PASSWORD });
        let answer = self.client.post(format!("{}/api/v1/auth/login", self.url)).json(&credentials).send().await?;
        let tokens: Value = answer.error_for_status()?.json().await?;
        tokens["access_token"].as_str().context("no token")?.clone_into(&mut self.token);
        Ok(())
    }

    /// A chat of theirs, and a message of the customer's in it.
    async fn finds_a_chat(&mut self) -> Result<Option<(String, String)>> {
        if self.token.is_empty() {
            self.signs_in().await?;
        }
        let list = self.gets("/conversations?owner=mine").await?;
        let Some(chats) = list["items"].as_array().filter(|chats| !chats.is_empty()) else { return Ok(None) };
        let chat = chats[self.secure_random.random_range(0..chats.len())]["id"].as_str().context("no id")?.to_owned();
        let messages = self.gets(&format!("/conversations/{chat}/messages")).await?;
        let theirs = messages["items"].as_array().into_iter().flatten().find(|one| one["direction"] == "inbound");
        Ok(theirs.and_then(|one| Some((chat, one["id"].as_str()?.to_owned()))))
    }

    async fn acts(&mut self, kind: &'static str, chat: &str, asked: &str) -> Result<Option<Notification>> {
        let message = |member: Value| {
            let mut body = json!({ "conversation_id": chat, "type": kind });
            body[kind] = member;
            ("/messages".to_owned(), body)
        };
        let (path, body) = match kind {
            "media" => message(json!({ "kind": "image", "link": "https://files.example/a.jpg", "caption": "veja" })),
            "template" => message(json!({ "name": "ready", "language": "pt_BR", "parameters": ["Ana"] })),
            "text" => {
                let (path, mut body) = message(json!("sobre isso"));
                body["reply_to"] = asked.into();
                (path, body)
            }
            "react" => (format!("/conversations/{chat}/react"), json!({ "message_id": asked, "emoji": "🙏" })),
            _ => (format!("/conversations/{chat}/read"), json!({ "message_id": asked })),
        };
        let key = Uuid::from_u128(self.secure_random.random()).to_string();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.posts(&path, &key, &body).await {
                Ok((200..300, answer)) => {
                    let message =
                        (path == "/messages").then(|| answer["message_id"].as_str().map(str::to_owned)).flatten();
                    return Ok(Some(Notification { kind, message }));
                }
                // Decided, and no: the chat went elsewhere in the meantime.
                Ok((403 | 404 | 409 | 422, _)) => return Ok(None),
                Ok((401, _)) => _ = self.signs_in().await,
                // Nobody knows: the same again under the same key.
                Ok(_) | Err(_) => {}
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("{path} was never decided")
    }

    async fn gets(&self, path: &str) -> Result<Value> {
        let asked = self.client.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token).send();
        Ok(timeout(Duration::from_secs(10), asked).await??.error_for_status()?.json().await?)
    }

    async fn posts(&self, path: &str, key: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.client.post(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        let asked = request.header("idempotency-key", key).json(body).send();
        let answer = timeout(Duration::from_secs(10), asked).await??;
        Ok((answer.status().as_u16(), answer.json().await?))
    }
}
