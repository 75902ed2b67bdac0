//! An agent's console on the live socket: follows its chats, tells the witness what it sees, and answers if that is its habit.

mod sitting;

use self::sitting::Sitting;
use crate::session::Session;
use crate::witness::Witness;
use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Before a socket that was closed is opened again.
const BEFORE_RETURN: Duration = Duration::from_millis(200);
/// Well before an access token ends.
const TOKEN_RENEWED_AFTER: Duration = Duration::from_secs(600);

/// How somebody answers.
#[derive(Clone, Copy, Debug)]
pub struct Habit {
    /// The shortest and the longest time before an answer.
    pub thinks: (Duration, Duration),
    /// Answers per chat and time that they own it; `None`: as many as it takes.
    pub per_chat: Option<u32>,
    /// One answer in so many ends the chat.
    pub closes_one_in: Option<u32>,
}

/// A console, before it is opened.
pub struct Desk {
    pub session: Arc<Session>,
    pub ws_url: String,
    /// Whose it is; `None`: not an agent's.
    pub agent: Option<String>,
    /// Counted in the book of replies as this one's.
    pub place: u32,
    pub topics: Vec<String>,
    /// Whether it counts how long every message took to *this* socket, too.
    pub counts: bool,
    pub habit: Option<Habit>,
    pub seed: u64,
}

impl Desk {
    /// Opens it, and again whenever it is closed, until `ends` says so.
    pub async fn sits(self, witness: Arc<Witness>, mut ends: watch::Receiver<bool>) -> Result<()> {
        let mut chance = StdRng::seed_from_u64(self.seed);
        let mut seated = false;
        loop {
            let mut sitting = Sitting::new(&self, &witness, &mut chance);
            tokio::select! {
                ended = self.through(&mut sitting, &mut seated) => {
                    if let Err(error) = ended {
                        tracing::warn!(error = format!("{error:#}"), "a console lost its socket");
                    }
                    witness.writes().reconnects += 1;
                }
                // Whoever holds the other end is gone: so is the run.
                _ = ends.wait_for(|ends| *ends) => return Ok(()),
            }
            sleep(BEFORE_RETURN).await;
        }
    }

    /// From `hello` to the socket's end.
    async fn through(&self, sitting: &mut Sitting<'_>, seated: &mut bool) -> Result<()> {
        let mut socket = open(&self.ws_url).await?;
        let token = self.session.bearer().await?;
        let hello = json!({ "type": "hello", "token": token, "cursor": null, "topics": self.topics,
                            "client": "load-tests/1" });
        say(&mut socket, &hello).await?;
        let mut renew_at = Instant::now() + TOKEN_RENEWED_AFTER;
        loop {
            let answer_at = sitting.next_answer_at().unwrap_or(renew_at);
            let heard = tokio::select! {
                heard = socket.next() => heard,
                () = sleep_until(answer_at.min(renew_at)) => {
                    if Instant::now() >= renew_at {
                        let token = self.session.bearer().await?;
                        say(&mut socket, &json!({ "type": "token", "token": token })).await?;
                        renew_at = Instant::now() + TOKEN_RENEWED_AFTER;
                    }
                    for words in sitting.answers() {
                        say(&mut socket, &words).await?;
                    }
                    continue;
                }
            };
            let text = match heard.context("the socket ended")?.context("the socket broke")? {
                Message::Text(text) => text,
                Message::Close(close) => {
                    let code = close.map_or(0, |close| u16::from(close.code));
                    anyhow::bail!("the server closed with {code}");
                }
                _ => continue,
            };
            for words in sitting.reads(&text, seated) {
                say(&mut socket, &words).await?;
            }
        }
    }
}

/// Opens a socket that costs as little memory as a socket can: there may be thousands of them.
pub(crate) async fn open(url: &str) -> Result<Socket> {
    let config = WebSocketConfig::default().read_buffer_size(4_096).write_buffer_size(0);
    let opened = connect_async_with_config(url, Some(config), true).await;
    Ok(opened.context("cannot open a socket")?.0)
}

pub(crate) async fn say(socket: &mut Socket, words: &Value) -> Result<()> {
    socket.send(Message::text(words.to_string())).await.context("cannot write to a socket")
}
