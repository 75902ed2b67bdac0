//! Records over REST: two who edit one, tables of ten thousand lines, filters that may not be, and what the audit says.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_domain::conversation::TAG;
use dashoffice_store::views::RecordFilter;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn tag(name: &str) -> Value {
    json!({"name": name, "colour": "red", "on_conversations": true, "on_contacts": false})
}

async fn created(desk: &Desk, name: &str) -> Answer {
    let answer = desk.posts(House::Blue, "root", "/tags", tag(name)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

async fn over(desk: &Desk, method: &str, path: &str, body: Option<Value>, key: &str, seen: Option<&str>) -> Answer {
    let (token, path) = (Some(desk.token(House::Blue, "root")), format!("/api/v1{path}"));
    desk.asks_over(token, method, &path, body.map(|body| body.to_string()).as_deref(), Some(key), seen).await
}

async fn changes(desk: &Desk, path: &str, body: Value, seen: &str) -> Answer {
    over(desk, "PATCH", path, Some(body), &key(), Some(seen)).await
}

fn errors(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_edit_one_record_the_second_is_told_and_nothing_is_lost() {
    let desk = Desk::open().await;
    let first = created(&desk, "Vendas").await;
    assert_eq!(first.header("etag"), Some("\"1\""));
    let path = format!("/tags/{}", first.body["id"].as_str().unwrap());
    let read = desk.gets(House::Blue, "ana", &path).await;
    assert_eq!((&read.body, read.header("etag")), (&first.body, Some("\"1\"")));

    let ours = changes(&desk, &path, json!({"colour": "blue"}), "\"1\"").await;
    assert_eq!((ours.status, ours.header("etag")), (200, Some("\"2\"")));
    let theirs = changes(&desk, &path, json!({"name": "Suporte"}), "\"1\"").await;
    assert_eq!((theirs.status, theirs.code()), (412, "precondition_failed"));
    let unsaid = over(&desk, "PATCH", &path, Some(json!({"name": "Suporte"})), &key(), None).await;
    assert_eq!((unsaid.status, unsaid.code()), (428, "precondition_required"));
    let kept = desk.gets(House::Blue, "root", &path).await.body;
    assert_eq!((&kept["name"], &kept["colour"], &kept["version"]), (&json!("Vendas"), &json!("blue"), &json!(2)));
    let again = changes(&desk, &path, json!({"name": "Suporte"}), "\"2\"").await;
    assert_eq!((again.status, &again.body["colour"]), (200, &json!("blue")), "what is not named stays");
    let whichever = changes(&desk, &path, json!({"colour": "pink"}), "*").await;
    assert_eq!((whichever.status, &whichever.body["version"]), (200, &json!(4)));
    let same = changes(&desk, &path, json!({"colour": "pink"}), "\"4\"").await;
    assert_eq!(same.body["version"], 4, "what is as it is wanted has no new version");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_command_about_a_record_happens_once_however_often_it_is_given() {
    let desk = Desk::open().await;
    let key = key();
    let first = desk.posts_as(House::Blue, "root", "/tags", tag("Vendas"), &key).await;
    let again = desk.posts_as(House::Blue, "root", "/tags", tag("Vendas"), &key).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (201, &first.body, Some("true")));
    let other = desk.posts_as(House::Blue, "root", "/tags", tag("Suporte"), &key).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    let path = format!("/tags/{}/archive", first.body["id"].as_str().unwrap());
    let (key, seen) = (crate::desk::key(), Some("\"1\""));
    let archived = over(&desk, "POST", &path, None, &key, seen).await;
    assert!(archived.body["archived_at"].is_string(), "{archived:?}");
    let again = over(&desk, "POST", &path, None, &key, seen).await;
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&archived.body, Some("true")));
    let refused = key_of_a_refusal(&desk, &path).await;
    assert_eq!(refused.header("idempotency-replayed"), Some("true"), "a no is recorded as a yes is");
}

async fn key_of_a_refusal(desk: &Desk, path: &str) -> Answer {
    let key = key();
    for _ in 0..2 {
        let answer = over(desk, "POST", path, None, &key, Some("\"1\"")).await;
        assert_eq!((answer.status, answer.code()), (412, "precondition_failed"));
        if answer.header("idempotency-replayed").is_some() {
            return answer;
        }
    }
    panic!("the no was not recorded")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_with_a_record_is_said_at_once_and_field_by_field() {
    let desk = Desk::open().await;
    created(&desk, "Ação").await;
    let wrong = json!({"name": " ", "colour": "crimson", "on_contacts": "yes", "owner": 1});
    let answer = desk.posts(House::Blue, "root", "/tags", wrong).await;
    assert_eq!((answer.status, answer.code()), (422, "invalid"));
    let mut said = errors(&answer);
    said.sort();
    let expected = [
        ("colour", "unknown"),
        ("name", "required"),
        ("on_contacts", "wrong_type"),
        ("on_conversations", "required"),
        ("owner", "unknown"),
    ];
    assert_eq!(said, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let taken = desk.posts(House::Blue, "root", "/tags", tag("ACAO")).await;
    assert_eq!((taken.status, errors(&taken)), (422, vec![("name".to_owned(), "taken".to_owned())]));
    let none = changes(&desk, &format!("/tags/{}", uuid::Uuid::from_u128(9)), json!({}), "*").await;
    assert_eq!((none.status, none.code()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_filtered_or_sorted_by_is_refused_by_name() {
    let desk = Desk::open().await;
    for name in ["Água", "banana", "Ação"] {
        created(&desk, name).await;
    }
    let names = |answer: Answer| -> Vec<Value> { answer.items().iter().map(|tag| tag["name"].clone()).collect() };
    assert_eq!(names(desk.gets(House::Blue, "ana", "/tags?sort=-name").await), ["banana", "Água", "Ação"]);
    assert_eq!(names(desk.gets(House::Blue, "ana", "/tags?q=ag").await), ["Água"]);
    assert_eq!(desk.gets(House::Blue, "ana", "/tags?colour=blue&count=true").await.body["total"], 0);
    for (query, field) in [
        ("sort=colour", "sort"),
        ("sort=password", "sort"),
        ("name=Ana", "name"),
        ("tenant=1", "tenant"),
        ("colour=crimson", "colour"),
        ("archived=maybe", "archived"),
        ("count=7", "count"),
        ("limit=0", "limit"),
        ("cursor=AAAA", "cursor"),
    ] {
        let answer = desk.gets(House::Blue, "ana", &format!("/tags?{query}")).await;
        assert_eq!((answer.status, errors(&answer)[0].0.as_str()), (422, field), "{query}");
    }
    let page = desk.gets(House::Blue, "ana", "/tags?limit=2").await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let rest = desk.gets(House::Blue, "ana", &format!("/tags?limit=2&cursor={cursor}")).await;
    assert_eq!((rest.items().len(), &rest.body["next_cursor"]), (1, &Value::Null));
    let other = desk.gets(House::Blue, "ana", &format!("/tags?limit=2&sort=-name&cursor={cursor}")).await;
    assert_eq!(errors(&other)[0].0, "cursor", "a cursor belongs to its query");
}

async fn imports(desk: &Desk, query: &str, table: &str) -> Value {
    let (token, path) = (Some(desk.token(House::Blue, "root")), format!("/api/v1/tags/import?{query}"));
    let answer = desk.asks(token, "POST", &path, Some(table), Some(&key())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn count(desk: &Desk) -> Value {
    desk.gets(House::Blue, "root", "/tags?count=true&limit=1").await.body["total"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_thousand_lines_of_which_some_are_wrong_nothing_is_half_done_unless_that_was_asked() {
    let desk = Desk::open().await;
    created(&desk, "tag 17").await;
    let mut table = "name,colour,on_conversations,on_contacts\n".to_owned();
    for line in 0..10_000 {
        let colour = if line % 271 == 0 { "crimson" } else { "red" };
        writeln!(table, "tag {line},{colour},true,false").unwrap();
    }
    let report = imports(&desk, "", &table).await;
    let figures = |report: &Value| {
        ["lines", "created", "changed", "unchanged", "refused"].map(|name| report[name].as_u64().unwrap())
    };
    assert_eq!((figures(&report), &report["applied"]), ([10_000, 9_962, 0, 1, 37], &json!(false)));
    assert_eq!(report["errors"][0], json!({"line": 2, "field": "colour", "code": "unknown"}));
    assert_eq!(count(&desk).await, 1);
    let told = imports(&desk, "partial=true&dry_run=true", &table).await;
    assert_eq!((&told["applied"], count(&desk).await), (&json!(false), json!(1)));
    let report = imports(&desk, "partial=true", &table).await;
    assert_eq!((figures(&report), &report["applied"]), ([10_000, 9_962, 0, 1, 37], &json!(true)));
    assert_eq!(count(&desk).await, 9_963);
    let again = imports(&desk, "partial=true", &table).await;
    assert_eq!(figures(&again), [10_000, 0, 0, 9_963, 37], "what is there is not made twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_went_out_comes_in_unchanged_and_a_formula_stays_text() {
    let desk = Desk::open().await;
    for name in ["=HYPERLINK(1)", "Água; \"fria\"", "+55"] {
        created(&desk, name).await;
    }
    let table = desk.gets(House::Blue, "sue", "/tags/export").await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = table.body.as_str().unwrap().to_owned();
    assert!(text.contains("'=HYPERLINK(1)") && text.contains("'+55"), "{text}");
    assert!(!text.contains(",=") && !text.contains("\n="), "{text}");
    let report = imports(&desk, "", &text).await;
    assert_eq!((&report["unchanged"], &report["refused"]), (&json!(3), &json!(0)), "{report}");
    let semicolons = "\u{feff}name;colour;on_conversations;on_contacts\r\n\"Água; \"\"fria\"\"\";blue;true;true\r\nnova;red;true;false\r\n";
    let report = imports(&desk, "", semicolons).await;
    assert_eq!((&report["changed"], &report["created"]), (&json!(1), &json!(1)), "{report}");
    let twice = "name,colour,on_conversations,on_contacts\nX,red,true,false\nx,red,true,false\nY,red\n";
    let report = imports(&desk, "", twice).await;
    let expected = json!([
        {"line": 3, "field": "name", "code": "twice"}, {"line": 4, "field": "", "code": "wrong_number_of_cells"}
    ]);
    assert_eq!(report["errors"], expected);
    let (token, path) = (Some(desk.token(House::Blue, "root")), "/api/v1/tags/import");
    let unknown = desk.asks(token, "POST", path, Some("name,secret\na,b\n"), Some(&key())).await;
    assert_eq!((unknown.status, errors(&unknown)), (422, vec![("secret".to_owned(), "unknown".to_owned())]));
}

/// Returns once everything that was done is in the audit.
pub(crate) async fn audited(desk: &Desk) {
    let scope = desk.store.tenants().await.unwrap().into_iter().find(|scope| scope.tenant() == House::Blue.tenant());
    let tags = desk.store.records(scope.unwrap(), &TAG, &RecordFilter::default(), None, 1).await.unwrap();
    desk.store.projected("audit", House::Blue.tenant(), tags.as_of).await;
}

async fn audit(desk: &Desk, query: &str) -> Answer {
    audited(desk).await;
    desk.gets(House::Blue, "root", &format!("/audit?{query}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_says_who_did_what_to_what() {
    let desk = Desk::open().await;
    let first = created(&desk, "Vendas").await;
    let id = first.body["id"].as_str().unwrap();
    changes(&desk, &format!("/tags/{id}"), json!({"name": "Suporte"}), "*").await;
    let lines = audit(&desk, &format!("record_kind=tag&record_id={id}")).await.items();
    let whats: Vec<&Value> = lines.iter().map(|line| &line["what"]).collect();
    assert_eq!(whats, ["changed", "created"]);
    assert_eq!(lines[0]["fields"], json!({"name": {"before": "Vendas", "after": "Suporte"}}));
    assert_eq!(lines[0]["actor_id"], user_id(House::Blue, "root").to_string());
    assert_eq!((&lines[0]["principal_kind"], &lines[0]["principal_part"]), (&json!("user"), &Value::Null));
    let first_page = desk.gets(House::Blue, "root", "/audit?limit=1").await;
    let cursor = first_page.body["next_cursor"].as_str().unwrap();
    let next = desk.gets(House::Blue, "root", &format!("/audit?limit=1&cursor={cursor}")).await.items();
    assert_eq!(next[0]["what"], "created");
    let set_up = desk.gets(House::Blue, "root", "/audit?record_kind=user").await;
    assert!(
        set_up.items().iter().all(|line| line["actor_id"].is_null() && line["principal_kind"] == "system"),
        "{set_up:?}"
    );
    assert!(!set_up.body.to_string().contains("argon2"), "no hash is in it");
    for wrong in ["record_id=0193a0b0-0000-7000-8000-000000000000", "from=yesterday", "until=1", "actor_id=x"] {
        assert_eq!(desk.gets(House::Blue, "root", &format!("/audit?{wrong}")).await.status, 422, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_says_who_took_a_conversation_and_who_closed_it() {
    let desk = Desk::open().await;
    let chat = desk.held_by_ana("5511900000001").await;
    let closed = desk.posts(House::Blue, "ana", &format!("/conversations/{chat}/close"), json!({})).await;
    assert_eq!(closed.status, 200, "{closed:?}");
    let path = format!("record_kind=conversation&record_id={chat}");
    let lines = audit(&desk, &path).await.items();
    let told: Vec<_> = lines.iter().map(|line| (line["what"].clone(), line["actor_id"].clone())).collect();
    let ana = json!(user_id(House::Blue, "ana"));
    assert_eq!(told, [(json!("closed"), ana.clone()), (json!("picked"), ana.clone())]);
    assert_eq!((&lines[0]["fields"], &lines[0]["about"]), (&json!({}), &json!({})));
    let picked = audit(&desk, &format!("what=picked&actor_id={}", user_id(House::Blue, "ana"))).await;
    assert_eq!(picked.items().len(), 1);
    assert!(picked.header("as-of").is_some());
    assert_eq!(audit(&desk, "what=burnt").await.items(), Vec::<Value>::new());
}
