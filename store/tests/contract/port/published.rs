//! What is told of a commit to those who do not read: its rows as they were recorded (E3).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::outgoing::StatusNews;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{MessageChange, MessageRow};
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::{Row, Timestamp, channel, conversation};
use dashoffice_store::{Feed, Subscription};

for_every_store!(
    e3_a_contact_is_told_when_it_changes_and_not_each_time,
    e3_a_message_that_was_changed_before_it_came_is_not_told_as_it_was_said,
    e3_what_was_learned_of_a_customer_is_told_by_whatever_way,
);

/// All rows that were told since it was last asked.
fn told(feed: &mut Subscription) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(next) = feed.try_next() {
        let Feed::Batch(batch) = next else { panic!("nobody is slow") };
        rows.extend(batch.rows.iter().cloned());
    }
    rows
}

async fn e3_a_contact_is_told_when_it_changes_and_not_each_time(desk: Desk) {
    const MINUTE: i64 = 60_000_000;
    let (thread, _) = desk.thread("5511").await;
    let mut feed = desk.subscribe();
    let seen = [
        (Some("Ana"), 0),
        (None, 0),
        (None, -MINUTE),
        (None, MINUTE),
        (Some("Ana Lima"), 0),
        (Some("Ana Lima"), MINUTE),
    ];
    let mut tells = Vec::new();
    for (sequence, (name, after)) in (1..).zip(seen) {
        let mut commit = desk.thread_commit(thread, sequence);
        let (name, seen_at) = (name.map(str::to_owned), Timestamp(NOON + after));
        commit.rows =
            vec![Row::Conversation(conversation::Row::Contact { id: CONTACT, name, username: None, seen_at })];
        desk.committed(commit).await;
        tells.push(!told(&mut feed).is_empty());
    }
    assert_eq!(tells, [false, false, false, true, true, false]);
    let mut unread = desk.thread_commit(fresh(), 0);
    unread.rows = vec![Row::Conversation(conversation::Row::Contact {
        id: fresh(),
        name: None,
        username: None,
        seen_at: Timestamp(0),
    })];
    desk.committed(unread).await;
    assert_eq!(told(&mut feed).len(), 1, "a contact is new, whatever it is called");
}

/// A message of the customer with the line that shows it.
fn said(thread: ThreadId, conversation: ConversationId, wamid: &str) -> Vec<Row> {
    let id: MessageId = fresh();
    let mut line = conversation_row(conversation, thread);
    line.last_message = Some(id);
    let row = message_row(id, thread, conversation, Direction::Inbound);
    let message = MessageRow { provider_message_id: Some(wamid.to_owned()), ..row };
    vec![
        Row::Conversation(conversation::Row::Message(Box::new(message))),
        Row::Conversation(conversation::Row::Conversation(Box::new(line))),
    ]
}

async fn e3_a_message_that_was_changed_before_it_came_is_not_told_as_it_was_said(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let mut early = desk.thread_commit(thread, 1);
    let change = MessageChange::Revoked { at: Timestamp(NOON) };
    early.rows = vec![Row::Conversation(conversation::Row::MessageChange {
        thread,
        provider_message_id: "wamid.2".into(),
        change,
    })];
    desk.committed(early).await;
    let mut feed = desk.subscribe();
    for (sequence, wamid, is_told) in [(2, "wamid.1", true), (3, "wamid.2", false)] {
        let mut commit = desk.thread_commit(thread, sequence);
        commit.rows = said(thread, conversation, wamid);
        desk.committed(commit).await;
        let told = told(&mut feed);
        assert_eq!(
            told.iter().any(|row| matches!(row, Row::Conversation(conversation::Row::Message(_)))),
            is_told,
            "{wamid}"
        );
        let previews = told.iter().filter_map(|row| match row {
            Row::Conversation(conversation::Row::Conversation(row)) => {
                row.preview.as_ref().map(|preview| preview.kind.as_str())
            }
            _ => None,
        });
        assert_eq!(previews.collect::<Vec<_>>(), [if is_told { "text" } else { "revoked" }]);
    }
}

async fn e3_what_was_learned_of_a_customer_is_told_by_whatever_way(desk: Desk) {
    let scoped = |value: &str| Identifier::new(IdentifierKind::ScopedUser, value);
    let named = |feed: &mut Subscription, thread: ThreadId| {
        let is_it = |row: &Row| matches!(row, Row::Conversation(conversation::Row::AddressLearned { thread: of, .. }) if *of == thread);
        told(feed).iter().filter(|row| is_it(row)).count()
    };
    let mut feed = desk.subscribe();
    // By a status of a message that is known by its id …
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let status = StatusNews { recipient: Some(scoped("BR.1")), ..news("wamid.1", Some(message), Status::Sent) };
    desk.accept(statuses(vec![status.clone()])).await;
    assert_eq!(named(&mut feed, thread), 1);
    desk.accept(statuses(vec![StatusNews { status: Status::Delivered, ..status }])).await;
    assert_eq!(named(&mut feed, thread), 0, "it is known");
    // … by what an answer to a send said, unless that is known …
    for (identifier, tells) in [(scoped("BR.1"), 0), (Identifier::new(IdentifierKind::WaId, "5599"), 1)] {
        let row = conversation::Row::AddressLearned { thread, number: NUMBER, identifier, at: Timestamp(NOON) };
        desk.committed(desk.message_commit(message, vec![row.into()])).await;
        assert_eq!(named(&mut feed, thread), tells);
    }
    // … and by one that came before its message had a name.
    let (thread, conversation) = desk.thread("5512").await;
    let message = desk.sending(thread, conversation).await;
    let early = StatusNews { recipient: Some(scoped("BR.2")), ..news("wamid.2", None, Status::Delivered) };
    desk.accept(statuses(vec![early])).await;
    assert_eq!(named(&mut feed, thread), 0);
    let provider_message_id = Some("wamid.2".to_owned());
    let ended =
        Row::Channel(channel::Row::SendEnded { message, status: Status::Sent, provider_message_id, error: None });
    desk.committed(desk.message_commit(message, vec![ended])).await;
    assert_eq!(named(&mut feed, thread), 1);
}
