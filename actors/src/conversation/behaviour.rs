//! What the kernel is told of threads: all of it is the domain's.

use crate::Office;
use crate::asking::Answer;
use dashoffice_domain::conversation::{ClockChange, Decided, Done, Thread};
use dashoffice_domain::{Entity, Event, Item, Row, Timestamp, channel, conversation};
use dashoffice_runtime::{Behaviour, Current, Decision, Guard, Micros, StateRow, TimerChange};

/// Of the state row's shape. Raise it when [`Thread`] changes so that old rows no longer read; they are then folded anew.
const SCHEMA_VERSION: i64 = 1;

/// The guard that names the router whose offers count (B2).
pub(crate) const ROUTER: &str = "router";

#[derive(Clone, Debug)]
pub struct ThreadBehaviour {
    /// Whether providers are told what was read.
    pub read_marks: Current<bool>,
}

impl Default for ThreadBehaviour {
    fn default() -> Self {
        Self { read_marks: true.into() }
    }
}

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
        if let Event::Conversation(event) = event {
            state.apply(event, Timestamp(at));
        }
    }

    fn decide(&self, state: &Thread, item: &Item, now: Micros) -> Decision<Office> {
        let now = Timestamp(now).max(state.last_event_at);
        let recorded = |mut decided: Decided, state, now| {
            if !self.read_marks.now() {
                decided.rows.retain(|row| !matches!(row, Row::Channel(channel::Row::ReadMark { .. })));
            }
            recorded(decided, state, now)
        };
        match item {
            Item::Arrived(arrived) => recorded(state.receive(arrived, now), state, now),
            Item::Command(command) => match state.decide(command, now) {
                Ok(decided) => recorded(decided, state, now),
                Err(refusal) => {
                    Decision { answer: Answer::<Done>::Refused { refusal }.to_bytes(), ..Decision::default() }
                }
            },
            Item::ClockStood { token, by_us } => recorded(state.stood(*token, *by_us, now), state, now),
            Item::SendFailed { message } => recorded(state.failed(*message, now), state, now),
            Item::Due { timer } => recorded(state.run_out(timer, now), state, now),
            // Not for a thread: the row is taken, and nothing happens.
            Item::AgentCommand(_) => Decision::default(),
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
        rows.extend(
            after
                .conversation_row(decided.preview)
                .map(|row| Row::Conversation(conversation::Row::Conversation(Box::new(row)))),
        );
    }
    let entity = Entity::Thread(before.id);
    let timers = decided.clocks.into_iter().map(|change| match change {
        ClockChange::Set { kind, token, due_at } => {
            TimerChange::Set { entity, kind: kind.to_owned(), token: token.0, due_at: due_at.0 }
        }
        ClockChange::Clear { kind } => TimerChange::Clear { entity, kind: kind.to_owned() },
    });
    let answer = decided.done.map(|done| Answer::Done { done }.to_bytes()).unwrap_or_default();
    let guard = decided.incarnation.map(|value| Guard { name: ROUTER.to_owned(), value });
    let events = decided.events.into_iter().map(|(event, epoch)| (event.into(), epoch)).collect();
    Decision { events, rows, timers: timers.collect(), guard, answer, ..Decision::default() }
}
