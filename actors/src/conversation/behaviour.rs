//! What the kernel is told of threads: all of it is the domain's.

use crate::Office;
use crate::conversation::handle::Answer;
use dashoffice_domain::thread::{Decided, Thread};
use dashoffice_domain::{Entity, Event, Item, Row, Timestamp};
use dashoffice_runtime::{Behaviour, Decision, Micros, StateRow};

/// Of the state row's shape. Raise it when [`Thread`] changes so that old rows no longer read; they are then folded anew.
const SCHEMA_VERSION: i64 = 1;

#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadBehaviour;

impl Behaviour<Office> for ThreadBehaviour {
    type State = Thread;

    fn kind(&self) -> &'static str {
        "conversation"
    }

    fn fresh(&self, entity: Entity) -> Thread {
        Thread::fresh(entity.id().into())
    }

    fn thaw(&self, _: Entity, row: &StateRow) -> Option<Thread> {
        if row.schema_version != SCHEMA_VERSION {
            return None;
        }
        serde_json::from_slice(&row.body).ok()
    }

    fn freeze(&self, state: &Thread) -> (i64, Vec<u8>) {
        (SCHEMA_VERSION, serde_json::to_vec(state).expect("a thread is plain data"))
    }

    fn apply(&self, state: &mut Thread, event: &Event, at: Micros) {
        state.apply(event, Timestamp(at));
    }

    fn decide(&self, state: &Thread, item: &Item, now: Micros) -> Decision<Office> {
        let now = Timestamp(now).max(state.last_event_at);
        match item {
            Item::Arrived(arrived) => recorded(state.receive(arrived, now), state, now),
            Item::Command(command) => match state.decide(command, now) {
                Ok(decided) => recorded(decided, state, now),
                Err(refusal) => Decision { answer: Answer::Refused { refusal }.to_bytes(), ..Decision::default() },
            },
            // Timers of threads have their meaning in later versions; a row nobody understands is simply taken.
            Item::Due { .. } => Decision::default(),
        }
    }
}

/// The decision with the list's line drawn from the state after it.
fn recorded(decided: Decided, before: &Thread, now: Timestamp) -> Decision<Office> {
    let mut after = before.clone();
    for (event, _) in &decided.events {
        after.apply(event, now);
    }
    let mut rows = decided.rows;
    if !decided.events.is_empty() {
        rows.extend(after.conversation_row(decided.preview).map(|row| Row::Conversation(Box::new(row))));
    }
    let answer = decided.done.map(|done| Answer::Done { done }.to_bytes()).unwrap_or_default();
    Decision { events: decided.events, rows, answer, ..Decision::default() }
}
