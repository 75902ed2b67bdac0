//! Part two: what the api shows, on both databases.

use super::for_both_databases;
use crate::desk::*;
use crate::port::media::{kept, ordered, ready};
use dashoffice_domain::channel::media::{MediaFailure, MediaState};
use dashoffice_domain::channel::outgoing::{ErrorClass, SendError};
use dashoffice_domain::conversation::MessageChange;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{ConversationState, Owner};
use dashoffice_domain::ids::{ConversationId, MessageId, QueueId, ThreadId};
use dashoffice_domain::{Row, Timestamp, channel, conversation};
use dashoffice_store::views::{ConversationFilter, MediaView, MessageView, TenantScope, Visibility, Waiting};
use std::sync::Arc;
use uuid::Uuid;

for_both_databases!(
    c6_an_app_is_found_by_its_token_and_opens_its_own_tenant_alone,
    the_list_shows_the_newest_first_page_by_page,
    the_list_can_be_narrowed,
    a_conversation_keeps_the_preview_it_has,
    messages_come_newest_first_page_by_page,
    c5_whatever_people_write_comes_back_as_it_was,
    a_message_shows_what_happened_to_it,
    a_message_shows_how_far_it_got,
    a_message_shows_where_its_file_stands,
    a_contact_shows_everything_it_is_known_by,
    who_waits_longest_comes_first,
    provisioning_twice_changes_nothing,
    many_rows_at_once_are_written_as_they_are,
);

async fn foreign_scope(desk: &Desk) -> TenantScope {
    desk.store().app_by_token(&url_token(OTHER_TENANT)).await.unwrap().unwrap().scope
}

async fn c6_an_app_is_found_by_its_token_and_opens_its_own_tenant_alone(desk: Desk) {
    let seen = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap();
    assert_eq!((seen.scope.tenant(), seen.app.id), (TENANT, APP));
    assert_eq!((seen.app.provider.as_str(), seen.app.app_secret.0.as_str()), ("cloud", "secret"));
    assert_eq!(seen.app.verify_token.0, "verify");
    assert_eq!(seen.app.numbers, [("1001".to_owned(), NUMBER), ("1002".to_owned(), OTHER_NUMBER)]);
    assert!(desk.store().app_by_token("nobody").await.unwrap().is_none());
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.queued(thread, conversation).await;
    let theirs = foreign_scope(&desk).await;
    let store = desk.store();
    let all = ConversationFilter::default();
    let of_thread = ConversationFilter { thread: Some(thread), ..all.clone() };
    assert_eq!(store.conversations(theirs, Visibility::All, &all, None, 10).await.unwrap().what.rows, []);
    assert_eq!(store.conversation(theirs, Visibility::All, conversation).await.unwrap().what, None);
    assert_eq!(store.conversations(theirs, Visibility::All, &of_thread, None, 10).await.unwrap().what.rows, []);
    assert_eq!(store.messages(theirs, Visibility::All, conversation, None, 10).await.unwrap().what.rows, []);
    assert_eq!(store.message(theirs, Visibility::All, message).await.unwrap().what, None);
    assert_eq!(store.contacts(theirs, Visibility::All, None, None, 10).await.unwrap().what.rows, []);
    assert_eq!(store.contact(theirs, Visibility::All, CONTACT).await.unwrap().what, None);
    assert_eq!(store.directory(theirs).await.unwrap().as_of, SET_UP);
    let ours = desk.scope().await;
    assert!(store.message(ours, Visibility::All, message).await.unwrap().what.is_some());
    assert_eq!(store.directory(ours).await.unwrap().as_of, SET_UP + 1);
    let tenants: Vec<_> = store.tenants().await.unwrap().into_iter().map(TenantScope::tenant).collect();
    assert_eq!(tenants, [TENANT, OTHER_TENANT]);
}

/// `n` conversations, each a second after the one before, but for pairs at the same instant.
async fn conversations(desk: &Desk, n: i64) -> Vec<ConversationId> {
    let mut ids = Vec::new();
    for i in 0..n {
        let (thread, id) = (fresh(), fresh());
        let mut row = conversation_row(id, thread);
        row.last_message_at = Timestamp(NOON + i / 2 * 1_000_000);
        if i % 3 == 0 {
            (row.state, row.owner) = (ConversationState::Closed, Owner::Nobody);
        }
        let mut commit = desk.thread_commit(thread, 0);
        commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row)))];
        desk.committed(commit).await;
        ids.push(id);
    }
    ids.reverse();
    ids
}

async fn the_list_shows_the_newest_first_page_by_page(desk: Desk) {
    let newest_first = conversations(&desk, 9).await;
    let scope = desk.scope().await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = desk
            .store()
            .conversations(scope, Visibility::All, &ConversationFilter::default(), after, 4)
            .await
            .unwrap()
            .what;
        seen.extend(page.rows.iter().map(|view| view.row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
        // Somebody new on top moves no later page.
        let (thread, id) = (fresh(), fresh());
        let mut row = conversation_row(id, thread);
        row.last_message_at = Timestamp(NOON + 3_600_000_000);
        let mut commit = desk.thread_commit(thread, 0);
        commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row)))];
        desk.committed(commit).await;
    }
    assert_eq!(seen, newest_first);
}

async fn the_list_can_be_narrowed(desk: Desk) {
    let other_queue: QueueId = fresh();
    let (thread, queued) = desk.thread("1").await;
    let mut put = Vec::new();
    for (owner, state, queue) in [
        (Owner::Agent { agent: AGENT }, ConversationState::Active, QUEUE),
        (Owner::Nobody, ConversationState::Closed, QUEUE),
        (Owner::Queue { queue: other_queue }, ConversationState::Queued, other_queue),
    ] {
        let mut row = conversation_row(fresh(), thread);
        (row.owner, row.state, row.queue) = (owner, state, queue);
        put.push(row);
    }
    let [active, closed, elsewhere] = [put[0].id, put[1].id, put[2].id];
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows =
        put.into_iter().map(|row| Row::Conversation(conversation::Row::Conversation(Box::new(row)))).collect();
    desk.committed(commit).await;
    let scope = desk.scope().await;
    let find = async |filter: ConversationFilter| {
        let page = desk.store().conversations(scope, Visibility::All, &filter, None, 10).await.unwrap().what;
        let mut ids: Vec<ConversationId> = page.rows.into_iter().map(|view| view.row.id).collect();
        ids.sort();
        ids
    };
    let all = ConversationFilter::default();
    assert_eq!(find(all.clone()).await, [queued, active, closed, elsewhere]);
    let states = vec![ConversationState::Queued, ConversationState::Active];
    assert_eq!(find(ConversationFilter { states, ..all.clone() }).await, [queued, active, elsewhere]);
    let states = vec![ConversationState::Queued];
    assert_eq!(find(ConversationFilter { states: states.clone(), ..all.clone() }).await, [queued, elsewhere]);
    assert_eq!(find(ConversationFilter { states, queue: Some(QUEUE), ..all.clone() }).await, [queued]);
    assert_eq!(find(ConversationFilter { agent: Some(AGENT), ..all.clone() }).await, [active]);
    assert_eq!(find(ConversationFilter { thread: Some(thread), ..all }).await.len(), 4);
}

async fn a_conversation_keeps_the_preview_it_has(desk: Desk) {
    let (thread, id) = desk.thread("5511").await;
    let mut row = conversation_row(id, thread);
    row.preview = None;
    row.state = ConversationState::Closed;
    row.owner = Owner::Nobody;
    row.closed_at = Some(Timestamp(NOON + 1));
    row.waiting_since = None;
    row.window_until = Some(Timestamp(NOON + 2));
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row.clone())))];
    desk.committed(commit).await;
    let view = desk.store().conversation(desk.scope().await, Visibility::All, id).await.unwrap().what.unwrap();
    row.preview = conversation_row(id, thread).preview;
    assert_eq!(view.row, row);
    assert_eq!(view.contact_name.as_deref(), Some("Ana"));
}

async fn messages(desk: &Desk, thread: ThreadId, conversation: ConversationId, n: u64) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for sequence in 1..=n {
        let mut commit = desk.thread_commit(thread, sequence as i64);
        // Two of one commit have one position: their ids decide.
        for _ in 0..2 {
            let id = fresh();
            commit.rows.push(Row::Conversation(conversation::Row::Message(Box::new(message_row(
                id,
                thread,
                conversation,
                Direction::Inbound,
            )))));
            ids.push(id);
        }
        desk.committed(commit).await;
    }
    ids.reverse();
    ids
}

async fn messages_come_newest_first_page_by_page(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (elsewhere, other) = desk.thread("5522").await;
    let newest_first = messages(&desk, thread, conversation, 5).await;
    messages(&desk, elsewhere, other, 2).await;
    let scope = desk.scope().await;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = desk.store().messages(scope, Visibility::All, conversation, before, 3).await.unwrap().what;
        seen.extend(page.rows.iter().map(|view| view.row.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, newest_first);
    let page = desk.store().messages(scope, Visibility::All, conversation, None, 100).await.unwrap().what;
    assert_eq!(page.rows.iter().map(|view| view.row.id).collect::<Vec<_>>(), newest_first);
}

async fn c5_whatever_people_write_comes_back_as_it_was(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let scope = desk.scope().await;
    let texts = ["a\0b", "\u{fffd}\u{1f600}'; DROP TABLE message; --", "ação \u{202e}\u{0}", &"x".repeat(65_000)];
    for (n, text) in texts.into_iter().enumerate() {
        let id = fresh();
        let mut row = message_row(id, thread, conversation, Direction::Inbound);
        row.content = Content::text(text);
        row.said_at = Timestamp(if n == 0 { i64::MIN } else { NOON });
        let mut commit = desk.thread_commit(thread, n as i64 + 1);
        commit.rows = vec![
            Row::Conversation(conversation::Row::Message(Box::new(row))),
            Row::Conversation(conversation::Row::Contact {
                id: CONTACT,
                name: Some(format!("nul\0{n}")),
                username: None,
                seen_at: Timestamp(NOON),
            }),
        ];
        desk.committed(commit).await;
        let view = desk.store().message(scope, Visibility::All, id).await.unwrap().what.unwrap();
        assert_eq!(view.row.content, Content::text(text));
    }
    let contact = desk.store().contact(scope, Visibility::All, CONTACT).await.unwrap().what.unwrap();
    assert_eq!(contact.name.as_deref(), Some("nul3"));
}

async fn a_message_shows_what_happened_to_it(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let (other_thread, _) = desk.thread("5522").await;
    let id = fresh();
    let mut row = message_row(id, thread, conversation, Direction::Inbound);
    row.provider_message_id = Some("wamid.1".into());
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![Row::Conversation(conversation::Row::Message(Box::new(row)))];
    desk.committed(commit).await;
    let scope = desk.scope().await;
    let mut sequence = 1;
    let change = async |thread: ThreadId, sequence: i64, change: MessageChange| {
        let mut commit = desk.thread_commit(thread, sequence);
        commit.rows = vec![Row::Conversation(conversation::Row::MessageChange {
            thread,
            provider_message_id: "wamid.1".into(),
            change,
        })];
        desk.committed(commit).await;
        desk.store().messages_by_provider_id(scope, Visibility::All, "wamid.1").await.unwrap().what.remove(0)
    };
    let react =
        |by, emoji: Option<&str>| MessageChange::Reaction { by, emoji: emoji.map(str::to_owned), at: Timestamp(NOON) };
    let mut next = || {
        sequence += 1;
        sequence
    };
    change(thread, next(), react(Direction::Inbound, Some("👍"))).await;
    change(thread, next(), react(Direction::Outbound, Some("🎉"))).await;
    let view = change(thread, next(), react(Direction::Inbound, Some("❤"))).await;
    let reaction = |by, emoji: &str| (by, emoji.to_owned());
    let shown = |view: &MessageView| -> Vec<_> {
        view.reactions.iter().map(|reaction| (reaction.by, reaction.emoji.clone())).collect()
    };
    assert_eq!(shown(&view), [reaction(Direction::Outbound, "🎉"), reaction(Direction::Inbound, "❤")]);
    let view = change(thread, next(), react(Direction::Inbound, None)).await;
    assert_eq!(shown(&view), [reaction(Direction::Outbound, "🎉")]);
    let edited = MessageChange::Edited { content: Content::text("corrigido"), at: Timestamp(NOON + 1) };
    let view = change(thread, next(), edited).await;
    assert_eq!((view.row.content, view.edited_at), (Content::text("corrigido"), Some(Timestamp(NOON + 1))));
    let view = change(thread, next(), MessageChange::Revoked { at: Timestamp(NOON + 2) }).await;
    assert_eq!(view.revoked_at, Some(Timestamp(NOON + 2)));
    assert_eq!(view.reactions.len(), 1, "the rest stays as it was");
    let view = change(other_thread, 1, react(Direction::Inbound, Some("no"))).await;
    assert_eq!(view.reactions.len(), 1, "another thread's change changes nothing");
}

async fn a_message_shows_how_far_it_got(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let scope = desk.scope().await;
    let message = desk.queued(thread, conversation).await;
    let status = async || desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap().row.status;
    assert_eq!(status().await, Status::Queued);
    desk.committed(desk.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })])).await;
    assert_eq!(status().await, Status::Sending);
    let not_before = Timestamp(NOON + 5_000_000);
    let told = SendError {
        details: Some("one message each 6 s".into()),
        trace: Some("A1b".into()),
        ..SendError::new(131_056, ErrorClass::Wait, "too many messages to this customer in a short time")
    };
    let waiting = async || desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap().waiting;
    assert_eq!(waiting().await, None);
    let postponed = Row::Channel(channel::Row::SendPostponed { message, not_before, error: told.clone() });
    desk.committed(desk.message_commit(message, vec![postponed])).await;
    assert_eq!(waiting().await, Some(Waiting { reason: told.clone(), until: Some(not_before) }), "why, and until when");
    desk.committed(desk.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })])).await;
    assert_eq!(waiting().await, None, "on its way it waits no more");
    desk.committed(desk.message_commit(message, vec![Row::Channel(channel::Row::SendUnknown { message })])).await;
    assert_eq!(status().await, Status::Unknown);
    let error = SendError { code: 131_026, class: ErrorClass::Recipient, ..told };
    let mut failed = news("wamid.1", Some(message), Status::Failed);
    failed.error = Some(error.clone());
    desk.accept(statuses(vec![failed])).await;
    let view = desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap();
    assert_eq!((view.row.status, view.error), (Status::Failed, Some(error)));
    assert_eq!(view.row.provider_message_id.as_deref(), Some("wamid.1"));
    assert_eq!(view.row.content, Content::text("bom dia"), "its words are untouched");
}

async fn a_contact_shows_everything_it_is_known_by(desk: Desk) {
    let (thread, _) = desk.thread("5511").await;
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![
        Row::Conversation(conversation::Row::Contact {
            id: CONTACT,
            name: None,
            username: None,
            seen_at: Timestamp(NOON - 5),
        }),
        Row::Conversation(conversation::Row::Contact {
            id: fresh(),
            name: None,
            username: None,
            seen_at: Timestamp(NOON + 5),
        }),
        address("5512", thread),
    ];
    desk.committed(commit).await;
    let scope = desk.scope().await;
    let contact = desk.store().contact(scope, Visibility::All, CONTACT).await.unwrap().what.unwrap();
    assert_eq!((contact.name.as_deref(), contact.seen_at), (Some("Ana"), Timestamp(NOON)), "nothing is unlearned");
    let known: Vec<_> = contact.identifiers.into_iter().map(|identifier| identifier.value).collect();
    assert_eq!(known, ["5511", "5512"]);
    let first = desk.store().contacts(scope, Visibility::All, None, None, 1).await.unwrap().what;
    let second = desk.store().contacts(scope, Visibility::All, None, first.next, 1).await.unwrap().what;
    assert_eq!(first.rows[0].seen_at, Timestamp(NOON + 5));
    assert_eq!((second.rows[0].id, second.next), (CONTACT, None));
}

async fn who_waits_longest_comes_first(desk: Desk) {
    let mut expected = Vec::new();
    for (n, waits_since) in [(1, Some(30)), (2, Some(10)), (3, None), (4, Some(20))] {
        let (thread, conversation) = desk.thread(&format!("55{n}")).await;
        let said = messages(&desk, thread, conversation, 2).await;
        let mut row = conversation_row(conversation, thread);
        row.waiting_since = waits_since.map(|offset| Timestamp(NOON + offset));
        let mut commit = desk.thread_commit(thread, 3);
        commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row)))];
        desk.committed(commit).await;
        expected.extend(waits_since.map(|offset| (offset, conversation, said[0])));
    }
    expected.sort_unstable();
    let awaiting = desk.reads(TENANT).awaiting(10).await.unwrap();
    let found: Vec<_> = awaiting.iter().map(|one| (one.conversation, one.message)).collect();
    assert_eq!(found, expected.iter().map(|(_, conversation, said)| (*conversation, *said)).collect::<Vec<_>>());
    assert_eq!((awaiting[0].owner.clone(), awaiting[0].owner_epoch), (Owner::Queue { queue: QUEUE }, 1));
    assert_eq!(desk.reads(TENANT).awaiting(1).await.unwrap(), awaiting[..1]);
}

async fn provisioning_twice_changes_nothing(desk: Desk) {
    desk.provision_tenant(TENANT).await;
    let numbers = desk.reads(TENANT).numbers().await.unwrap();
    assert_eq!(numbers.iter().map(|number| number.id).collect::<Vec<_>>(), [NUMBER, OTHER_NUMBER]);
    assert_eq!((numbers[0].provider.as_str(), numbers[0].line.provider_ref.as_str()), ("cloud", "1001"));
    let queues = desk.reads(TENANT).routing().await.unwrap().queues;
    assert_eq!(queues.iter().map(|queue| (queue.id, queue.name.as_str())).collect::<Vec<_>>(), [(QUEUE, "Vendas")]);
}

/// More rows than any one statement carries, of every kind that comes in numbers.
async fn many_rows_at_once_are_written_as_they_are(desk: Desk) {
    let keys: Vec<String> = (0..300).map(|n| format!("item{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(desk.accept(body(&keys)).await.accepted, 300);
    assert_eq!(desk.accept(body(&keys)).await.duplicates, 300);
    let journal = Arc::new(desk.journal());
    let (thread, conversation) = desk.thread("5511").await;
    let mut commits = Vec::new();
    for n in 0..150 {
        let message: MessageId = fresh();
        let mut row = message_row(message, thread, conversation, Direction::Inbound);
        row.content = Content::text(format!("text {n}"));
        let mut commit = desk.thread_commit(fresh(), 0);
        commit.take = vec![dashoffice_runtime::Take::Inbox(2 * n + 1), dashoffice_runtime::Take::Inbox(2 * n + 2)];
        commit.rows = vec![Row::Conversation(conversation::Row::Message(Box::new(row)))];
        commits.push(journal.commit(commit));
    }
    for outcome in futures_util::future::join_all(commits).await {
        assert!(matches!(outcome, dashoffice_runtime::Outcome::Committed { .. }), "{outcome:?}");
    }
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap(), []);
    let scope = desk.scope().await;
    let page = desk.store().messages(scope, Visibility::All, conversation, None, 200).await.unwrap().what;
    let texts: Vec<_> = page.rows.into_iter().map(|view| view.row.content).collect();
    assert_eq!(texts, (0..150).rev().map(|n| Content::text(format!("text {n}"))).collect::<Vec<_>>());
    assert!(desk.store().inspect().largest_batch > 1);
    assert_ne!(Uuid::nil(), desk.store().instance());
}

async fn a_message_shows_where_its_file_stands(desk: Desk) {
    let (here, gone, none) = (ordered(&desk).await, ordered(&desk).await, desk.thread("5511").await);
    let none = desk.queued(none.0, none.1).await;
    let shown = async |message| {
        let view = desk.store().message(desk.scope().await, Visibility::All, message).await.unwrap().what.unwrap();
        view.media
    };
    let wanted = MediaView { state: MediaState::Wanted, failure: None, file: None };
    assert_eq!((shown(here).await, shown(none).await), (Some(wanted), None));
    desk.committed(ready(&desk, here)).await;
    let failed = vec![Row::Channel(channel::Row::MediaFailed { message: gone, why: MediaFailure::Gone })];
    desk.committed(desk.message_commit(gone, failed)).await;
    let file = Some(MediaView { state: MediaState::Ready, failure: None, file: Some(kept()) });
    let failed = Some(MediaView { state: MediaState::Failed, failure: Some(MediaFailure::Gone), file: None });
    assert_eq!((shown(here).await, shown(gone).await), (file, failed));
}
