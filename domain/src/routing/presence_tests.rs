//! Being there by a lease: picks are taken, chats are offered only where that was asked for (B4, I9).

use super::tests::{Desk, any_step};
use super::{AcceptMode, AgentView, Chosen, Connection, Effective, Index, OnDisconnect, QueueSettings};
use crate::conversation::Owner;
use crate::conversation::Thread;
use crate::conversation::contact::{Identifier, IdentifierKind};
use crate::conversation::content::Content;
use crate::conversation::context::MessageContext;
use crate::ids::{AgentId, OfferId, QueueId, ThreadId};
use crate::item::{Arrived, Inbound, Said};
use crate::refusal::Refusal;
use crate::time::{Span, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

const NOON: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// A queue with one agent, and one chat that waits in it.
fn waiting() -> (Index, AgentId, ThreadId) {
    let (agent, thread, queue): (AgentId, ThreadId, QueueId) = (id(101), id(7), id(2));
    let mut index = Index::default();
    index.set_queue(QueueSettings { members: [agent].into(), ..QueueSettings::usual(queue, "Ventas") });
    let view = AgentView {
        chosen: Chosen::Online,
        connection: Connection::Gone,
        capacity_units: 100,
        last_release_at: None,
        last_assigned_at: None,
        misses: 0,
    };
    index.set_agent(agent, view);
    let arrived = Arrived {
        number: id(1),
        queue,
        inbound: Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, "5511999990001")],
            profile_name: None,
            username: None,
            moved: vec![],
            provider_message_id: "wamid.1".to_owned(),
            said_at: NOON,
            what: Said::Message { content: Content::text("hola") },
            reply_to: None,
            context: MessageContext::default(),
        },
        received_at: NOON,
        contact: id(3),
        claims: vec![],
        possible_duplicate: None,
        message: id(1_001),
        conversation: id(2_001),
        raw: None,
    };
    let mut told = Thread::fresh(thread);
    for (event, _) in told.receive(&arrived, NOON).events {
        told.apply(&event, NOON);
    }
    index.saw(&told.conversation_row(None).expect("it is open"));
    (index, agent, thread)
}

#[test]
fn a_pick_needs_somebody_who_is_there_by_a_socket_or_a_lease() {
    for (connection, expected) in [
        (Connection::Connected, Ok(1)),
        (Connection::Leased, Ok(1)),
        (Connection::Grace, Err(Refusal::NOT_ROUTABLE)),
        (Connection::Gone, Err(Refusal::NOT_ROUTABLE)),
    ] {
        let (mut index, agent, thread) = waiting();
        index.connected(agent, connection);
        assert_eq!(index.reserve_for_pick(agent, thread, id(1), NOON), expected, "{connection:?}");
        assert_eq!(index.reservation(thread).is_some(), expected.is_ok());
    }
}

#[test]
fn i9_who_is_there_by_a_lease_that_asks_for_no_chats_is_online_and_offered_none() {
    for (connection, offered) in [(Connection::Leased, 0), (Connection::Connected, 1)] {
        let (mut index, agent, _) = waiting();
        index.connected(agent, connection);
        let view = index.agent(agent).expect("known");
        assert_eq!(view.effective(), Effective::Online, "{connection:?}");
        assert_eq!(view.is_routable(), offered == 1);
        assert_eq!(index.propose(NOON, || id::<OfferId>(1)).len(), offered, "{connection:?}");
    }
}

fn any_end() -> impl Strategy<Value = OnDisconnect> {
    prop_oneof![Just(OnDisconnect::Keep), Just(OnDisconnect::RequeueUnanswered), Just(OnDisconnect::RequeueAll)]
}

proptest! {
    #[test]
    fn chats_by_owner_and_those_to_be_taken_back_are_what_a_walk_over_all_chats_finds(
        end in any_end(),
        steps in prop::collection::vec(any_step(), 1..100),
    ) {
        let mut desk = Desk::new(AcceptMode::Auto { first_reply_us: Span::seconds(180) }, end);
        for step in &steps {
            desk.step(step);
            let (mut owned, mut abandoning) = (BTreeMap::<AgentId, BTreeSet<ThreadId>>::new(), BTreeSet::new());
            for chat in desk.index.chats() {
                let Owner::Agent { agent } = chat.owner else { continue };
                owned.entry(agent).or_default().insert(chat.thread);
                let must_not_wait = match end {
                    OnDisconnect::Keep => false,
                    OnDisconnect::RequeueUnanswered => chat.customer_waits,
                    OnDisconnect::RequeueAll => true,
                };
                let is_gone = desk.index.agent(agent).is_some_and(|view| view.connection == Connection::Gone);
                if is_gone && must_not_wait {
                    abandoning.insert(agent);
                }
            }
            prop_assert_eq!(&desk.index.owned, &owned);
            prop_assert_eq!(desk.index.abandoning(), abandoning);
        }
    }
}
