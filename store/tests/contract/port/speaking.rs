//! What an agent's reading and reacting leaves in the store, and what delivery says of a number.

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::SendPlace;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Class, ErrorClass, Outgoing, SendError};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::{Entity, Event, Row, channel, conversation};
use dashoffice_runtime::{Draft, StateRow};

for_every_store!(
    the_outbox_is_read_from_place_to_place,
    a_thread_has_one_read_mark_the_latest,
    a_read_mark_that_moved_on_is_not_taken_for_told,
    a7_a_reaction_is_sent_like_a_message_and_taken_back_if_it_fails,
    a8_a_reaction_that_arrived_stays_and_its_late_failure_is_none,
    an_account_that_was_heard_is_kept_and_one_that_was_configured_counts,
    what_delivery_found_of_a_number_outlives_the_process,
);

/// A message of the customer, and a reaction to it that waits to be sent.
async fn reacted(desk: &Desk, thread: ThreadId, conversation: ConversationId, emoji: &str) -> (MessageId, MessageId) {
    let target = fresh();
    let said = message_row(target, thread, conversation, Direction::Inbound);
    let to = said.provider_message_id.clone().unwrap();
    let reaction = fresh();
    let mut row = message_row(reaction, thread, conversation, Direction::Outbound);
    row.content = Content::Reaction { message: target, to, emoji: Some(emoji.into()) };
    desk.committed(desk.message_commit(target, vec![Row::Conversation(conversation::Row::Message(Box::new(said)))]))
        .await;
    let outgoing = Outgoing { message: reaction, number: NUMBER, thread, class: Class::Agent, owner_epoch: 1 };
    let rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(row))),
        Row::Channel(channel::Row::SendQueued(outgoing)),
    ];
    desk.committed(desk.message_commit(reaction, rows)).await;
    (target, reaction)
}

async fn changes_of(desk: &Desk, message: MessageId) -> usize {
    let events = desk.journal().events(TENANT.0, Entity::Message(message), 0, 100).await.unwrap();
    events
        .iter()
        .filter(|event| matches!(event.event, Event::Conversation(conversation::Event::MessageChanged { .. })))
        .count()
}

async fn the_outbox_is_read_from_place_to_place(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let queue = async |sequence| {
        let message = fresh();
        let mut commit = desk.thread_commit(thread, sequence);
        commit.rows = vec![
            Row::Conversation(conversation::Row::Message(Box::new(message_row(
                message,
                thread,
                conversation,
                Direction::Outbound,
            )))),
            Row::Channel(channel::Row::SendQueued(Outgoing {
                message,
                number: NUMBER,
                thread,
                class: Class::Agent,
                owner_epoch: 1,
            })),
        ];
        desk.committed(commit).await;
        message
    };
    let mut queued = Vec::new();
    for sequence in 1..6 {
        queued.push(queue(sequence).await);
    }
    let (mut seen, mut place) = (Vec::new(), SendPlace::default());
    loop {
        let page = desk.reads(TENANT).sends(NUMBER, place, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2 && last.place > place);
        place = last.place;
        seen.extend(page.iter().map(|send| send.outgoing.message));
    }
    assert_eq!(seen, queued);
    let new = queue(6).await;
    let page = desk.reads(TENANT).sends(NUMBER, place, 2).await.unwrap();
    assert_eq!(page.iter().map(|send| send.outgoing.message).collect::<Vec<_>>(), [new]);
    assert_eq!(page[0].queued_at.0, NOON);
}

fn mark(thread: ThreadId, message: MessageId) -> Row {
    Row::Channel(channel::Row::ReadMark { thread, number: NUMBER, message })
}

async fn inbound(desk: &Desk, thread: ThreadId, conversation: ConversationId) -> MessageId {
    let message = fresh();
    let row = Row::Conversation(conversation::Row::Message(Box::new(message_row(
        message,
        thread,
        conversation,
        Direction::Inbound,
    ))));
    desk.committed(desk.message_commit(message, vec![row])).await;
    message
}

async fn marks(desk: &Desk) -> Vec<(ThreadId, MessageId)> {
    let rows = desk.reads(TENANT).read_marks(NUMBER, 10).await.unwrap();
    assert!(rows.iter().all(|row| row.provider_message_id.is_some()));
    rows.into_iter().map(|row| (row.thread, row.message)).collect()
}

async fn a_thread_has_one_read_mark_the_latest(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (one, two) = (inbound(&desk, thread, conversation).await, inbound(&desk, thread, conversation).await);
    for (n, message) in [one, two].into_iter().enumerate() {
        let mut commit = desk.thread_commit(thread, 1 + n as i64);
        commit.rows = vec![mark(thread, message)];
        desk.committed(commit).await;
    }
    assert_eq!(marks(&desk).await, [(thread, two)]);
    assert_eq!(desk.reads(TENANT).read_marks(OTHER_NUMBER, 10).await.unwrap(), []);
    assert_eq!(desk.reads(OTHER_TENANT).read_marks(NUMBER, 10).await.unwrap(), []);
    let desk = desk.restart().await;
    assert_eq!(marks(&desk).await, [(thread, two)], "a crash loses none");
    desk.committed(
        desk.message_commit(two, vec![Row::Channel(channel::Row::ReadMarksNotified { marks: vec![(thread, two)] })]),
    )
    .await;
    assert_eq!(marks(&desk).await, []);
}

async fn a_read_mark_that_moved_on_is_not_taken_for_told(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (one, two) = (inbound(&desk, thread, conversation).await, inbound(&desk, thread, conversation).await);
    desk.committed(desk.message_commit(one, vec![mark(thread, one)])).await;
    desk.committed(desk.message_commit(two, vec![mark(thread, two)])).await;
    desk.committed(
        desk.message_commit(one, vec![Row::Channel(channel::Row::ReadMarksNotified { marks: vec![(thread, one)] })]),
    )
    .await;
    assert_eq!(marks(&desk).await, [(thread, two)]);
}

async fn a7_a_reaction_is_sent_like_a_message_and_taken_back_if_it_fails(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (target, reaction) = reacted(&desk, thread, conversation, "👍").await;
    let send = desk.reads(TENANT).send(reaction).await.unwrap().unwrap();
    assert!(
        matches!(&send.content, Content::Reaction { message, emoji: Some(emoji), .. } if *message == target && emoji == "👍")
    );
    let error = SendError::new(131_047, ErrorClass::Template, "too late");
    let ended = Row::Channel(channel::Row::SendEnded {
        message: reaction,
        status: Status::Failed,
        provider_message_id: None,
        error: Some(error.clone()),
    });
    desk.committed(desk.message_commit(reaction, vec![Row::Channel(channel::Row::SendStarted { message: reaction })]))
        .await;
    desk.committed(desk.message_commit(reaction, vec![ended])).await;
    assert_eq!(changes_of(&desk, target).await, 1, "those who look at the message are told");

    let (target, reaction) = reacted(&desk, thread, conversation, "👍").await;
    let mut failed = news("wamid.out", Some(reaction), Status::Failed);
    failed.error = Some(error);
    desk.accept(statuses(vec![failed.clone()])).await;
    desk.accept(statuses(vec![failed])).await;
    assert_eq!(changes_of(&desk, target).await, 1, "the same by webhook, and once");
}

async fn a8_a_reaction_that_arrived_stays_and_its_late_failure_is_none(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (target, reaction) = reacted(&desk, thread, conversation, "👍").await;
    for status in [Status::Delivered, Status::Failed] {
        desk.accept(statuses(vec![news("wamid.out", Some(reaction), status)])).await;
    }
    assert_eq!(changes_of(&desk, target).await, 0);
    assert_eq!(desk.reads(TENANT).send(reaction).await.unwrap(), None, "nothing is left to be sent");
}

async fn an_account_that_was_heard_is_kept_and_one_that_was_configured_counts(desk: Desk) {
    let account = async || {
        let numbers = desk.reads(TENANT).numbers().await.unwrap();
        numbers.into_iter().find(|number| number.id == NUMBER).unwrap().account_ref
    };
    assert_eq!(account().await, None);
    let heard = |account: &str| {
        let mut delivery = delivery();
        delivery.accounts = vec![(NUMBER, account.to_owned())];
        delivery
    };
    desk.accept(heard("2001")).await;
    assert_eq!(account().await.as_deref(), Some("2001"));
    desk.provision_tenant(TENANT).await;
    assert_eq!(account().await.as_deref(), Some("2001"), "setting the number up again does not unlearn it");
}

async fn what_delivery_found_of_a_number_outlives_the_process(desk: Desk) {
    let state = NumberState::Stopped { reason: StopReason::TokenExpired };
    let mut commit =
        desk.message_commit(fresh(), vec![Row::Channel(channel::Row::NumberState { number: NUMBER, state })]);
    commit.entity = Entity::Number(NUMBER);
    commit.expected_sequence = Some(0);
    let event = Event::Channel(channel::Event::NumberStateChanged { number: NUMBER, state });
    commit.events = vec![Draft { id: fresh(), owner_epoch: 0, event: event.clone() }];
    commit.state = Some(StateRow { sequence: 1, schema_version: 1, body: serde_json::to_vec(&state).unwrap() });
    desk.committed(commit).await;
    let desk = desk.restart().await;
    let row = desk.journal().load(TENANT.0, Entity::Number(NUMBER)).await.unwrap().unwrap();
    assert_eq!((row.sequence, serde_json::from_slice(&row.body).unwrap()), (1, state));
    let events = desk.journal().events(TENANT.0, Entity::Number(NUMBER), 0, 10).await.unwrap();
    assert_eq!(events[0].event, event);
}
