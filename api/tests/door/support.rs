//! A server on a real socket with ports that tests hold in their hands, and a client that speaks raw HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot stand its house up has failed")]

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::routing::{any, get};
use dashoffice_api::body::BodyReader;
use dashoffice_api::{ConnectionLimits, Doors, Drained, Readiness, Stamps, router, serve};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{AppId, NumberId};
use dashoffice_domain::ports::{
    Apps, BoxFuture, Channel, ChannelCredentials, Channels, Delivery, Inbox, Malformed, NotAccepted, Piece,
    PieceStatus, Post, ProviderApp, Reading, Receipt, Secret, Sender, Unavailable, Webhook,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const NUMBER: NumberId = NumberId(Uuid::from_u128(100));
pub(crate) const SECRET: &str = "the app's secret";

/// What the inbox does with the next delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Takes,
    Backlog,
    Away,
    /// Does not answer until it is let go.
    Hangs,
}

pub(crate) struct FakeInbox {
    pub(crate) mood: Mutex<Mood>,
    pub(crate) taken: Mutex<Vec<Delivery>>,
    pub(crate) reached: Notify,
    pub(crate) let_go: Notify,
}

impl Inbox for FakeInbox {
    fn accept(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>> {
        Box::pin(async move {
            self.reached.notify_one();
            let mood = *self.mood.lock().unwrap();
            match mood {
                Mood::Backlog => return Err(NotAccepted::Backlog { retry_after_s: 17 }),
                Mood::Away => return Err(Unavailable { doing: "accepting", reason: "away".into() }.into()),
                Mood::Hangs => self.let_go.notified().await,
                Mood::Takes => {}
            }
            let accepted = delivery.arrivals.len();
            self.taken.lock().unwrap().push(delivery);
            Ok(Receipt { accepted, ..Receipt::default() })
        })
    }
}

/// Knows the apps `token-a` and `token-b`, both of this provider and secret; `token-bare` has no secret.
pub(crate) struct FakeApps(pub(crate) Arc<FakeInbox>);

impl Apps for FakeApps {
    fn by_token<'a>(
        &'a self,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        let app = |id: u128, secret: &str, number: &str, ours: NumberId| ProviderApp {
            id: AppId(Uuid::from_u128(id)),
            provider: "cloud".into(),
            app_secret: Secret(secret.into()),
            verify_token: Secret("open sesame".into()),
            numbers: vec![(number.into(), ours)],
            without_account: Vec::new(),
            accounts: Vec::new(),
        };
        let found = match token {
            "token-a" => Some(app(1, SECRET, "100", NUMBER)),
            "token-b" => Some(app(2, "another secret", "200", NumberId(Uuid::from_u128(200)))),
            "token-bare" => Some(ProviderApp { verify_token: Secret(String::new()), ..app(3, "", "300", NUMBER) }),
            "token-twilio" => Some(ProviderApp { provider: "twilio".into(), ..app(4, SECRET, "400", NUMBER) }),
            "token-away" => {
                return Box::pin(async { Err(Unavailable { doing: "looking up an app", reason: "away".into() }) });
            }
            _ => None,
        };
        let inbox: Arc<dyn Inbox> = self.0.clone();
        Box::pin(async move { Ok(found.map(|app| (app, inbox))) })
    }
}

/// `{"items": [{"number", "id"}], "statuses": [{"number", "id"}], "panic": bool}`, signed by SHA-256 of secret and body.
pub(crate) struct FakeChannel;

impl Webhook for FakeChannel {
    fn signed(&self, app_secret: &Secret, signature: Option<&str>, body: &[u8]) -> bool {
        signature == Some(signature_of(&app_secret.0, body).as_str())
    }

    fn split(&self, body: &[u8]) -> Result<Vec<Piece>, Malformed> {
        let body: Value = serde_json::from_slice(body).map_err(|error| Malformed(error.to_string()))?;
        assert!(body["panic"] != Value::Bool(true), "a bug in the adapter");
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
        let items = list("items").into_iter().map(|item| Piece::Item {
            number_ref: text(&item, "number"),
            provider_message_id: text(&item, "id"),
            raw: item.to_string().into_bytes(),
        });
        let statuses = list("statuses").into_iter().map(|status| {
            Piece::Status(Box::new(PieceStatus {
                number_ref: text(&status, "number"),
                provider_message_id: text(&status, "id"),
                message: None,
                status: Status::Read,
                at: Timestamp::default(),
                error: None,
                stops: None,
                pricing: None,
                recipient: None,
            }))
        });
        Ok(items.chain(statuses).collect())
    }

    fn decode(&self, _raw: &[u8]) -> Reading {
        Reading::Unreadable { reason: "not asked here".into() }
    }
}

impl Sender for FakeChannel {
    fn post(&self, _line: ChannelCredentials, _post: Post) -> BoxFuture<'static, Posted> {
        Box::pin(async { Posted::Unknown })
    }
}

pub(crate) fn signature_of(secret: &str, body: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(secret).chain_update(body).finalize())
}

pub(crate) struct Settings {
    pub(crate) body_limit: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) webhook_timeout: Duration,
    pub(crate) connections: usize,
    pub(crate) drain_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit: 4_000_000,
            body_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            webhook_timeout: Duration::from_secs(5),
            connections: 100,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) inbox: Arc<FakeInbox>,
    pub(crate) readiness: Readiness,
    pub(crate) server: JoinHandle<Drained>,
    /// A request to `/stalls` is waiting for its body.
    pub(crate) stalled: Arc<Notify>,
    /// The answer to a request to `/endless` was given up.
    pub(crate) given_up: Arc<Notify>,
}

/// Says when it is dropped.
struct GivenUp(Arc<Notify>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// An answer without an end.
fn endless(given_up: Arc<Notify>) -> Body {
    let given_up = GivenUp(given_up);
    let chunks = std::iter::repeat_with(move || {
        let _held = &given_up;
        Ok::<_, std::io::Error>(vec![b'x'; 65_536])
    });
    Body::from_stream(futures_util::stream::iter(chunks))
}

/// Waits for the whole body.
async fn stalls(stalled: Arc<Notify>, request: Request) -> StatusCode {
    stalled.notify_one();
    let _ = axum::body::to_bytes(request.into_body(), usize::MAX).await;
    StatusCode::OK
}

/// Becomes a socket that is read until its end.
#[expect(clippy::disallowed_methods, reason = "it lives as long as its socket")]
async fn upgrades(request: Request) -> Response<Body> {
    let upgraded = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let mut socket = hyper_util::rt::TokioIo::new(upgraded.await.unwrap());
        let _ = socket.read_to_end(&mut Vec::new()).await;
    });
    let answer = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
    answer.header("connection", "upgrade").header("upgrade", "test").body(Body::empty()).unwrap()
}

impl House {
    pub(crate) async fn ready() -> Self {
        let house = Self::with(Settings::default()).await;
        house.readiness.ready();
        house
    }

    #[expect(clippy::disallowed_methods, reason = "the test holds the server's task")]
    pub(crate) async fn with(settings: Settings) -> Self {
        let inbox = Arc::new(FakeInbox {
            mood: Mutex::new(Mood::Takes),
            taken: Mutex::default(),
            reached: Notify::new(),
            let_go: Notify::new(),
        });
        let readiness = Readiness::default();
        let doors = Doors {
            apps: Arc::new(FakeApps(inbox.clone())),
            channels: Channels(vec![Channel::of("cloud", Capabilities::default(), Arc::new(FakeChannel))]),
            readiness: readiness.clone(),
            stamps: Stamps {
                now: Arc::new(|| Timestamp::from_seconds(1_000)),
                correlation: Arc::new(|| Uuid::from_u128(5)),
            },
            bodies: BodyReader::new(settings.body_limit, settings.body_timeout, 16 * settings.body_limit),
            webhook_timeout: settings.webhook_timeout.into(),
            api: dashoffice_api::LateApi::default(),
            metrics: None,
            console: |_| None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = ConnectionLimits {
            connections: settings.connections,
            header_timeout: settings.header_timeout,
            drain_timeout: settings.drain_timeout,
        };
        let stop = readiness.clone();
        let stalled = Arc::<Notify>::default();
        let at_the_stall = Arc::clone(&stalled);
        let given_up = Arc::<Notify>::default();
        let unread = Arc::clone(&given_up);
        let routes = router(doors)
            .route("/stalls", any(move |request| stalls(Arc::clone(&at_the_stall), request)))
            .route("/endless", get(move || async move { endless(Arc::clone(&unread)) }))
            .route("/upgrades", get(upgrades));
        let server =
            tokio::spawn(async move { serve(listener, routes, limits, async move { stop.draining().await }).await });
        Self { address, inbox, readiness, server, stalled, given_up }
    }

    pub(crate) fn taken(&self) -> Vec<Delivery> {
        self.inbox.taken.lock().unwrap().clone()
    }

    pub(crate) fn is_in_the_mood(&self, mood: Mood) {
        *self.inbox.mood.lock().unwrap() = mood;
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.says(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await
    }

    /// Posts a body signed with `secret` to the webhook of `token`.
    pub(crate) async fn posts(&self, token: &str, secret: &str, body: &[u8]) -> Answer {
        self.says(&posting(token, Some(&signature_of(secret, body)), body)).await
    }

    /// Sends these bytes and reads to the end.
    pub(crate) async fn says(&self, bytes: &[u8]) -> Answer {
        let mut socket = self.connects().await;
        socket.write_all(bytes).await.unwrap();
        Answer::read(&mut socket).await
    }

    pub(crate) async fn connects(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

pub(crate) fn posting(token: &str, signature: Option<&str>, body: &[u8]) -> Vec<u8> {
    let signature = signature.map(|signature| format!("x-hub-signature-256: {signature}\r\n")).unwrap_or_default();
    let mut request = format!(
        "POST /webhooks/cloud/{token} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{signature}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the server closes; nothing at all is status 0.
    pub(crate) async fn read(socket: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A reset after the answer was read is the server's right.
        let _ = socket.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}
