//! What was put aside, and what an operator does about it (§5, §6 of the API).

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::ports::{AccountNews, Delivery, InboxSource, UnmatchedWebhook};
use dashoffice_domain::{Entity, Row, channel};
use dashoffice_runtime::{CommandResult, Journal as _, ParkReason, Take};
use dashoffice_store::Handled;
use dashoffice_store::views::{Cursor, DeadLetterList, Heap, TenantScope};
use uuid::Uuid;

for_both_databases!(
    dead_letters_are_listed_newest_first_and_page_by_page,
    c6_nothing_that_was_put_aside_is_seen_or_touched_by_another_tenant,
    a_retried_letter_goes_to_the_end_of_the_inbox_once,
    a_discarded_letter_is_gone,
    strays_and_raw_items_are_two_lists,
    a1_what_is_put_aside_is_kept_once_however_often_its_body_comes,
    what_a_number_of_ours_got_and_nobody_understands_is_kept_as_its_own,
    news_of_the_account_are_a_list_of_their_own_and_counted_by_kind,
    a10_an_answer_is_kept_once_and_the_first_one_stays,
);

async fn scope(desk: &Desk, tenant: dashoffice_domain::ids::TenantId) -> TenantScope {
    desk.store().tenants().await.unwrap().into_iter().find(|scope| scope.tenant() == tenant).unwrap()
}

fn result(key: u128) -> CommandResult {
    CommandResult { principal: AGENT.0, key: Uuid::from_u128(key), fingerprint: [7; 32], answer: b"{}".to_vec() }
}

/// Parks the inbox rows with these positions.
async fn park(desk: &Desk, positions: std::ops::RangeInclusive<i64>) {
    for position in positions {
        let entity = Some(Entity::Thread(fresh()));
        let parked = desk.store().park(TENANT.0, Take::Inbox(position), entity, ParkReason::Fault, "why".into());
        parked.await.unwrap();
    }
}

async fn dead_letters_are_listed_newest_first_and_page_by_page(desk: Desk) {
    let bodies: Vec<String> = (1..=5).map(|n| "x".repeat(n)).collect();
    desk.accept(body(&bodies.iter().map(String::as_str).collect::<Vec<_>>())).await;
    desk.hands.pass_seconds(60);
    park(&desk, 1..=5).await;
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    let first = store.dead_letters(scope, None, 2).await.unwrap();
    let row = &first.rows[0];
    assert_eq!((row.id, row.number, row.reason.as_str(), row.size_bytes, row.tries), (5, Some(NUMBER), "fault", 5, 0));
    assert!(matches!(row.entity, Some(Entity::Thread(_))));
    assert_eq!(row.parked_at.0 - row.received_at.0, 60_000_000);
    let second = store.dead_letters(scope, first.next, 2).await.unwrap();
    let last = store.dead_letters(scope, second.next, 2).await.unwrap();
    let ids = |rows: &[dashoffice_store::views::DeadLetterView]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!((ids(&first.rows), ids(&second.rows), ids(&last.rows)), (vec![5, 4], vec![3, 2], vec![1]));
    assert_eq!(last.next, None::<Cursor>);
    let heaps = store.heaps(scope, DeadLetterList::DeadLetters).await.unwrap();
    assert_eq!(heaps, [Heap { reason: "fault".into(), count: 5, size_bytes: 15, oldest_at: Some(row.parked_at) }]);
}

async fn c6_nothing_that_was_put_aside_is_seen_or_touched_by_another_tenant(desk: Desk) {
    desk.accept(body(&["secret"])).await;
    park(&desk, 1..=1).await;
    let unmatched = UnmatchedWebhook {
        app: APP,
        number: None,
        item_key: None,
        number_ref: None,
        reason: "odd".into(),
        raw: b"secret".to_vec(),
    };
    desk.accept(Delivery { unmatched: vec![unmatched], ..delivery() }).await;
    let (store, ours, theirs) = (desk.store(), scope(&desk, TENANT).await, scope(&desk, OTHER_TENANT).await);
    let id = store.unparsed_items(ours, DeadLetterList::Unmatched, None, 10).await.unwrap().rows[0].id;
    for aside in [
        DeadLetterList::DeadLetters,
        DeadLetterList::Unmatched,
        DeadLetterList::UnparsedItems,
        DeadLetterList::AccountNews,
    ] {
        assert_eq!(store.heaps(theirs, aside).await.unwrap(), []);
        assert_eq!(store.raw_bytes(theirs, aside, id).await.unwrap(), None);
        assert_eq!(store.raw_bytes(theirs, aside, 1).await.unwrap(), None);
    }
    assert_eq!(store.dead_letters(theirs, None, 10).await.unwrap().rows, []);
    assert_eq!(store.retry_dead_letter(theirs, 1, result(1)).await.unwrap(), Handled::NotThere);
    assert_eq!(store.discard_dead_letter(theirs, 1).await.unwrap(), Handled::NotThere);
    assert_eq!(store.raw_bytes(ours, DeadLetterList::DeadLetters, 1).await.unwrap(), Some(b"secret".to_vec()));
    assert_eq!(store.raw_bytes(ours, DeadLetterList::Unmatched, id).await.unwrap(), Some(b"secret".to_vec()));
}

async fn a_retried_letter_goes_to_the_end_of_the_inbox_once(desk: Desk) {
    desk.accept(body(&["first"])).await;
    desk.journal().count_try(TENANT.0, 1).await.unwrap();
    park(&desk, 1..=1).await;
    desk.accept(body(&["second"])).await;
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    let hints = desk.arrivals(TENANT);
    assert_eq!(store.retry_dead_letter(scope, 1, result(1)).await.unwrap(), Handled::Done);
    let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.position, row.source.clone(), row.tries)).collect();
    let provider = |raw: &str| InboxSource::Provider { number: NUMBER, raw: raw.into() };
    assert_eq!(seen, [(2, provider("second"), 0), (3, provider("first"), 0)]);
    assert!(hints.has_changed().unwrap(), "the intake is told");
    assert_eq!(store.dead_letters(scope, None, 10).await.unwrap().rows, []);
    assert_eq!(store.retry_dead_letter(scope, 1, result(2)).await.unwrap(), Handled::NotThere);
    assert_eq!(desk.accept(body(&["first"])).await.duplicates, 1, "for the provider it has been here all the time");
    // Under a key that is used nothing happens.
    park(&desk, 3..=3).await;
    assert_eq!(store.retry_dead_letter(scope, 3, result(1)).await.unwrap(), Handled::AnsweredBefore);
    assert_eq!(store.dead_letters(scope, None, 10).await.unwrap().rows.len(), 1);
}

async fn a_discarded_letter_is_gone(desk: Desk) {
    desk.accept(body(&["first"])).await;
    park(&desk, 1..=1).await;
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    assert_eq!(store.discard_dead_letter(scope, 1).await.unwrap(), Handled::Done);
    assert_eq!(store.discard_dead_letter(scope, 1).await.unwrap(), Handled::NotThere);
    assert_eq!(store.raw_bytes(scope, DeadLetterList::DeadLetters, 1).await.unwrap(), None);
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap(), []);
}

async fn strays_and_raw_items_are_two_lists(desk: Desk) {
    let unmatched = |key: Option<&str>| UnmatchedWebhook {
        app: APP,
        number: None,
        item_key: key.map(str::to_owned),
        number_ref: Some("2002".into()),
        reason: "unknown number".into(),
        raw: b"abc".to_vec(),
    };
    desk.accept(Delivery { unmatched: vec![unmatched(Some("a")), unmatched(None)], ..delivery() }).await;
    let thread = fresh();
    let mut commit = desk.thread_commit(thread, 0);
    commit.rows.push(Row::Channel(channel::Row::UnparsedItem {
        number: NUMBER,
        reason: "partly".into(),
        raw: b"de".to_vec(),
    }));
    desk.committed(commit).await;
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    let unmatched = store.unparsed_items(scope, DeadLetterList::Unmatched, None, 10).await.unwrap().rows;
    assert_eq!(unmatched.iter().map(|row| row.is_deliverable).collect::<Vec<_>>(), [false, true]);
    assert_eq!(
        (unmatched[1].app, unmatched[1].number_ref.as_deref(), unmatched[1].number),
        (Some(APP), Some("2002"), None)
    );
    let raw = store.unparsed_items(scope, DeadLetterList::UnparsedItems, None, 10).await.unwrap().rows;
    assert_eq!((raw.len(), raw[0].number, raw[0].size_bytes, raw[0].reason.as_str()), (1, Some(NUMBER), 2, "partly"));
    assert_eq!(store.raw_bytes(scope, DeadLetterList::UnparsedItems, raw[0].id).await.unwrap(), Some(b"de".to_vec()));
    assert_eq!(
        store.raw_bytes(scope, DeadLetterList::Unmatched, raw[0].id).await.unwrap(),
        None,
        "each by its own list"
    );
    assert_eq!(store.heaps(scope, DeadLetterList::Unmatched).await.unwrap()[0].count, 2);
    assert_eq!(store.heaps(scope, DeadLetterList::UnparsedItems).await.unwrap()[0].size_bytes, 2);
}

async fn a1_what_is_put_aside_is_kept_once_however_often_its_body_comes(desk: Desk) {
    let unmatched = |reason: &str, key: Option<&str>| UnmatchedWebhook {
        app: APP,
        number: None,
        item_key: key.map(str::to_owned),
        number_ref: Some("2002".into()),
        reason: reason.into(),
        raw: b"abc".to_vec(),
    };
    let told = |kind: &str| AccountNews {
        app: APP,
        number: Some(NUMBER),
        account_ref: None,
        kind: kind.into(),
        raw: b"abc".to_vec(),
    };
    let first = Delivery { unmatched: vec![unmatched("odd", None)], news: vec![told("history")], ..delivery() };
    // The same body again, of which the first part was stored when the answer was lost.
    let unmatched = vec![unmatched("odd", None), unmatched("odd", Some("a")), unmatched("other", None)];
    let whole = Delivery { unmatched, news: vec![told("history"), told("account_update")], ..delivery() };
    let mut duplicates = Vec::new();
    for body in [first, whole.clone(), whole] {
        duplicates.push(desk.accept(body).await.duplicates);
    }
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    let count = async |aside| store.unparsed_items(scope, aside, None, 10).await.unwrap().rows.len();
    assert_eq!((count(DeadLetterList::Unmatched).await, count(DeadLetterList::AccountNews).await), (3, 2));
    assert_eq!(duplicates, [0, 2, 5]);
}

async fn what_a_number_of_ours_got_and_nobody_understands_is_kept_as_its_own(desk: Desk) {
    let raw = b"abc".to_vec();
    let payment = UnmatchedWebhook {
        app: APP,
        number: Some(NUMBER),
        item_key: None,
        number_ref: Some("1001".into()),
        reason: "payment status".into(),
        raw: raw.clone(),
    };
    desk.accept(Delivery { unmatched: vec![payment], ..delivery() }).await;
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    assert_eq!(store.heaps(scope, DeadLetterList::Unmatched).await.unwrap(), []);
    let rows = store.unparsed_items(scope, DeadLetterList::UnparsedItems, None, 10).await.unwrap().rows;
    assert_eq!((rows.len(), rows[0].number, rows[0].reason.as_str()), (1, Some(NUMBER), "payment status"));
    assert_eq!(store.raw_bytes(scope, DeadLetterList::UnparsedItems, rows[0].id).await.unwrap(), Some(raw));
}

async fn a10_an_answer_is_kept_once_and_the_first_one_stays(desk: Desk) {
    let (store, ours, theirs) = (desk.store(), scope(&desk, TENANT).await, scope(&desk, OTHER_TENANT).await);
    assert!(store.keep_answer(ours, result(1)).await.unwrap());
    let other = CommandResult { answer: b"other".to_vec(), ..result(1) };
    assert!(!store.keep_answer(ours, other.clone()).await.unwrap());
    assert!(store.keep_answer(theirs, other).await.unwrap(), "another tenant's key is another key");
    let desk = desk.restart().await;
    let kept = desk.store().answered(ours, AGENT.0, Uuid::from_u128(1)).await.unwrap().unwrap();
    assert_eq!((kept.fingerprint, kept.answer), ([7; 32], b"{}".to_vec()));
}

async fn news_of_the_account_are_a_list_of_their_own_and_counted_by_kind(desk: Desk) {
    let told = |kind: &str, number| AccountNews {
        app: APP,
        number,
        account_ref: Some("2001".into()),
        kind: kind.into(),
        raw: kind.as_bytes().to_vec(),
    };
    let news = vec![told("account_update", None), told("history", Some(NUMBER)), told("account_update", Some(NUMBER))];
    desk.accept(Delivery { news, ..delivery() }).await;
    let (store, scope) = (desk.store(), scope(&desk, TENANT).await);
    for other in [DeadLetterList::Unmatched, DeadLetterList::UnparsedItems] {
        assert_eq!(store.heaps(scope, other).await.unwrap(), [], "{other:?}");
    }
    let heaps = store.heaps(scope, DeadLetterList::AccountNews).await.unwrap();
    let counted: Vec<_> = heaps.iter().map(|heap| (heap.reason.as_str(), heap.count)).collect();
    assert_eq!(counted, [("account_update", 2), ("history", 1)]);
    let rows = store.unparsed_items(scope, DeadLetterList::AccountNews, None, 10).await.unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [Some(NUMBER), Some(NUMBER), None]);
    assert_eq!((rows[2].account_ref.as_deref(), rows[2].is_deliverable), (Some("2001"), false));
    assert_eq!(
        store.raw_bytes(scope, DeadLetterList::AccountNews, rows[1].id).await.unwrap(),
        Some(b"history".to_vec())
    );
    assert_eq!(store.raw_bytes(scope, DeadLetterList::Unmatched, rows[1].id).await.unwrap(), None);
}
