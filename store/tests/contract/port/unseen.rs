//! What is recorded before it was ever stored: once, whichever way it comes again (A1).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::Row;
use dashoffice_domain::conversation;
use dashoffice_domain::conversation::MessageRow;
use dashoffice_domain::conversation::ahead_id;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_domain::ports::{Arrival, Delivery, Inbox as _, Receipt};
use dashoffice_runtime::{Commit, Outcome, Take};

for_every_store!(
    a1_a_message_that_was_recorded_is_known_whichever_way_it_comes_again,
    a1_what_brings_no_message_is_known_by_its_key,
    a1_what_waits_in_the_inbox_is_not_recorded_beside_it,
    a1_the_same_by_both_ways_at_once_is_there_once,
    a1_a_message_that_was_recorded_from_its_edit_did_not_come_itself,
    a1_a_message_is_known_for_as_long_as_it_is_kept,
);

fn key(id: &str) -> String {
    Arrival::new(NUMBER, id, Vec::new()).dedupe_key
}

/// A new thread's decision about something that was never stored; with the message it brings, if it brings one.
fn decided(desk: &Desk, id: &str, message: Option<MessageId>) -> Commit<dashoffice_store::Office> {
    let (thread, conversation): (_, ConversationId) = (fresh(), fresh());
    let mut commit = desk.thread_commit(thread, 0);
    commit.take = vec![Take::Unseen(key(id))];
    commit.rows.extend(message.map(|message| {
        let row = message_row(message, thread, conversation, Direction::Inbound);
        Row::Conversation(conversation::Row::Message(Box::new(MessageRow {
            provider_message_id: Some(id.to_owned()),
            ..row
        })))
    }));
    commit
}

async fn is_there(desk: &Desk, id: &str) -> bool {
    desk.journal().still_there(TENANT.0, Take::Unseen(key(id))).await.unwrap()
}

const DUPLICATE: Receipt = Receipt { accepted: 0, duplicates: 1, merged: 0, early: 0 };

async fn a1_a_message_that_was_recorded_is_known_whichever_way_it_comes_again(desk: Desk) {
    assert!(is_there(&desk, "wamid.1").await);
    desk.committed(decided(&desk, "wamid.1", Some(fresh()))).await;
    assert!(!is_there(&desk, "wamid.1").await && is_there(&desk, "wamid.2").await);
    assert_eq!(desk.commit(decided(&desk, "wamid.1", Some(fresh()))).await, Outcome::Conflict);
    assert_eq!(desk.accept(body(&["wamid.1"])).await, DUPLICATE);
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap(), []);
    // Of another number it is another message.
    let other = Arrival::new(OTHER_NUMBER, "wamid.1", b"{}".to_vec());
    assert_eq!(
        desk.inbox(OTHER_TENANT).await.accept(Delivery { arrivals: vec![other], ..delivery() }).await.unwrap().accepted,
        1
    );
}

async fn a1_what_brings_no_message_is_known_by_its_key(desk: Desk) {
    desk.committed(decided(&desk, "wamid.1", None)).await;
    assert!(!is_there(&desk, "wamid.1").await);
    assert_eq!(desk.commit(decided(&desk, "wamid.1", None)).await, Outcome::Conflict);
    assert_eq!(desk.accept(body(&["wamid.1"])).await, DUPLICATE);
}

async fn a1_what_waits_in_the_inbox_is_not_recorded_beside_it(desk: Desk) {
    desk.accept(body(&["wamid.1"])).await;
    assert!(!is_there(&desk, "wamid.1").await);
    assert_eq!(desk.commit(decided(&desk, "wamid.1", Some(fresh()))).await, Outcome::Conflict);
}

async fn a1_the_same_by_both_ways_at_once_is_there_once(desk: Desk) {
    for n in 0..20 {
        let id = format!("wamid.{n}");
        let (commit, accept) = (decided(&desk, &id, Some(fresh())), body(&[&id]));
        let (recorded, stored) = if n % 2 == 0 {
            tokio::join!(desk.commit(commit), desk.accept(accept))
        } else {
            let (stored, recorded) = tokio::join!(desk.accept(accept), desk.commit(commit));
            (recorded, stored)
        };
        let is_recorded = matches!(recorded, Outcome::Committed { .. });
        assert!(is_recorded || recorded == Outcome::Conflict, "{recorded:?}");
        assert_eq!(is_recorded, stored == DUPLICATE, "{id}: {recorded:?}, {stored:?}");
    }
}

async fn a1_a_message_that_was_recorded_from_its_edit_did_not_come_itself(desk: Desk) {
    let ahead = ahead_id(NUMBER, "wamid.1");
    let mut edit = decided(&desk, "wamid.1", Some(ahead));
    edit.take = vec![Take::Unseen(key("wamid.edit"))];
    desk.committed(edit).await;
    assert!(is_there(&desk, "wamid.1").await && !is_there(&desk, "wamid.edit").await);
    assert_eq!(
        desk.accept(body(&["wamid.1", "wamid.edit"])).await,
        Receipt { accepted: 1, duplicates: 1, ..DUPLICATE }
    );
}

async fn a1_a_message_is_known_for_as_long_as_it_is_kept(desk: Desk) {
    // Of its key nobody knows: it was thrown away long ago.
    let mut old = decided(&desk, "wamid.1", Some(fresh()));
    old.take = Vec::new();
    desk.committed(old).await;
    assert_eq!(desk.accept(body(&["wamid.1"])).await, DUPLICATE);
    assert_eq!(desk.commit(decided(&desk, "wamid.1", Some(fresh()))).await, Outcome::Conflict);
}
