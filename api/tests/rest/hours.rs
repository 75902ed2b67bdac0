//! Business hours over REST: what is no plan, holidays that hours name, and what a day comes to.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use serde_json::{Value, json};

fn hours(name: &str, zone: &str, week: Value, holidays: Option<&str>) -> Value {
    json!({"name": name, "zone": zone, "week": week, "holidays": holidays})
}

fn weekdays() -> Value {
    let day = json!([{"from": "09:00", "until": "13:00"}, {"from": "14:00", "until": "18:00"}]);
    json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day})
}

async fn created(desk: &Desk, path: &str, body: Value) -> String {
    let answer = desk.posts(House::Blue, "root", path, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["id"].as_str().unwrap().to_owned()
}

async fn opens(desk: &Desk, id: &str, on: &str) -> Value {
    let answer = desk.gets(House::Blue, "bia", &format!("/hours/{id}/openings?on={on}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["days"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_day_comes_to_is_told_by_the_plan_and_the_holidays_of_its_zone() {
    let desk = Desk::open().await;
    let days = json!({
        "12-25": {"name": "Navidad"},
        "2026-12-24": {"name": "Nochebuena", "open": [{"from": "09:00", "until": "12:00"}]},
    });
    let holidays = created(&desk, "/holidays", json!({"name": "Colombia", "days": days})).await;
    let id = created(&desk, "/hours", hours("Bogotá", "america/bogota", weekdays(), Some(&holidays))).await;
    let monday = opens(&desk, &id, "2026-12-21").await;
    let expected = json!([
        {"from": "2026-12-21T14:00:00.000000Z", "until": "2026-12-21T18:00:00.000000Z", "opens": "09:00", "closes": "13:00"},
        {"from": "2026-12-21T19:00:00.000000Z", "until": "2026-12-21T23:00:00.000000Z", "opens": "14:00", "closes": "18:00"},
    ]);
    assert_eq!(monday, json!({"date": "2026-12-21", "is_holiday": false, "openings": expected}));
    let eve = opens(&desk, &id, "2026-12-24").await;
    assert_eq!(
        (&eve["is_holiday"], &eve["openings"][0]["until"]),
        (&json!(true), &json!("2026-12-24T17:00:00.000000Z"))
    );
    assert_eq!(opens(&desk, &id, "2026-12-25").await["openings"], json!([]));
    let week = desk.gets(House::Blue, "ana", &format!("/hours/{id}/openings?on=2026-12-21&days=7")).await;
    let counts: Vec<usize> =
        week.body["days"].as_array().unwrap().iter().map(|day| day["openings"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [2, 2, 2, 1, 0, 0, 0]);
    assert_eq!(week.body["zone"], "America/Bogota");
    for (query, field, code) in [
        ("on=2026-02-30", "on", "no_date"),
        ("on=tomorrow", "on", "no_date"),
        ("days=0", "days", "out_of_range"),
        ("days=63", "days", "out_of_range"),
    ] {
        let answer = desk.gets(House::Blue, "ana", &format!("/hours/{id}/openings?{query}")).await;
        let error = &answer.body["errors"][0];
        assert_eq!((answer.status, &error["field"], &error["code"]), (422, &json!(field), &json!(code)), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forced_is_told_as_open_now_and_until_when() {
    let desk = Desk::open().await;
    let mut closed = hours("Feriado", "America/Sao_Paulo", json!({}), None);
    let id = created(&desk, "/hours", closed.clone()).await;
    let now = |answer: &Answer| (answer.body["is_open"].clone(), answer.body["next_change"].clone());
    let answer = desk.gets(House::Blue, "ana", &format!("/hours/{id}/openings")).await;
    assert_eq!(now(&answer), (json!(false), Value::Null), "it never opens");
    closed["name"] = json!("Plantão");
    closed["forced"] = json!({"open": true, "until": "2999-01-01T00:00:00-03:00"});
    let id = created(&desk, "/hours", closed).await;
    let answer = desk.gets(House::Blue, "ana", &format!("/hours/{id}/openings")).await;
    assert_eq!(now(&answer).0, json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_plan_is_refused_field_by_field_and_nothing_is_kept() {
    let desk = Desk::open().await;
    let day = |from: &str, until: &str| json!({"mon": [{"from": from, "until": until}]});
    let nobody = "00000000-0000-0000-0000-0000000000ff";
    let mut forced = hours("Forced", "America/Lima", weekdays(), None);
    forced["forced"] = json!({"open": true, "until": "tomorrow"});
    for (body, field, code) in [
        (hours("Zone", "Brasilia", weekdays(), None), "zone", "unknown"),
        (hours("Empty", "America/Lima", day("09:00", "09:00"), None), "week", "empty_interval"),
        (hours("Time", "America/Lima", day("9", "10:00"), None), "week", "no_time"),
        (hours("Day", "America/Lima", json!({"lunes": []}), None), "week", "unknown_day"),
        (hours("Lost", "America/Lima", weekdays(), Some(nobody)), "holidays", "not_found"),
        (forced, "forced", "no_instant"),
    ] {
        let answer = desk.posts(House::Blue, "root", "/hours", body.clone()).await;
        let error = &answer.body["errors"][0];
        assert_eq!((answer.status, &error["field"], &error["code"]), (422, &json!(field), &json!(code)), "{body}");
    }
    let many: serde_json::Map<String, Value> = (0..10_000)
        .map(|day| (format!("{}-{:02}-{:02}", 2000 + day / 336, day / 28 % 12 + 1, day % 28 + 1), json!({"name": "x"})))
        .collect();
    let answer = desk.posts(House::Blue, "root", "/holidays", json!({"name": "Ten thousand", "days": many})).await;
    assert_eq!((answer.status, &answer.body["errors"][0]["code"]), (422, &json!("over_limit")), "{answer:?}");
    assert!(desk.gets(House::Blue, "root", "/hours").await.items().is_empty());
    assert!(desk.gets(House::Blue, "root", "/holidays").await.items().is_empty());
}
