//! What customers say about marketing: kept for each number, and the last word counts.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::conversation::marketing::{Marketing, MarketingChoice};
use dashoffice_domain::ids::{NumberId, ThreadId};
use dashoffice_domain::ports::Inbox as _;
use dashoffice_domain::ports::{Delivery, MarketingNews};
use dashoffice_store::views::{MarketingView, Visibility};

for_both_databases!(
    of_what_a_customer_says_about_marketing_the_last_word_counts_in_whatever_order_it_comes,
    a_word_on_marketing_is_of_one_number_and_one_tenant,
    a_word_on_marketing_under_a_number_they_left_counts_only_if_they_had_it_then,
    a_stranger_on_a_recycled_number_inherits_no_word_on_marketing,
);

fn says(number: NumberId, phone: &str, wants: Marketing, at: i64) -> Delivery {
    let identifiers = vec![Identifier::new(IdentifierKind::WaId, phone)];
    let choice = MarketingChoice { identifiers, wants, said_at: Timestamp(NOON + at * 1_000_000) };
    Delivery { marketing: vec![MarketingNews { number, choice }], ..delivery() }
}

async fn known(desk: &Desk) -> Vec<MarketingView> {
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    desk.store().contact(scope, Visibility::All, CONTACT).await.unwrap().what.unwrap().marketing
}

async fn of_what_a_customer_says_about_marketing_the_last_word_counts_in_whatever_order_it_comes(desk: Desk) {
    desk.accept(says(NUMBER, "5511", Marketing::Stop, 1)).await;
    desk.thread("5511").await;
    let view =
        |wants, at: i64| vec![MarketingView { number: NUMBER, wants, said_at: Timestamp(NOON + at * 1_000_000) }];
    assert_eq!(known(&desk).await, view(Marketing::Stop, 1), "said before anybody knew them here");
    desk.accept(says(NUMBER, "5511", Marketing::Resume, 5)).await;
    assert_eq!(known(&desk).await, view(Marketing::Resume, 5));
    desk.accept(says(NUMBER, "5511", Marketing::Stop, 3)).await;
    let desk = desk.restart().await;
    desk.accept(says(NUMBER, "5511", Marketing::Stop, 4)).await;
    assert_eq!(known(&desk).await, view(Marketing::Resume, 5), "an older word that comes late");
}

async fn a_word_on_marketing_is_of_one_number_and_one_tenant(desk: Desk) {
    desk.thread("5511").await;
    desk.accept(says(OTHER_NUMBER, "5511", Marketing::Stop, 1)).await;
    desk.accept(says(NUMBER, "5522", Marketing::Stop, 1)).await;
    desk.inbox(OTHER_TENANT).await.accept(says(NUMBER, "5511", Marketing::Stop, 1)).await.unwrap();
    assert_eq!(known(&desk).await, []);
}

async fn a_word_on_marketing_under_a_number_they_left_counts_only_if_they_had_it_then(desk: Desk) {
    let at = |seconds: i64| Timestamp(NOON + seconds * 1_000_000);
    let (thread, _) = desk.thread("5511").await;
    desk.accept(says(NUMBER, "5511", Marketing::Stop, 10)).await;
    let phone = Identifier::new(IdentifierKind::WaId, "5511");
    let left = Claim { is_new: false, retired_at: Some(at(20)), ..Claim::link(phone, at(10)) };
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![claim(thread, left)];
    desk.committed(commit).await;
    let stop = MarketingView { number: NUMBER, wants: Marketing::Stop, said_at: at(10) };
    assert_eq!(known(&desk).await, [stop]);
    desk.accept(says(NUMBER, "5511", Marketing::Resume, 30)).await;
    assert_eq!(known(&desk).await, [], "whoever has it now said this");
}

async fn a_stranger_on_a_recycled_number_inherits_no_word_on_marketing(desk: Desk) {
    let at = |seconds: i64| Timestamp(NOON + seconds * 1_000_000);
    let phone = |digits: &str| Identifier::new(IdentifierKind::WaId, digits);
    let takes = async |desk: &Desk, digits: &str, from: ThreadId, when: i64| {
        let stranger: ThreadId = fresh();
        let taken = Claim { taken_from: Some(from), ..Claim::link(phone(digits), at(when)) };
        let mut commit = desk.thread_commit(stranger, 0);
        commit.rows = vec![claim(stranger, taken)];
        desk.committed(commit).await;
    };
    let (former, _) = desk.thread("5511").await;
    desk.accept(says(NUMBER, "5511", Marketing::Stop, 10)).await;
    takes(&desk, "5511", former, 20).await;
    let desk = desk.restart().await;
    assert_eq!(known(&desk).await, [], "the former owner said it");

    let (other, _) = desk.thread("5522").await;
    desk.accept(says(NUMBER, "5522", Marketing::Stop, 30)).await;
    takes(&desk, "5522", other, 20).await;
    let stop = MarketingView { number: NUMBER, wants: Marketing::Stop, said_at: at(30) };
    assert_eq!(known(&desk).await, [stop], "said when the number was the stranger's already");

    let (third, _) = desk.thread("5533").await;
    let left = Claim { is_new: false, retired_at: Some(at(40)), ..Claim::link(phone("5533"), at(0)) };
    let mut commit = desk.thread_commit(third, 1);
    commit.rows = vec![claim(third, left)];
    desk.committed(commit).await;
    desk.accept(says(NUMBER, "5533", Marketing::Stop, 50)).await;
    takes(&desk, "5533", third, 60).await;
    let stop = MarketingView { number: NUMBER, wants: Marketing::Stop, said_at: at(50) };
    assert_eq!(known(&desk).await, [stop], "said after the former owner had left it");
}
