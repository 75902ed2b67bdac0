//! Who sees what, and who may do what: every route for every role, and every route for a stranger (§8, C6).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use crate::ops::{DeadLetterIds, put_aside};
use crate::permissions::{ROUTES, is_open};
use crate::records::audited;
use crate::samples::{ROUTES_OF_RECORDS, SAMPLES, Sample};
use dashoffice_api::rest::Access;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What whoever may ask is answered: the same for everybody, or by what they see, in the order of [`WHO`].
#[derive(Clone, Copy)]
enum Told {
    All(u16),
    ByVisibility([u16; 4]),
}
use Told::{All, ByVisibility};

/// How each route is asked beside those of records, and what whoever may ask is answered: the conversation waits in the queue of ana and sue until sue takes it;
/// root is no agent. Who may ask stands in `docs/permissions.md`; whoever may not is answered 403.
const OWN: [(&str, &str, Told); 41] = [
    ("GET", "/me", All(200)),
    ("GET", "/numbers", All(200)),
    ("GET", "/numbers/{number}/templates", All(200)),
    ("GET", "/queues", All(200)),
    ("GET", "/agents", All(200)),
    ("GET", "/users", All(200)),
    ("GET", "/board", All(200)),
    ("GET", "/ops/actors", All(200)),
    ("GET", "/hours/{hours}/openings", All(200)),
    ("GET", "/contacts", All(200)),
    ("GET", "/contacts/{contact}", ByVisibility([200, 200, 200, 404])),
    ("GET", "/conversations", All(200)),
    ("GET", "/conversations/{conversation}", ByVisibility([200, 200, 200, 404])),
    ("GET", "/conversations/{conversation}/messages", ByVisibility([200, 200, 200, 404])),
    ("GET", "/conversations/{conversation}/history", ByVisibility([200, 200, 200, 404])),
    ("GET", "/messages/{message}", ByVisibility([200, 200, 200, 404])),
    ("GET", "/messages?provider_message_id={provider}", All(200)),
    ("POST", "/messages", ByVisibility([409, 409, 409, 404])),
    ("POST", "/messages/{message}/settle", ByVisibility([409, 409, 409, 404])),
    ("POST", "/messages/{message}/resend", ByVisibility([409, 409, 409, 404])),
    ("POST", "/send", ByVisibility([202, 202, 202, 404])),
    ("POST", "/conversations/{conversation}/read", ByVisibility([409, 409, 409, 404])),
    ("POST", "/conversations/{conversation}/react", ByVisibility([409, 409, 409, 404])),
    ("POST", "/conversations/{conversation}/close", ByVisibility([409, 409, 409, 404])),
    ("PUT", "/me/presence", ByVisibility([403, 200, 200, 200])),
    ("POST", "/conversations/{conversation}/pick", ByVisibility([403, 200, 404, 404])),
    ("GET", "/ops/put-aside", All(200)),
    ("GET", "/ops/jobs", All(200)),
    ("GET", "/ops/dead-letters", All(200)),
    ("GET", "/ops/strays", All(200)),
    ("GET", "/ops/raw-items", All(200)),
    ("GET", "/ops/account-news", All(200)),
    ("GET", "/ops/dead-letters/{dead}/raw", All(200)),
    ("GET", "/ops/strays/{stray}/raw", All(200)),
    ("GET", "/ops/raw-items/{raw}/raw", All(200)),
    ("GET", "/ops/account-news/{news}/raw", All(200)),
    ("POST", "/ops/dead-letters/{dead}/retry", All(202)),
    ("DELETE", "/ops/dead-letters/{dead}", All(404)),
    ("GET", "/audit", All(200)),
    ("PUT", "/users/{user}/role", All(200)),
    ("POST", "/auth/logout", All(204)),
];

/// Those, and the routes of each kind of record, with `{tags}` for the id of a tag.
fn asked() -> Vec<(&'static str, String, Told)> {
    let own = OWN.map(|(method, pattern, told)| (method, pattern.to_owned(), told));
    let of_records = SAMPLES.iter().flat_map(|sample| {
        let plural = sample.plural;
        let path = move |rest: &str| format!("/{plural}{}", rest.replace("{id}", &format!("{{{plural}}}")));
        ROUTES_OF_RECORDS.map(|(method, rest, code)| (method, path(rest), All(code)))
    });
    let last = own.len() - 1;
    // Whoever has left is asked nothing more.
    own[..last].iter().cloned().chain(of_records).chain([own[last].clone()]).collect()
}

/// The kind of record that a route is about, and what is below its path.
fn of_record(pattern: &str) -> Option<(&'static Sample, String)> {
    let sample = SAMPLES.iter().find(|sample| pattern.split('/').nth(1) == Some(sample.plural))?;
    Some((
        sample,
        pattern.replace(&format!("/{}", sample.plural), "").replace(&format!("{{{}}}", sample.plural), "{id}"),
    ))
}

/// A route as the table of routes has it.
fn general(method: &str, pattern: &str) -> String {
    let path = pattern.split('?').next().unwrap();
    let ids = ["conversation", "contact", "message", "dead", "stray", "raw", "news", "number", "user"];
    let ids = ids.into_iter().chain(SAMPLES.iter().map(|sample| sample.plural)).map(|id| format!("{{{id}}}"));
    format!("{method} {}", ids.fold(path.to_owned(), |path, id| path.replace(&id, "{id}")))
}

/// What each of [`WHO`] is answered.
fn expected(method: &str, pattern: &str, told: Told) -> [u16; 4] {
    let named = general(method, pattern);
    let route = ROUTES.iter().find(|route| format!("{} {}", route.method, route.path) == named).unwrap();
    std::array::from_fn(|column| match told {
        _ if !is_open(route, ROLES[column]) => 403,
        All(code) => code,
        ByVisibility(codes) => codes[column],
    })
}

/// How much each of them finds in each list: a code alone would hide a list of what they may not see.
const LISTS: [(&str, [usize; 4]); 15] = [
    // path, [root, sue, ana, bia]
    ("/numbers", [1, 1, 1, 1]),
    ("/numbers/{number}/templates", [1, 1, 1, 1]),
    ("/queues", [2, 2, 2, 2]),
    ("/agents", [3, 3, 3, 3]),
    ("/users", [4, 4, 0, 0]),
    ("/contacts", [2, 2, 2, 0]),
    ("/conversations", [2, 2, 2, 0]),
    ("/conversations/{conversation}/messages", [1, 1, 1, 0]),
    ("/conversations/{conversation}/history", [2, 2, 2, 0]),
    ("/messages?provider_message_id={provider}", [1, 1, 1, 0]),
    ("/ops/dead-letters", [1, 1, 0, 0]),
    ("/ops/strays", [1, 1, 0, 0]),
    ("/ops/raw-items", [1, 1, 0, 0]),
    ("/ops/account-news", [1, 1, 0, 0]),
    ("/audit", [16 + SAMPLES.len(), 0, 0, 0]),
];

const WHO: [&str; 4] = ["root", "sue", "ana", "bia"];
const ROLES: [&str; 4] = ["administrator", "supervisor", "agent", "agent"];

struct Ids {
    conversation: String,
    contact: String,
    message: String,
    provider: String,
    epoch: Value,
    dead: i64,
    unmatched: i64,
    raw: i64,
    news: i64,
    records: Vec<String>,
}

async fn ids(desk: &Desk) -> Ids {
    let conversation = desk.customer_writes(House::Blue, "5511999990001", "segredo azul").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let message = text(&conversation["last_message"]["id"]);
    let provider =
        desk.gets(House::Blue, "root", &format!("/messages/{message}")).await.body["provider_message_id"].clone();
    // Until the router knows the conversation, a pick would be answered otherwise.
    let mut board = desk.office.router(House::Blue.tenant()).unwrap().board();
    let waits = board.wait_for(|board| board.queues.get(&QUEUE).is_some_and(|queue| queue.waiting == 1)).await;
    drop(waits.unwrap());
    let DeadLetterIds { dead, unmatched, raw, news } = put_aside(desk).await;
    let mut records = Vec::new();
    for sample in &SAMPLES {
        records.push(sample.written(desk).await);
    }
    Ids {
        records,
        dead,
        unmatched,
        raw,
        news,
        contact: text(&conversation["contact"]["id"]),
        message,
        provider: text(&provider),
        epoch: conversation["owner_epoch"].clone(),
        conversation: text(&conversation["id"]),
    }
}

impl Ids {
    fn path(&self, pattern: &str) -> String {
        let path = pattern.replace("{conversation}", &self.conversation).replace("{contact}", &self.contact);
        let path = path.replace("{dead}", &self.dead.to_string()).replace("{stray}", &self.unmatched.to_string());
        let path = path.replace("{raw}", &self.raw.to_string()).replace("{news}", &self.news.to_string());
        let of_kinds = SAMPLES.iter().zip(&self.records);
        let path = of_kinds.fold(path, |path, (sample, id)| path.replace(&format!("{{{}}}", sample.plural), id));
        let path = path.replace("{number}", &NUMBER.to_string());
        let path = path.replace("{user}", &user_id(House::Blue, "bia").to_string());
        format!("/api/v1{}", path.replace("{message}", &self.message).replace("{provider}", &self.provider))
    }

    fn body(&self, method: &str, pattern: &str) -> Option<String> {
        if let Some((sample, rest)) = of_record(pattern) {
            return sample.body(method, &rest);
        }
        let body = match pattern {
            "/messages" => json!({"conversation_id": self.conversation, "type": "text", "text": "oi"}),
            "/messages/{message}/settle" => json!({"as": "sent"}),
            "/messages/{message}/resend" => json!({}),
            "/send" => json!({"session_name": "main", "to": "+55 11 99999-0001", "message": "oi"}),
            "/conversations/{conversation}/read" => json!({"message_id": self.message}),
            "/conversations/{conversation}/react" => json!({"message_id": self.message, "emoji": "👍"}),
            "/conversations/{conversation}/close" => json!({}),
            "/conversations/{conversation}/pick" => json!({"expected_epoch": self.epoch}),
            "/ops/dead-letters/{dead}/retry" => json!({}),
            "/users/{user}/role" => json!({"role": "agent"}),
            "/me/presence" => json!({"presence": "busy", "for_s": 60}),
            _ => return None,
        };
        Some(body.to_string())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_every_role_as_the_table_says() {
    let desk = Desk::open().await;
    // The provider is away when it is first asked.
    desk.gets(House::Blue, "root", &format!("/numbers/{NUMBER}/templates")).await;
    let ids = ids(&desk).await;
    let mut otherwise: Vec<String> = Vec::new();
    // Of a conversation that bia may not see.
    let hidden = [ids.conversation.clone(), ids.contact.clone(), ids.message.clone(), ids.provider.clone()];
    for (method, pattern, told) in asked() {
        let pattern = pattern.as_str();
        if pattern == "/audit" {
            audited(&desk).await;
        }
        for (column, (who, expected)) in WHO.into_iter().zip(expected(method, pattern, told)).enumerate() {
            let (path, body) = (ids.path(pattern), ids.body(method, pattern));
            let token = Some(desk.token(House::Blue, who));
            let key = key();
            let key = (method != "GET").then_some(key.as_str());
            let answer = desk.asks_over(token, method, &path, body.as_deref(), key, Some("*")).await;
            assert_eq!(answer.status, expected, "{who}: {method} {pattern}: {answer:?}");
            let list = LISTS.iter().find(|(list, _)| method == "GET" && *list == pattern).map(|(_, found)| *found);
            let of_kind = of_record(pattern).filter(|(_, rest)| method == "GET" && rest.is_empty());
            let list = list.or_else(|| Some(of_kind?.0.found));
            if expected == 200 {
                let found = answer.body["items"].as_array().map(Vec::len);
                let expected = list.map(|found| found[column]);
                if found != expected {
                    otherwise.push(format!("{who} finds {found:?} and not {expected:?} in {method} {pattern}"));
                }
            }
            if who == "bia" {
                let text = answer.body.to_string();
                for secret in hidden.iter().map(String::as_str).chain(["segredo", "5511999990001"]) {
                    assert!(!text.contains(secret), "{method} {pattern} tells {who} of {secret}");
                }
            }
            let nobody = desk.asks(None, method, &path, body.as_deref(), key).await;
            assert_eq!((nobody.status, nobody.code()), (401, "unauthenticated"), "{method} {pattern}");
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}

#[test]
fn c6_every_route_is_asked_by_everybody() {
    let of_somebody = ROUTES.iter().filter(|route| route.access != Some(Access::Anybody));
    let declared: BTreeSet<_> = of_somebody.map(|route| format!("{} {}", route.method, route.path)).collect();
    let all = asked();
    let asked: BTreeSet<_> = all.iter().map(|(method, pattern, _)| general(method, pattern)).collect();
    assert_eq!(declared, asked);
    assert_eq!(asked.len(), all.len(), "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_a_stranger_with_the_right_ids_gets_nothing_of_another_tenant() {
    let desk = Desk::open().await;
    let ids = ids(&desk).await;
    let blue = [ids.conversation.clone(), ids.contact.clone(), ids.message.clone(), ids.provider.clone()];
    for (method, pattern, told) in asked().into_iter().filter(|(_, pattern, _)| pattern != "/auth/logout") {
        let pattern = pattern.as_str();
        for (who, allowed) in WHO.into_iter().zip(expected(method, pattern, told)) {
            let (path, body) = (ids.path(pattern), ids.body(method, pattern));
            let key = key();
            let key = (method != "GET").then_some(key.as_str());
            let token = Some(desk.token(House::Green, who));
            let answer = desk.asks_over(token, method, &path, body.as_deref(), key, Some("*")).await;
            let text = answer.body.to_string();
            for secret in blue.iter().map(String::as_str).chain(["segredo", "5511999990001", "blue"]) {
                assert!(!text.contains(secret), "{who}: {method} {pattern} tells {secret}");
            }
            for name in WHO {
                let theirs = user_id(House::Blue, name).to_string();
                assert!(!text.contains(&theirs), "{who}: {method} {pattern} tells of {name}");
            }
            // Both houses have a number of this id: each is told of its own.
            let of_both = pattern.contains("{number}");
            if pattern.contains('{') && !pattern.contains('?') && !of_both
                || matches!(pattern, "/messages" | "/send") && method == "POST"
            {
                let is_known =
                    ["/ops", "/users"].iter().any(|of| pattern.starts_with(of)) || of_record(pattern).is_some();
                let may_not = is_known && allowed == 403;
                let expected = if may_not { (403, "forbidden") } else { (404, "not_found") };
                assert_eq!((answer.status, answer.code()), expected, "{who}: {method} {pattern}");
            }
        }
    }
    let untouched = desk.gets(House::Blue, "root", &format!("/conversations/{}", ids.conversation)).await;
    assert_eq!(untouched.body["owner_epoch"], ids.epoch);
    assert_eq!(untouched.body["unanswered"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_id_is_not_told_from_one_that_is_not_yours() {
    let desk = Desk::open().await;
    let forged = Uuid::from_u128(99);
    for path in [
        format!("/conversations/{forged}"),
        "/conversations/none".into(),
        format!("/contacts/{forged}"),
        format!("/messages/{forged}"),
        format!("/numbers/{forged}/templates"),
        "/numbers/none/templates".into(),
    ] {
        assert_eq!(desk.gets(House::Blue, "root", &path).await.code(), "not_found", "{path}");
    }
    // As a filter, a forged one finds as little as the queue of others, and says as little.
    desk.customer_writes(House::Blue, "5511999990001", "oi").await;
    let list = |filter: String| {
        let desk = &desk;
        async move { desk.gets(House::Blue, "ana", &format!("/conversations?{filter}")).await }
    };
    assert_eq!(list(format!("queue_id={QUEUE}&number_id={NUMBER}")).await.items().len(), 1);
    let not_yours = list(format!("queue_id={OTHER_QUEUE}")).await;
    for filter in [format!("queue_id={forged}"), format!("number_id={forged}")] {
        let answer = list(filter.clone()).await;
        assert_eq!((answer.status, &answer.body), (200, &not_yours.body), "{filter}");
        assert!(answer.items().is_empty(), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_takes_is_theirs_alone_and_stays_visible_to_them_when_it_is_closed() {
    let desk = Desk::open().await;
    let id = desk.held_by_ana("5511999990002").await;
    let path = format!("/conversations/{id}");
    assert_eq!(desk.gets(House::Blue, "ana", &path).await.body["owner"]["kind"], "agent");
    assert_eq!(desk.gets(House::Blue, "ana", "/conversations?owner=mine").await.items().len(), 1);
    desk.posts(House::Blue, "ana", &format!("{path}/close"), json!({})).await;
    let closed = desk.gets(House::Blue, "ana", &path).await;
    assert_eq!((&closed.body["state"], &closed.body["owner"]["kind"]), (&json!("closed"), &json!("nobody")));
    assert_eq!(desk.gets(House::Blue, "ana", "/conversations?state=closed").await.items().len(), 1);
    assert_eq!(desk.gets(House::Blue, "bia", &path).await.status, 404);
}
