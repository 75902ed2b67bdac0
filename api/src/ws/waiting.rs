//! The commands of one socket: sixteen unanswered at most, and on one conversation one after the other.

use super::incoming::Command;
use crate::problem::Problem;
use dashoffice_domain::ids::ConversationId;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

const MOST: usize = 16;

/// What became of a command.
pub(super) type Outcome = (Uuid, Result<Value, Problem>);
/// Carries a command out.
pub(super) type Carry = Box<dyn Fn(Command) -> BoxFuture<'static, Result<Value, Problem>> + Send + Sync>;

pub(super) struct Waiting {
    carry: Carry,
    /// Those that wait for one before them.
    lines: HashMap<Option<ConversationId>, VecDeque<Command>>,
    under_way: FuturesUnordered<BoxFuture<'static, (Option<ConversationId>, Outcome)>>,
    count: usize,
}

#[derive(Deserialize)]
struct Addressed {
    conversation_id: Option<ConversationId>,
}

impl Waiting {
    pub(super) fn new(carry: Carry) -> Self {
        Self { carry, lines: HashMap::new(), under_way: FuturesUnordered::new(), count: 0 }
    }

    /// Takes a command; `Some`: it is answered at once.
    pub(super) fn add(&mut self, command: Command) -> Option<Outcome> {
        if self.count >= MOST {
            return Some((command.id, Err(Problem::busy())));
        }
        self.count += 1;
        let addressed = serde_json::from_str::<Addressed>(command.body.get());
        let conversation = addressed.ok().and_then(|addressed| addressed.conversation_id);
        match self.lines.entry(conversation) {
            std::collections::hash_map::Entry::Occupied(mut line) => line.get_mut().push_back(command),
            std::collections::hash_map::Entry::Vacant(line) => {
                line.insert(VecDeque::new());
                self.begin(conversation, command);
            }
        }
        None
    }

    fn begin(&self, conversation: Option<ConversationId>, command: Command) {
        let (id, carried) = (command.id, (self.carry)(command));
        self.under_way.push(Box::pin(async move { (conversation, (id, carried.await)) }));
    }

    /// The next answer; waits for ever while nothing is under way.
    pub(super) async fn next(&mut self) -> Outcome {
        let Some((conversation, outcome)) = self.under_way.next().await else { return std::future::pending().await };
        self.count -= 1;
        match self.lines.get_mut(&conversation).and_then(VecDeque::pop_front) {
            Some(next) => self.begin(conversation, next),
            None => drop(self.lines.remove(&conversation)),
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    fn command(id: u128, conversation: u128) -> Command {
        let body = json!({"conversation_id": Uuid::from_u128(conversation)});
        let body = serde_json::value::to_raw_value(&body).unwrap();
        Command { id: Uuid::from_u128(id), name: "send".to_owned(), body }
    }

    #[tokio::test(start_paused = true)]
    async fn a10_commands_on_one_conversation_are_decided_in_order_and_the_seventeenth_is_refused() {
        let begun = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&begun);
        let mut waiting = Waiting::new(Box::new(move |command| {
            let noted = Arc::clone(&noted);
            Box::pin(async move {
                noted.lock().unwrap().push(command.id.as_u128());
                // The earlier the command, the longer it takes.
                tokio::time::sleep(Duration::from_millis(100 - command.id.as_u128() as u64)).await;
                Ok(Value::Null)
            })
        }));
        for id in 1..=8 {
            assert!(waiting.add(command(id, 1)).is_none());
            assert!(waiting.add(command(id + 20, 2)).is_none());
        }
        let (refused, problem) = waiting.add(command(50, 3)).unwrap();
        assert_eq!((refused, problem.unwrap_err().code), (Uuid::from_u128(50), "busy"));
        let mut answered = Vec::new();
        for _ in 0..16 {
            answered.push(waiting.next().await.0.as_u128());
        }
        for (first, name) in [(0, "one"), (20, "the other")] {
            let of = |ids: &[u128]| ids.iter().copied().filter(|id| (id / 20) * 20 == first).collect::<Vec<_>>();
            let expected: Vec<u128> = (first + 1..=first + 8).collect();
            assert_eq!(of(&answered), expected, "{name}");
            assert_eq!(of(&begun.lock().unwrap()), expected, "{name}");
        }
        assert!(waiting.add(command(60, 1)).is_none());
    }
}
