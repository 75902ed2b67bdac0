//! A console that keeps the rules of section 9 and complains when the server breaks those of section 7.
#![expect(clippy::unwrap_used, reason = "a console that cannot read a frame has found a fault")]

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn open(address: SocketAddr) -> Socket {
    connect_async(format!("ws://{address}/api/v1/ws")).await.expect("the server takes sockets").0
}

pub(crate) async fn say(socket: &mut Socket, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// The next frame, or the code it was closed with; 0: it just ended.
pub(crate) async fn hear(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        match timeout(Duration::from_secs(20), socket.next()).await.expect("something comes") {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(0),
        }
    }
}

/// What a person sees, and how they came to know it.
#[derive(Default)]
pub(crate) struct Console {
    pub(crate) token: String,
    pub(crate) cursor: Option<String>,
    incarnation: String,
    topics: BTreeSet<String>,
    held: BTreeSet<String>,
    /// Of each the position it is known as of; nothing: it was removed.
    pub(crate) conversations: BTreeMap<String, (i64, Option<Value>)>,
    pub(crate) messages: BTreeMap<String, Value>,
    statuses: BTreeMap<String, (i64, String)>,
    parts: BTreeMap<String, Vec<Value>>,
    last: i64,
    pub(crate) welcomes: Vec<String>,
    pub(crate) resyncs: Vec<String>,
    pub(crate) removed: Vec<Value>,
    pub(crate) refused: Vec<Value>,
    pub(crate) results: Vec<Value>,
    pub(crate) causes: Vec<Value>,
    /// Every text that came, to be searched.
    pub(crate) heard: Vec<String>,
}

impl Console {
    pub(crate) fn new(token: String, topics: &[&str]) -> Self {
        Self { token, topics: topics.iter().map(|topic| (*topic).to_owned()).collect(), ..Self::default() }
    }

    /// Opens a socket and says hello, with the cursor if there is one.
    pub(crate) async fn connect(&mut self, address: SocketAddr) -> Socket {
        let mut socket = open(address).await;
        let topics = if self.cursor.is_some() { &self.held } else { &self.topics };
        let hello =
            json!({"type": "hello", "token": self.token, "cursor": self.cursor, "topics": topics, "client": "test"});
        say(&mut socket, &hello).await;
        self.last = -1;
        socket
    }

    /// Folds one frame; the code if the socket was closed.
    pub(crate) async fn fold_next(&mut self, socket: &mut Socket) -> Result<String, u16> {
        let frame = hear(socket).await?;
        let kind = frame["type"].as_str().unwrap().to_owned();
        self.heard.push(frame.to_string());
        if kind == "ping" {
            say(socket, &json!({"type": "pong"})).await;
        }
        if kind == "welcome" && frame["mode"] == "resumed" {
            for topic in self.topics.difference(&self.held) {
                say(socket, &json!({"type": "subscribe", "topic": topic, "subscription": 1})).await;
            }
        }
        self.fold(&kind, &frame);
        Ok(kind)
    }

    /// Folds until something is so; fails when it does not become so.
    pub(crate) async fn until(&mut self, socket: &mut Socket, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let folding = async {
            while !is_so(self) {
                self.fold_next(socket).await.expect("the socket stays open");
            }
        };
        if timeout(Duration::from_secs(60), folding).await.is_err() {
            let Self { topics, held, cursor, welcomes, resyncs, .. } = self;
            let last = self.heard.iter().rev().take(3).map(|frame| frame.chars().take(160).collect::<String>());
            let last = last.collect::<Vec<_>>();
            panic!(
                "never: {what}; {held:?} of {topics:?}, {cursor:?}, {welcomes:?}, {resyncs:?}, heard last {last:#?}"
            );
        }
    }

    pub(crate) fn holds(&self, topic: &str) -> bool {
        self.held.contains(topic)
    }

    pub(crate) fn holds_all(&self) -> bool {
        self.topics == self.held
    }

    pub(crate) fn position(&self) -> i64 {
        self.cursor.as_deref().map_or(-1, |cursor| cursor.split_once('.').unwrap().1.parse().unwrap())
    }

    pub(crate) fn shown(&self) -> BTreeMap<&String, &Value> {
        self.conversations.iter().filter_map(|(id, (_, body))| Some((id, body.as_ref()?))).collect()
    }

    pub(crate) fn result_of(&self, command: Uuid) -> Option<&Value> {
        self.results.iter().find(|result| result["command_id"] == command.to_string())
    }

    fn advance(&mut self, position: i64) {
        if self.cursor.is_some() {
            self.cursor = Some(format!("{}.{position}", self.incarnation));
        }
    }

    fn forget(&mut self, incarnation: &Value) {
        incarnation.as_str().unwrap().clone_into(&mut self.incarnation);
        self.cursor = None;
        self.held.clear();
    }

    fn fold(&mut self, kind: &str, frame: &Value) {
        match kind {
            "welcome" => {
                let mode = frame["mode"].as_str().unwrap().to_owned();
                if mode == "snapshot" {
                    self.forget(&frame["incarnation"]);
                }
                self.welcomes.push(mode);
            }
            "resync" => {
                self.resyncs.push(frame["reason"].as_str().unwrap().to_owned());
                self.forget(&frame["incarnation"]);
            }
            "event" => {
                let position = frame["position"].as_i64().unwrap();
                assert!(position > self.last, "frames come in rising order");
                self.last = position;
                if !frame["cause"].is_null() {
                    self.causes.push(frame["cause"].clone());
                }
                for change in frame["changes"].as_array().unwrap() {
                    self.change(position, change["name"].as_str().unwrap(), &change["body"]);
                }
                self.advance(position);
            }
            "watermark" => {
                let position = frame["position"].as_i64().unwrap();
                assert!(position >= self.last);
                self.last = position;
                self.advance(position);
            }
            "snapshot" => self.snapshot(frame),
            "refused" => self.refused.push(frame.clone()),
            "result" => self.results.push(frame.clone()),
            _ => {}
        }
    }

    fn change(&mut self, position: i64, name: &str, body: &Value) {
        let id = body["id"].as_str().unwrap().to_owned();
        match name {
            "conversation.upserted" => self.copy(id, position, Some(body.clone())),
            "conversation.removed" => {
                self.removed.push(body.clone());
                let topic = format!("conversation:{id}");
                self.held.remove(&topic);
                self.topics.remove(&topic);
                self.copy(id, position, None);
            }
            "message.created" => {
                let twice = self.messages.insert(id.clone(), body.clone());
                assert!(twice.is_none(), "a message is told once");
                self.status(id, position, body);
            }
            "message.changed" => {
                let known = self.messages.insert(id.clone(), body.clone());
                assert!(known.is_some(), "what is changed was told of");
            }
            "message.status" => self.status(id, position, body),
            _ => {}
        }
    }

    fn copy(&mut self, id: String, position: i64, body: Option<Value>) {
        let known = self.conversations.entry(id).or_insert((-1, None));
        if position >= known.0 {
            *known = (position, body);
        }
    }

    fn status(&mut self, id: String, position: i64, body: &Value) {
        let known = self.statuses.entry(id).or_insert((-1, String::new()));
        if position >= known.0 {
            *known = (position, body["status"].as_str().unwrap().to_owned());
        }
    }

    fn snapshot(&mut self, frame: &Value) {
        let (topic, as_of) = (frame["topic"].as_str().unwrap().to_owned(), frame["as_of"].as_i64().unwrap());
        assert!(as_of >= self.last, "a snapshot is never older than what was told before");
        let parts = self.parts.entry(topic.clone()).or_default();
        if frame["part"] == 1 {
            parts.clear();
        }
        parts.push(frame.clone());
        assert_eq!(frame["part"].as_u64().unwrap() as usize, parts.len());
        if frame["last"] != true {
            return;
        }
        let parts = self.parts.remove(&topic).unwrap();
        if topic == "inbox" {
            let mut there = BTreeSet::new();
            for conversation in parts.iter().flat_map(|part| part["conversations"].as_array().unwrap()) {
                let id = conversation["id"].as_str().unwrap().to_owned();
                there.insert(id.clone());
                self.copy(id, as_of, Some(conversation.clone()));
            }
            self.conversations.retain(|id, (known, body)| {
                let is_open = body.as_ref().is_some_and(|body| body["state"] != "closed");
                !is_open || *known > as_of || there.contains(id)
            });
        } else {
            for message in frame["messages"].as_array().unwrap() {
                let id = message["id"].as_str().unwrap().to_owned();
                self.status(id.clone(), as_of, message);
                self.messages.insert(id, message.clone());
            }
        }
        self.held.insert(topic);
        if self.cursor.is_none() {
            self.cursor = Some(format!("{}.{as_of}", self.incarnation));
        }
    }

    pub(crate) fn status_of(&self, message: &str) -> &str {
        self.statuses.get(message).map_or("", |(_, status)| status)
    }
}
