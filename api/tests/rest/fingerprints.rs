//! A command that is repeated across a deploy is the same command: what it is told apart by keeps its bytes for ever (A10).

use crate::desk::{Desk, House, user_id};
use dashoffice_domain::ids::TenantId;
use serde_json::{Value, json};
use std::fmt::Write as _;
use uuid::Uuid;

const CHAT: &str = "00000000-0000-0000-0000-0000000000c1";
const SAID: &str = "00000000-0000-0000-0000-0000000000e1";

/// Every command, as it may be asked, with the SHA-256 of the question as version 0.1 asked it. Lines are added, and never changed.
fn golden() -> Vec<(&'static str, String, Value, &'static str)> {
    let of_chat = |what: &str| format!("/conversations/{CHAT}/{what}");
    let of_said = |what: &str| format!("/messages/{SAID}/{what}");
    let text = json!({"conversation_id": CHAT, "type": "text", "text": "Olá, João"});
    let answer = json!({"conversation_id": CHAT, "type": "text", "text": "oi", "reply_to": SAID});
    let link = "https://files.example/a.pdf";
    let media = json!({"kind": "document", "link": link, "caption": "a", "filename": "a.pdf"});
    let media = json!({"conversation_id": CHAT, "type": "media", "media": media});
    let template = json!({"name": "ready", "language": "pt_BR", "parameters": ["1", "2"]});
    let template = json!({"conversation_id": CHAT, "type": "template", "template": template});
    vec![
        ("POST", "/messages".into(), text, "564c0338131d0d504a9f08d1775ab8fc20045c89e5d7ff85783f96761918ce62"),
        ("POST", "/messages".into(), answer, "25f173c35db338d1cb834b90075c2ba0c73c856dfa7f598fc96f1c0cf059a4f1"),
        ("POST", "/messages".into(), media, "c13de8e8c027ae48cfb9c8a59583b0189c92887434bf61c93f173535cea37198"),
        ("POST", "/messages".into(), template, "af79a818e63c94fcb3106105de20689c1ae12e29c8836c78aeee759f6b6a649b"),
        (
            "POST",
            of_chat("pick"),
            json!({"expected_epoch": 3}),
            "f0f1f7d30207ff55b6dd259d68c2fe668d617126a54ad67a1badf6c0ec277b5b",
        ),
        ("POST", of_chat("close"), json!({}), "9a15bb29c8aa29b44fa2cc25a8f1e4e8b71e1437899da9c0d9bee4c58c8302c5"),
        (
            "POST",
            of_chat("close"),
            json!({"seen": null}),
            "9a15bb29c8aa29b44fa2cc25a8f1e4e8b71e1437899da9c0d9bee4c58c8302c5",
        ),
        (
            "POST",
            of_chat("close"),
            json!({"seen": SAID}),
            "c21e93c66bb718b60e2ab2e49778abb5fe30d30b238738f67856c9f329072f43",
        ),
        (
            "POST",
            of_chat("read"),
            json!({"message_id": SAID}),
            "d2388cffefbd2b0e46ecc37745a477c484940235bc58db3ceebcbc0a81ce2909",
        ),
        (
            "POST",
            of_chat("react"),
            json!({"message_id": SAID, "emoji": "👍"}),
            "b8b223649567d29a3b4463adf3f92ad286d76c714a4649c6b64949385f0f5d27",
        ),
        (
            "POST",
            of_chat("react"),
            json!({"message_id": SAID, "emoji": null}),
            "28dcf406265990a0e9ab85dea325aec6c0260ce92f3f3e865892ab19eb51f35a",
        ),
        (
            "POST",
            of_said("settle"),
            json!({"as": "sent"}),
            "f8d0e0fcc901da833dd152dc6f4dda56d49d9b113d16300c035acd3fe41381d7",
        ),
        ("POST", of_said("resend"), json!({}), "b0f747ba7732e8f68274b5a278e05f4f25a247e09f22bf191b906ef7af759079"),
        (
            "PUT",
            "/me/presence".into(),
            json!({"presence": "away"}),
            "d37acc5dd548f13ed67773853254fb5eacb6edf27388c28c7db638119b635be7",
        ),
        (
            "PUT",
            "/me/presence".into(),
            json!({"presence": "away", "reason": "lunch"}),
            "43022eba3ccc2b2c09679a9a9386ceb6de5a80aee9c911fe2a3f77117a3bab55",
        ),
        (
            "PUT",
            "/me/presence".into(),
            json!({"presence": "online", "for_s": 60, "routable": true}),
            "8e8daef9c1207c26794a6b42e2f038eed609491dd0a01ccafd1f9a1d4cdd979f",
        ),
        (
            "POST",
            "/send".into(),
            json!({"session_name": "nobody", "to": "+55 11 4000-0001", "message": "oi"}),
            "d964804fdfe8ad43400c1d9bb29aaee8d3414a829e81fcc5d80a05bd8423f9b1",
        ),
        (
            "POST",
            "/ops/dead-letters/987654/retry".into(),
            json!({}),
            "16258d33df35e607d22f2c13f0efd09aa694ac484e03e44e19b18be7b1f4738d",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_what_a_command_is_told_apart_by_keeps_its_bytes() {
    let desk = Desk::open().await;
    let scopes = desk.store.tenants().await.unwrap();
    let blue: TenantId = House::Blue.tenant();
    let scope = scopes.into_iter().find(|scope| scope.tenant() == blue).unwrap();
    let mut otherwise = Vec::new();
    for (n, (method, path, body, kept)) in golden().into_iter().enumerate() {
        let key = Uuid::from_u128(0xF000 + n as u128);
        let (token, text) = (Some(desk.token(House::Blue, "root")), body.to_string());
        let answer = desk.asks(token, method, &format!("/api/v1{path}"), Some(&text), Some(&key.to_string())).await;
        let recorded = desk.store.answered(scope, user_id(House::Blue, "root"), key).await.unwrap();
        let recorded = recorded.unwrap_or_else(|| panic!("{method} {path} is recorded: {answer:?}"));
        let mut found = String::new();
        recorded.fingerprint.iter().for_each(|byte| write!(found, "{byte:02x}").unwrap());
        if found != kept {
            otherwise.push(format!("{method} {path} {text} is told apart by {found}"));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}
