//! What came for a number that is not there: delivered in order, once, when it is (C6).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{AppId, NumberId, TenantId};
use dashoffice_domain::ports::Inbox as _;
use dashoffice_domain::ports::{
    Arrival, ChannelCredentials, Delivery, InboxSource, NumberRow, Secret, UnmatchedWebhook,
};
use dashoffice_store::Provision;
use uuid::Uuid;

for_every_store!(
    c6_what_came_for_a_number_is_delivered_in_order_and_once_when_it_is_connected,
    c6_a_number_of_another_app_or_tenant_gets_nothing_of_it,
    c6_what_was_sorted_before_the_number_was_known_is_delivered_all_the_same,
    c6_a_status_and_what_is_no_message_stay_where_they_are,
);

const LATE: NumberId = NumberId(Uuid::from_u128(0x1A7E));
const OTHER_APP: AppId = AppId(Uuid::from_u128(0xAA));

fn unmatched(key: &str) -> UnmatchedWebhook {
    UnmatchedWebhook {
        app: APP,
        number: None,
        item_key: Some(key.into()),
        number_ref: Some("2002".into()),
        reason: "unknown number".into(),
        raw: key.as_bytes().to_vec(),
    }
}

fn bringing(keys: &[&str]) -> Delivery {
    Delivery { unmatched: keys.iter().map(|key| unmatched(key)).collect(), ..delivery() }
}

async fn connect(desk: &Desk, tenant: TenantId, app: AppId, id: NumberId) {
    let line = ChannelCredentials {
        provider_ref: "2002".into(),
        access_token: Secret("token".into()),
        api_base: None,
        marketing_messages: false,
    };
    let number = NumberRow {
        id,
        provider: "cloud".into(),
        display_name: "Late".into(),
        display_phone_number: "+55 11 5555-0002".into(),
        queue: QUEUE,
        line,
        account_ref: None,
    };
    desk.provision(Provision::Number { tenant, app, number }).await;
}

async fn waiting(desk: &Desk, tenant: TenantId) -> Vec<(NumberId, String)> {
    let rows = desk.reads(tenant).unconsumed(0, 500).await.unwrap();
    rows.into_iter()
        .map(|row| match row.source {
            InboxSource::Provider { number, raw } => (number, String::from_utf8(raw).unwrap()),
            InboxSource::Tell { .. } => panic!("nobody told anything"),
        })
        .collect()
}

async fn c6_what_came_for_a_number_is_delivered_in_order_and_once_when_it_is_connected(desk: Desk) {
    desk.accept(bringing(&["a", "b"])).await;
    // The provider repeats what it was told 200 for.
    desk.accept(bringing(&["b", "c"])).await;
    let desk = desk.restart().await;
    desk.hands.pass_seconds(3_600);
    let now = Timestamp(NOON + 3_600_000_000);
    desk.accept(Delivery { received_at: now, ..body(&["ours"]) }).await;
    let hints = desk.arrivals(TENANT);
    connect(&desk, TENANT, APP, LATE).await;
    let late = |key: &str| (LATE, key.to_owned());
    assert_eq!(waiting(&desk, TENANT).await, [(NUMBER, "ours".into()), late("a"), late("b"), late("c")]);
    assert!(hints.has_changed().unwrap());
    let rows = desk.reads(TENANT).unconsumed(1, 10).await.unwrap();
    assert!(rows.iter().all(|row| row.received_at == now), "they wait since now (A6)");
    assert_eq!(rows[0].correlation, delivery().correlation);

    // Once: neither the operator's repetition nor the provider's brings them again.
    connect(&desk, TENANT, APP, LATE).await;
    let arrivals = vec![Arrival::new(LATE, "a", b"a".to_vec())];
    let again = Delivery { arrivals, received_at: now, ..delivery() };
    assert_eq!(desk.accept(again).await.duplicates, 1);
    assert_eq!(waiting(&desk, TENANT).await.len(), 4);
}

async fn c6_a_number_of_another_app_or_tenant_gets_nothing_of_it(desk: Desk) {
    desk.accept(bringing(&["a"])).await;
    desk.provision(Provision::App {
        tenant: TENANT,
        id: OTHER_APP,
        provider: "cloud".into(),
        app_secret: Secret("other".into()),
        verify_token: Secret("other".into()),
        url_token: Secret("another address".into()),
    })
    .await;
    connect(&desk, OTHER_TENANT, APP, LATE).await;
    connect(&desk, TENANT, OTHER_APP, fresh()).await;
    assert_eq!((waiting(&desk, TENANT).await, waiting(&desk, OTHER_TENANT).await), (vec![], vec![]));
    connect(&desk, TENANT, APP, LATE).await;
    assert_eq!(waiting(&desk, TENANT).await, [(LATE, "a".to_owned())]);
}

async fn c6_what_was_sorted_before_the_number_was_known_is_delivered_all_the_same(desk: Desk) {
    desk.accept(bringing(&["a"])).await;
    let inbox = desk.inbox(TENANT).await;
    // Bodies that are under way while the number is connected.
    let under_way = async {
        for key in ["b", "c", "d", "e"] {
            inbox.accept(bringing(&[key])).await.unwrap();
        }
    };
    tokio::join!(connect(&desk, TENANT, APP, LATE), under_way);
    let last = desk.accept(bringing(&["e", "f"])).await;
    assert_eq!((last.accepted, last.duplicates), (1, 1));
    let keys: Vec<String> = waiting(&desk, TENANT).await.into_iter().map(|(_, raw)| raw).collect();
    assert_eq!(keys, ["a", "b", "c", "d", "e", "f"]);
}

async fn c6_a_status_and_what_is_no_message_stay_where_they_are(desk: Desk) {
    let status = UnmatchedWebhook { item_key: None, ..unmatched("status") };
    let nameless = UnmatchedWebhook { number_ref: None, ..unmatched("nameless") };
    desk.accept(Delivery { unmatched: vec![status, nameless, unmatched("a")], ..delivery() }).await;
    connect(&desk, TENANT, APP, LATE).await;
    assert_eq!(waiting(&desk, TENANT).await, [(LATE, "a".to_owned())]);
}
