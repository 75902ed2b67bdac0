//! Changes of messages, in whatever order they come, and what counts for nothing the customer did.

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::{Forwarded, MessageContext, Product, Referral};
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{MessageChange, MessageRow};
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::{Entity, Event, Row, Timestamp, channel, conversation};
use dashoffice_runtime::Outcome;
use dashoffice_store::views::{MessageView, Visibility};

for_every_store!(
    a_message_that_was_recorded_from_its_edit_is_not_recorded_twice,
    a8_changes_that_are_kept_are_made_once,
    a_customers_reaction_to_what_the_provider_has_not_named_is_shown_and_told,
    a8_an_edit_of_ours_that_comes_before_the_provider_names_the_message_is_made_when_it_does,
);

mod on_both_databases {
    use super::*;
    use crate::views::for_both_databases;

    for_both_databases!(
        a_change_that_overtakes_its_message_is_made_when_it_comes,
        of_two_edits_the_one_made_last_is_shown_and_every_version_is_kept,
        the_list_shows_what_its_last_message_says_now_and_nothing_of_a_revoked_one,
        what_came_beside_a_message_is_shown_with_it_and_the_advertisement_with_its_conversation,
        a_notice_is_no_message_that_the_customer_wrote,
    );

    async fn view(desk: &Desk, id: MessageId) -> MessageView {
        let scope = desk.scope().await;
        desk.store().message(scope, Visibility::All, id).await.unwrap().what.unwrap()
    }

    async fn a_change_that_overtakes_its_message_is_made_when_it_comes(desk: Desk) {
        let (thread, conversation) = desk.thread("5511").await;
        for (n, early) in
            [edited("certo", 5), MessageChange::Revoked { at: at(5) }, reacted(Some("❤️"), 5)].into_iter().enumerate()
        {
            let wamid = format!("wamid.{n}");
            let sequence = 2 * n as i64 + 1;
            changed(&desk, thread, sequence, &wamid, early).await;
            let said = said(&desk, thread, conversation, sequence + 1, &wamid, "errado").await;
            let view = view(&desk, said).await;
            let shown = (view.row.content, view.edited_at, view.revoked_at, view.reactions.len());
            let wanted = match n {
                0 => (Content::text("certo"), Some(at(5)), None, 0),
                1 => (Content::text("errado"), None, Some(at(5)), 0),
                _ => (Content::text("errado"), None, None, 1),
            };
            assert_eq!(shown, wanted);
        }
    }

    async fn of_two_edits_the_one_made_last_is_shown_and_every_version_is_kept(desk: Desk) {
        let (thread, conversation) = desk.thread("5511").await;
        let id = said(&desk, thread, conversation, 1, "wamid.1", "v0").await;
        for (sequence, body, when) in [(2, "v3", 9), (3, "v1", 3), (4, "v2", 6)] {
            changed(&desk, thread, sequence, "wamid.1", edited(body, when)).await;
        }
        let shown = view(&desk, id).await;
        assert_eq!((&shown.row.content, shown.edited_at), (&Content::text("v3"), Some(at(9))));
        let versions: Vec<_> =
            shown.versions.iter().map(|version| (version.content.preview(), version.said_at)).collect();
        assert_eq!(versions, [("v0".to_owned(), at(0)), ("v1".to_owned(), at(3)), ("v2".to_owned(), at(6))]);
        changed(&desk, thread, 5, "wamid.1", MessageChange::Original { content: Content::text("v00"), at: at(-1) })
            .await;
        let shown = view(&desk, id).await;
        assert_eq!((shown.versions[0].content.preview().as_str(), shown.edited_at), ("v00", Some(at(9))));
    }

    async fn the_list_shows_what_its_last_message_says_now_and_nothing_of_a_revoked_one(desk: Desk) {
        let scope = desk.scope().await;
        let (thread, conversation) = desk.thread("5511").await;
        let line = async || {
            let view = desk.store().conversation(scope, Visibility::All, conversation).await.unwrap().what.unwrap();
            let preview = view.row.preview.unwrap();
            (preview.kind, preview.text)
        };
        said(&desk, thread, conversation, 1, "wamid.1", "antes").await;
        said(&desk, thread, conversation, 2, "wamid.2", "minha senha e 1234").await;
        changed(&desk, thread, 3, "wamid.1", edited("outra", 5)).await;
        assert_eq!(line().await, ("text".to_owned(), "minha senha e 1234".to_owned()), "not the last one");
        changed(&desk, thread, 4, "wamid.2", edited("minha senha e 5678", 6)).await;
        assert_eq!(line().await, ("text".to_owned(), "minha senha e 5678".to_owned()));
        changed(&desk, thread, 5, "wamid.2", MessageChange::Revoked { at: at(7) }).await;
        assert_eq!(line().await, ("revoked".to_owned(), String::new()));
        changed(&desk, thread, 6, "wamid.2", edited("e outra vez", 8)).await;
        assert_eq!(line().await, ("revoked".to_owned(), String::new()), "a late edit brings nothing back");
        changed(&desk, thread, 7, "wamid.3", MessageChange::Revoked { at: at(9) }).await;
        said(&desk, thread, conversation, 8, "wamid.3", "segredo").await;
        assert_eq!(line().await, ("revoked".to_owned(), String::new()));
    }

    async fn what_came_beside_a_message_is_shown_with_it_and_the_advertisement_with_its_conversation(desk: Desk) {
        let scope = desk.scope().await;
        let (thread, conversation) = desk.thread("5511").await;
        let referral = |click: &str| Referral { click_id: Some(click.to_owned()), ..Referral::default() };
        let product = Product { catalog: Some("1".to_owned()), product: "SKU-1".to_owned() };
        for (n, context) in [
            MessageContext::default(),
            MessageContext { forwarded: Some(Forwarded::Often), product: Some(product), ..MessageContext::default() },
            MessageContext { referral: Some(Box::new(referral("first"))), ..MessageContext::default() },
            MessageContext { referral: Some(Box::new(referral("second"))), notice: true, ..MessageContext::default() },
        ]
        .into_iter()
        .enumerate()
        {
            let id = fresh();
            let row =
                MessageRow { context: context.clone(), ..message_row(id, thread, conversation, Direction::Inbound) };
            desk.committed(desk.message_commit(id, vec![Row::Conversation(conversation::Row::Message(Box::new(row)))]))
                .await;
            assert_eq!(view(&desk, id).await.row.context, context, "{n}");
        }
        let line = desk.store().conversation(scope, Visibility::All, conversation).await.unwrap().what.unwrap();
        assert_eq!(line.referral, Some(referral("first")));
        let (_, other) = desk.thread("5522").await;
        let line = desk.store().conversation(scope, Visibility::All, other).await.unwrap().what.unwrap();
        assert_eq!(line.referral, None);
    }

    async fn a_notice_is_no_message_that_the_customer_wrote(desk: Desk) {
        let scope = desk.scope().await;
        let (thread, conversation) = desk.thread("5511").await;
        let wrote = said(&desk, thread, conversation, 1, "wamid.1", "oi").await;
        let id = fresh();
        let mut row = message_row(id, thread, conversation, Direction::Inbound);
        row.context.notice = true;
        desk.committed(desk.message_commit(id, vec![Row::Conversation(conversation::Row::Message(Box::new(row)))]))
            .await;
        let position = view(&desk, id).await.position;
        let mark = desk.store().read_mark(scope, conversation, position).await.unwrap().unwrap();
        assert_eq!((mark.message, mark.inbound), (wrote, 1));
        let awaiting = desk.reads(TENANT).awaiting(10).await.unwrap();
        assert_eq!(awaiting.iter().map(|one| one.message).collect::<Vec<_>>(), [wrote]);
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(NOON + seconds * 1_000_000)
}

fn edited(body: &str, when: i64) -> MessageChange {
    MessageChange::Edited { content: Content::text(body), at: at(when) }
}

fn reacted(emoji: Option<&str>, when: i64) -> MessageChange {
    MessageChange::Reaction { by: Direction::Inbound, emoji: emoji.map(str::to_owned), at: at(when) }
}

async fn changed(desk: &Desk, thread: ThreadId, sequence: i64, wamid: &str, change: MessageChange) {
    let mut commit = desk.thread_commit(thread, sequence);
    commit.rows =
        vec![Row::Conversation(conversation::Row::MessageChange { thread, provider_message_id: wamid.into(), change })];
    desk.committed(commit).await;
}

fn said_row(id: MessageId, thread: ThreadId, conversation: ConversationId, wamid: &str, body: &str) -> MessageRow {
    let row = message_row(id, thread, conversation, Direction::Inbound);
    MessageRow { provider_message_id: Some(wamid.to_owned()), content: Content::text(body), ..row }
}

/// A message of the customer, with the line of the list that shows it.
async fn said(
    desk: &Desk,
    thread: ThreadId,
    conversation: ConversationId,
    sequence: i64,
    wamid: &str,
    body: &str,
) -> MessageId {
    let id = fresh();
    let mut commit = desk.thread_commit(thread, sequence);
    let mut line = conversation_row(conversation, thread);
    line.last_message = Some(id);
    line.preview = Some(dashoffice_domain::conversation::Preview { text: body.to_owned(), kind: "text".to_owned() });
    commit.rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(said_row(id, thread, conversation, wamid, body)))),
        Row::Conversation(conversation::Row::Conversation(Box::new(line))),
    ];
    desk.committed(commit).await;
    id
}

async fn a_message_that_was_recorded_from_its_edit_is_not_recorded_twice(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    said(&desk, thread, conversation, 1, "wamid.1", "errado").await;
    let mut commit = desk.thread_commit(thread, 2);
    commit.rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(said_row(
            fresh(),
            thread,
            conversation,
            "wamid.1",
            "certo",
        )))),
        Row::Conversation(conversation::Row::MessageChange {
            thread,
            provider_message_id: "wamid.1".into(),
            change: edited("certo", 5),
        }),
    ];
    assert_eq!(desk.commit(commit).await, Outcome::Conflict, "whoever decided looks again");
    assert!(desk.reads(TENANT).has_message(NUMBER, "wamid.1".to_owned()).await.unwrap());
    assert!(!desk.reads(TENANT).has_message(NUMBER, "wamid.2".to_owned()).await.unwrap());
}

async fn changes_told(desk: &Desk, message: MessageId) -> usize {
    let events = desk.journal().events(TENANT.0, Entity::Message(message), 0, 100).await.unwrap();
    events
        .iter()
        .filter(|event| matches!(event.event, Event::Conversation(conversation::Event::MessageChanged { .. })))
        .count()
}

async fn a8_changes_that_are_kept_are_made_once(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    changed(&desk, thread, 1, "wamid.out", reacted(None, 2)).await;
    changed(&desk, thread, 2, "wamid.out", reacted(Some("👍"), 1)).await;
    let ended = |message| {
        Row::Channel(channel::Row::SendEnded {
            message,
            status: Status::Sent,
            provider_message_id: Some("wamid.out".into()),
            error: None,
        })
    };
    desk.committed(desk.message_commit(message, vec![ended(message)])).await;
    assert_eq!(changes_told(&desk, message).await, 1);
    let (other, another) = desk.thread("5522").await;
    let unrelated = said(&desk, other, another, 1, "wamid.in", "oi").await;
    assert_eq!(changes_told(&desk, unrelated).await, 0);
}

async fn a_customers_reaction_to_what_the_provider_has_not_named_is_shown_and_told(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    changed(&desk, thread, 1, "wamid.out", reacted(Some("👍"), 1)).await;
    assert_eq!(changes_told(&desk, message).await, 0);
    let status = news("wamid.out", Some(message), Status::Delivered);
    desk.accept(statuses(vec![status])).await;
    assert_eq!(changes_told(&desk, message).await, 1);
}

async fn a8_an_edit_of_ours_that_comes_before_the_provider_names_the_message_is_made_when_it_does(desk: Desk) {
    for is_answer in [true, false] {
        let (thread, conversation) = desk.thread(if is_answer { "5511" } else { "5522" }).await;
        let message = desk.sending(thread, conversation).await;
        let mut line = conversation_row(conversation, thread);
        line.last_message = Some(message);
        let mut shown = desk.thread_commit(thread, 1);
        shown.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(line)))];
        desk.committed(shown).await;
        let wamid = format!("wamid.{is_answer}");
        changed(&desk, thread, 2, &wamid, edited("certo", 5)).await;
        if is_answer {
            let provider_message_id = Some(wamid);
            let ended = Row::Channel(channel::Row::SendEnded {
                message,
                status: Status::Sent,
                provider_message_id,
                error: None,
            });
            desk.committed(desk.message_commit(message, vec![ended])).await;
        } else {
            desk.accept(statuses(vec![news(&wamid, Some(message), Status::Delivered)])).await;
        }
        assert_eq!(desk.reads(TENANT).text_of(message).await.unwrap().as_deref(), Some("certo"));
        let routing = desk.reads(TENANT).routing().await.unwrap();
        let line = routing.chats.into_iter().find(|chat| chat.id == conversation).unwrap();
        assert_eq!(line.preview.map(|preview| preview.text).as_deref(), Some("certo"), "the list follows");
        assert_eq!(changes_told(&desk, message).await, 1);
    }
}
