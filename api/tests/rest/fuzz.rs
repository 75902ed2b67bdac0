//! Whatever is asked of whatever route, it is answered, in words that are written down, and never with a fault of ours.
#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

use crate::desk::{Desk, House, key};
use crate::json::{anything, bytes, mutated, text};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;
use uuid::Uuid;

/// So many requests where nobody asks for more.
const CASES: u32 = 2_000;
/// What is answered with 5xx without being a fault of ours (section 2 of the API's page).
const NOT_OURS: [&str; 6] = ["busy", "unavailable", "timed_out", "provider_refused", "provider_unavailable", "backlog"];

/// A route as the description of the API names it.
#[derive(Clone, Debug)]
struct Route {
    method: String,
    path: String,
    parameters: Vec<String>,
}

fn routes() -> Vec<Route> {
    let described: Value = serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, asked) in methods.as_object().unwrap() {
            let parameters = asked["parameters"].as_array().into_iter().flatten();
            let of_query = parameters.filter(|parameter| parameter["in"] == "query");
            let parameters = of_query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
            routes.push(Route { method: method.to_uppercase(), path: path.clone(), parameters });
        }
    }
    routes
}

/// One request, before it is known what there is in the office.
#[derive(Clone, Debug)]
struct Asked {
    route: Route,
    id: Id,
    query: Vec<(Name, String)>,
    body: Option<Vec<u8>>,
    key: Option<String>,
    who: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Id {
    Conversation,
    Message,
    Foreign,
    Other(String),
}

#[derive(Clone, Debug)]
enum Name {
    OfTheRoute(Index),
    Other(String),
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => text(),
        1 => select(vec!["all", "mine", "queue", "open", "any", "active,queued", "waiting", "last_message_at", "1", "200", "201"]).prop_map(str::to_owned),
        1 => any::<u128>().prop_map(|id| Uuid::from_u128(id).to_string()),
        1 => any::<i64>().prop_map(|n| n.to_string()),
    ]
}

/// Bodies as they should be, with the ids of the office in them.
fn bodies(conversation: &str, message: &str) -> Vec<Value> {
    let media = json!({ "kind": "image", "link": "https://files.example/a", "caption": "c", "filename": null });
    let template = json!({ "name": "hello", "language": "pt_BR", "parameters": ["Ana"] });
    vec![
        json!({ "conversation_id": conversation, "type": "text", "text": "oi", "reply_to": message }),
        json!({ "conversation_id": conversation, "type": "media", "media": media }),
        json!({ "conversation_id": conversation, "type": "template", "template": template }),
        json!({ "message_id": message, "emoji": "👍" }),
        json!({ "message_id": message }),
        json!({ "expected_epoch": 2 }),
        json!({ "presence": "online", "reason": "lunch" }),
        json!({ "session_name": "main", "to": "+55 11 99999-0001", "message": "oi" }),
        json!({ "email": "ana@blue.example", "password": "wrong" }),
        json!({ "refresh_token": "none" }),
        json!({}),
    ]
}

fn asked(conversation: &str, message: &str) -> impl Strategy<Value = Asked> + use<> {
    let id = prop_oneof![
        3 => Just(Id::Conversation),
        2 => Just(Id::Message),
        1 => Just(Id::Foreign),
        2 => value().prop_map(Id::Other),
    ];
    let name = prop_oneof![4 => any::<Index>().prop_map(Name::OfTheRoute), 1 => text().prop_map(Name::Other)];
    let body = prop_oneof![
        1 => Just(None),
        1 => bytes().prop_map(Some),
        1 => anything().prop_map(|body| Some(body.to_string().into_bytes())),
        4 => select(bodies(conversation, message)).prop_flat_map(|body| mutated(body, 0..3)).prop_map(|body| Some(body.to_string().into_bytes())),
    ];
    let keys = prop_oneof![4 => Just(Some(String::new())), 1 => Just(None), 1 => text().prop_map(Some)];
    let who = select(vec![Some("root"), Some("root"), Some("sue"), Some("ana"), Some("ana"), Some("nobody"), None]);
    (select(routes()), id, vec((name, value()), 0..3), body, keys, who)
        .prop_map(|(route, id, query, body, key, who)| Asked { route, id, query, body, key, who })
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}

struct Office {
    desk: Desk,
    conversation: String,
    message: String,
    foreign: String,
}

impl Office {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let conversation = desk.held_by_ana("5511999990001").await;
        let listed = desk.gets(House::Blue, "ana", &format!("/conversations/{conversation}/messages")).await.items();
        let message = listed[0]["id"].as_str().unwrap().to_owned();
        let theirs = desk.customer_writes(House::Green, "5511999990001", "oi").await;
        let foreign = theirs["id"].as_str().unwrap().to_owned();
        Self { desk, conversation, message, foreign }
    }

    /// `None`: no HTTP client could ask that.
    fn request(&self, asked: &Asked) -> Option<Request<Body>> {
        let Asked { route, id, query, body, key: given, who } = asked;
        let id = match id {
            Id::Conversation => self.conversation.clone(),
            Id::Message => self.message.clone(),
            Id::Foreign => self.foreign.clone(),
            Id::Other(other) => encoded(other),
        };
        let (before, after) = route.path.split_once('{').unwrap_or((&route.path, ""));
        let after = after.split_once('}').map(|(_, after)| format!("{id}{after}")).unwrap_or_default();
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| {
                let name = match name {
                    Name::OfTheRoute(_) if route.parameters.is_empty() => "limit",
                    Name::OfTheRoute(index) => index.get(&route.parameters),
                    Name::Other(other) => other,
                };
                format!("{}={}", encoded(name), encoded(value))
            })
            .collect();
        let mut request =
            Request::builder().method(route.method.as_str()).uri(format!("{before}{after}?{}", query.join("&")));
        let token = match who {
            // Signing out is tried by the others: who is gone tries nothing any more.
            Some("nobody") => Some("a.b.c".to_owned()),
            Some(_) if route.path.ends_with("/logout") => Some("a.b.c".to_owned()),
            Some(who) => Some(self.desk.token(House::Blue, who).to_owned()),
            None => None,
        };
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(given) = given {
            let given = if given.is_empty() { key() } else { given.clone() };
            request = request.header("idempotency-key", HeaderValue::from_bytes(given.as_bytes()).ok()?);
        }
        request.body(Body::from(body.clone().unwrap_or_default())).ok()
    }
}

#[test]
fn no_request_of_any_route_is_a_fault_of_ours_and_every_no_is_a_problem() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let office = runtime.block_on(Office::open());
    #[expect(clippy::disallowed_methods, reason = "how much is tried is its caller's to say")]
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let answered = runner.run(&asked(&office.conversation, &office.message), |asked| {
        let Some(request) = office.request(&asked) else { return Ok(()) };
        let (status, kind, bytes) = runtime.block_on(async {
            let response =
                tokio::time::timeout(Duration::from_secs(60), office.desk.sends(request)).await.expect("an answer");
            let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            (
                response.status().as_u16(),
                kind.unwrap_or_default(),
                to_bytes(response.into_body(), usize::MAX).await.unwrap(),
            )
        });
        if status < 400 {
            return Ok(());
        }
        prop_assert_eq!(kind, "application/problem+json", "{} {:?}", status, asked);
        let problem: Value = serde_json::from_slice(&bytes).unwrap();
        let code = problem["code"].as_str().unwrap_or_default();
        prop_assert!(!code.is_empty() && problem["status"] == status, "{}", problem);
        prop_assert!(status < 500 || NOT_OURS.contains(&code), "{} to {:?}", problem, asked);
        Ok(())
    });
    answered.unwrap();
    // Whoever behaves is served as before.
    let seen = runtime.block_on(office.desk.gets(House::Blue, "root", "/conversations"));
    assert_eq!(seen.status, 200, "{seen:?}");
}
