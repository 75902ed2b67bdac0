//! An office with two tenants that look alike, and short ways to say what somebody does in it.
#![expect(clippy::unwrap_used, reason = "a test that cannot stand its desk up has failed")]

use crate::office::{handles_of, stand};
use crate::{described, files};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use dashoffice_adapters::folder::MediaFolder;
use dashoffice_api::auth::Passwords;
use dashoffice_api::body::BodyReader;
use dashoffice_api::{Api, Doors, HandlesCell, LateApi, Readiness, SecureRandom, Stamps, router};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::media::WantedMedia;
use dashoffice_domain::channel::outgoing::{ErrorClass, Posted, SendError};
use dashoffice_domain::channel::template::{Button, NoTemplates, Template, Words};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::{Content, Media};
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AgentId, AppId, NumberId, QueueId, TenantId, UserId};
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::{
    Apps, Arrival, BoxFuture, Channel, ChannelCredentials, Channels, Delivery, Fetching, Inbox, Malformed, MediaFiles,
    MediaSource, NumberRow, Piece, Post, ProviderApp, Reading, Secret, Sender, Templates, Unavailable, Webhook,
};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_runtime::{Clock, Ids};
use dashoffice_store::{Config, Provision, Store, UserDraft};
use dashoffice_supervisors::Office;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::mpsc;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const NOON: i64 = 1_800_000_000_000_000;
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const QUEUE: QueueId = QueueId(Uuid::from_u128(0x201));
pub(crate) const OTHER_QUEUE: QueueId = QueueId(Uuid::from_u128(0x202));
pub(crate) const NUMBER: NumberId = NumberId(Uuid::from_u128(0x101));
pub(crate) const APP: AppId = AppId(Uuid::from_u128(0xA9));

/// The two tenants: the same queues and numbers, other people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum House {
    Blue,
    Green,
}

impl House {
    pub(crate) const fn tenant(self) -> TenantId {
        TenantId(Uuid::from_u128(match self {
            Self::Blue => 0xA1,
            Self::Green => 0xB2,
        }))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    pub(crate) fn email(self, who: &str) -> String {
        format!("{who}@{}.example", self.name())
    }
}

/// A text whose answer the provider loses, and one that it refuses, also as the value of a template.
pub(crate) const LOST: &str = "a lost answer";
pub(crate) const REFUSED: &str = "a refused text";

/// Who works there: `root` and `sue` see everything, `ana` is in the queue, `bia` in the other one; `sue` is an agent, too.
const STAFF: [(&str, Role, Option<QueueId>, u128); 4] = [
    ("root", Role::ADMINISTRATOR, None, 1),
    ("sue", Role::SUPERVISOR, Some(QUEUE), 2),
    ("ana", Role::AGENT, Some(QUEUE), 3),
    ("bia", Role::AGENT, Some(OTHER_QUEUE), 4),
];

pub(crate) fn user_id(house: House, who: &str) -> Uuid {
    let number = STAFF.iter().find(|(name, ..)| *name == who).unwrap().3;
    Uuid::from_u128((house.tenant().0.as_u128() << 16) + number)
}

pub(crate) struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> i64 {
        self.0.load(SeqCst)
    }
}

/// Understands `{"from", "text", "id"}`, and takes whatever is posted but two texts.
struct FakeChannel {
    posts: mpsc::UnboundedSender<Post>,
    /// How often it was asked for templates; the first time it is away, and from the third on it has one more and says another greeting.
    asked: AtomicU64,
}

impl Webhook for FakeChannel {
    fn signed(&self, _: &Secret, _: Option<&str>, _: &[u8]) -> bool {
        false
    }

    fn split(&self, _: &[u8]) -> Result<Vec<Piece>, Malformed> {
        Ok(Vec::new())
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        let said: Value = serde_json::from_slice(raw).unwrap();
        let text = |key: &str| said[key].as_str().unwrap().to_owned();
        let inbound = Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, text("from"))],
            profile_name: Some(text("name")),
            username: None,
            moved: vec![],
            provider_message_id: text("id"),
            said_at: Timestamp(NOON),
            what: Said::Message { content: content(&said) },
            reply_to: None,
            context: MessageContext::default(),
        };
        if said["partly"] == true { Reading::Partly(inbound) } else { Reading::Understood(inbound) }
    }
}

impl Sender for FakeChannel {
    fn post(&self, _: ChannelCredentials, post: Post) -> BoxFuture<'static, Posted> {
        let provider_message_id = format!("wamid.{}", post.message.0.simple());
        let posted = match &post.content {
            Content::Text { body } if body == LOST => Posted::Unknown,
            Content::Text { body } if body == REFUSED => {
                Posted::Refused { error: SendError::new(131_026, ErrorClass::Recipient, "undeliverable") }
            }
            Content::Template { parameters, .. } if parameters == &[REFUSED] => {
                Posted::Refused { error: SendError::new(131_026, ErrorClass::Recipient, "undeliverable") }
            }
            _ => Posted::Accepted { provider_message_id, known_as: vec![] },
        };
        let _ = self.posts.send(post);
        Box::pin(async move { posted })
    }
}

impl MediaSource for FakeChannel {
    fn fetch(&self, _: ChannelCredentials, wanted: WantedMedia) -> BoxFuture<'static, Fetching> {
        Box::pin(async move { files::fetched(&wanted) })
    }
}

impl Templates for FakeChannel {
    fn of_account(
        &self,
        _: ChannelCredentials,
        account: String,
    ) -> BoxFuture<'static, Result<Vec<Template>, NoTemplates>> {
        let asked = self.asked.fetch_add(1, SeqCst);
        Box::pin(async move {
            if asked == 0 {
                return Err(NoTemplates::Away);
            }
            let (name, language) = (format!("hello of {account}"), "pt_BR".to_owned());
            let body = if asked > 1 { "Bom dia {{1}}" } else { "Olá {{1}}" }.to_owned();
            let button = Button { kind: "QUICK_REPLY".to_owned(), text: "Sim".to_owned(), target: None };
            let (header, footer) = (Some("Seu pedido".to_owned()), Some("Loja".to_owned()));
            let words = Some(Words { header, body, footer, buttons: vec![button] });
            let category = "UTILITY".to_owned();
            let hello = Template { name, language, category, words, parameters: 1, named: false, offered: true };
            let later = (asked > 1).then(|| Template { name: "later".to_owned(), ..hello.clone() });
            Ok([hello].into_iter().chain(later).collect())
        })
    }
}

/// A message with `media` is one with a file; its `id` says what the provider has.
fn content(said: &Value) -> Content {
    match said.get("media") {
        Some(media) => Content::Media(serde_json::from_value(media.clone()).unwrap()),
        None => Content::text(said["text"].as_str().unwrap()),
    }
}

struct NoApps;

impl Apps for NoApps {
    fn by_token<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }
}

pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) handles: HandlesCell,
    pub(crate) api: Api,
    hands: Arc<Hands>,
    router: Router,
    pub(crate) office: Arc<Office>,
    posts: tokio::sync::Mutex<mpsc::UnboundedReceiver<Post>>,
    tokens: HashMap<(House, &'static str), String>,
    written: AtomicU64,
    _dir: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["items"].as_array().unwrap().clone()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(0xE000_0000 + u128::from(NEXT.fetch_add(1, SeqCst))).to_string()
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let hands = Arc::new(Hands(AtomicI64::new(NOON)));
        let clock: Arc<dyn Clock> = hands.clone();
        let ids = Arc::new(Ids::from_seed(Arc::clone(&clock), 7));
        let dir = tempfile::tempdir().unwrap();
        let time = Arc::clone(&clock);
        let config = Config::Sqlite { data_dir: dir.path().join("data") };
        let store = Store::open(config, ids.next(), Arc::new(move || time.now())).await.unwrap();
        store.own().await.unwrap();
        store.keep_projections();
        let hash = Passwords::new(Arc::new(SecureRandom::from_seed(1))).hash(Secret(PASSWORD.into())).await.unwrap();
        for house in [House::Blue, House::Green] {
            provision(&store, house, &hash).await;
        }
        let (posted, posts) = mpsc::unbounded_channel();
        let fake = Arc::new(FakeChannel { posts: posted, asked: AtomicU64::new(0) });
        let channel = Channel::of("cloud", Capabilities::default(), Arc::clone(&fake))
            .with_media(fake.clone())
            .with_templates(fake);
        let channels = Channels(vec![channel]);
        let files: Arc<dyn MediaFiles> = Arc::new(MediaFolder::new(dir.path().join("media")));
        let office = stand(&store, &channels, &files, &clock, &ids).await;
        let handles = HandlesCell::default();
        handles.stand(handles_of(&office));
        let (now, next) = (Arc::clone(&clock), Arc::clone(&ids));
        let stamps = Stamps { now: Arc::new(move || Timestamp(now.now())), correlation: Arc::new(move || next.next()) };
        let bodies = BodyReader::new(4_000_000, Duration::from_secs(5), 16_000_000);
        let api = Api::new(store.clone(), handles.clone(), stamps.clone(), SecureRandom::from_seed(2), &bodies, files);
        let router = router(Doors {
            apps: Arc::new(NoApps),
            channels,
            readiness: Readiness::default(),
            stamps,
            bodies,
            webhook_timeout: Duration::from_secs(2).into(),
            api: LateApi::standing(api.clone(), Readiness::default()),
            metrics: None,
            console: |_| None,
        });
        let posts = tokio::sync::Mutex::new(posts);
        let (tokens, written) = (HashMap::new(), AtomicU64::new(0));
        let mut desk = Self { store, handles, api, hands, router, office, posts, tokens, written, _dir: dir };
        for house in [House::Blue, House::Green] {
            for (who, ..) in STAFF {
                let tokens = desk.signs_in(house, who).await;
                desk.tokens.insert((house, who), tokens["access_token"].as_str().unwrap().to_owned());
            }
        }
        desk
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.hands.0.fetch_add(seconds * 1_000_000, SeqCst);
    }

    pub(crate) async fn signs_in(&self, house: House, who: &str) -> Value {
        let answer = self.login(&house.email(who), PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.asks(None, "POST", "/api/v1/auth/login", Some(&body.to_string()), None).await
    }

    pub(crate) fn token(&self, house: House, who: &'static str) -> &str {
        &self.tokens[&(house, who)]
    }

    pub(crate) async fn asks(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&str>,
        key: Option<&str>,
    ) -> Answer {
        self.asks_over(token, method, path, body, key, None).await
    }

    /// The same over what was seen before, as `If-Match` says it.
    pub(crate) async fn asks_over(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&str>,
        key: Option<&str>,
        seen: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(seen) = seen {
            request = request.header("if-match", seen);
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Body::from(body.unwrap_or_default().to_owned())).unwrap();
        let response = self.sends(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let is_json = headers.get("content-type").is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
        let body = match () {
            () if bytes.is_empty() => Value::Null,
            () if is_json => serde_json::from_slice(&bytes).unwrap(),
            () => String::from_utf8_lossy(&bytes).into_owned().into(),
        };
        let answer = Answer { status, headers, body };
        described::check(method, path, &answer);
        answer
    }

    /// The answer as it is, whatever is in it.
    pub(crate) async fn sends(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn gets(&self, house: House, who: &'static str, path: &str) -> Answer {
        self.asks(Some(self.token(house, who)), "GET", &format!("/api/v1{path}"), None, None).await
    }

    pub(crate) async fn posts(&self, house: House, who: &'static str, path: &str, body: Value) -> Answer {
        self.posts_as(house, who, path, body, &key()).await
    }

    pub(crate) async fn posts_as(&self, house: House, who: &'static str, path: &str, body: Value, key: &str) -> Answer {
        let token = Some(self.token(house, who));
        self.asks(token, "POST", &format!("/api/v1{path}"), Some(&body.to_string()), Some(key)).await
    }

    /// A customer writes; answers the conversation as it then is for those who see everything.
    pub(crate) async fn customer_writes(&self, house: House, phone: &str, text: &str) -> Value {
        let id = format!("wamid.{}.{}", phone, self.written.fetch_add(1, SeqCst));
        let raw = json!({"from": phone, "name": format!("Customer {phone}"), "text": text, "id": id});
        self.brings(house, id, raw).await
    }

    /// A customer sends a file; answers the conversation as [`Desk::customer_writes`] does.
    pub(crate) async fn customer_sends(&self, house: House, phone: &str, media: &Media) -> Value {
        let id = format!("wamid.{}.{}", phone, self.written.fetch_add(1, SeqCst));
        let raw = json!({"from": phone, "name": format!("Customer {phone}"), "media": media, "id": id});
        self.brings(house, id, raw).await
    }

    async fn brings(&self, house: House, id: String, raw: Value) -> Value {
        let mut committed = self.store.subscribe();
        let arrival = Arrival { number: NUMBER, dedupe_key: id.clone(), raw: raw.to_string().into_bytes() };
        self.accepts(house, Delivery { arrivals: vec![arrival], ..Delivery::default() }).await;
        loop {
            let found = self.gets(house, "sue", &format!("/messages?provider_message_id={id}")).await.items();
            if let Some(message) = found.first() {
                let conversation = message["conversation_id"].as_str().unwrap().to_owned();
                return self.gets(house, "sue", &format!("/conversations/{conversation}")).await.body;
            }
            committed.next().await.unwrap();
        }
    }

    /// What a webhook brings to a house.
    pub(crate) async fn accepts(&self, house: House, delivery: Delivery) {
        let seen = self.store.app_by_token(house.name()).await.unwrap().unwrap();
        let received_at = Timestamp(self.hands.now());
        seen.inbox.accept(Delivery { received_at, ..delivery }).await.unwrap();
    }

    /// Somebody says how they are, without a socket.
    pub(crate) async fn says_how_they_are(&self, house: House, who: &'static str, body: &Value) -> Answer {
        let (token, body) = (Some(self.token(house, who)), body.to_string());
        self.asks(token, "PUT", "/api/v1/me/presence", Some(&body), Some(&key())).await
    }

    /// Somebody is there by a lease, under which no chats are offered.
    pub(crate) async fn comes(&self, house: House, who: &'static str) {
        let answer = self.says_how_they_are(house, who, &json!({"presence": "online", "for_s": 300})).await;
        assert_eq!((answer.status, &answer.body["effective_presence"]), (200, &json!("online")), "{answer:?}");
    }

    /// A conversation that ana has picked.
    pub(crate) async fn held_by_ana(&self, phone: &str) -> String {
        self.comes(House::Blue, "ana").await;
        let conversation = self.customer_writes(House::Blue, phone, "oi").await;
        let id = conversation["id"].as_str().unwrap().to_owned();
        let epoch = conversation["owner_epoch"].clone();
        let path = format!("/conversations/{id}/pick");
        // The router hears of the conversation a moment after it is committed.
        let mut board = self.office.router(House::Blue.tenant()).unwrap().board();
        loop {
            let answer = self.posts(House::Blue, "ana", &path, json!({"expected_epoch": epoch})).await;
            if answer.status == 200 {
                return id;
            }
            assert_eq!(answer.code(), "not_open", "{answer:?}");
            board.changed().await.unwrap();
        }
    }

    /// The next message that reached the provider.
    pub(crate) async fn posted(&self) -> Post {
        tokio::time::timeout(Duration::from_secs(20), self.posts.lock().await.recv()).await.unwrap().unwrap()
    }
}

async fn provision(store: &Store, house: House, hash: &Secret) {
    let tenant = house.tenant();
    store.provision(Provision::Tenant { id: tenant, name: format!("The {} house", house.name()) }).await.unwrap();
    for (queue, name) in [(QUEUE, "Vendas"), (OTHER_QUEUE, "Suporte")] {
        let settings = QueueSettings::usual(queue, name);
        store.provision(Provision::Queue { tenant, settings }).await.unwrap();
    }
    let secret = || Secret(house.name().into());
    let app = Provision::App {
        tenant,
        id: APP,
        provider: "cloud".into(),
        app_secret: secret(),
        verify_token: secret(),
        url_token: secret(),
    };
    store.provision(app).await.unwrap();
    let number = NumberRow {
        id: NUMBER,
        provider: "cloud".into(),
        display_name: "main".into(),
        display_phone_number: "+55 11 4000-0001".into(),
        queue: QUEUE,
        line: ChannelCredentials {
            provider_ref: "1001".into(),
            access_token: secret(),
            api_base: None,
            marketing_messages: false,
        },
        account_ref: Some("2001".into()),
    };
    store.provision(Provision::Number { tenant, app: APP, number }).await.unwrap();
    for (who, role, queue, _) in STAFF {
        let id = user_id(house, who);
        let user = UserDraft {
            id: UserId(id),
            email: house.email(who),
            name: who.into(),
            role,
            password_hash: hash.clone(),
            active: true,
            language: None,
        };
        store.provision(Provision::User { tenant, user }).await.unwrap();
        if let Some(queue) = queue {
            let agent = AgentId(id);
            store.provision(Provision::Agent { tenant, id: agent, capacity_units: 100 }).await.unwrap();
            store.provision(Provision::Member { tenant, queue, agent }).await.unwrap();
        }
    }
}
