//! What the judge promises, whatever is asked of it: A4, A5.

use super::*;
use crate::Office;
use crate::records::{Change, InboxRecord};
use dashoffice_domain::channel::outgoing::{Class, Outgoing, StatusNews};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{AddressRow, MessageRow};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{ContactId, ConversationId, MessageId, NumberId, TenantId, ThreadId};
use dashoffice_domain::ports::{Arrival, Delivery, InboxSource};
use dashoffice_domain::{Entity, Event, Row, channel, conversation};
use dashoffice_runtime::{Commit, Draft, StateRow, Take, TimerChange};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const MOMENT: CommitStamp = CommitStamp { term: 1, now: Timestamp(1_000) };
const NUMBER: NumberId = NumberId(Uuid::from_u128(1));

fn tenant(n: u8) -> Uuid {
    Uuid::from_u128(0x100 + u128::from(n))
}

fn thread(n: u8) -> ThreadId {
    ThreadId(Uuid::from_u128(0x200 + u128::from(n)))
}

fn message(n: u8) -> MessageId {
    MessageId(Uuid::from_u128(0x300 + u128::from(n)))
}

/// Something somebody may ask, of few ids, so that it often meets what others asked.
#[derive(Clone, Debug)]
enum Ask {
    Decide { tenant: u8, thread: u8, sequence: i64, term: i64, take: Vec<i64>, phone: u8, token: Option<u8> },
    Write { tenant: u8, message: u8, thread: u8 },
    Start { tenant: u8, message: u8 },
    End { tenant: u8, message: u8, status: Status, provider_id: u8 },
    Silence { tenant: u8, thread: u8 },
    Arrive { tenant: u8, key: u8 },
    Status { tenant: u8, provider_id: u8, message: Option<u8>, status: Status },
    Settle,
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Sent, Status::Delivered, Status::Read, Status::Failed])
}

fn any_ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        6 => (0..2u8, 0..3u8, 0..4i64, 0..8u8, prop::collection::vec(1..6i64, 0..3), 0..3u8, prop::option::of(0..3u8)).prop_map(
            |(tenant, thread, sequence, term, take, phone, token)| Ask::Decide {
                tenant,
                thread,
                sequence,
                term: i64::from(term != 0),
                take,
                phone,
                token,
            }
        ),
        3 => (0..2u8, 0..4u8, 0..3u8).prop_map(|(tenant, message, thread)| Ask::Write { tenant, message, thread }),
        3 => (0..2u8, 0..4u8).prop_map(|(tenant, message)| Ask::Start { tenant, message }),
        3 => (0..2u8, 0..4u8, any_status(), 0..4u8)
            .prop_map(|(tenant, message, status, provider_id)| Ask::End { tenant, message, status, provider_id }),
        1 => (0..2u8, 0..3u8).prop_map(|(tenant, thread)| Ask::Silence { tenant, thread }),
        4 => (0..2u8, 0..6u8).prop_map(|(tenant, key)| Ask::Arrive { tenant, key }),
        4 => (0..2u8, 0..4u8, prop::option::of(0..4u8), any_status())
            .prop_map(|(tenant, provider_id, message, status)| Ask::Status { tenant, provider_id, message, status }),
        1 => Just(Ask::Settle),
    ]
}

fn commit(of: u8, entity: Entity, rows: Vec<Row>) -> Commit<Office> {
    Commit {
        tenant: tenant(of),
        entity,
        expected_sequence: None,
        term: 1,
        take: vec![],
        guard: None,
        events: vec![],
        state: None,
        rows,
        timers: vec![],
        tells: vec![],
        command_result: None,
        at: 1_000,
        actor: Principal::SYSTEM,
        cause: Uuid::nil(),
        correlation: Uuid::nil(),
    }
}

fn claim(identifier: Identifier, thread: ThreadId, contact: ContactId) -> Row {
    let claim = Claim::link(identifier, MOMENT.now);
    Row::Conversation(conversation::Row::Address(Box::new(AddressRow { number: NUMBER, thread, contact, claim })))
}

fn decide(ask: &Ask) -> Option<Commit<Office>> {
    let Ask::Decide { tenant, thread: of, sequence, term, take, phone, token } = ask else { return None };
    let id = thread(*of);
    let entity = Entity::Thread(id);
    let identifier = Identifier::new(IdentifierKind::WaId, format!("55{phone}"));
    let contact = ContactId(Uuid::nil());
    let mut commit = commit(*tenant, entity, vec![claim(identifier, id, contact)]);
    commit.expected_sequence = Some(*sequence);
    commit.term = *term;
    commit.take = take.iter().map(|position| Take::Inbox(*position)).collect();
    commit.state = Some(StateRow { sequence: sequence + 1, schema_version: 1, body: vec![] });
    commit.events = vec![Draft {
        id: Uuid::nil(),
        owner_epoch: 1,
        event: Event::Conversation(conversation::Event::IdentifiersLinked { count: 1 }),
    }];
    if let Some(token) = token {
        let token = Uuid::from_u128(u128::from(*token));
        commit.take.push(Take::Timer { entity, kind: "sla".into(), token });
        let next = Uuid::from_u128(token.as_u128() + 1);
        commit.timers = vec![TimerChange::Set { entity, kind: "sla".into(), token: next, due_at: 5 }];
    } else {
        let token = Uuid::nil();
        commit.timers = vec![TimerChange::Set { entity, kind: "sla".into(), token, due_at: 5 }];
    }
    Some(commit)
}

fn job(ask: &Ask) -> Job {
    let wrap = |commit| Job::Commit(Box::new(commit));
    let about = |of: u8, id: u8, row| wrap(commit(of, Entity::Message(message(id)), vec![row]));
    let delivery = |of: u8, delivery: Delivery| Job::Accept { tenant: tenant(of), delivery: Box::new(delivery) };
    match ask {
        Ask::Decide { .. } => wrap(decide(ask).expect("it is one")),
        Ask::Write { tenant, message: id, thread: of } => {
            let (message, thread) = (message(*id), thread(*of));
            let row = MessageRow {
                id: message,
                thread,
                conversation: ConversationId(Uuid::nil()),
                number: NUMBER,
                direction: Direction::Outbound,
                status: Status::Queued,
                content: Content::text("oi"),
                provider_message_id: None,
                reply_to: None,
                author: None,
                said_at: MOMENT.now,
                recorded_at: MOMENT.now,
                context: dashoffice_domain::conversation::context::MessageContext::default(),
            };
            let outgoing = Outgoing { message, number: NUMBER, thread, class: Class::Bot, owner_epoch: 1 };
            let rows = vec![
                Row::Conversation(conversation::Row::Message(Box::new(row))),
                Row::Channel(channel::Row::SendQueued(outgoing)),
            ];
            wrap(commit(*tenant, Entity::Message(message), rows))
        }
        Ask::Start { tenant, message: id } => {
            about(*tenant, *id, Row::Channel(channel::Row::SendStarted { message: message(*id) }))
        }
        Ask::End { tenant, message: id, status, provider_id } => {
            let provider_message_id = Some(format!("wamid.{provider_id}"));
            let (message, status) = (message(*id), *status);
            about(
                *tenant,
                *id,
                Row::Channel(channel::Row::SendEnded { message, status, provider_message_id, error: None }),
            )
        }
        Ask::Silence { tenant, thread: of } => wrap(commit(
            *tenant,
            Entity::Thread(thread(*of)),
            vec![Row::Channel(channel::Row::SendsCancelled { thread: thread(*of) })],
        )),
        Ask::Arrive { tenant, key } => {
            let arrival = Arrival { number: NUMBER, dedupe_key: format!("k{key}"), raw: vec![*key] };
            delivery(*tenant, Delivery { arrivals: vec![arrival], ..Delivery::default() })
        }
        Ask::Status { tenant, provider_id, message: id, status } => {
            let news = StatusNews {
                number: NUMBER,
                provider_message_id: format!("wamid.{provider_id}"),
                message: id.map(message),
                status: *status,
                at: MOMENT.now,
                error: None,
                stops: None,
                pricing: None,
                recipient: None,
            };
            delivery(*tenant, Delivery { statuses: vec![news], ..Delivery::default() })
        }
        Ask::Settle => Job::AdminWrite(AdminWrite::SettleInterrupted { under_way: BTreeSet::new() }),
    }
}

/// Everything there is, in words.
fn everything(tables: &Tables) -> String {
    let mut settled = tables.clone();
    settled.settle();
    format!("{settled:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A batch may be cut anywhere (and is, when the database refuses a part of it): nobody can tell.
    #[test]
    fn a5_what_is_decided_does_not_depend_on_how_jobs_are_gathered(
        asks in prop::collection::vec(any_ask(), 0..60),
        cuts in prop::collection::vec(1..7usize, 1..60),
    ) {
        let jobs: Vec<Job> = asks.iter().map(job).collect();
        let mut whole = Tables::default();
        let at_once: Vec<String> = judge(&mut whole, &jobs, MOMENT).iter().map(|result| format!("{result:?}")).collect();
        let mut parts = Tables::default();
        let mut in_parts = Vec::new();
        let (mut rest, mut cuts) = (&jobs[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let cut = rest.len().min(*cuts.next().expect("they go round"));
            let (part, later) = rest.split_at(cut);
            in_parts.extend(judge(&mut parts, part, MOMENT).iter().map(|result| format!("{result:?}")));
            parts.settle();
            rest = later;
        }
        prop_assert_eq!(at_once, in_parts);
        prop_assert_eq!(everything(&whole), everything(&parts));
    }

    #[test]
    fn a4_positions_and_sequences_have_no_gaps_and_what_is_taken_is_taken_once(
        asks in prop::collection::vec(any_ask(), 0..80),
    ) {
        let mut tables = Tables::default();
        let jobs: Vec<Job> = asks.iter().map(job).collect();
        let results = judge(&mut tables, &jobs, MOMENT);
        let mut positions: BTreeMap<Uuid, i64> = BTreeMap::new();
        let mut sequences: BTreeMap<(Uuid, Entity), i64> = BTreeMap::new();
        for event in &tables.events {
            let position = positions.entry(event.tenant).or_default();
            *position += 1;
            prop_assert_eq!(event.position, *position);
            let sequence = sequences.entry((event.tenant, event.entity)).or_default();
            *sequence += 1;
            prop_assert_eq!(event.sequence, *sequence);
        }
        for (tenant, cursor) in tables.cursors.iter() {
            prop_assert_eq!(cursor.position, positions.get(tenant).copied().unwrap_or(0));
        }
        let mut taken = std::collections::BTreeSet::new();
        let (mut arrived, mut gone) = (0, 0);
        for result in &results {
            for news in &result.news {
                arrived += news.arrivals.len();
                gone += news.gone.len();
                for position in &news.gone {
                    prop_assert!(taken.insert((news.tenant, *position)), "taken twice");
                }
            }
        }
        prop_assert_eq!(tables.inbox.iter().count(), arrived - gone);
        let told: usize = results.iter().flat_map(|result| &result.news).map(|news| news.events.len()).sum();
        prop_assert_eq!(told, tables.events.len(), "every event is told");
    }

    /// A7, A8: whoever is proven to have been sent waits for nothing; whoever is withdrawn was never begun.
    #[test]
    fn a7_the_outbox_and_the_status_never_contradict_each_other(asks in prop::collection::vec(any_ask(), 0..80)) {
        let mut tables = Tables::default();
        let jobs: Vec<Job> = asks.iter().map(job).collect();
        judge(&mut tables, &jobs, MOMENT);
        for (key, row) in tables.outbox.iter() {
            let status = tables.messages().get(key).expect("what is sent is a message").status;
            let allowed = match row.state {
                dashoffice_domain::channel::outgoing::SendState::Pending => status == Status::Queued,
                dashoffice_domain::channel::outgoing::SendState::Sending => status == Status::Sending,
                dashoffice_domain::channel::outgoing::SendState::Unknown => status == Status::Unknown,
            };
            prop_assert!(allowed, "{:?} and {:?}", row.state, status);
        }
    }
}

#[test]
fn a4_a_refused_commit_touches_nothing() {
    let mut tables = Tables::default();
    let ask = Ask::Decide { tenant: 0, thread: 0, sequence: 0, term: 1, take: vec![1], phone: 0, token: None };
    let results = judge(&mut tables, &[job(&ask)], MOMENT);
    assert!(matches!(results[0].answer, Answer::Commit(Outcome::Conflict)));
    assert!(!tables.is_touched());
}

#[test]
fn a_row_that_came_and_was_taken_within_one_batch_is_never_written() {
    let mut tables = Tables::default();
    let decide = Ask::Decide { tenant: 0, thread: 0, sequence: 0, term: 1, take: vec![1], phone: 0, token: None };
    judge(&mut tables, &[job(&Ask::Arrive { tenant: 0, key: 1 }), job(&decide)], MOMENT);
    assert_eq!(tables.inbox.touched(Change::New).count() + tables.inbox.gone().count(), 0);
    assert_eq!(tables.dedupe.touched(Change::New).count(), 1, "but a repetition is still known");
}

#[test]
fn a6_a_row_that_is_held_no_longer_waits_and_one_let_go_waits_again() {
    let mut tables = Tables::default();
    let source = InboxSource::Provider { number: NUMBER, raw: vec![] };
    let row = InboxRecord {
        source,
        received_at: Timestamp(7),
        tries: 0,
        correlation: Uuid::nil(),
        held: false,
        suspect: None,
    };
    tables.inbox.known((tenant(0), 1), row);
    let suspend = |held| Job::AdminWrite(AdminWrite::Suspend { tenant: tenant(0), positions: vec![1], held });
    let results = judge(&mut tables, &[suspend(true), suspend(true), suspend(false)], MOMENT);
    assert_eq!(results[0].news[0].gone, [1]);
    assert!(results[1].news[0].gone.is_empty(), "it was held already");
    assert_eq!(results[2].news[0].back, [(1, Timestamp(7))]);
    assert_eq!(TenantId(tenant(0)), TenantId(results[2].news[0].tenant));
}
