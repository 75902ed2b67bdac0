//! One decision: all of it or nothing (A4).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::SendPlace;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::identity::{Address, KnownThread};
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::ThreadId;
use dashoffice_domain::item::Item;
use dashoffice_domain::ports::Inbox as _;
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Row, Timestamp, channel, conversation};
use dashoffice_runtime::{
    CommandResult, Commit, Envelope, Guard, Outcome, Recorded, StateRow, Take, Tell, TimerChange,
};
use uuid::Uuid;

for_every_store!(
    c3_an_event_is_read_back_with_everything_that_was_said_of_it,
    a4_a_commit_decided_on_an_old_state_is_a_conflict,
    d_a_commit_of_another_term_is_a_conflict,
    a4_what_was_taken_is_gone_and_cannot_be_taken_again,
    a4_a_conflict_leaves_nothing_behind,
    a9_a_timer_is_taken_with_its_own_token_only,
    a9_setting_a_timer_replaces_the_one_before,
    a9_due_timers_come_in_order_with_the_next_one_after,
    a10_a_command_is_recorded_once,
    b3_of_two_first_messages_one_gets_the_address,
    b2_a_commit_under_an_old_guard_is_refused,
    a4_a_tell_is_an_inbox_row_once,
    a4_what_no_store_can_record_is_rejected_for_good,
    i13_a_message_of_the_provider_is_stored_once,
    c2_the_latest_state_survives_a_restart,
    c6_the_same_ids_in_two_tenants_never_meet,
);

async fn c3_an_event_is_read_back_with_everything_that_was_said_of_it(desk: Desk) {
    let thread: ThreadId = fresh();
    let commit = desk.thread_commit(thread, 0);
    let position = desk.committed(commit.clone()).await;
    assert_eq!(position, SET_UP + 1);
    let events = desk.journal().events(TENANT.0, Entity::Thread(thread), 0, 10).await.unwrap();
    let expected = Envelope {
        id: commit.events[0].id,
        tenant: TENANT.0,
        position: SET_UP + 1,
        entity: Entity::Thread(thread),
        sequence: 1,
        at: NOON,
        actor: AGENT.into(),
        cause: commit.cause,
        correlation: commit.correlation,
        owner_epoch: 3,
        term: desk.term(),
        event: commit.events[0].event.clone(),
    };
    assert_eq!(events, vec![expected]);
    let state = desk.journal().load(TENANT.0, Entity::Thread(thread)).await.unwrap();
    assert_eq!(state, Some(StateRow { sequence: 1, schema_version: 1, body: b"state".to_vec() }));
    assert_eq!(desk.journal().load(TENANT.0, Entity::Thread(fresh())).await.unwrap(), None);
    assert_eq!(desk.journal().last_at(TENANT.0).await.unwrap(), Some(NOON));
    desk.committed(Commit { at: NOON + 7, ..desk.thread_commit(thread, 1) }).await;
    assert_eq!(desk.journal().last_at(TENANT.0).await.unwrap(), Some(NOON + 7), "of the last one");
    let later = desk.journal().events(TENANT.0, Entity::Thread(thread), 1, 10).await.unwrap();
    assert_eq!(later.iter().map(|event| (event.sequence, event.position)).collect::<Vec<_>>(), [(2, SET_UP + 2)]);
}

async fn a4_a_commit_decided_on_an_old_state_is_a_conflict(desk: Desk) {
    let thread: ThreadId = fresh();
    desk.committed(desk.thread_commit(thread, 0)).await;
    assert_eq!(desk.commit(desk.thread_commit(thread, 0)).await, Outcome::Conflict);
    assert_eq!(desk.commit(desk.thread_commit(thread, 2)).await, Outcome::Conflict);
    desk.committed(desk.thread_commit(thread, 1)).await;
}

async fn d_a_commit_of_another_term_is_a_conflict(desk: Desk) {
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.term -= 1;
    assert_eq!(desk.commit(commit).await, Outcome::Conflict);
    let old = desk.thread_commit(fresh(), 0);
    let desk = desk.restart().await;
    assert!(desk.term() > old.term, "every ownership has a higher term");
    assert_eq!(desk.commit(old).await, Outcome::Conflict);
}

async fn a4_what_was_taken_is_gone_and_cannot_be_taken_again(desk: Desk) {
    desk.accept(body(&["a", "b"])).await;
    let journal = desk.journal();
    assert!(journal.still_there(TENANT.0, Take::Inbox(1)).await.unwrap());
    // Handed in together, so that they meet in one transaction.
    let mut commits = Vec::new();
    for _ in 0..8 {
        let mut commit = desk.thread_commit(fresh(), 0);
        commit.take = take(1);
        commits.push(journal.commit(commit));
    }
    let outcomes = futures_util::future::join_all(commits).await;
    let committed = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Committed { .. })).count();
    assert_eq!(committed, 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Conflict).count(), 7);
    assert!(!journal.still_there(TENANT.0, Take::Inbox(1)).await.unwrap());
    assert!(journal.still_there(TENANT.0, Take::Inbox(2)).await.unwrap());
    let left = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
    assert_eq!(left.iter().map(|row| row.position).collect::<Vec<_>>(), [2]);
}

async fn a4_a_conflict_leaves_nothing_behind(desk: Desk) {
    let thread: ThreadId = fresh();
    let token = Uuid::from_u128(7);
    let mut commit = desk.thread_commit(thread, 0);
    commit.take = take(99);
    commit.rows = vec![address("5511", thread)];
    commit.timers = vec![TimerChange::Set { entity: Entity::Thread(thread), kind: "sla".into(), token, due_at: NOON }];
    commit.command_result =
        Some(CommandResult { principal: AGENT.0, key: Uuid::from_u128(5), fingerprint: [1; 32], answer: vec![] });
    assert_eq!(desk.commit(commit.clone()).await, Outcome::Conflict);
    assert_eq!(desk.journal().load(TENANT.0, Entity::Thread(thread)).await.unwrap(), None);
    assert_eq!(desk.journal().due_timers(NOON, 10).await.unwrap(), (vec![], None));
    assert_eq!(desk.journal().recorded(TENANT.0, AGENT.0, Uuid::from_u128(5)).await.unwrap(), None);
    commit.take = vec![];
    assert_eq!(desk.committed(commit).await, SET_UP + 1, "no position was used up");
}

async fn a9_a_timer_is_taken_with_its_own_token_only(desk: Desk) {
    let thread: ThreadId = fresh();
    let entity = Entity::Thread(thread);
    let (token, wrong) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let timer = |token| Take::Timer { entity, kind: "sla".into(), token };
    let mut commit = desk.thread_commit(thread, 0);
    commit.timers = vec![TimerChange::Set { entity, kind: "sla".into(), token, due_at: NOON }];
    desk.committed(commit).await;
    let mut commit = desk.thread_commit(thread, 1);
    commit.take = vec![timer(wrong)];
    assert_eq!(desk.commit(commit).await, Outcome::Conflict);
    assert!(!desk.journal().still_there(TENANT.0, timer(wrong)).await.unwrap());
    assert!(desk.journal().still_there(TENANT.0, timer(token)).await.unwrap());
    let mut commit = desk.thread_commit(thread, 1);
    commit.take = vec![timer(token)];
    desk.committed(commit).await;
    assert_eq!(desk.journal().due_timers(NOON, 10).await.unwrap(), (vec![], None));
}

async fn a9_setting_a_timer_replaces_the_one_before(desk: Desk) {
    let thread: ThreadId = fresh();
    let entity = Entity::Thread(thread);
    let set =
        |token: u128, due_at| TimerChange::Set { entity, kind: "sla".into(), token: Uuid::from_u128(token), due_at };
    let mut commit = desk.thread_commit(thread, 0);
    commit.timers = vec![set(1, NOON)];
    desk.committed(commit).await;
    let mut commit = desk.thread_commit(thread, 1);
    commit.timers = vec![set(2, NOON + 5)];
    desk.committed(commit).await;
    let (due, _) = desk.journal().due_timers(NOON + 10, 10).await.unwrap();
    assert_eq!(
        due.iter().map(|timer| (timer.token, timer.due_at)).collect::<Vec<_>>(),
        [(Uuid::from_u128(2), NOON + 5)]
    );
    let mut commit = desk.thread_commit(thread, 2);
    commit.take = vec![Take::Timer { entity, kind: "sla".into(), token: Uuid::from_u128(1) }];
    assert_eq!(desk.commit(commit).await, Outcome::Conflict, "the replaced timer is gone");
    let mut commit = desk.thread_commit(thread, 2);
    commit.take = vec![Take::Timer { entity, kind: "sla".into(), token: Uuid::from_u128(2) }];
    commit.timers = vec![set(3, NOON + 20)];
    desk.committed(commit).await;
    let mut commit = desk.thread_commit(thread, 3);
    commit.timers = vec![TimerChange::Clear { entity, kind: "sla".into() }];
    desk.committed(commit).await;
    assert_eq!(desk.journal().due_timers(NOON + 100, 10).await.unwrap(), (vec![], None));
}

async fn a9_due_timers_come_in_order_with_the_next_one_after(desk: Desk) {
    let thread: ThreadId = fresh();
    let entity = Entity::Thread(thread);
    let mut commit = desk.thread_commit(thread, 0);
    for (kind, due_at) in [("c", 30), ("a", 10), ("b", 20), ("d", 40)] {
        let due_at = NOON + due_at;
        commit.timers.push(TimerChange::Set { entity, kind: kind.into(), token: fresh(), due_at });
    }
    desk.committed(commit).await;
    let kinds = |until, limit| {
        let journal = desk.journal();
        async move {
            let (due, next) = journal.due_timers(until, limit).await.unwrap();
            (due.into_iter().map(|timer| timer.kind).collect::<Vec<_>>(), next)
        }
    };
    assert_eq!(kinds(NOON + 20, 10).await, (vec!["a".to_owned(), "b".to_owned()], Some(NOON + 30)));
    assert_eq!(kinds(NOON + 40, 3).await, (["a", "b", "c"].map(str::to_owned).to_vec(), Some(NOON + 40)));
    assert_eq!(kinds(NOON, 10).await, (vec![], Some(NOON + 10)));
}

async fn a10_a_command_is_recorded_once(desk: Desk) {
    let key = Uuid::from_u128(77);
    let result =
        |answer: &[u8]| Some(CommandResult { principal: AGENT.0, key, fingerprint: [9; 32], answer: answer.to_vec() });
    let journal = desk.journal();
    let mut first = desk.thread_commit(fresh(), 0);
    first.command_result = result(b"first");
    let mut second = desk.thread_commit(fresh(), 0);
    second.command_result = result(b"second");
    let (first, second) = tokio::join!(journal.commit(first), journal.commit(second));
    assert!(matches!(first, Outcome::Committed { .. }));
    assert_eq!(second, Outcome::Conflict);
    let mut third = desk.thread_commit(fresh(), 0);
    third.command_result = result(b"third");
    assert_eq!(desk.commit(third).await, Outcome::Conflict);
    let recorded = journal.recorded(TENANT.0, AGENT.0, key).await.unwrap();
    assert_eq!(recorded, Some(Recorded { fingerprint: [9; 32], answer: b"first".to_vec() }));
    assert_eq!(journal.recorded(TENANT.0, Uuid::from_u128(1), key).await.unwrap(), None, "another principal");
}

async fn b3_of_two_first_messages_one_gets_the_address(desk: Desk) {
    let journal = desk.journal();
    let (one, two): (ThreadId, ThreadId) = (fresh(), fresh());
    let mut first = desk.thread_commit(one, 0);
    first.rows = vec![address("5511", one)];
    let mut second = desk.thread_commit(two, 0);
    second.rows = vec![address("5511", two)];
    let (first, second) = tokio::join!(journal.commit(first), journal.commit(second));
    assert!(matches!(first, Outcome::Committed { .. }));
    assert_eq!(second, Outcome::Conflict);
    let mut third = desk.thread_commit(two, 0);
    third.rows = vec![address("5511", two)];
    assert_eq!(desk.commit(third).await, Outcome::Conflict, "also when the first is long on disk");
    let mut again = desk.thread_commit(one, 1);
    again.rows = vec![address("5511", one)];
    desk.committed(again).await;
    let [identifier, unknown] = ["5511", "5599"].map(|phone| Identifier::new(IdentifierKind::WaId, phone));
    let found =
        desk.reads(TENANT).threads_of(NUMBER, vec![unknown, identifier.clone(), identifier.clone()]).await.unwrap();
    let addresses = vec![Address { identifier, seen_at: Timestamp(NOON), retired_at: None }];
    assert_eq!(found, [KnownThread { thread: one, contact: CONTACT, name: None, addresses }]);
}

async fn b2_a_commit_under_an_old_guard_is_refused(desk: Desk) {
    let guarded = |value| {
        let mut commit = desk.thread_commit(fresh(), 0);
        commit.guard = Some(Guard { name: "router".into(), value });
        commit
    };
    assert_eq!(desk.commit(guarded(0)).await, Outcome::Conflict, "nobody raised it yet");
    let first = desk.bump_fencing_token("router").await;
    desk.committed(guarded(first)).await;
    let second = desk.bump_fencing_token("router").await;
    assert_eq!(second, first + 1);
    assert_eq!(desk.commit(guarded(first)).await, Outcome::Conflict);
    desk.committed(guarded(second)).await;
}

async fn a4_a_tell_is_an_inbox_row_once(desk: Desk) {
    let arrivals = desk.arrivals(TENANT);
    let to = Entity::Agent(AGENT);
    let tell = Tell { id: Uuid::from_u128(4242), to, item: Item::Due { timer: "wrap_up".into() } };
    for _ in 0..2 {
        let mut commit = desk.thread_commit(fresh(), 0);
        commit.tells = vec![tell.clone()];
        desk.committed(commit).await;
    }
    let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
    assert_eq!(rows.len(), 1, "told twice, heard once");
    let InboxSource::Tell { entity, item } = &rows[0].source else { panic!("not a tell: {rows:?}") };
    assert_eq!(*entity, to);
    assert_eq!(serde_json::from_slice::<Item>(item).unwrap(), tell.item);
    assert_eq!((arrivals.has_changed().unwrap(), arrivals.borrow().highest), (true, rows[0].position));
}

async fn a4_what_no_store_can_record_is_rejected_for_good(desk: Desk) {
    let rejected = async |commit| {
        let outcome = desk.commit(commit).await;
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
    };
    let mut wrong_state = desk.thread_commit(fresh(), 0);
    wrong_state.state.as_mut().unwrap().sequence = 5;
    rejected(wrong_state).await;
    let mut stateless = desk.thread_commit(fresh(), 0);
    stateless.state = None;
    rejected(stateless).await;
    let mut greedy = desk.thread_commit(fresh(), 0);
    greedy.take = (1..=33).map(Take::Inbox).collect();
    rejected(greedy).await;
    let mut twice = desk.thread_commit(fresh(), 0);
    twice.take = vec![Take::Inbox(1), Take::Inbox(1)];
    rejected(twice).await;
    let (thread, _) = desk.thread("5511").await;
    let mut again = desk.thread_commit(thread, 1);
    again.rows = vec![Row::Conversation(conversation::Row::Thread {
        id: thread,
        number: NUMBER,
        contact: CONTACT,
        created_at: Timestamp(NOON),
    })];
    rejected(again).await;
    desk.committed(desk.thread_commit(thread, 1)).await;
}

async fn i13_a_message_of_the_provider_is_stored_once(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let inbound = |n: u128| {
        let mut row = message_row(fresh(), thread, conversation, Direction::Inbound);
        row.provider_message_id = Some(format!("wamid.{n}"));
        Row::Conversation(conversation::Row::Message(Box::new(row)))
    };
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![inbound(1)];
    desk.committed(commit).await;
    let mut again = desk.thread_commit(thread, 2);
    again.rows = vec![inbound(1)];
    assert!(matches!(desk.commit(again).await, Outcome::Rejected { .. }));
    let mut other = desk.thread_commit(thread, 2);
    other.rows = vec![inbound(2)];
    desk.committed(other).await;
}

async fn c2_the_latest_state_survives_a_restart(desk: Desk) {
    let (thread, _) = desk.thread("5511").await;
    let mut commit = desk.thread_commit(thread, 1);
    commit.state.as_mut().unwrap().body = b"later".to_vec();
    let position = desk.committed(commit).await;
    let desk = desk.restart().await;
    let state = desk.journal().load(TENANT.0, Entity::Thread(thread)).await.unwrap().unwrap();
    assert_eq!((state.sequence, state.body), (2, b"later".to_vec()));
    assert_eq!(desk.committed(desk.thread_commit(thread, 2)).await, position + 1, "no gap, no repetition");
}

async fn c6_the_same_ids_in_two_tenants_never_meet(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.queued(thread, conversation).await;
    desk.accept(body(&["a"])).await;
    let journal = desk.journal();
    assert_eq!(journal.load(OTHER_TENANT.0, Entity::Thread(thread)).await.unwrap(), None);
    assert!(!journal.still_there(OTHER_TENANT.0, Take::Inbox(1)).await.unwrap());
    let mut later = desk.thread_commit(fresh(), 0);
    later.at = NOON + 7;
    desk.committed(later).await;
    assert_eq!(journal.last_at(OTHER_TENANT.0).await.unwrap(), Some(NOON), "when it was set up");
    let theirs = desk.reads(OTHER_TENANT);
    assert_eq!(theirs.unconsumed(0, 10).await.unwrap(), []);
    assert_eq!(theirs.sends(NUMBER, SendPlace::default(), 10).await.unwrap(), []);
    assert_eq!(theirs.send(message).await.unwrap(), None);
    assert_eq!(theirs.awaiting(10).await.unwrap(), []);
    // The same ids, phone and webhook again, for the other tenant: nothing stands in the way.
    let mut commit = desk.thread_commit(thread, 0);
    commit.tenant = OTHER_TENANT.0;
    commit.rows = vec![
        Row::Conversation(conversation::Row::Thread {
            id: thread,
            number: NUMBER,
            contact: CONTACT,
            created_at: Timestamp(NOON),
        }),
        address("5511", thread),
        Row::Conversation(conversation::Row::Message(Box::new(message_row(
            message,
            thread,
            conversation,
            Direction::Outbound,
        )))),
    ];
    assert_eq!(desk.committed(commit).await, SET_UP + 1, "positions are the tenant's own");
    let receipt = desk.inbox(OTHER_TENANT).await.accept(body(&["a"])).await.unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates), (1, 0));
    let outcome = desk.commit({
        let mut foreign = desk.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })]);
        foreign.tenant = OTHER_TENANT.0;
        foreign
    });
    assert_eq!(outcome.await, Outcome::Conflict, "the send is another tenant's");
}
