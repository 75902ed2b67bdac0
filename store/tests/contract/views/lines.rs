//! A line of the list is kept whole, whichever part of it changes (C4).

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::conversation::{ConversationRow, Preview};
use dashoffice_domain::conversation::{ConversationState, Owner, ReplyClock};
use dashoffice_domain::{Row, Span, Timestamp, conversation};
use dashoffice_store::views::Visibility;

for_both_databases!(c4_a_line_is_kept_whole_whichever_part_of_it_changes);

type Change = fn(&mut ConversationRow);

/// One column after the other.
const CHANGES: [Change; 24] = [
    |row| row.last_message = Some(fresh()),
    |row| row.state = ConversationState::Active,
    |row| row.last_message_at = Timestamp(NOON + 1),
    |row| row.owner = Owner::Agent { agent: AGENT },
    |row| row.unread = 2,
    |row| row.owner_epoch = 2,
    |row| row.queue = fresh(),
    |row| row.preview = Some(Preview { text: "até logo".into(), kind: "text".into() }),
    |row| row.enqueued_at = Timestamp(NOON + 2),
    |row| row.unanswered = 3,
    |row| row.last_agent = Some(AGENT),
    |row| row.excluded = vec![(AGENT, Timestamp(NOON + 3))],
    |row| row.waiting_since = None,
    |row| row.pauses = vec![(AGENT, Timestamp(NOON + 4))],
    |row| {
        row.reply_clock = Some(ReplyClock::beginning(Timestamp(NOON), Span::seconds(180), Span::seconds(60)));
    },
    |row| row.window_until = Some(Timestamp(NOON + 5)),
    |row| row.last_direction = Direction::Outbound,
    |row| row.changed_at = Timestamp(NOON + 6),
    |row| row.reply_clock = None,
    |row| row.pauses = Vec::new(),
    |row| row.opened_at = Timestamp(NOON + 7),
    |row| (row.state, row.owner) = (ConversationState::Closed, Owner::Nobody),
    |row| row.closed_at = Some(Timestamp(NOON + 8)),
    |row| row.contact = fresh(),
];

async fn c4_a_line_is_kept_whole_whichever_part_of_it_changes(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let scope = desk.scope().await;
    let mut row = conversation_row(conversation, thread);
    for (sequence, change) in (1..).zip(CHANGES) {
        change(&mut row);
        let mut commit = desk.thread_commit(thread, sequence);
        commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row.clone())))];
        desk.committed(commit).await;
        let kept = desk.store().conversation(scope, Visibility::All, conversation).await.unwrap().what.unwrap();
        assert_eq!(kept.row, row, "change {sequence}");
    }
}
