//! An agent's console on the live socket: follows its chats, tells the witness what it sees, and answers if that is its habit.

use crate::frame::{Conversation, Frame};
use crate::session::{Session, key};
use crate::witness::Witness;
use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Topics per socket that the server allows, less the inbox and the board.
const MOST_FOLLOWED: usize = 30;
/// Commands under way per socket that the server allows.
const MOST_ASKED: usize = 16;
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

/// How far the next answer in a chat is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Answer {
    #[default]
    None,
    /// Being thought of, or sent and without a result.
    UnderWay,
}

/// A chat as its desk knows it.
#[derive(Debug, Default)]
struct Chat {
    mine: bool,
    followed: bool,
    unanswered: bool,
    answer: Answer,
    answers: u32,
}

/// Something sent whose result is awaited.
struct Asked {
    reply: Option<usize>,
    conversation: String,
}

/// One connection of a desk.
struct Sitting<'a> {
    desk: &'a Desk,
    witness: &'a Witness,
    chance: &'a mut StdRng,
    chats: HashMap<String, Chat>,
    asked: HashMap<String, Asked>,
    due: BinaryHeap<Reverse<(Instant, String)>>,
    /// Messages that this socket has shown, where it counts them.
    shown: HashSet<usize>,
    subscription: u64,
    last_position: i64,
}

impl Desk {
    /// Opens it, and again whenever it is closed, until `ends` says so.
    pub async fn sits(self, witness: Arc<Witness>, mut ends: watch::Receiver<bool>) -> Result<()> {
        let mut chance = StdRng::seed_from_u64(self.seed);
        let mut seated = false;
        loop {
            let mut sitting = Sitting {
                desk: &self,
                witness: &witness,
                chance: &mut chance,
                chats: HashMap::new(),
                asked: HashMap::new(),
                due: BinaryHeap::new(),
                shown: HashSet::new(),
                subscription: 0,
                last_position: 0,
            };
            tokio::select! {
                ended = sitting.through(&mut seated) => {
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
}

impl Sitting<'_> {
    /// From `hello` to the socket's end.
    async fn through(&mut self, seated: &mut bool) -> Result<()> {
        let mut socket = open(&self.desk.ws_url).await?;
        let token = self.desk.session.bearer().await?;
        let hello = json!({ "type": "hello", "token": token, "cursor": null, "topics": self.desk.topics,
                            "client": "load-tests/1" });
        say(&mut socket, &hello).await?;
        let mut renew_at = Instant::now() + TOKEN_RENEWED_AFTER;
        loop {
            let answer_at = self.due.peek().map_or(renew_at, |Reverse((at, _))| *at);
            let heard = tokio::select! {
                heard = socket.next() => heard,
                () = sleep_until(answer_at.min(renew_at)) => {
                    if Instant::now() >= renew_at {
                        let token = self.desk.session.bearer().await?;
                        say(&mut socket, &json!({ "type": "token", "token": token })).await?;
                        renew_at = Instant::now() + TOKEN_RENEWED_AFTER;
                    }
                    for words in self.answers() {
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
            for words in self.reads(&text, seated) {
                say(&mut socket, &words).await?;
            }
        }
    }

    /// Folds a frame in; what it makes us say.
    fn reads(&mut self, text: &str, seated: &mut bool) -> Vec<Value> {
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else {
            self.witness.writes().unreadable += 1;
            return Vec::new();
        };
        let mut upserted = Vec::new();
        self.witness.sees(text, &frame, &mut self.last_position, |conversation| upserted.push(conversation));
        let mut says: Vec<Value> = upserted.into_iter().filter_map(|chat| self.upserts(&chat)).collect();
        for change in frame.changes.iter().filter(|change| change.name == "conversation.removed") {
            if let Ok(removed) = serde_json::from_str::<Removed>(change.body.get()) {
                self.chats.remove(&removed.id);
            }
        }
        match &*frame.kind {
            "ping" => says.push(json!({ "type": "pong" })),
            "resync" => {
                self.witness.writes().resyncs += 1;
                self.last_position = 0;
            }
            "result" => self.hears(&frame),
            "snapshot" if frame.topic.as_deref() == Some("inbox") && frame.last && !*seated => {
                *seated = true;
                self.witness.one_more_sits();
            }
            _ => {}
        }
        says
    }

    fn upserts(&mut self, conversation: &Conversation) -> Option<Value> {
        if self.desk.counts
            && let Some(number) = self.witness.number_in(conversation)
            && self.shown.insert(number)
        {
            self.witness.shows(number);
        }
        let mine = conversation.state != "closed"
            && conversation.owner.kind == "agent"
            && conversation.owner.id == self.desk.agent
            && self.desk.agent.is_some();
        let chat = self.chats.entry(conversation.id.clone()).or_default();
        if mine && !chat.mine {
            chat.answers = 0;
        }
        chat.mine = mine;
        chat.unanswered = conversation.unanswered > 0;
        let topic = format!("conversation:{}", conversation.id);
        let plans = self.desk.habit.filter(|habit| {
            chat.mine
                && chat.unanswered
                && chat.answer == Answer::None
                && habit.per_chat.is_none_or(|most| chat.answers < most)
        });
        if let Some(habit) = plans {
            chat.answer = Answer::UnderWay;
            let (shortest, longest) = (habit.thinks.0.as_micros() as u64, habit.thinks.1.as_micros() as u64);
            let thinks = Duration::from_micros(self.chance.random_range(shortest..=longest));
            self.due.push(Reverse((Instant::now() + thinks, conversation.id.clone())));
        }
        let followed = self.chats.values().filter(|chat| chat.followed).count();
        let chat = self.chats.get_mut(&conversation.id)?;
        if chat.mine && !chat.followed && followed < MOST_FOLLOWED {
            chat.followed = true;
            self.subscription += 1;
            return Some(json!({ "type": "subscribe", "topic": topic, "subscription": self.subscription }));
        }
        if !chat.mine && chat.followed {
            chat.followed = false;
            return Some(json!({ "type": "unsubscribe", "topic": topic }));
        }
        None
    }

    /// The answers that are due now.
    fn answers(&mut self) -> Vec<Value> {
        let mut says = Vec::new();
        let now = Instant::now();
        while self.due.peek().is_some_and(|Reverse((at, _))| *at <= now) && self.asked.len() < MOST_ASKED {
            let Some(Reverse((at, id))) = self.due.pop() else { break };
            let Some(chat) = self.chats.get_mut(&id) else { continue };
            if !chat.mine || !chat.unanswered {
                chat.answer = Answer::None;
                continue;
            }
            let replies = &self.witness.replies;
            let due = replies.now() - i64::try_from(now.duration_since(at).as_micros()).unwrap_or_default();
            let Some(number) = replies.takes(self.desk.place, due) else { return says };
            chat.answers += 1;
            replies.posted(number);
            let command = key(self.chance).to_string();
            let body = json!({ "conversation_id": id, "type": "text", "text": replies.text(number) });
            says.push(json!({ "type": "command", "id": command, "name": "send", "body": body }));
            self.asked.insert(command, Asked { reply: Some(number), conversation: id.clone() });
            let closes = self.desk.habit.and_then(|habit| habit.closes_one_in);
            if closes.is_some_and(|one_in| self.chance.random_range(0..one_in.max(1)) == 0) {
                let command = key(self.chance).to_string();
                let body = json!({ "conversation_id": id });
                says.push(json!({ "type": "command", "id": command, "name": "close", "body": body }));
                self.asked.insert(command, Asked { reply: None, conversation: id });
            }
        }
        if self.asked.len() >= MOST_ASKED
            && let Some(Reverse((at, id))) = self.due.pop()
        {
            // Again when one of the answers that are under way may have come home.
            self.due.push(Reverse((at.max(now) + Duration::from_millis(20), id)));
        }
        says
    }

    fn hears(&mut self, frame: &Frame<'_>) {
        let Some(asked) = frame.command_id.as_deref().and_then(|id| self.asked.remove(id)) else { return };
        if let Some(chat) = self.chats.get_mut(&asked.conversation) {
            chat.answer = Answer::None;
        }
        match (frame.ok, asked.reply, &frame.problem) {
            (true, Some(number), _) => self.witness.replies.answered(number),
            (false, _, Some(problem)) => {
                *self.witness.writes().refusals.entry(problem.code.clone()).or_default() += 1;
            }
            _ => {}
        }
    }
}

#[derive(serde::Deserialize)]
struct Removed {
    id: String,
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
