//! What operators see of what was put aside, and what they do about it (§5, §6).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_domain::ids::NumberId;
use dashoffice_domain::ports::{
    AccountNews, Arrival, ChannelCredentials, Delivery, NumberRow, Secret, UnmatchedWebhook,
};
use dashoffice_store::Provision;
use serde_json::{Value, json};
use uuid::Uuid;

/// One of each heap, by id.
pub(crate) struct DeadLetterIds {
    pub(crate) dead: i64,
    pub(crate) unmatched: i64,
    pub(crate) raw: i64,
    pub(crate) news: i64,
}

fn said(from: &str, id: &str, partly: bool) -> Vec<u8> {
    json!({"from": from, "name": "Zé", "text": "segredo", "id": id, "partly": partly}).to_string().into_bytes()
}

fn unmatched(key: &str, from: &str) -> UnmatchedWebhook {
    UnmatchedWebhook {
        app: APP,
        number: None,
        item_key: Some(key.into()),
        number_ref: Some("2002".into()),
        reason: "unknown number".into(),
        raw: said(from, key, false),
    }
}

/// What nobody can read, what belongs to nobody, what is understood in part only, and what is told of the account.
pub(crate) async fn put_aside(desk: &Desk) -> DeadLetterIds {
    let arrivals = vec![
        Arrival::new(NUMBER, "broken", b"segredo that is no JSON".to_vec()),
        Arrival::new(NUMBER, "partly", said("5511999990055", "partly", true)),
    ];
    let news = AccountNews {
        app: APP,
        number: Some(NUMBER),
        account_ref: Some("900800700".into()),
        kind: "account_update".into(),
        raw: b"segredo da conta".to_vec(),
    };
    let unmatched = vec![unmatched("late", "5511999990066")];
    let delivery = Delivery { arrivals, unmatched, news: vec![news], ..Delivery::default() };
    desk.accepts(House::Blue, delivery).await;
    let id = async |list: &str| -> i64 {
        let mut committed = desk.store.subscribe();
        loop {
            let items = desk.gets(House::Blue, "root", &format!("/ops/{list}")).await.items();
            if let Some(item) = items.first() {
                return item["id"].as_i64().unwrap();
            }
            // Parking is no commit that is told: what comes next is looked at in any case.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), committed.next()).await;
        }
    };
    DeadLetterIds {
        dead: id("dead-letters").await,
        unmatched: id("strays").await,
        raw: id("raw-items").await,
        news: id("account-news").await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_say_how_much_and_since_when_and_never_what_was_said() {
    let desk = Desk::open().await;
    put_aside(&desk).await;
    for who in ["root", "sue"] {
        for path in ["/ops/put-aside", "/ops/dead-letters", "/ops/strays", "/ops/raw-items", "/ops/account-news"] {
            let text = desk.gets(House::Blue, who, path).await.body.to_string();
            assert!(!text.contains("segredo") && !text.contains("55119999"), "{path}: {text}");
        }
    }
    let dead = &desk.gets(House::Blue, "root", "/ops/dead-letters").await.items()[0];
    assert_eq!((&dead["reason"], &dead["size_bytes"]), (&json!("unreadable"), &json!(23)));
    assert_eq!(dead["number_id"], NUMBER.to_string());
    assert!(dead["detail"].is_string());
    let dead = &desk.gets(House::Blue, "sue", "/ops/dead-letters").await.items()[0];
    assert_eq!(dead["detail"], Value::Null, "it may quote what was said");
    let unmatched = &desk.gets(House::Blue, "sue", "/ops/strays").await.items()[0];
    assert_eq!((&unmatched["number_ref"], &unmatched["deliverable"]), (&json!("2002"), &json!(true)));
    assert_eq!(unmatched["number_id"], Value::Null);
    let raw = &desk.gets(House::Blue, "sue", "/ops/raw-items").await.items()[0];
    assert_eq!((&raw["number_id"], &raw["deliverable"]), (&json!(NUMBER.to_string()), &json!(false)));
    let news = &desk.gets(House::Blue, "sue", "/ops/account-news").await.items()[0];
    assert_eq!((&news["reason"], &news["number_id"]), (&json!("account_update"), &json!(NUMBER.to_string())));
    let heaps = desk.gets(House::Blue, "sue", "/ops/put-aside").await.body;
    assert_eq!(
        (&heaps["dead_letters"][0]["count"], &heaps["strays"][0]["reason"]),
        (&json!(1), &json!("unknown number"))
    );
    let wrong = desk.gets(House::Blue, "root", "/ops/strays?cursor=none").await;
    assert_eq!((wrong.status, wrong.code()), (422, "invalid"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_go_out_one_by_one_to_be_saved_and_not_shown() {
    let desk = Desk::open().await;
    let DeadLetterIds { dead, .. } = put_aside(&desk).await;
    let raw = desk.gets(House::Blue, "root", &format!("/ops/dead-letters/{dead}/raw")).await;
    assert_eq!(raw.body, "segredo that is no JSON");
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
    assert_eq!(
        (raw.header("content-disposition"), raw.header("cache-control")),
        (Some("attachment"), Some("no-store"))
    );
    assert_eq!(raw.header("x-content-type-options"), Some("nosniff"));
    for nothing in
        ["/ops/dead-letters/99/raw", "/ops/strays/none/raw", "/ops/raw-items/-1/raw", "/ops/account-news/99/raw"]
    {
        assert_eq!(desk.gets(House::Blue, "root", nothing).await.code(), "not_found", "{nothing}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_dead_letter_is_retried_once_however_often_it_is_asked() {
    let desk = Desk::open().await;
    let DeadLetterIds { dead, .. } = put_aside(&desk).await;
    let (path, key) = (format!("/ops/dead-letters/{dead}/retry"), key());
    let first = desk.posts_as(House::Blue, "root", &path, json!({}), &key).await;
    assert_eq!((first.status, &first.body), (202, &json!({"id": dead})));
    // It cannot be read this time either, and lies there again under its new position.
    let parked_again = loop {
        let items = desk.gets(House::Blue, "root", "/ops/dead-letters").await.items();
        if let Some(item) = items.first() {
            break item["id"].as_i64().unwrap();
        }
        tokio::task::yield_now().await;
    };
    assert!(parked_again > dead);
    let again = desk.posts_as(House::Blue, "root", &path, json!({}), &key).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (202, &first.body, Some("true")));
    let other =
        desk.posts_as(House::Blue, "root", &format!("/ops/dead-letters/{parked_again}/retry"), json!({}), &key).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    let gone = desk.posts(House::Blue, "root", &path, json!({})).await;
    assert_eq!((gone.status, gone.code()), (404, "not_found"));
    let token = Some(desk.token(House::Blue, "root"));
    let path = format!("/api/v1/ops/dead-letters/{parked_again}");
    assert_eq!(desk.asks(token, "DELETE", &path, None, None).await.status, 204);
    assert_eq!(desk.asks(token, "DELETE", &path, None, None).await.status, 404);
    assert!(desk.gets(House::Blue, "root", "/ops/dead-letters").await.items().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_what_came_for_a_number_reaches_the_agents_when_it_is_connected() {
    let desk = Desk::open().await;
    let unmatched = ["late.1", "late.2", "late.3"].map(|key| unmatched(key, "5511999990077")).to_vec();
    desk.accepts(House::Blue, Delivery { unmatched, ..Delivery::default() }).await;
    let mut committed = desk.store.subscribe();
    let late = NumberId(Uuid::from_u128(0x1A7E));
    let line = ChannelCredentials {
        provider_ref: "2002".into(),
        access_token: Secret("t".into()),
        api_base: None,
        marketing_messages: false,
    };
    let number = NumberRow {
        id: late,
        provider: "cloud".into(),
        display_name: "late".into(),
        display_phone_number: "+55 11 4000-0002".into(),
        queue: QUEUE,
        line,
        account_ref: None,
    };
    let provision = Provision::Number { tenant: House::Blue.tenant(), app: APP, number };
    desk.store.provision(provision.clone()).await.unwrap();
    desk.store.provision(provision).await.unwrap();
    let conversation = loop {
        let found = desk.gets(House::Blue, "ana", &format!("/conversations?number_id={late}")).await.items();
        if let Some(conversation) = found.first().filter(|found| found["unanswered"] == 3) {
            break conversation["id"].as_str().unwrap().to_owned();
        }
        committed.next().await.unwrap();
    };
    let messages = desk.gets(House::Blue, "ana", &format!("/conversations/{conversation}/messages")).await.items();
    let ids: Vec<_> = messages.iter().map(|message| message["provider_message_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["late.3", "late.2", "late.1"], "newest first");
    assert!(desk.gets(House::Blue, "root", "/ops/strays").await.items().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_job_is_there_also_where_nothing_is_to_be_done() {
    let desk = Desk::open().await;
    let jobs = desk.gets(House::Blue, "sue", "/ops/jobs").await.body;
    let kind = |name: &str| json!({ "kind": name, "under_way": 0, "states": [] });
    assert_eq!(jobs["kinds"], Value::from(["media", "read_marks", "sending"].map(kind).to_vec()));
}
