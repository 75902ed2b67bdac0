//! What the kernel is told of threads: all of it is the domain's.

use crate::Office;
use crate::asking::Answer;
use crate::capabilities::NumberCapabilities;
use dashoffice_domain::conversation::{ClockChange, Decided, DecisionContext, Done, Thread};
use dashoffice_domain::ids::NumberId;
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
    pub capabilities: NumberCapabilities,
}

impl Default for ThreadBehaviour {
    fn default() -> Self {
        Self { read_marks: true.into(), capabilities: NumberCapabilities::default() }
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
            Item::Arrived(arrived) => {
                let at = self.context(Some(arrived.number), now);
                recorded(state.receive(arrived, at), state, now)
            }
            Item::Command(command) => match state.decide(command, self.context(state.number, now)) {
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

impl ThreadBehaviour {
    /// A thread without a number has nothing to say anything by.
    fn context(&self, number: Option<NumberId>, now: Timestamp) -> DecisionContext {
        DecisionContext { now, channel: number.map(|number| self.capabilities.of(number)).unwrap_or_default() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::Span;
    use dashoffice_domain::channel::Capabilities;
    use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
    use dashoffice_domain::conversation::content::Content;
    use dashoffice_domain::conversation::context::MessageContext;
    use dashoffice_domain::conversation::{Command, ReplyCommand};
    use dashoffice_domain::item::{Arrived, Inbound, Said};
    use uuid::Uuid;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn id<T: From<Uuid>>(n: u128) -> T {
        T::from(Uuid::from_u128(n))
    }

    fn arrived(number: NumberId) -> Item {
        let inbound = Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, "5511999990001")],
            profile_name: None,
            username: None,
            moved: vec![],
            provider_message_id: "wamid.1".to_owned(),
            said_at: NOON,
            what: Said::Message { content: Content::text("hola") },
            reply_to: None,
            context: MessageContext::default(),
        };
        Item::Arrived(Box::new(Arrived {
            number,
            queue: id(2),
            inbound,
            received_at: NOON,
            contact: id(3),
            claims: vec![],
            possible_duplicate: None,
            message: id(4),
            conversation: id(5),
            raw: None,
        }))
    }

    /// Until when a customer who wrote to this number may be answered, and what comes of answering them with five letters.
    fn written_to(behaviour: &ThreadBehaviour, number: NumberId) -> (Option<Timestamp>, Answer<Done>) {
        let mut thread = behaviour.fresh(Entity::Thread(id(7)));
        for (event, _) in behaviour.decide(&thread, &arrived(number), NOON.0).events {
            behaviour.apply(&mut thread, &event, NOON.0);
        }
        let say = ReplyCommand { by: id(9), message: id(10), content: Content::text("claro"), reply_to: None };
        let said = behaviour.decide(&thread, &Item::Command(Command::Say(Box::new(say))), NOON.0);
        (thread.window_until, serde_json::from_slice(&said.answer).unwrap())
    }

    #[test]
    fn a_thread_keeps_to_what_the_channel_of_its_number_takes() {
        let behaviour = ThreadBehaviour::default();
        let (narrow, unheard_of) = (id(1), id(11));
        let usual = Capabilities::default();
        behaviour.capabilities.set(narrow, Capabilities { longest_text: 4, service_window: Span::hours(1), ..usual });
        let (until, answer) = written_to(&behaviour, narrow);
        assert_eq!(until, Some(NOON.plus(Span::hours(1))));
        assert!(
            matches!(answer, Answer::Refused { refusal } if refusal == dashoffice_domain::Refusal::TOO_LONG),
            "{answer:?}"
        );
        let (until, answer) = written_to(&behaviour, unheard_of);
        assert_eq!(until, Some(NOON.plus(usual.service_window)));
        assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    }
}
