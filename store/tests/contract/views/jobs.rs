//! What is to be done and is not done, as operators see it.

use super::for_both_databases;
use crate::desk::*;
use crate::port::media::{ordered, ready};
use dashoffice_domain::channel::media::MediaFailure;
use dashoffice_domain::channel::outgoing::{ErrorClass, SendError};
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::{Row, Timestamp, channel, conversation};
use dashoffice_store::views::JobHeap;

for_both_databases!(
    jobs_are_counted_by_kind_and_state_until_they_are_done,
    the_first_that_is_due_is_told_and_what_waits_for_nothing_has_no_such_moment,
    the_dead_are_counted_from_then_on,
    c2_a_state_of_a_newer_version_is_kept_and_counted_as_it_stands,
    c6_jobs_of_another_tenant_are_not_counted
);

fn heap(kind: &str, state: &str, count: i64) -> JobHeap {
    let noon = (kind != "read_marks").then_some(Timestamp(NOON));
    let due_at = noon.filter(|_| state == "pending");
    JobHeap { kind: kind.into(), state: state.into(), count, oldest_at: noon, due_at }
}

async fn jobs(desk: &Desk) -> Vec<JobHeap> {
    desk.store().jobs(desk.scope().await, Timestamp(NOON)).await.unwrap()
}

async fn told(desk: &Desk, message: MessageId, row: channel::Row) {
    desk.committed(desk.message_commit(message, vec![Row::Channel(row)])).await;
}

/// Two messages that wait and one on its way.
async fn outbox(desk: &Desk) -> [MessageId; 3] {
    let (thread, conversation) = desk.thread("5511").await;
    let running = desk.sending(thread, conversation).await;
    [running, desk.queued(thread, conversation).await, desk.queued(thread, conversation).await]
}

async fn jobs_are_counted_by_kind_and_state_until_they_are_done(desk: Desk) {
    assert_eq!(jobs(&desk).await, []);
    let file = ordered(&desk).await;
    ordered(&desk).await;
    let (thread, conversation) = desk.thread("5522").await;
    let read: MessageId = fresh();
    let said = message_row(read, thread, conversation, Direction::Inbound);
    let rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(said))),
        Row::Channel(channel::Row::ReadMark { thread, number: NUMBER, message: read }),
    ];
    desk.committed(desk.message_commit(read, rows)).await;
    let [message, ..] = outbox(&desk).await;
    let (files, marks) = (heap("media", "pending", 2), heap("read_marks", "pending", 1));
    let waiting = heap("sending", "pending", 2);
    assert_eq!(jobs(&desk).await, [files, marks, waiting.clone(), heap("sending", "running", 1)]);
    told(&desk, message, channel::Row::SendUnknown { message }).await;
    desk.committed(ready(&desk, file)).await;
    told(&desk, read, channel::Row::ReadMarksNotified { marks: vec![(thread, read)] }).await;
    assert_eq!(jobs(&desk).await, [heap("media", "pending", 1), waiting, heap("sending", "unknown", 1)]);
}

async fn the_first_that_is_due_is_told_and_what_waits_for_nothing_has_no_such_moment(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (soon, later) = (Timestamp(NOON + 5), Timestamp(NOON + 9));
    let throttled = || SendError::new(130_429, ErrorClass::Wait, "rate limit");
    for not_before in [later, soon] {
        let message = desk.sending(thread, conversation).await;
        told(&desk, message, channel::Row::SendPostponed { message, not_before, error: throttled() }).await;
    }
    let message = ordered(&desk).await;
    told(&desk, message, channel::Row::MediaPostponed { message, due_at: later, tried: true }).await;
    let due = |kind, count, due_at| JobHeap { due_at: Some(due_at), ..heap(kind, "pending", count) };
    assert_eq!(jobs(&desk).await, [due("media", 1, later), due("sending", 2, soon)]);
}

async fn the_dead_are_counted_from_then_on(desk: Desk) {
    let file = ordered(&desk).await;
    told(&desk, file, channel::Row::MediaFailed { message: file, why: MediaFailure::Gone }).await;
    let (thread, conversation) = desk.thread("5511").await;
    let (message, arrived) = (desk.sending(thread, conversation).await, desk.sending(thread, conversation).await);
    let error = Some(SendError::new(131_026, ErrorClass::Recipient, "undeliverable"));
    let ended = |message, status, error| channel::Row::SendEnded { message, status, provider_message_id: None, error };
    told(&desk, message, ended(message, Status::Failed, error)).await;
    told(&desk, arrived, ended(arrived, Status::Sent, None)).await;
    assert_eq!(jobs(&desk).await, [heap("media", "dead", 1), heap("sending", "dead", 1)]);
    let later = desk.store().jobs(desk.scope().await, Timestamp(NOON + 1)).await.unwrap();
    assert_eq!(later, []);
}

async fn c2_a_state_of_a_newer_version_is_kept_and_counted_as_it_stands(desk: Desk) {
    outbox(&desk).await;
    desk.changes_behind_our_back("UPDATE outbox SET state = 'resting' WHERE state = 'sending';").await;
    let desk = desk.restart().await;
    assert_eq!(jobs(&desk).await, [heap("sending", "pending", 2), heap("sending", "resting", 1)]);
}

async fn c6_jobs_of_another_tenant_are_not_counted(desk: Desk) {
    outbox(&desk).await;
    let file = ordered(&desk).await;
    told(&desk, file, channel::Row::MediaFailed { message: file, why: MediaFailure::Gone }).await;
    let scopes = desk.store().tenants().await.unwrap();
    let theirs = scopes.into_iter().find(|scope| scope.tenant() == OTHER_TENANT).unwrap();
    assert_eq!(desk.store().jobs(theirs, Timestamp(NOON)).await.unwrap(), []);
}
