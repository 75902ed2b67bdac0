//! What is shown: pages that do not repeat, filters, history, and the position of it all (§1, §5).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_store::Fixed;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip_when_rows_are_added_at_the_front() {
    let desk = Desk::open().await;
    let mut there = BTreeSet::new();
    for n in 0..5 {
        desk.pass_seconds(1);
        let phone = format!("551199999010{n}");
        there.insert(desk.customer_writes(House::Blue, &phone, "oi").await["id"].as_str().unwrap().to_owned());
    }
    let (mut seen, mut path) = (Vec::new(), "/conversations?limit=2".to_owned());
    for page in 0.. {
        let answer = desk.gets(House::Blue, "sue", &path).await;
        seen.extend(ids(&answer.items()));
        desk.pass_seconds(1);
        desk.customer_writes(House::Blue, &format!("551199999020{page}"), "oi").await;
        match answer.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/conversations?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_query_is_refused() {
    let desk = Desk::open().await;
    for n in 0..2 {
        desk.customer_writes(House::Blue, &format!("551199999010{n}"), "oi").await;
    }
    let cursor = desk.gets(House::Blue, "sue", "/conversations?limit=1").await.body["next_cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    for path in ["/conversations?limit=1&state=any", "/contacts?limit=1", "/conversations?owner=queue"] {
        let sign = if path.contains('?') { "&" } else { "?" };
        let answer = desk.gets(House::Blue, "sue", &format!("{path}{sign}cursor={cursor}")).await;
        assert_eq!((answer.status, answer.body["errors"][0]["field"].as_str()), (422, Some("cursor")), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_come_newest_first_and_older_pages_follow() {
    let desk = Desk::open().await;
    let mut id = String::new();
    for text in ["um", "dois", "três"] {
        let conversation = desk.customer_writes(House::Blue, "5511999990001", text).await;
        conversation["id"].as_str().unwrap().clone_into(&mut id);
    }
    let path = format!("/conversations/{id}/messages");
    let newest = desk.gets(House::Blue, "ana", &format!("{path}?limit=2")).await;
    let bodies =
        |answer: &Answer| answer.items().iter().map(|message| message["content"]["body"].clone()).collect::<Vec<_>>();
    assert_eq!(bodies(&newest), ["três", "dois"]);
    let cursor = newest.body["next_cursor"].as_str().unwrap();
    let older = desk.gets(House::Blue, "ana", &format!("{path}?limit=2&cursor={cursor}")).await;
    assert_eq!((bodies(&older), &older.body["next_cursor"]), (vec![json!("um")], &json!(null)));
    let first = &newest.items()[0];
    assert_eq!(
        (&first["author"]["kind"], &first["status"], &first["media"]),
        (&json!("contact"), &json!("received"), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversations_are_found_by_name_digits_state_and_age() {
    let desk = Desk::open().await;
    for (phone, wait) in [("5511999990001", 0), ("5521888880002", 5)] {
        desk.pass_seconds(wait);
        desk.customer_writes(House::Blue, phone, "100%_certo").await;
    }
    let count =
        async |query: &str| desk.gets(House::Blue, "sue", &format!("/conversations?{query}")).await.items().len();
    assert_eq!(count("q=customer").await, 2);
    assert_eq!(count("q=88880").await, 1);
    assert_eq!(count("q=%2B55%2021%2088888").await, 1);
    assert_eq!(count("q=%25%25").await, 0, "taken at its word");
    assert_eq!(count("state=closed").await, 0);
    assert_eq!(count("state=queued,active").await, 2);
    assert_eq!(count(&format!("number_id={}", NUMBER.0)).await, 2);
    assert_eq!(count(&format!("queue_id={}", OTHER_QUEUE.0)).await, 0);
    let waiting = desk.gets(House::Blue, "sue", "/conversations?owner=queue&order=waiting").await.items();
    assert_eq!(waiting[0]["contact"]["identifier"]["value"], "5511999990001", "who waits longest comes first");
    let newest = desk.gets(House::Blue, "sue", "/conversations").await.items();
    assert_eq!(newest[0]["contact"]["identifier"]["value"], "5521888880002");
    assert_eq!(desk.gets(House::Blue, "sue", "/contacts?q=8888").await.items().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_tells_who_had_it_and_who_took_it() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990001").await;
    desk.posts(House::Blue, "ana", &format!("/conversations/{id}/close"), json!({})).await;
    let lines = desk.gets(House::Blue, "ana", &format!("/conversations/{id}/history")).await.items();
    let told: Vec<(&str, Option<&str>)> =
        lines.iter().map(|line| (line["kind"].as_str().unwrap(), line["reason"].as_str())).collect();
    let expected = [
        ("owner_changed", Some("closed")),
        ("conversation_closed", None),
        ("owner_changed", Some("picked")),
        ("owner_changed", Some("opened")),
        ("conversation_opened", None),
    ];
    assert_eq!(told, expected);
    assert_eq!(lines[2]["actor_id"], json!(user_id(House::Blue, "ana")));
    assert_eq!(lines[2]["from"], json!({"kind": "queue", "id": QUEUE}));
    assert_eq!(lines[4]["actor_id"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_says_the_position_it_shows() {
    let desk = Desk::open().await;
    let position = |answer: &Answer| {
        let (incarnation, position) = answer.header("as-of").unwrap().split_once('.').unwrap();
        (incarnation.to_owned(), position.parse::<i64>().unwrap())
    };
    let before = position(&desk.gets(House::Blue, "sue", "/conversations").await);
    let id = desk.customer_writes(House::Blue, "5511999990001", "oi").await["id"].as_str().unwrap().to_owned();
    for path in
        ["/conversations", "/numbers", "/queues", "/agents", "/contacts", "/board", &format!("/conversations/{id}")]
    {
        let after = position(&desk.gets(House::Blue, "sue", path).await);
        assert_eq!(after.0, before.0);
        assert!(after.1 > before.1, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_counts_what_waits_and_what_is_held() {
    let desk = Desk::open().await;
    desk.held_by_ana("5511999990001").await;
    desk.customer_writes(House::Blue, "5511999990002", "oi").await;
    let board = desk.gets(House::Blue, "sue", "/board").await.body;
    let queue = board["queues"].as_array().unwrap().iter().find(|queue| queue["id"] == json!(QUEUE)).unwrap();
    assert_eq!((&queue["waiting"], &queue["active"]), (&json!(1), &json!(1)));
    assert_eq!((&board["numbers"][0]["waiting"], &board["numbers"][0]["active"]), (&json!(1), &json!(1)));
    let ana = board["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == "ana").unwrap();
    assert_eq!((&ana["active"], &ana["capacity_units"]), (&json!(1), &json!(100)));
    assert_eq!(ana["oldest_unanswered_since"], json!("2027-01-15T08:00:00.000000Z"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e5_what_a_file_holds_is_told_of_numbers_queues_agents_and_users() {
    let desk = Desk::open().await;
    let ana = user_id(House::Blue, "ana");
    let number = desk.gets(House::Blue, "sue", "/numbers").await.items()[0]["id"].as_str().unwrap().parse().unwrap();
    let held = [(number, "queue_id"), (QUEUE.0, "member_ids"), (ana, "email")];
    let mut fixed = Fixed::default();
    for (id, field) in held {
        fixed.fix(House::Blue.tenant(), id, [field]);
    }
    desk.store.fixes(fixed);
    let paths = [("/numbers", held[0]), ("/queues", held[1]), ("/agents", held[2]), ("/users", held[2])];
    for (path, (id, field)) in paths {
        for line in desk.gets(House::Blue, "sue", path).await.items() {
            let expected = if line["id"] == json!(id) { json!([field]) } else { json!([]) };
            assert_eq!(line["fixed"], expected, "{path}");
        }
    }
    assert_eq!(desk.gets(House::Blue, "ana", "/me").await.body["agent"]["fixed"], json!(["email"]));
    for line in desk.gets(House::Green, "root", "/users").await.items() {
        assert_eq!(line["fixed"], json!([]), "of another tenant a file holds nothing here");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f4_operators_see_what_stands_for_their_tenant_and_never_a_word() {
    let desk = Desk::open().await;
    desk.customer_writes(House::Blue, "5511999990001", "segredo").await;
    let seen = desk.gets(House::Blue, "root", "/ops/actors").await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let hosts = seen.body["hosts"].as_array().unwrap();
    let kinds: Vec<&str> = hosts.iter().map(|host| host["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["conversation", "agent"]);
    assert_eq!(hosts[0]["resident"], 1);
    let singletons: Vec<&str> =
        seen.body["stations"].as_array().unwrap().iter().map(|singleton| singleton["kind"].as_str().unwrap()).collect();
    assert!(["intake", "router", "delivery"].iter().all(|kind| singletons.contains(kind)), "{singletons:?}");
    assert_eq!(
        (&seen.body["store"], &seen.body["careful"], &seen.body["fell"]),
        (&json!("clear"), &json!(false), &json!(null))
    );
    assert!(seen.body["writer"]["transactions"].as_u64().unwrap() > 0);
    assert!(!seen.body.to_string().contains("segredo") && !seen.body.to_string().contains("5511999990001"));
    let theirs = desk.gets(House::Green, "root", "/ops/actors").await;
    assert_eq!(theirs.body["hosts"][0]["resident"], 0, "another tenant's actors are nobody else's");
    for limit in ["0", "201"] {
        assert_eq!(desk.gets(House::Blue, "root", &format!("/ops/actors?limit={limit}")).await.code(), "invalid");
    }
}
