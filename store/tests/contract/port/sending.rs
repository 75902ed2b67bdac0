//! The states of a send (A7).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::SendPlace;
use dashoffice_domain::channel::outgoing::{Class, ErrorClass, Outgoing, SendError, SendState};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Event, Item, Row, Timestamp, channel, conversation};
use dashoffice_runtime::{Draft, Outcome};

for_every_store!(
    a7_a_send_begins_once,
    a7_a_send_that_reached_nobody_waits_again,
    a7_what_was_under_way_when_the_owner_ended_is_unknown,
    a7_what_the_same_process_is_still_sending_when_it_owns_the_store_anew_is_not_unknown,
    a7_a_send_of_which_nobody_knows_does_not_wait_again_by_itself,
    a7_a_change_of_owner_withdraws_what_was_not_begun,
    a7_an_ended_send_leaves_the_outbox,
    a_message_that_failed_for_good_is_told_to_its_thread_and_any_other_end_is_not,
    a7_delivery_reads_what_the_post_needs,
    a8_the_events_of_a_message_are_numbered_on_the_message,
);

fn too_many() -> SendError {
    SendError::new(130_429, ErrorClass::Wait, "rate limit")
}

async fn a7_a_send_begins_once(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.queued(thread, conversation).await;
    let start = || desk.commit(desk.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })]));
    let (one, two) = tokio::join!(start(), start());
    assert!(matches!(one, Outcome::Committed { .. }));
    assert_eq!(two, Outcome::Conflict);
    assert_eq!(start().await, Outcome::Conflict);
    let send = desk.reads(TENANT).send(message).await.unwrap().unwrap();
    assert_eq!((send.state, send.attempts), (SendState::Sending, 1));
}

async fn a7_a_send_that_reached_nobody_waits_again(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let not_before = Timestamp(NOON + 5_000_000);
    let postponed = Row::Channel(channel::Row::SendPostponed { message, not_before, error: too_many() });
    desk.committed(desk.message_commit(message, vec![postponed.clone()])).await;
    let send = desk.reads(TENANT).send(message).await.unwrap().unwrap();
    assert_eq!((send.state, send.attempts, send.not_before), (SendState::Pending, 1, Some(not_before)));
    desk.committed(desk.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })])).await;
    let send = desk.reads(TENANT).send(message).await.unwrap().unwrap();
    assert_eq!((send.state, send.attempts), (SendState::Sending, 2));
    // An outcome of a send that is no more is a fact too late, not a conflict.
    let ended = Row::Channel(channel::Row::SendEnded {
        message,
        status: Status::Failed,
        provider_message_id: None,
        error: Some(too_many()),
    });
    desk.committed(desk.message_commit(message, vec![ended])).await;
    desk.committed(desk.message_commit(message, vec![postponed])).await;
    assert_eq!(desk.reads(TENANT).send(message).await.unwrap(), None);
}

async fn a_message_that_failed_for_good_is_told_to_its_thread_and_any_other_end_is_not(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let [refused, taken, late] = [(); 3].map(|()| desk.sending(thread, conversation));
    let (refused, taken, late) = (refused.await, taken.await, late.await);
    let ends = async |message, status, provider_message_id: Option<&str>| {
        let (provider_message_id, error) = (provider_message_id.map(str::to_owned), None);
        desk.committed(desk.message_commit(
            message,
            vec![Row::Channel(channel::Row::SendEnded { message, status, provider_message_id, error })],
        ))
        .await;
    };
    let told = async || {
        let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
        let told = rows.into_iter().map(|row| match row.source {
            InboxSource::Tell { entity, item } => (entity, serde_json::from_slice::<Item>(&item).unwrap()),
            source @ InboxSource::Provider { .. } => panic!("{source:?}"),
        });
        told.collect::<Vec<_>>()
    };
    let failed = |message| (Entity::Thread(thread), Item::SendFailed { message });
    ends(taken, Status::Sent, Some("wamid.taken")).await;
    ends(late, Status::Sent, Some("wamid.late")).await;
    assert_eq!(told().await, []);
    ends(refused, Status::Failed, None).await;
    assert_eq!(told().await, [failed(refused)]);
    desk.accept(statuses(vec![news("wamid.late", None, Status::Failed), news("wamid.taken", None, Status::Delivered)]))
        .await;
    assert_eq!(told().await, [failed(refused), failed(late)]);
    desk.accept(statuses(vec![news("wamid.late", None, Status::Failed)])).await;
    assert_eq!(told().await.len(), 2, "said once more, it is no news");
}

async fn a7_what_was_under_way_when_the_owner_ended_is_unknown(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (waits, posted) = (desk.queued(thread, conversation).await, desk.sending(thread, conversation).await);
    let before = desk.committed(desk.thread_commit(thread, 1)).await;
    let desk = desk.restart().await;
    let state = async |message| desk.reads(TENANT).send(message).await.unwrap().unwrap().state;
    assert_eq!(state(waits).await, SendState::Pending);
    assert_eq!(state(posted).await, SendState::Unknown);
    assert_eq!(desk.told_status(posted).await, Some(Status::Unknown));
    let events = desk.journal().events(TENANT.0, Entity::Message(posted), 0, 10).await.unwrap();
    assert_eq!((events[0].position, events[0].term), (before + 1, desk.term()));
    let desk = desk.restart().await;
    let events = desk.journal().events(TENANT.0, Entity::Message(posted), 0, 10).await.unwrap();
    assert_eq!(events.len(), 1, "said once");
}

async fn a7_what_the_same_process_is_still_sending_when_it_owns_the_store_anew_is_not_unknown(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (hangs, fell) = (desk.sending(thread, conversation).await, desk.sending(thread, conversation).await);
    let (term, old) = (desk.term(), desk.journal());
    let begun_before = desk.message_commit(hangs, vec![Row::Channel(channel::Row::SendStarted { message: hangs })]);
    let desk = desk.reopen(&[hangs]).await;
    assert_eq!((desk.term(), old.term()), (term + 1, Some(term + 1)), "an old handle is of the same store");
    assert_eq!(desk.commit(begun_before).await, Outcome::Conflict, "what was decided before is not done any more");
    let state = async |message| desk.reads(TENANT).send(message).await.unwrap().map(|send| send.state);
    assert_eq!((state(hangs).await, state(fell).await), (Some(SendState::Sending), Some(SendState::Unknown)));
    let ended = Row::Channel(channel::Row::SendEnded {
        message: hangs,
        status: Status::Sent,
        provider_message_id: Some("wamid.late".into()),
        error: None,
    });
    desk.committed(desk.message_commit(hangs, vec![ended])).await;
    assert_eq!(state(hangs).await, None);
}

async fn a7_a_send_of_which_nobody_knows_does_not_wait_again_by_itself(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let desk = desk.restart().await;
    let postponed =
        Row::Channel(channel::Row::SendPostponed { message, not_before: Timestamp(NOON), error: too_many() });
    desk.committed(desk.message_commit(message, vec![postponed])).await;
    assert_eq!(desk.reads(TENANT).send(message).await.unwrap().unwrap().state, SendState::Unknown);
}

async fn a7_a_change_of_owner_withdraws_what_was_not_begun(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (other_thread, other_conversation) = desk.thread("5522").await;
    let begun = desk.sending(thread, conversation).await;
    let waits = desk.queued(thread, conversation).await;
    let elsewhere = desk.queued(other_thread, other_conversation).await;
    let new: dashoffice_domain::ids::MessageId = fresh();
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![
        Row::Channel(channel::Row::SendsCancelled { thread }),
        Row::Conversation(conversation::Row::Message(Box::new(message_row(
            new,
            thread,
            conversation,
            Direction::Outbound,
        )))),
        Row::Channel(channel::Row::SendQueued(Outgoing {
            message: new,
            number: NUMBER,
            thread,
            class: Class::Bot,
            owner_epoch: 2,
        })),
    ];
    desk.committed(commit).await;
    let left: Vec<_> = desk
        .reads(TENANT)
        .sends(NUMBER, SendPlace::default(), 10)
        .await
        .unwrap()
        .into_iter()
        .map(|send| send.outgoing.message)
        .collect();
    assert_eq!(left, [begun, elsewhere, new], "in the order of their commits");
    assert_eq!(desk.told_status(waits).await, Some(Status::Cancelled));
    assert_eq!(desk.told_status(begun).await, None);
    let start = desk.message_commit(waits, vec![Row::Channel(channel::Row::SendStarted { message: waits })]);
    assert_eq!(desk.commit(start).await, Outcome::Conflict);
}

async fn a7_an_ended_send_leaves_the_outbox(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let ended = |provider_id: &str| {
        Row::Channel(channel::Row::SendEnded {
            message,
            status: Status::Sent,
            provider_message_id: Some(provider_id.into()),
            error: None,
        })
    };
    desk.committed(desk.message_commit(message, vec![ended("wamid.1")])).await;
    assert_eq!(desk.reads(TENANT).send(message).await.unwrap(), None);
    let other = desk.sending(thread, conversation).await;
    let clash = Row::Channel(channel::Row::SendEnded {
        message: other,
        status: Status::Sent,
        provider_message_id: Some("wamid.1".into()),
        error: None,
    });
    let outcome = desk.commit(desk.message_commit(other, vec![clash])).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "one id, one message: {outcome:?}");
}

async fn a7_delivery_reads_what_the_post_needs(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let mut commit = desk.thread_commit(thread, 1);
    let scoped = Identifier::new(IdentifierKind::ScopedUser, "BR.1");
    commit.rows = vec![claim(thread, Claim::link(scoped.clone(), Timestamp(NOON)))];
    desk.committed(commit).await;
    let message = fresh();
    let mut row = message_row(message, thread, conversation, Direction::Outbound);
    row.content = Content::text("ol\u{e1}\0 \u{1f600}");
    row.reply_to = Some("wamid.q".into());
    let outgoing = Outgoing { message, number: NUMBER, thread, class: Class::Bot, owner_epoch: 4 };
    let rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(row.clone()))),
        Row::Channel(channel::Row::SendQueued(outgoing.clone())),
    ];
    desk.committed(desk.message_commit(message, rows)).await;
    let send = desk.reads(TENANT).send(message).await.unwrap().unwrap();
    assert_eq!(send.outgoing, outgoing);
    assert_eq!(send.to, [scoped, Identifier::new(IdentifierKind::WaId, "5511")], "the strongest first");
    assert_eq!((send.content, send.reply_to), (row.content, row.reply_to));
    assert_eq!((send.state, send.attempts, send.not_before), (SendState::Pending, 0, None));
    assert_eq!(send.changed_at, Timestamp(NOON));
    assert_eq!(desk.reads(TENANT).sends(OTHER_NUMBER, SendPlace::default(), 10).await.unwrap(), []);
}

async fn a8_the_events_of_a_message_are_numbered_on_the_message(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.queued(thread, conversation).await;
    let mut commit = desk.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })]);
    commit.events =
        vec![Draft { id: fresh(), owner_epoch: 1, event: Event::Channel(channel::Event::SendStarted { message }) }];
    desk.committed(commit).await;
    desk.accept(statuses(vec![news("wamid.1", Some(message), Status::Delivered)])).await;
    let events = desk.journal().events(TENANT.0, Entity::Message(message), 0, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    // A tick never disturbs the thread.
    desk.committed(desk.thread_commit(thread, 1)).await;
    let unknown = fresh();
    let mut commit = desk.message_commit(unknown, vec![]);
    commit.events = vec![Draft {
        id: fresh(),
        owner_epoch: 1,
        event: Event::Channel(channel::Event::SendStarted { message: unknown }),
    }];
    assert!(matches!(desk.commit(commit).await, Outcome::Rejected { .. }));
}
