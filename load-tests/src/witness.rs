//! What the agents' sockets saw: when each message was first there, and everything that must never be seen.

use crate::book::{Book, Latency};
use crate::frame::{Agent, Conversation, Frame, Message, Refusals};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Shared by all sockets of a run.
#[derive(Debug)]
pub struct Witness {
    /// What customers write.
    pub book: Arc<Book>,
    /// What agents write.
    pub replies: Arc<Book>,
    /// How often somebody was welcomed on a socket.
    welcomes: AtomicU64,
    frames: AtomicU64,
    bytes: AtomicU64,
    /// How many desks have folded their first snapshot.
    seated: watch::Sender<usize>,
    testimony: Mutex<Testimony>,
    /// How long every message took to every socket that counts.
    everywhere: Mutex<Latency>,
    owners: Mutex<HashMap<(String, i64), String>>,
    /// The message id behind each number that was seen.
    ids: Mutex<HashMap<usize, String>>,
}

/// What was seen that must not be, and what may be and is worth knowing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Testimony {
    /// One thread, one epoch, two owners.
    pub two_owners: u64,
    /// An agent with more units than they have.
    pub over_capacity: u64,
    /// A frame whose position did not rise on its socket.
    pub backwards: u64,
    /// A number under two message ids.
    pub repeated: u64,
    /// Frames we cannot read.
    pub unreadable: u64,
    /// Times a socket was told that it fell behind or must begin anew.
    pub resyncs: u64,
    /// Times a socket was opened again.
    pub reconnects: u64,
    /// Commands that were refused, by code.
    pub refusals: Refusals,
}

impl Testimony {
    /// How much was seen that must never be.
    pub fn faults(&self) -> u64 {
        self.two_owners + self.over_capacity + self.backwards + self.repeated + self.unreadable
    }
}

impl Witness {
    pub fn new(book: Arc<Book>, replies: Arc<Book>) -> Arc<Self> {
        Arc::new(Self {
            book,
            replies,
            welcomes: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            seated: watch::Sender::new(0),
            testimony: Mutex::default(),
            everywhere: Mutex::default(),
            owners: Mutex::default(),
            ids: Mutex::default(),
        })
    }

    /// Frames that all sockets received, and their bytes.
    pub fn received(&self) -> (u64, u64) {
        (self.frames.load(Relaxed), self.bytes.load(Relaxed))
    }

    /// How often somebody was welcomed on a socket: once at the start, and again each time they came back.
    pub fn welcomes(&self) -> u64 {
        self.welcomes.load(Relaxed)
    }

    pub fn testimony(&self) -> Testimony {
        self.writes().clone()
    }

    /// Waits until so many desks are seated.
    pub async fn seated(&self, desks: usize) {
        let mut seated = self.seated.subscribe();
        // Fails only when the sender is gone, and we hold it.
        let _ = seated.wait_for(|seated| *seated >= desks).await;
    }

    pub(crate) fn one_more_sits(&self) {
        self.seated.send_modify(|seated| *seated += 1);
    }

    /// The customer's message that is the last one of this conversation, if it is of this run.
    pub(crate) fn number_in(&self, conversation: &Conversation) -> Option<usize> {
        let last = conversation.last_message.as_ref().filter(|last| last.direction == "inbound")?;
        self.book.number_in(&last.preview)
    }

    /// A socket that counts shows this message for the first time.
    pub(crate) fn shows(&self, number: usize) {
        let now = self.book.now();
        let mut everywhere = self.everywhere.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in self.book.entries(number..number + 1) {
            everywhere.record(now - entry.due);
        }
    }

    /// How long every message took to every socket that counts, from when it was due; counts from nothing afterwards.
    pub fn takes_everywhere(&self) -> Latency {
        std::mem::take(&mut *self.everywhere.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn writes(&self) -> MutexGuard<'_, Testimony> {
        self.testimony.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a frame; `last_position`: of the socket's last one. Conversations in it are handed to `upserted`.
    pub(crate) fn sees(
        &self,
        text: &str,
        frame: &Frame<'_>,
        last_position: &mut i64,
        mut upserted: impl FnMut(Conversation),
    ) {
        self.frames.fetch_add(1, Relaxed);
        self.bytes.fetch_add(text.len() as u64, Relaxed);
        if frame.kind == "welcome" {
            self.welcomes.fetch_add(1, Relaxed);
        }
        if let ("event", Some(position)) = (&*frame.kind, frame.position) {
            if position <= *last_position {
                self.writes().backwards += 1;
            }
            *last_position = position;
        }
        for message in &frame.messages {
            self.message(message);
        }
        for conversation in &frame.conversations {
            self.conversation(conversation);
            upserted(conversation.clone());
        }
        for agent in frame.agents.iter().chain(&frame.agent) {
            self.agent(agent);
        }
        for change in &frame.changes {
            let body = change.body.get();
            let read = match &*change.name {
                "message.created" => serde_json::from_str(body).map(|message| self.message(&message)),
                "conversation.upserted" => serde_json::from_str(body).map(|conversation: Conversation| {
                    self.conversation(&conversation);
                    upserted(conversation);
                }),
                "agent.changed" => serde_json::from_str(body).map(|agent| self.agent(&agent)),
                _ => Ok(()),
            };
            if read.is_err() {
                self.writes().unreadable += 1;
            }
        }
    }

    fn message(&self, message: &Message) {
        let Some(number) = message.content.body.as_deref().and_then(|body| self.book.number_in(body)) else { return };
        if message.direction != "inbound" {
            return;
        }
        self.book.seen(number);
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let known = ids.entry(number).or_insert_with(|| message.id.clone());
        if *known != message.id {
            drop(ids);
            self.writes().repeated += 1;
        }
    }

    fn conversation(&self, conversation: &Conversation) {
        if let Some(number) = self.number_in(conversation) {
            self.book.seen(number);
        }
        let owner = conversation.owner.name();
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let known = owners.entry((conversation.thread_id.clone(), conversation.owner_epoch));
        if *known.or_insert_with(|| owner.clone()) != owner {
            drop(owners);
            self.writes().two_owners += 1;
        }
    }

    fn agent(&self, agent: &Agent) {
        if agent.used_units > agent.capacity_units {
            self.writes().over_capacity += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tokio::time::Instant;

    fn witness() -> Arc<Witness> {
        let book = |mark: &str| Arc::new(Book::new(Instant::now(), mark.into(), 9));
        let witness = Witness::new(book("load-1"), book("reply-1"));
        (0..9).for_each(|customer| _ = witness.book.takes(customer, 1));
        witness
    }

    fn sees(witness: &Witness, last: &mut i64, frame: &Value) -> usize {
        let text = frame.to_string();
        let mut upserts = 0;
        witness.sees(&text, &serde_json::from_str(&text).unwrap(), last, |_| upserts += 1);
        upserts
    }

    fn message(witness: &Witness, id: &str, number: usize) -> Value {
        json!({ "id": id, "position": 4, "direction": "inbound", "status": "received",
                "content": { "type": "text", "body": witness.book.text(number) } })
    }

    fn conversation(epoch: i64, owner: &str, preview: &str) -> Value {
        json!({ "id": "c", "thread_id": "t", "contact": { "identifier": null }, "state": "active",
                "owner": { "kind": "agent", "id": owner }, "owner_epoch": epoch,
                "last_message": { "direction": "inbound", "preview": preview } })
    }

    fn event(position: i64, name: &str, body: &Value) -> Value {
        json!({ "type": "event", "position": position, "changes": [{ "name": name, "body": body }] })
    }

    #[tokio::test]
    async fn a_message_is_seen_in_events_snapshots_and_previews() {
        let (witness, mut last) = (witness(), 0);
        sees(&witness, &mut last, &event(5, "message.created", &message(&witness, "m0", 0)));
        sees(&witness, &mut last, &json!({ "type": "snapshot", "messages": [message(&witness, "m1", 1)] }));
        let preview = conversation(1, "ana", &witness.book.text(2));
        assert_eq!(sees(&witness, &mut last, &event(6, "conversation.upserted", &preview)), 1);
        let seen: Vec<bool> = witness.book.entries(0..4).map(|entry| entry.seen.is_some()).collect();
        assert_eq!(seen, [true, true, true, false]);
        assert_eq!(witness.testimony(), Testimony::default());
    }

    #[tokio::test]
    async fn each_thing_that_must_not_be_seen_is_counted() {
        let (witness, mut last) = (witness(), 9);
        let mut frames = [
            event(9, "message.status", &json!({})),
            event(10, "conversation.upserted", &conversation(1, "ana", "")),
            event(11, "conversation.upserted", &conversation(1, "bia", "")),
            event(12, "conversation.upserted", &conversation(2, "bia", "")),
            event(13, "message.created", &message(&witness, "m0", 0)),
            event(14, "message.created", &message(&witness, "other", 0)),
            event(15, "message.created", &json!({ "id": 7 })),
            json!({ "type": "presence", "agent": { "id": "ana", "capacity_units": 100, "used_units": 101 } }),
        ];
        for frame in &mut frames {
            sees(&witness, &mut last, frame);
        }
        let testimony = witness.testimony();
        let expected = Testimony {
            two_owners: 1,
            over_capacity: 1,
            backwards: 1,
            repeated: 1,
            unreadable: 1,
            ..Testimony::default()
        };
        assert_eq!((testimony.faults(), testimony), (5, expected));
    }
}
