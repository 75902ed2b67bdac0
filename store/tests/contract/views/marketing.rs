//! What customers say about marketing: kept for each number, and the last word counts.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::Timestamp;
use dashoffice_domain::contact::{Identifier, IdentifierKind};
use dashoffice_domain::identity::Claim;
use dashoffice_domain::ids::NumberId;
use dashoffice_domain::marketing::{Marketing, MarketingChoice};
use dashoffice_domain::ports::{Delivery, MarketingNews};
use dashoffice_store::views::{MarketingView, Sight};

for_both_databases!(
    of_what_a_customer_says_about_marketing_the_last_word_counts_in_whatever_order_it_comes,
    a_word_on_marketing_is_of_one_number_and_one_tenant,
    a_word_on_marketing_under_a_number_they_left_counts_only_if_they_had_it_then,
);

fn says(number: NumberId, phone: &str, wants: Marketing, at: i64) -> Delivery {
    let identifiers = vec![Identifier::new(IdentifierKind::WaId, phone)];
    let choice = MarketingChoice { identifiers, wants, said_at: Timestamp(NOON + at * 1_000_000) };
    Delivery { marketing: vec![MarketingNews { number, choice }], ..delivery() }
}

async fn known(desk: &Desk) -> Vec<MarketingView> {
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    desk.store().contact(scope, Sight::All, CONTACT).await.unwrap().what.unwrap().marketing
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
