//! A person's word on a message whose fate nobody knows, and the provider's after it (A7, A8).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::outgoing::{Class, ErrorClass, Outgoing, SendError};
use dashoffice_domain::conversation::message::{Direction, Settled, Status};
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::{Entity, Event, Row, channel, conversation};
use dashoffice_runtime::Outcome;

for_every_store!(
    a7_a_persons_word_settles_what_nobody_knows_and_nothing_else,
    a7_a_message_of_another_thread_is_not_settled,
    a7_what_turned_out_to_have_arrived_is_not_said_again,
    a8_a_proof_that_it_was_sent_is_told_after_it_was_declared_not_sent,
    a8_what_the_provider_calls_a_message_that_was_declared_sent_is_learned_and_told,
);

impl Desk {
    /// A message that was posted, perhaps.
    async fn lost(&self, thread: ThreadId, conversation: dashoffice_domain::ids::ConversationId) -> MessageId {
        let message = self.sending(thread, conversation).await;
        self.committed(self.message_commit(message, vec![Row::Channel(channel::Row::SendUnknown { message })])).await;
        message
    }

    /// The thread's next commit, in which a person settles a message.
    async fn settles(&self, thread: ThreadId, sequence: i64, message: MessageId, settled: Settled) {
        let mut commit = self.thread_commit(thread, sequence);
        commit.rows = vec![Row::Channel(channel::Row::SendSettled { thread, message, settled })];
        self.committed(commit).await;
    }

    /// Everything that was told of a message, each with the code of why it failed.
    async fn told(&self, message: MessageId) -> Vec<(&'static str, Option<i64>)> {
        let events = self.journal().events(TENANT.0, Entity::Message(message), 0, 100).await.unwrap();
        let told = events.iter().map(|event| match &event.event {
            Event::Channel(channel::Event::StatusChanged { status, error_code, .. }) => (status.name(), *error_code),
            other => (other.kind(), None),
        });
        told.collect()
    }
}

async fn a7_a_persons_word_settles_what_nobody_knows_and_nothing_else(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let lost = desk.lost(thread, conversation).await;
    let (waits, posted) = (desk.queued(thread, conversation).await, desk.sending(thread, conversation).await);
    for (sequence, message) in [(1, waits), (2, posted), (3, lost)] {
        desk.settles(thread, sequence, message, Settled::Failed).await;
    }
    assert_eq!(desk.told(lost).await, [("failed", Some(-3))]);
    assert_eq!(desk.reads(TENANT).send(lost).await.unwrap(), None, "nothing is left to be sent");
    for message in [waits, posted] {
        assert_eq!(desk.told(message).await, [], "of these somebody knows");
        assert!(desk.reads(TENANT).send(message).await.unwrap().is_some());
    }
    desk.settles(thread, 4, lost, Settled::Sent).await;
    assert_eq!(desk.told(lost).await, [("failed", Some(-3))], "the first word stands");
}

async fn a7_a_message_of_another_thread_is_not_settled(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (other, _) = desk.thread("5522").await;
    let lost = desk.lost(thread, conversation).await;
    desk.settles(other, 1, lost, Settled::Sent).await;
    assert_eq!(desk.told(lost).await, []);
    assert!(desk.reads(TENANT).send(lost).await.unwrap().is_some());
}

async fn a7_what_turned_out_to_have_arrived_is_not_said_again(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let lost = desk.lost(thread, conversation).await;
    let again: MessageId = fresh();
    let mut resend = desk.thread_commit(thread, 1);
    let outgoing = Outgoing { message: again, number: NUMBER, thread, class: Class::Agent, owner_epoch: 1 };
    resend.rows = vec![
        Row::Channel(channel::Row::SendSettled { thread, message: lost, settled: Settled::Resent }),
        Row::Conversation(conversation::Row::Message(Box::new(message_row(
            again,
            thread,
            conversation,
            Direction::Outbound,
        )))),
        Row::Channel(channel::Row::SendQueued(outgoing)),
    ];
    // While the person decided.
    desk.accept(statuses(vec![news("wamid.arrived", Some(lost), Status::Delivered)])).await;
    assert_eq!(desk.commit(resend.clone()).await, Outcome::Conflict);
    assert_eq!(desk.told(lost).await, [("delivered", None)]);
    assert_eq!(desk.reads(TENANT).send(again).await.unwrap(), None, "nothing is sent");
    // What failed since is said again as what failed before.
    let failed = desk.lost(thread, conversation).await;
    desk.accept(statuses(vec![news("wamid.failed", Some(failed), Status::Failed)])).await;
    resend.rows[0] = Row::Channel(channel::Row::SendSettled { thread, message: failed, settled: Settled::Resent });
    desk.committed(resend).await;
    assert!(desk.reads(TENANT).send(again).await.unwrap().is_some());
}

async fn a8_a_proof_that_it_was_sent_is_told_after_it_was_declared_not_sent(desk: Desk) {
    for (phone, settled, code) in [("5511", Settled::Failed, -3), ("5522", Settled::Resent, -4)] {
        let (thread, conversation) = desk.thread(phone).await;
        let lost = desk.lost(thread, conversation).await;
        desk.settles(thread, 1, lost, settled).await;
        let wamid = format!("wamid.{phone}");
        let receipt = desk.accept(statuses(vec![news(&wamid, Some(lost), Status::Delivered)])).await;
        assert_eq!(receipt.merged, 1);
        assert_eq!(desk.told(lost).await, [("failed", Some(code)), ("delivered", None)]);
    }
    let (thread, conversation) = desk.thread("5533").await;
    let lost = desk.lost(thread, conversation).await;
    desk.settles(thread, 1, lost, Settled::Failed).await;
    desk.accept(statuses(vec![news("wamid.1", Some(lost), Status::Sent)])).await;
    let mut refused = news("wamid.1", None, Status::Failed);
    refused.error = Some(SendError::new(131_026, ErrorClass::Recipient, "undeliverable"));
    desk.accept(statuses(vec![refused])).await;
    desk.accept(statuses(vec![news("wamid.1", None, Status::Read)])).await;
    assert_eq!(
        desk.told(lost).await,
        [("failed", Some(-3)), ("sent", None), ("failed", Some(131_026))],
        "the provider's own no is its last word"
    );
}

async fn a8_what_the_provider_calls_a_message_that_was_declared_sent_is_learned_and_told(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let lost = desk.lost(thread, conversation).await;
    desk.settles(thread, 1, lost, Settled::Sent).await;
    assert_eq!(desk.told(lost).await, [("sent", None)]);
    for _ in 0..2 {
        desk.accept(statuses(vec![news("wamid.9", Some(lost), Status::Sent)])).await;
    }
    assert_eq!(desk.told(lost).await, [("sent", None), ("message_changed", None)], "told once");
    let receipt = desk.accept(statuses(vec![news("wamid.9", None, Status::Read)])).await;
    assert_eq!((receipt.merged, desk.told_status(lost).await), (1, Some(Status::Read)));
}
