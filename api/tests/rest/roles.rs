//! Roles over REST: those that are built in among those that are kept, and what nobody may do to either.
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use crate::records::audited;
use dashoffice_domain::identity::Permission;
use serde_json::{Value, json};

async fn created(desk: &Desk, name: &str, permissions: &[&str]) -> Value {
    let body = json!({"name": name, "permissions": permissions});
    let answer = desk.posts(House::Blue, "root", "/roles", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

async fn asks(desk: &Desk, method: &str, path: &str, body: Option<Value>) -> Answer {
    let (token, body) = (Some(desk.token(House::Blue, "root")), body.map(|body| body.to_string()));
    desk.asks_over(token, method, &format!("/api/v1/roles{path}"), body.as_deref(), Some(&key()), Some("*")).await
}

fn names(answer: &Answer) -> Vec<String> {
    answer.items().iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect()
}

fn wrong(answer: &Answer) -> Vec<(&str, &str)> {
    assert_eq!((answer.status, answer.code()), (422, "invalid"), "{answer:?}");
    let errors = answer.body["errors"].as_array().unwrap().iter();
    errors.map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn built_in_roles_stand_among_the_others_and_are_read_only() {
    let desk = Desk::open().await;
    for name in ["Auditor", "Zelador", "agência"] {
        created(&desk, name, &["board.read", "conversations.read_all"]).await;
    }
    let sorted = ["administrator", "agência", "agent", "Auditor", "supervisor", "Zelador"];
    for limit in 1..=6 {
        for (order, expected) in [("name", sorted.to_vec()), ("-name", sorted.iter().rev().copied().collect())] {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/roles?count=true&sort={order}&limit={limit}{cursor}");
                let page = desk.gets(House::Blue, "sue", &path).await;
                assert!(page.items().len() <= limit && page.body["total"] == 6, "{page:?}");
                found.extend(names(&page));
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(found, expected, "pages of {limit} by {order}");
        }
    }
    assert_eq!(names(&desk.gets(House::Blue, "root", "/roles?q=ag").await), ["agência", "agent"]);
    assert!(names(&desk.gets(House::Blue, "root", "/roles?archived=true").await).is_empty());

    let all = desk.gets(House::Blue, "root", "/roles").await.items();
    let administrator = all.iter().find(|role| role["name"] == "administrator").unwrap();
    assert_eq!((&administrator["built_in"], &administrator["permissions"]), (&json!(true), &json!(Permission::NAMES)));
    let path = format!("/{}", administrator["id"].as_str().unwrap());
    assert_eq!(&desk.gets(House::Blue, "root", &format!("/roles{path}")).await.body, administrator);
    for (method, rest, body) in [
        ("PATCH", "", Some(json!({"permissions": ["board.read"]}))),
        ("POST", "/archive", None),
        ("POST", "/restore", None),
    ] {
        let answer = asks(&desk, method, &format!("{path}{rest}"), body).await;
        assert_eq!((answer.status, answer.code()), (409, "built_in"), "{method} {rest}");
    }
    let taken = json!({"name": " Administrator ", "permissions": ["board.read"]});
    assert_eq!(wrong(&asks(&desk, "POST", "", Some(taken)).await), [("name", "taken")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_that_nobody_knows_is_refused_by_name_and_nothing_is_no_role() {
    let desk = Desk::open().await;
    let role = created(&desk, "Auditor", &["board.read", "conversations.reply", "board.read"]).await;
    assert_eq!(
        role["permissions"],
        json!(["conversations.reply", "board.read"]),
        "each once, in the order of the catalogue"
    );
    assert_eq!(role["built_in"], false);
    let path = format!("/{}", role["id"].as_str().unwrap());
    for (permissions, code) in [
        (json!(["board.read", "board.paint"]), "unknown"),
        (json!([]), "required"),
        (json!("board.read"), "wrong_type"),
        (json!([1]), "wrong_type"),
        (Value::Null, "required"),
    ] {
        let answer = asks(&desk, "PATCH", &path, Some(json!({"permissions": permissions}))).await;
        assert_eq!(wrong(&answer), [("permissions", code)], "{permissions}");
    }
    assert_eq!(desk.gets(House::Blue, "root", &format!("/roles{path}")).await.body["version"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_go_out_and_come_in_as_a_table_and_what_is_built_in_stays() {
    let desk = Desk::open().await;
    created(&desk, "Auditor", &["board.read", "conversations.read_all"]).await;
    let table = desk.gets(House::Blue, "root", "/roles/export").await;
    let text = table.body.as_str().unwrap().to_owned();
    assert!(text.contains("Auditor,conversations.read_all board.read,"), "{text}");
    let imports = async |table: &str| {
        let token = Some(desk.token(House::Blue, "root"));
        desk.asks(token, "POST", "/api/v1/roles/import", Some(table), Some(&key())).await.body
    };
    let again = imports(&text).await;
    assert_eq!((&again["unchanged"], &again["refused"]), (&json!(4), &json!(0)), "{again}");
    let weaker = imports(&text.replace("administrator,conversations.reply ", "administrator,")).await;
    assert_eq!(weaker["errors"], json!([{"line": 2, "field": "id", "code": "built_in"}]), "{weaker}");
    let new = imports("name,permissions\nZelador,board.read board.paint\nPortaria,users.read board.read\n").await;
    assert_eq!(new["errors"], json!([{"line": 2, "field": "permissions", "code": "unknown"}]), "{new}");
}

const WORKS: [&str; 2] = ["conversations.reply", "conversations.pick"];

fn with<'a>(permissions: &[&'a str]) -> Vec<&'a str> {
    WORKS.iter().chain(permissions).copied().collect()
}

async fn asks_as(desk: &Desk, who: &'static str, method: &str, path: &str, body: &Value) -> Answer {
    let (token, path) = (Some(desk.token(House::Blue, who)), format!("/api/v1{path}"));
    desk.asks_over(token, method, &path, Some(&body.to_string()), Some(&key()), Some("*")).await
}

async fn gives(desk: &Desk, who: &'static str, to: &str, body: Value) -> Answer {
    asks_as(desk, who, "PUT", &format!("/users/{}/role", user_id(House::Blue, to)), &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_role_of_ones_own_counts_on_the_next_request_and_so_does_what_becomes_of_it() {
    let desk = Desk::open().await;
    let role = created(&desk, "Chefe", &with(&["users.read"])).await;
    let path = format!("/{}", role["id"].as_str().unwrap());
    let may = async |path: &str| desk.gets(House::Blue, "ana", path).await.status;
    assert_eq!((may("/users").await, may("/board").await), (403, 403));
    let given = gives(&desk, "root", "ana", json!({"role_id": role["id"]})).await;
    assert_eq!(
        (given.status, &given.body["role"], &given.body["role_id"]),
        (200, &json!("agent"), &role["id"]),
        "{given:?}"
    );
    assert_eq!((may("/users").await, may("/board").await), (200, 403));
    let me = desk.gets(House::Blue, "ana", "/me").await.body;
    assert_eq!((&me["user"]["role"], &me["user"]["role_id"]), (&json!("agent"), &role["id"]));
    assert_eq!(me["permissions"], role["permissions"]);

    let change =
        async |permissions: &[&str]| asks(&desk, "PATCH", &path, Some(json!({"permissions": permissions}))).await;
    let stronger = with(&["conversations.read_all", "board.read", "users.read", "ops.read", "settings.write"]);
    assert_eq!(change(&stronger).await.status, 200);
    assert_eq!((may("/users").await, may("/board").await, may("/audit").await), (200, 200, 200));
    let me = desk.gets(House::Blue, "ana", "/me").await.body;
    assert_eq!(me["user"]["role"], "supervisor", "the nearest one that allows no more");
    assert_eq!(change(&with(&["board.read"])).await.status, 200);
    assert_eq!((may("/users").await, may("/board").await, may("/audit").await), (403, 200, 403));
    assert_eq!(wrong(&change(&["board.read"]).await), [("permissions", "less_than_agent")]);

    let archives = async || asks(&desk, "POST", &format!("{path}/archive"), None).await;
    assert_eq!((archives().await.status, archives().await.code()), (409, "in_use"));
    assert_eq!(gives(&desk, "root", "ana", json!({"role": "agent"})).await.status, 200);
    assert_eq!((may("/board").await, archives().await.status), (403, 200));
    for (body, expected) in [
        (json!({"role_id": role["id"]}), ("role_id", "not_found")),
        (json!({"role": "Chefe"}), ("role", "unknown")),
        (json!({}), ("role", "one_of_role_and_role_id")),
        (json!({"role": "agent", "role_id": role["id"]}), ("role", "one_of_role_and_role_id")),
    ] {
        assert_eq!(wrong(&gives(&desk, "root", "ana", body.clone()).await), [expected], "{body}");
    }
    audited(&desk).await;
    let path = format!("/audit?record_kind=user&record_id={}", user_id(House::Blue, "ana"));
    let lines = desk.gets(House::Blue, "root", &path).await.items();
    assert_eq!(lines[0]["fields"]["role_id"], json!({"before": role["id"], "after": null}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_what_they_lack_and_the_last_who_can_administer_stays() {
    let desk = Desk::open().await;
    let locked = |answer: Answer| assert_eq!((answer.status, answer.code()), (409, "last_administrator"), "{answer:?}");
    locked(gives(&desk, "root", "root", json!({"role": "supervisor"})).await);
    let most: Vec<&str> = Permission::NAMES.iter().copied().filter(|name| *name != "ops.read_raw").collect();
    let keeper = created(&desk, "Keeper", &most).await;
    let path = format!("/roles/{}", keeper["id"].as_str().unwrap());
    assert_eq!(gives(&desk, "root", "sue", json!({"role_id": keeper["id"]})).await.status, 200);
    assert_eq!(gives(&desk, "root", "root", json!({"role": "agent"})).await.status, 200, "another one stays");

    locked(gives(&desk, "sue", "sue", json!({"role": "agent"})).await);
    let lesser: Vec<&str> = most.iter().copied().filter(|name| *name != "roles.write").collect();
    locked(asks_as(&desk, "sue", "PATCH", &path, &json!({"permissions": lesser})).await);
    let whole = json!({"name": "Whole", "permissions": Permission::NAMES});
    assert_eq!(wrong(&asks_as(&desk, "sue", "POST", "/roles", &whole).await), [("permissions", "lacking")]);
    let raised = json!({"permissions": Permission::NAMES});
    assert_eq!(wrong(&asks_as(&desk, "sue", "PATCH", &path, &raised).await), [("permissions", "lacking")]);
    let given = gives(&desk, "sue", "ana", json!({"role": "administrator"})).await;
    assert_eq!(wrong(&given), [("role", "lacking")]);
    assert_eq!(gives(&desk, "root", "ana", json!({"role": "agent"})).await.code(), "forbidden");
}
