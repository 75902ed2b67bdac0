//! What a console knows while its socket lasts: its chats, what it asked for, and which answers are due.

use super::Desk;
use crate::frame::{Conversation, Frame};
use crate::session::key;
use crate::witness::Witness;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// Topics per socket that the server allows, less the inbox and the board.
const MOST_FOLLOWED: usize = 30;
/// Commands under way per socket that the server allows.
const MOST_ASKED: usize = 16;

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
pub(super) struct Sitting<'a> {
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

#[derive(serde::Deserialize)]
struct Removed {
    id: String,
}

impl<'a> Sitting<'a> {
    pub(super) fn new(desk: &'a Desk, witness: &'a Witness, chance: &'a mut StdRng) -> Self {
        Self {
            desk,
            witness,
            chance,
            chats: HashMap::new(),
            asked: HashMap::new(),
            due: BinaryHeap::new(),
            shown: HashSet::new(),
            subscription: 0,
            last_position: 0,
        }
    }

    pub(super) fn next_answer_at(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Folds a frame in; what it makes us say.
    pub(super) fn reads(&mut self, text: &str, seated: &mut bool) -> Vec<Value> {
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
    pub(super) fn answers(&mut self) -> Vec<Value> {
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
