//! Posts against a provider that fails in every way it can (A7).

use super::super::{CloudChannel, CloudConfig};
use dashoffice_domain::Span;
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{ChannelCredentials, Post, Secret, Sender as _};
use serde_json::json;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use uuid::Uuid;

const TOKEN: &str = "a-token-of-ours";

/// Posts one text to `address`; the whole may take 300 ms.
async fn post_to(address: SocketAddr) -> Posted {
    post_with(CloudConfig { post_timeout_ms: 300, ..CloudConfig::default() }, address).await
}

async fn post_with(config: CloudConfig, address: SocketAddr) -> Posted {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let line = ChannelCredentials {
        provider_ref: "100200300400".to_owned(),
        access_token: Secret(TOKEN.to_owned()),
        api_base: Some(format!("http://{address}")),
        marketing_messages: false,
    };
    let message = Post {
        message: MessageId(Uuid::from_u128(7)),
        to: vec![Identifier::new(IdentifierKind::WaId, "5511900000001")],
        content: Content::text("olá"),
        reply_to: None,
    };
    CloudChannel::new(config).unwrap().post(line, message).await
}

/// Reads one whole request.
async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the request ended early");
        read.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0_usize) {
            return text;
        }
    }
}

/// Posts against a provider that writes `answer` and closes; returns the outcome and the request it saw.
async fn answered(answer: Vec<u8>) -> (Posted, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let provider = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = request(&mut stream).await;
        if let Err(error) = stream.write_all(&answer).await {
            assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
        }
        request
    };
    tokio::join!(post_to(address), provider)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn graph(status: &str, code: i64) -> Vec<u8> {
    http(status, &json!({ "error": { "message": "m", "type": "OAuthException", "code": code } }).to_string())
}

#[tokio::test]
async fn a7_an_accepted_post_was_asked_for_as_meta_documents() {
    let answer = json!({ "contacts": [{ "wa_id": "5511900000001" }], "messages": [{ "id": "wamid.9" }] }).to_string();
    let (posted, request) = answered(http("200 OK", &answer)).await;
    let known_as = vec![Identifier::new(IdentifierKind::WaId, "5511900000001")];
    let wanted = Posted::Accepted { provider_message_id: "wamid.9".to_owned(), known_as };
    assert_eq!(posted, wanted);
    assert!(request.starts_with("POST /v26.0/100200300400/messages HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{request}");
    assert!(request.contains(r#""biz_opaque_callback_data":"00000000-0000-0000-0000-000000000007""#), "{request}");
}

#[tokio::test]
async fn a7_a_refused_connection_reached_nobody_and_may_be_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert!(matches!(post_to(address).await, Posted::TryLater { after, .. } if after == Span::seconds(1)));
}

#[tokio::test]
async fn a7_a_connection_that_is_never_made_reached_nobody() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody_accepts = socket.listen(1).unwrap();
    let address = nobody_accepts.local_addr().unwrap();
    // Fill the queue of those who wait to be let in, until somebody is left standing.
    let mut waiting = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
        assert!(waiting.len() < 100, "the queue has an end");
    }
    let config = CloudConfig { connect_timeout_ms: 100, post_timeout_ms: 10_000, ..CloudConfig::default() };
    assert!(matches!(post_with(config, address).await, Posted::TryLater { error, .. } if error.code == -1));
}

#[tokio::test]
async fn a7_a_break_after_the_request_is_unknown() {
    for broken in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"messages\":["] {
        assert_eq!(answered(broken.as_bytes().to_vec()).await.0, Posted::Unknown, "{broken}");
    }
}

#[tokio::test]
async fn a7_a_reset_after_the_request_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let provider = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    };
    let (posted, ()) = tokio::join!(post_to(address), provider);
    assert_eq!(posted, Posted::Unknown);
}

#[tokio::test]
async fn a7_an_answer_that_never_comes_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let provider = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        // Holds the line until the other side gives up.
        let end = stream.read(&mut [0; 1]).await;
        assert!(matches!(end, Ok(0) | Err(_)));
    };
    let both = async { tokio::join!(post_to(address), provider) };
    let (posted, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.expect("the post ends by itself");
    assert_eq!(posted, Posted::Unknown);
}

#[tokio::test]
async fn a7_garbage_is_unknown_and_so_is_a_server_error_without_a_graph_body() {
    for (status, body) in [
        ("200 OK", "<html>welcome</html>"),
        ("200 OK", r#"{"messages":[{}]}"#),
        ("500 Internal Server Error", ""),
        ("502 Bad Gateway", "<html>bad gateway</html>"),
        ("302 Found", "elsewhere"),
    ] {
        assert_eq!(answered(http(status, body)).await.0, Posted::Unknown, "{status} {body}");
    }
    assert_eq!(answered(http("200 OK", &"x".repeat(70_000))).await.0, Posted::Unknown);
}

#[tokio::test]
async fn a7_a_graph_error_body_says_what_to_do() {
    let (later, _) = answered(graph("500 Internal Server Error", 2)).await;
    assert!(matches!(later, Posted::TryLater { error, .. } if error.code == 2));
    let (busy, _) = answered(graph("429 Too Many Requests", 130_429)).await;
    assert!(matches!(busy, Posted::Throttled { after, .. } if after == Span::seconds(2)));
    let (pair, _) = answered(graph("400 Bad Request", 131_056)).await;
    assert!(matches!(pair, Posted::TryLater { after, .. } if after == Span::seconds(6)));
    let (token, _) = answered(graph("401 Unauthorized", 190)).await;
    assert!(matches!(token, Posted::ChannelStopped { error, .. } if error.code == 190));
    let (window, _) = answered(graph("400 Bad Request", 131_047)).await;
    assert!(matches!(window, Posted::Refused { error } if error.code == 131_047));
}

#[test]
fn a_token_never_shows_in_a_debug_print() {
    let line = ChannelCredentials {
        provider_ref: "1".to_owned(),
        access_token: Secret(TOKEN.to_owned()),
        api_base: None,
        marketing_messages: false,
    };
    assert!(!format!("{line:?}").contains(TOKEN));
}

/// Posts to a number whose templates go to the way for marketing first; answers each request in turn, and returns the paths asked.
async fn marketed(content: Content, answers: &[Vec<u8>]) -> (Posted, Vec<String>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = ChannelCredentials {
        provider_ref: "100200300400".to_owned(),
        access_token: Secret(TOKEN.to_owned()),
        api_base: Some(format!("http://{}", listener.local_addr().unwrap())),
        marketing_messages: true,
    };
    let to = vec![Identifier::new(IdentifierKind::WaId, "5511900000001")];
    let post = Post { message: MessageId(Uuid::from_u128(7)), to, content, reply_to: None };
    let provider = async {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = request(&mut stream).await;
            asked.push(request.split_whitespace().nth(1).unwrap().to_owned());
            stream.write_all(answer).await.unwrap();
        }
        asked
    };
    tokio::join!(CloudChannel::new(CloudConfig::default()).unwrap().post(line, post), provider)
}

#[tokio::test]
async fn templates_go_to_the_way_for_marketing_first_and_what_is_none_goes_the_usual_way() {
    const USUAL: &str = "/v26.0/100200300400/messages";
    const MARKETING: &str = "/v26.0/100200300400/marketing_messages";
    let template = || {
        let (name, language) = ("oferta".to_owned(), "pt_BR".to_owned());
        Content::Template { name, language, parameters: Vec::new(), words: None }
    };
    let closing = |status: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    let taken = closing("200 OK", r#"{"messages":[{"id":"wamid.9"}]}"#);
    let refused = |code: i64| closing("400 Bad Request", &json!({ "error": { "code": code } }).to_string());
    let (posted, asked) = marketed(template(), std::slice::from_ref(&taken)).await;
    assert!(matches!(posted, Posted::Accepted { .. }));
    assert_eq!(asked, [MARKETING]);
    let (posted, asked) = marketed(template(), &[refused(134_100), taken.clone()]).await;
    assert!(matches!(posted, Posted::Accepted { .. }), "{posted:?}");
    assert_eq!(asked, [MARKETING, USUAL]);
    let (posted, asked) = marketed(template(), &[refused(131_049)]).await;
    assert!(matches!(posted, Posted::TryLater { .. }), "another reason is an answer: {posted:?}");
    assert_eq!(asked, [MARKETING]);
    let (_, asked) = marketed(Content::text("olá"), &[taken]).await;
    assert_eq!(asked, [USUAL]);
}
