//! A chat that was passed by: who may have it next, and when.

use super::Event;
use super::tests::{AGENTS, Desk, Step, agent};
use super::{AcceptMode, Agent, AgentCommand, Chosen, MISS_EXCLUDES, MISS_PAUSES, OnDisconnect};
use crate::routing::Row;
use crate::time::{Span, Timestamp};

const AUTO: AcceptMode = AcceptMode::Auto { first_reply_us: Span::seconds(180) };

/// A chat that the first agent just missed; so many of the three are there.
fn missed(online: u128) -> Desk {
    let mut desk = Desk::new(AUTO, OnDisconnect::Keep);
    for n in 1..AGENTS {
        desk.step(&Step::Chooses { agent: n, chosen: Chosen::Away });
    }
    desk.step(&Step::Writes { thread: 0 });
    desk.settle();
    assert_eq!(desk.owner(0), Some(agent(0)));
    for n in 1..online {
        desk.step(&Step::Chooses { agent: n, chosen: Chosen::Online });
    }
    desk.step(&Step::RunsOut { thread: 0 });
    desk
}

#[test]
fn a_chat_that_the_only_agent_missed_is_theirs_again_after_the_pause() {
    let mut desk = missed(1);
    let taken_back = desk.now;
    desk.settle();
    assert_eq!(desk.owner(0), None, "not at once");
    assert_eq!(desk.index.next_release(desk.now), Some(taken_back.plus(MISS_PAUSES)));
    desk.now = taken_back.plus(Span(MISS_PAUSES.0 - 1));
    desk.settle();
    assert_eq!(desk.owner(0), None);
    desk.now = taken_back.plus(MISS_PAUSES);
    desk.settle();
    assert_eq!(desk.owner(0), Some(agent(0)));
}

#[test]
fn where_somebody_else_is_free_they_have_it_and_who_missed_it_has_not() {
    let mut desk = missed(2);
    desk.now = desk.now.plus(MISS_PAUSES);
    desk.settle();
    assert_eq!(desk.owner(0), Some(agent(1)));
}

#[test]
fn where_the_others_have_no_room_it_does_not_wait_for_them() {
    let mut desk = Desk::new(AUTO, OnDisconnect::Keep);
    desk.step(&Step::Chooses { agent: 2, chosen: Chosen::Away });
    for n in 0..4 {
        desk.step(&Step::Writes { thread: n });
    }
    desk.settle();
    let missed = (0..4).find(|n| desk.owner(*n) == Some(agent(0))).expect("both have two");
    desk.step(&Step::RunsOut { thread: missed });
    desk.settle();
    assert_eq!(desk.owner(missed), None, "nobody has room, and the pause has begun");
    desk.now = desk.now.plus(MISS_PAUSES);
    desk.settle();
    assert_eq!(desk.owner(missed), Some(agent(0)));
}

#[test]
fn who_missed_it_is_no_longer_passed_by_when_the_exclusion_ends() {
    let mut desk = missed(1);
    let taken_back = desk.now;
    desk.hear(usize::MAX);
    let after_pause = taken_back.plus(MISS_PAUSES);
    assert_eq!(desk.index.next_release(after_pause), Some(taken_back.plus(MISS_EXCLUDES)));
    assert_eq!(desk.index.next_release(taken_back.plus(MISS_EXCLUDES)), None);
}

#[test]
fn an_agent_says_how_they_are_and_why() {
    let ana = Agent::fresh(agent(0));
    let now = Timestamp::from_seconds(5);
    let away = AgentCommand::Choose { presence: Chosen::Away, reason: Some("almuerzo".into()) };
    let (events, rows) = ana.decide(&away, now).expect("a short reason");
    assert_eq!(events, [Event::PresenceChosen { agent: agent(0), presence: Chosen::Away }]);
    assert!(matches!(&rows[0], Row::AgentPresence { reason: Some(reason), .. } if reason == "almuerzo"));
    let long = AgentCommand::Choose { presence: Chosen::Away, reason: Some("x".repeat(61)) };
    assert_eq!(ana.decide(&long, now), Err(crate::Refusal::TOO_LONG));
}
