//! Customers' files: for whom, for how long, and how a browser is told to take them (§4, §8, C6).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use crate::files::{PAGE, media, picture};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use dashoffice_domain::conversation::content::MediaKind;
use serde_json::{Value, json};

const PHONE: &str = "5511999990001";

impl Desk {
    /// The message of a customer who sends a file, once nobody fetches it any more.
    async fn sent(&self, kind: MediaKind, id: &str, filename: Option<&str>) -> String {
        let mut committed = self.store.subscribe();
        let conversation = self.customer_sends(House::Blue, PHONE, &media(kind, id, filename)).await;
        let message = conversation["last_message"]["id"].as_str().unwrap().to_owned();
        while self.media(House::Blue, "root", &message).await["state"] == "fetching" {
            committed.next().await.unwrap();
        }
        message
    }

    async fn media(&self, house: House, who: &'static str, message: &str) -> Value {
        self.gets(house, who, &format!("/messages/{message}")).await.body["media"].clone()
    }

    async fn address(&self, who: &'static str, message: &str) -> String {
        self.media(House::Blue, who, message).await["url"].as_str().unwrap().to_owned()
    }

    /// Asked as an `<img>` asks: with no sign-in.
    async fn shows(&self, address: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sends(request.body(Body::empty()).unwrap()).await
    }

    async fn status(&self, address: &str) -> u16 {
        self.shows(address, &[]).await.status().as_u16()
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn bytes(response: Response) -> Vec<u8> {
    to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_that_sees_the_message_gets_its_file_by_an_address_of_its_own() {
    let desk = Desk::open().await;
    let message = desk.sent(MediaKind::Image, "picture", None).await;
    let mut addresses = Vec::new();
    for who in ["root", "sue", "ana"] {
        let seen = desk.media(House::Blue, who, &message).await;
        assert_eq!(
            (&seen["state"], &seen["size_bytes"], &seen["reason"]),
            (&json!("ready"), &json!(1_000), &Value::Null)
        );
        let address = seen["url"].as_str().unwrap().to_owned();
        let response = desk.shows(&address, &[]).await;
        assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, "image/png"));
        assert_eq!(header(&response, "content-length"), "1000");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert!(header(&response, "content-disposition").starts_with("inline; filename=\"image-"));
        assert!(header(&response, "cache-control").starts_with("private"));
        assert_eq!(bytes(response).await, picture());
        addresses.push(address);
    }
    addresses.dedup();
    assert_eq!(addresses.len(), 3);
    assert_eq!(desk.gets(House::Blue, "bia", &format!("/messages/{message}")).await.status, 404);
    let listed = desk.gets(House::Blue, "ana", "/messages?provider_message_id=wamid.5511999990001.0").await.items();
    assert_eq!(desk.status(listed[0]["media"]["url"].as_str().unwrap()).await, 200);
    let conversation = listed[0]["conversation_id"].as_str().unwrap();
    let page = desk.gets(House::Blue, "ana", &format!("/conversations/{conversation}/messages")).await;
    assert!(page.header("as-of").is_some());
    assert_eq!(desk.status(page.items()[0]["media"]["url"].as_str().unwrap()).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_an_address_of_another_tenant_or_forged_or_altered_is_404() {
    let desk = Desk::open().await;
    let message = desk.sent(MediaKind::Image, "picture", None).await;
    let address = desk.address("root", &message).await;
    assert_eq!(desk.gets(House::Green, "root", &format!("/messages/{message}")).await.status, 404);
    let token = address.rsplit('/').next().unwrap();
    let mut swapped: Vec<char> = token.chars().collect();
    swapped[3] = if swapped[3] == 'A' { 'B' } else { 'A' };
    let swapped: String = swapped.into_iter().collect();
    for forged in [swapped.as_str(), &message, "x", &token[..token.len() - 2], &"A".repeat(120)] {
        let response = desk.shows(&format!("/api/v1/media/{forged}"), &[]).await;
        assert_eq!(response.status().as_u16(), 404, "{forged}");
        assert!(header(&response, "content-type").starts_with("application/problem+json"));
    }
    assert_eq!(desk.status(&address).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_ends_with_its_time_with_the_session_and_with_the_right_to_see() {
    let desk = Desk::open().await;
    let message = desk.sent(MediaKind::Image, "picture", None).await;
    let (early, sues) = (desk.address("ana", &message).await, desk.address("sue", &message).await);
    desk.pass_seconds(599);
    assert_eq!(desk.status(&early).await, 200);
    desk.pass_seconds(1);
    assert_eq!(desk.status(&early).await, 404);

    let (anas, sues) = (desk.address("ana", &message).await, {
        assert_eq!(desk.status(&sues).await, 404);
        desk.address("sue", &message).await
    });
    let conversation =
        desk.gets(House::Blue, "sue", &format!("/messages/{message}")).await.body["conversation_id"].clone();
    let path = format!("/conversations/{}", conversation.as_str().unwrap());
    let epoch = desk.gets(House::Blue, "sue", &path).await.body["owner_epoch"].clone();
    let mut board = desk.office.router(House::Blue.tenant()).unwrap().board();
    let waits = board.wait_for(|board| board.queues.get(&QUEUE).is_some_and(|queue| queue.waiting == 1)).await;
    drop(waits.unwrap());
    desk.comes(House::Blue, "sue").await;
    let picked = desk.posts(House::Blue, "sue", &format!("{path}/pick"), json!({"expected_epoch": epoch})).await;
    assert_eq!(picked.status, 200, "{picked:?}");
    assert_eq!((desk.status(&anas).await, desk.status(&sues).await), (404, 200), "sue has it, ana does not see it");

    desk.asks(Some(desk.token(House::Blue, "sue")), "POST", "/api/v1/auth/logout", None, Some(&key())).await;
    assert_eq!(desk.status(&sues).await, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_is_given_where_a_part_is_asked_for() {
    let desk = Desk::open().await;
    let message = desk.sent(MediaKind::Image, "picture", None).await;
    let address = desk.address("root", &message).await;
    for (range, first, last) in [("bytes=0-0", 0, 0), ("bytes=990-", 990, 999), ("bytes=-5", 995, 999)] {
        let response = desk.shows(&address, &[("range", range)]).await;
        assert_eq!(response.status().as_u16(), 206);
        assert_eq!(header(&response, "content-range"), format!("bytes {first}-{last}/1000"));
        assert_eq!(bytes(response).await, picture()[first..=last]);
    }
    let nowhere = desk.shows(&address, &[("range", "bytes=1000-")]).await;
    assert_eq!((nowhere.status().as_u16(), header(&nowhere, "content-range")), (416, "bytes */1000"));
    assert_eq!(header(&nowhere, "content-type"), "application/problem+json");
    let whole = desk.shows(&address, &[]).await;
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    let etag = header(&whole, "etag").to_owned();
    let known = desk.shows(&address, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status().as_u16(), bytes(known).await.len()), (304, 0));
    let head = desk.sends(Request::builder().method("HEAD").uri(&address).body(Body::empty()).unwrap()).await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "1000"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_browser_would_run_is_only_ever_saved() {
    let desk = Desk::open().await;
    let message = desk.sent(MediaKind::Document, "page", Some("../fatura\".html")).await;
    let response = desk.shows(&desk.address("root", &message).await, &[]).await;
    assert_eq!(header(&response, "content-type"), "application/octet-stream");
    assert_eq!(header(&response, "content-disposition"), "attachment; filename=\"_fatura_.html\"");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert!(header(&response, "content-security-policy").contains("sandbox"));
    assert_eq!(bytes(response).await, PAGE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_will_not_come_says_why() {
    let desk = Desk::open().await;
    let gone = desk.sent(MediaKind::Image, "nothing", None).await;
    let gone = desk.media(House::Blue, "ana", &gone).await;
    assert_eq!((&gone["state"], &gone["url"]), (&json!("gone"), &Value::Null));
    assert!(gone["reason"].as_str().unwrap().contains("any more"));
    let page = desk.sent(MediaKind::Image, "page", None).await;
    let page = desk.media(House::Blue, "ana", &page).await;
    assert_eq!((&page["state"], &page["reason"]), (&json!("failed"), &json!("a file of this type is not taken")));
}
