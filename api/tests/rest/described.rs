//! The description for machines holds for every operation, and for every answer that a test of this crate gets.
#![expect(clippy::unwrap_used, reason = "a description that cannot be read has failed")]

use crate::desk::{Answer, Desk, House, key};
use dashoffice_domain::kinds::KINDS;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use uuid::Uuid;

static DESCRIBED: LazyLock<Value> = LazyLock::new(|| dashoffice_api::rest::rest().description);

/// Every operation: its path, its method in lower case, and what is said of it.
fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = DESCRIBED["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn answers(operation: &'static Value) -> &'static Map<String, Value> {
    operation["responses"].as_object().unwrap()
}

/// Whether an answer is one that the description has for its route.
pub(crate) fn check(method: &str, address: &str, answer: &Answer) {
    let path = address.split('?').next().unwrap();
    let methods = operations_at(path);
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let Some(operation) = methods.and_then(|methods| methods.get(&method)) else { return };
    let status = answer.status;
    let kinds = &operation["responses"].get(status.to_string());
    let kinds =
        kinds.unwrap_or_else(|| panic!("{method} {path} is not described to answer {status}"))["content"].as_object();
    // A charset is part of the answer, and not of its kind.
    let kind = answer.header("content-type").map(|kind| kind.split(';').next().unwrap_or(kind));
    let is_described = match (kinds, kind) {
        (None, kind) => kind.is_none(),
        (Some(kinds), Some(kind)) => kinds.contains_key(kind) || kinds.contains_key("*/*"),
        (Some(_), None) => method == "head",
    };
    assert!(is_described, "{method} {path} answers {status} as {kind:?}, which is not described");
}

/// The path as it is written wins over one with an id in its place.
fn operations_at(path: &str) -> Option<&'static Value> {
    let paths = DESCRIBED["paths"].as_object().unwrap();
    let fits = |pattern: &str| {
        let (mut there, mut asked) = (pattern.split('/'), path.split('/'));
        let same = there.by_ref().zip(asked.by_ref()).all(|(there, asked)| there.starts_with('{') || there == asked);
        same && pattern.split('/').count() == path.split('/').count()
    };
    paths.get(path).or_else(|| paths.iter().find(|(pattern, _)| fits(pattern)).map(|(_, methods)| methods))
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let names: Vec<_> = operations().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert!(names.iter().all(|name| !name.is_empty()));
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}

#[test]
fn every_answer_is_described_and_every_refusal_is_a_problem() {
    for (path, method, operation) in operations() {
        for (status, answer) in answers(operation) {
            let words = answer["description"].as_str().unwrap_or_default();
            assert!(!words.is_empty(), "{method} {path} {status}");
            if status.starts_with(['4', '5']) {
                let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(problem, "#/components/schemas/Problem", "{method} {path} {status}");
            }
        }
    }
    assert_eq!(DESCRIBED["components"]["schemas"]["Problem"]["properties"]["errors"]["type"], "array");
}

#[test]
fn every_operation_is_described_with_what_follows_from_what_it_takes() {
    for (path, method, operation) in operations() {
        let has = |status: &str| answers(operation).contains_key(status);
        let of_header = |name: &str| {
            operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
        };
        let (signed, keyed) = (operation.get("security").is_some(), of_header("Idempotency-Key"));
        let body = operation.get("requestBody").is_some();
        for (status, follows) in [
            ("401", signed),
            ("403", operation["x-permission"].as_str().unwrap().contains('.')),
            ("404", path.contains('{')),
            ("400", body || keyed),
            ("413", body),
            ("422", true),
            ("503", true),
            ("504", keyed),
        ] {
            assert!(!follows || has(status), "{method} {path}: {status}");
        }
    }
}

#[test]
fn an_idempotency_key_is_described_as_the_text_of_a_uuid() {
    let parameters = operations().filter_map(|(_, _, operation)| operation["parameters"].as_array()).flatten();
    let keys: Vec<_> = parameters.filter(|parameter| parameter["name"] == "Idempotency-Key").collect();
    assert!(keys.len() > 5);
    for key in keys {
        // Clients that are generated from a UUID hand one over where a header takes text alone.
        assert_eq!((&key["schema"]["type"], key["schema"].get("format")), (&"string".into(), None));
        assert!(key["schema"]["pattern"].is_string());
    }
}

#[test]
fn every_reference_leads_to_a_shape() {
    let mut to_look_at = vec![&*DESCRIBED];
    let mut looked_at = 0;
    while let Some(part) = to_look_at.pop() {
        if let Some(reference) = part.get("$ref").and_then(Value::as_str) {
            let place = reference.trim_start_matches('#');
            assert!(DESCRIBED.pointer(place).is_some_and(Value::is_object), "{reference}");
            looked_at += 1;
        }
        to_look_at.extend(part.as_object().into_iter().flat_map(Map::values));
        to_look_at.extend(part.as_array().into_iter().flatten());
    }
    assert!(looked_at > 100);
}

#[test]
fn each_kind_of_record_is_described_by_its_own_fields_and_nothing_else_bears_its_name() {
    for kind in KINDS.into_iter().filter(|kind| kind.is_served) {
        let page = &DESCRIBED["paths"][format!("/api/v1/{}", kind.plural)]["get"]["responses"]["200"];
        let of = |schema: &Value| {
            let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            DESCRIBED["components"]["schemas"][name].clone()
        };
        let record = of(&of(&page["content"]["application/json"]["schema"])["properties"]["items"]["items"]);
        for field in kind.fields.iter().filter(|field| !field.is_secret()) {
            assert!(record["properties"][field.name].is_object(), "{}.{}: {record}", kind.name, field.name);
        }
    }
}

#[test]
fn instants_are_marked_and_no_null_is_left_out() {
    let schemas = &DESCRIBED["components"]["schemas"];
    let required = |schema: &str, name: &str| {
        schemas[schema]["required"].as_array().unwrap().iter().any(|required| required == name)
    };
    for (schema, name, kind) in [
        ("Conversation", "opened_at", serde_json::json!("string")),
        ("Conversation", "closed_at", serde_json::json!(["string", "null"])),
        ("Conversation", "window_until", serde_json::json!(["string", "null"])),
        ("Contact", "last_seen_at", serde_json::json!("string")),
        ("Board", "at", serde_json::json!("string")),
    ] {
        let property = &schemas[schema]["properties"][name];
        assert_eq!((&property["type"], &property["format"]), (&kind, &"date-time".into()), "{schema}.{name}");
        assert!(required(schema, name), "{schema}.{name}");
    }
    assert!(required("Message", "author") && required("List_Message", "next_cursor"));
    // Of an offer alone.
    assert!(!required("Owner", "agent_ids"));
    assert_eq!(schemas["Owner"]["properties"]["agent_ids"]["type"], "array");
    // A request may leave it out.
    assert!(!required("Send", "text"));
}

/// An address of the route, and the method.
fn example(path: &str) -> String {
    path.replace("{id}", &Uuid::from_u128(7).to_string()).replace("{token}", "forged")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_a_parameter_that_it_does_not_know_by_its_name() {
    let desk = Desk::open().await;
    let token = Some(desk.token(House::Blue, "root"));
    let live = ("/api/v1/ws", "get");
    for (path, method) in operations().map(|(path, method, _)| (path, method)).chain([live]) {
        let address = format!("{}?limits=1&ownr=mine&ownr=all", example(path));
        let answer = desk.asks(token, &method.to_uppercase(), &address, Some("{}"), Some(&key())).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid"), "{method} {path}");
        let named = answer.body["errors"].as_array().unwrap();
        let named: Vec<_> = named.iter().map(|error| (&error["field"], &error["code"])).collect();
        let unknown = Value::from("unknown");
        assert_eq!(named, [(&"limits".into(), &unknown), (&"ownr".into(), &unknown)], "{method} {path}");
    }
    let long = desk.gets(House::Blue, "root", &format!("/me?{}=1", "x".repeat(65))).await;
    assert_eq!(long.body["errors"][0]["field"], "", "what is long is not repeated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_that_is_wrong_or_missing_is_named() {
    let desk = Desk::open().await;
    for (path, field, code) in [
        ("/conversations?limit=many", "limit", "unreadable"),
        ("/conversations?queue_id=7", "queue_id", "unreadable"),
        ("/messages", "provider_message_id", "required"),
    ] {
        let answer = desk.gets(House::Blue, "sue", path).await;
        let errors = &answer.body["errors"];
        assert_eq!((&errors[0]["field"], &errors[0]["code"]), (&field.into(), &code.into()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_method_is_a_problem_that_says_which_are_right() {
    let desk = Desk::open().await;
    let described = DESCRIBED["paths"].as_object().unwrap().iter();
    let described =
        described.map(|(path, methods)| (path.as_str(), methods.as_object().unwrap().keys().collect::<Vec<_>>()));
    let get = "get".to_owned();
    let beside = ["/api/v1/ws", "/api/openapi.json", "/healthz"].map(|path| (path, vec![&get]));
    for (path, methods) in described.chain(beside) {
        let answer = desk.asks(None, "TRACE", &example(path), None, None).await;
        assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        let allowed: BTreeSet<_> =
            answer.header("allow").unwrap_or_default().split(',').map(str::to_lowercase).collect();
        let mut right: BTreeSet<_> = methods.into_iter().cloned().collect();
        if right.contains("get") {
            right.insert("head".to_owned());
        }
        assert_eq!(allowed, right, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_to_be_taken_for_something_else_than_it_says() {
    let desk = Desk::open().await;
    for path in
        ["/", "/inbox", "/assets/none.js", "/healthz", "/readyz", "/api/openapi.json", "/api/v1/me", "/api/v1/none"]
    {
        let answer = desk.asks(None, "GET", path, None, None).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}
