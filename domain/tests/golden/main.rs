//! Golden journals: what every version wrote is read for ever, and leads to the state it led to (C2). CONTRIBUTING.md says how lines
//! are added; none is ever changed.
#![expect(clippy::unwrap_used, reason = "what a test expects of its files it expects without ceremony")]

mod samples;
mod stories;

use dashoffice_domain::conversation::Thread;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::routing::Agent;
use dashoffice_domain::{Entity, Event, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The lines of this name that all versions left, oldest version first.
fn lines(name: &str) -> Vec<Value> {
    let mut versions: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    versions.sort();
    let texts = versions.iter().filter_map(|version| fs::read_to_string(version.join(name)).ok());
    texts.flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()).collect()
}

/// Every line that this version writes has its like among the golden ones. With `UPDATE=1`, those that are missing are added to this
/// version's.
fn must_be_there(name: &str, written: &[Value]) {
    let known = lines(name);
    let missing: Vec<&Value> = written.iter().filter(|line| !known.contains(line)).collect();
    let adds = std::env::var_os("UPDATE").is_some();
    if adds && !missing.is_empty() {
        let place = folder().join(env!("CARGO_PKG_VERSION"));
        fs::create_dir_all(&place).unwrap();
        let before = fs::read_to_string(place.join(name)).unwrap_or_default();
        let added = missing.iter().fold(String::new(), |added, line| added + &line.to_string() + "\n");
        fs::write(place.join(name), before + &added).unwrap();
        return;
    }
    assert!(missing.is_empty(), "no golden line in {name} (UPDATE=1 adds them): {missing:?}");
}

fn event_line(event: &Event) -> Value {
    json!({ "kind": event.kind(), "version": event.version(), "event": event })
}

fn content_line(content: &Content) -> Value {
    json!({ "kind": content.kind(), "content": content })
}

/// Whether all that stands in `golden` stands in `now`, which may say more.
fn is_kept(golden: &Value, now: &Value) -> bool {
    match (golden, now) {
        (Value::Object(golden), Value::Object(now)) => {
            golden.iter().all(|(name, member)| now.get(name).is_some_and(|now| is_kept(member, now)))
        }
        (Value::Array(golden), Value::Array(now)) => {
            golden.len() == now.len() && golden.iter().zip(now).all(|(golden, now)| is_kept(golden, now))
        }
        _ => golden == now,
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// A golden journal: its events with their instants, and the state it led to.
#[derive(Default)]
struct Journal {
    events: Vec<(Event, Timestamp)>,
    state: Option<Value>,
}

fn journals() -> BTreeMap<(String, Entity), Journal> {
    let mut journals: BTreeMap<(String, Entity), Journal> = BTreeMap::new();
    for line in lines("journals.jsonl") {
        let key = (line["journal"].as_str().unwrap().to_owned(), read(&line["entity"]));
        let journal = journals.entry(key).or_default();
        match line.get("state") {
            Some(state) => {
                assert_eq!(line["sequence"], journal.events.len(), "the journal is whole");
                journal.state = Some(state.clone());
            }
            None => journal.events.push((read(&line["event"]), read(&line["at"]))),
        }
    }
    journals
}

/// Both kinds of actors that keep a state, as one.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Thread(Box<Thread>),
    Agent(Agent),
}

impl State {
    fn fresh(entity: Entity) -> Self {
        match entity {
            Entity::Agent(id) => Self::Agent(Agent::fresh(id)),
            _ => Self::Thread(Box::new(Thread::fresh(entity.id().into()))),
        }
    }

    fn apply(&mut self, (event, at): &(Event, Timestamp)) {
        match (self, event) {
            (Self::Thread(thread), Event::Conversation(event)) => thread.apply(event, *at),
            (Self::Agent(agent), Event::Routing(event)) => agent.apply(event, *at),
            // Of another module: it changes nothing here.
            _ => {}
        }
    }

    fn after<'a>(mut self, events: impl IntoIterator<Item = &'a (Event, Timestamp)>) -> Self {
        events.into_iter().for_each(|event| self.apply(event));
        self
    }

    fn frozen(&self) -> Value {
        match self {
            Self::Thread(thread) => serde_json::to_value(thread).unwrap(),
            Self::Agent(agent) => serde_json::to_value(agent).unwrap(),
        }
    }

    fn thawed(entity: Entity, frozen: &Value) -> Self {
        match entity {
            Entity::Agent(_) => Self::Agent(read(frozen)),
            _ => Self::Thread(read(frozen)),
        }
    }
}

#[test]
fn c2_every_kind_of_event_and_content_has_a_golden_line() {
    must_be_there("events.jsonl", &samples::events().iter().map(event_line).collect::<Vec<_>>());
    must_be_there("contents.jsonl", &samples::contents().iter().map(content_line).collect::<Vec<_>>());
    must_be_there("journals.jsonl", &stories::all().iter().flat_map(stories::lines).collect::<Vec<_>>());
}

#[test]
fn c2_what_every_version_wrote_is_read_and_nothing_of_it_is_forgotten() {
    let (events, contents) = (lines("events.jsonl"), lines("contents.jsonl"));
    assert!(events.len() > 40 && contents.len() > 15, "there are golden lines");
    for line in events {
        let event: Event = read(&line["event"]);
        assert!(is_kept(&line, &event_line(&event)), "{line} is read as {event:?}");
    }
    for line in contents {
        let content: Content = read(&line["content"]);
        assert!(is_kept(&line, &content_line(&content)), "{line} is read as {content:?}");
    }
}

#[test]
fn c2_golden_journals_lead_to_the_states_they_led_to() {
    let journals = journals();
    assert!(journals.len() >= 4, "there are golden journals");
    for ((name, entity), journal) in journals {
        let state = State::fresh(entity).after(&journal.events);
        let golden = journal.state.expect("a golden journal ends with its state");
        assert!(is_kept(&golden, &state.frozen()), "{name}: {golden} is now {}", state.frozen());
        // A row that an older version froze is woken from, too.
        let woken = State::thawed(entity, &golden);
        assert!(is_kept(&golden, &woken.frozen()), "{name}");
    }
}

#[test]
fn c2_from_any_moment_of_a_golden_journal_a_frozen_state_and_the_rest_are_the_whole() {
    for ((name, entity), Journal { events, .. }) in journals() {
        let whole = State::fresh(entity).after(&events);
        for context in 0..=events.len() {
            let frozen = State::fresh(entity).after(&events[..context]).frozen();
            assert_eq!(State::thawed(entity, &frozen).after(&events[context..]), whole, "{name}, at {context}");
        }
    }
}

static GOLDEN: LazyLock<Vec<Event>> =
    LazyLock::new(|| lines("events.jsonl").iter().map(|line| read(&line["event"])).collect());

proptest! {
    /// Total: history is never refused, in whatever order it comes; and it leads to the same place over a frozen state.
    #[test]
    fn c2_any_events_in_any_order_are_believed_and_a_frozen_state_and_the_rest_are_the_whole(
        picked in prop::collection::vec((any::<Index>(), 0..1_000_000_i64), 0..60),
        context in any::<Index>(),
    ) {
        let events: Vec<(Event, Timestamp)> = picked.iter().map(|(at, now)| (at.get(&GOLDEN).clone(), Timestamp(*now))).collect();
        let context = context.index(events.len() + 1);
        for entity in [Entity::Thread(samples::id(7)), Entity::Agent(samples::id(101))] {
            let whole = State::fresh(entity).after(&events);
            let frozen = State::fresh(entity).after(&events[..context]).frozen();
            prop_assert_eq!(State::thawed(entity, &frozen).after(&events[context..]), whole);
        }
    }
}
