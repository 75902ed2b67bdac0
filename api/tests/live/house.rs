//! A house on either database with two tenants, agents, a supervisor and a server, and customers who write.
#![expect(clippy::unwrap_used, reason = "a test that cannot stand its house up has failed")]

use crate::place::Place;
use crate::streams;
use axum::Router;
use dashoffice_adapters::folder::MediaFolder;
use dashoffice_adapters::in_hand::InHandFile;
use dashoffice_api::auth::{Origin, SecureRandom};
use dashoffice_api::body::BodyReader;
use dashoffice_api::ws::{SocketTimes, Sockets, StoreReads, routes};
use dashoffice_api::{Api, ConnectionLimits, Doors, Handles, HandlesCell, LateApi, Readiness, Stamps, router, serve};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::media::{Announced, WantedMedia};
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::channel::template::{NoTemplates, Template, Words};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::{Content, Media, MediaKind};
use dashoffice_domain::conversation::context::{MessageContext, Referral};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AgentId, AppId, NumberId, QueueId, TenantId, UserId};
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::{
    Apps, Arrival, BoxFuture, Channel, ChannelCredentials, Channels, Chunks, Delivery, Fetching, Inbox, Interrupted,
    Malformed, MediaFiles, MediaSource, NumberRow, Piece, Post, ProviderApp, Reading, Secret, Sender, Templates,
    Unavailable, Webhook,
};
use dashoffice_domain::routing::{QueueSettings, Strategy};
use dashoffice_domain::time::Span;
use dashoffice_runtime::{Clock, Ids, SystemClock, task};
use dashoffice_store::views::{AppSeen, TenantScope};
use dashoffice_store::{Provision, Store, UserDraft};
use dashoffice_supervisors::{Office, OfficeParts, OfficeSettings, TenantParts};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));
pub(crate) const OTHER_TENANT: TenantId = TenantId(Uuid::from_u128(2));
pub(crate) const QUEUE: QueueId = QueueId(Uuid::from_u128(10));
pub(crate) const PASSWORD: &str = "correct horse";

/// An item is `{"from", "id", "text"}`, with `edits` or `revokes` where it is about the message with that id, and with whatever else is
/// said of the customer: `scoped` (known by it alone, where nobody is `from`), `name`, `username`, `ad`. Every post is taken.
struct ThinAir;

impl Webhook for ThinAir {
    fn signed(&self, _: &Secret, _: Option<&str>, _: &[u8]) -> bool {
        true
    }

    fn split(&self, _: &[u8]) -> Result<Vec<Piece>, Malformed> {
        Ok(Vec::new())
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        let item: Value = serde_json::from_slice(raw).unwrap();
        let text = |key: &str| item[key].as_str().unwrap().to_owned();
        let said = |key: &str| item[key].as_str().map(str::to_owned);
        let known_as = [(IdentifierKind::WaId, said("from")), (IdentifierKind::ScopedUser, said("scoped"))];
        let known_as = known_as.into_iter().filter_map(|(kind, value)| Some(Identifier::new(kind, value?)));
        let named = said("from").map(|from| format!("Customer {from}"));
        let ad = said("ad").map(|headline| Box::new(Referral { headline: Some(headline), ..Referral::default() }));
        Reading::Understood(Inbound {
            identifiers: known_as.collect(),
            profile_name: said("name").or(named),
            username: said("username"),
            moved: vec![],
            provider_message_id: text("id"),
            said_at: Timestamp(SystemClock.now()),
            what: match (item["edits"].as_str(), item["revokes"].as_str()) {
                (Some(of), _) => Said::Edit { of: of.to_owned(), content: content(text("text")) },
                (None, Some(of)) => Said::Revoke { of: of.to_owned() },
                (None, None) => Said::Message { content: content(text("text")) },
            },
            reply_to: None,
            context: MessageContext { referral: ad, ..MessageContext::default() },
        })
    }
}

impl Sender for ThinAir {
    fn post(&self, _: ChannelCredentials, post: Post) -> BoxFuture<'static, Posted> {
        let provider_message_id = format!("air.{}", post.message);
        Box::pin(async move { Posted::Accepted { provider_message_id, known_as: vec![] } })
    }
}

impl MediaSource for ThinAir {
    fn fetch(&self, _: ChannelCredentials, _: WantedMedia) -> BoxFuture<'static, Fetching> {
        let (announced, chunks) = (Announced::default(), Box::new(Once(Some(b"\x89PNG\r\n\x1a\n".to_vec()))));
        Box::pin(async move { Fetching::Comes { announced, chunks } })
    }
}

impl Templates for ThinAir {
    fn of_account(&self, _: ChannelCredentials, _: String) -> BoxFuture<'static, Result<Vec<Template>, NoTemplates>> {
        let words = Words { header: None, body: "Hello {{1}}".to_owned(), footer: None, buttons: vec![] };
        let (name, language, category) = ("ready".to_owned(), "en".to_owned(), "UTILITY".to_owned());
        let ready =
            Template { name, language, category, words: Some(words), parameters: 1, named: false, offered: true };
        Box::pin(async move { Ok(vec![ready]) })
    }
}

/// Who writes just this sends a picture.
pub(crate) const PICTURE: &str = "a picture";

fn content(text: String) -> Content {
    if text != PICTURE {
        return Content::Text { body: text };
    }
    Content::Media(Media {
        kind: MediaKind::Image,
        provider_media_id: Some("7".to_owned()),
        link: None,
        mime_type: None,
        sha256: None,
        caption: None,
        filename: None,
        voice: false,
        animated: false,
    })
}

/// All in one piece.
struct Once(Option<Vec<u8>>);

impl Chunks for Once {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

/// Webhooks are no part of these tests.
struct NoApps;

impl Apps for NoApps {
    fn by_token<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }
}

/// Agents are users 101, 102 …; the supervisor is 100.
pub(crate) fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(100 + n))
}

pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) api: Api,
    pub(crate) scope: TenantScope,
    pub(crate) address: SocketAddr,
    pub(crate) office: Arc<Office>,
    pub(crate) sockets: Sockets,
    /// How far the api's clock is ahead of the machine's, in microseconds.
    pub(crate) ahead: Arc<AtomicI64>,
    end: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl House {
    pub(crate) async fn open(place: &Place, agents: u128) -> Self {
        Self::open_at(place, agents, "127.0.0.1:0".parse().unwrap(), SocketTimes::default()).await
    }

    pub(crate) async fn open_at(place: &Place, agents: u128, address: SocketAddr, times: SocketTimes) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids = Arc::new(Ids::from_system(Arc::clone(&clock)));
        let store_clock = Arc::clone(&clock);
        let store = Store::open(place.config(), ids.next(), Arc::new(move || store_clock.now())).await.unwrap();
        store.own().await.unwrap();
        let (now, next) = (Arc::clone(&clock), Arc::clone(&ids));
        let ahead = Arc::new(AtomicI64::new(0));
        let hands = Arc::clone(&ahead);
        let stamps = Stamps {
            now: Arc::new(move || Timestamp(now.now() + hands.load(SeqCst))),
            correlation: Arc::new(move || next.next()),
        };
        let bodies = BodyReader::new(1 << 20, Duration::from_secs(5), 64 << 20);
        let handles = HandlesCell::default();
        let files: Arc<dyn MediaFiles> = Arc::new(MediaFolder::new(place.media_dir()));
        let api =
            Api::new(store.clone(), handles.clone(), stamps, SecureRandom::from_system(), &bodies, Arc::clone(&files));
        provision(&store, agents).await;
        let office = open_office(&store, &files, &clock, &ids).await;
        office.stands().await;
        let lives = office.lives().iter().map(|live| (live.tenant(), live.clone())).collect();
        let mut routers = HashMap::new();
        for tenant in [TENANT, OTHER_TENANT] {
            routers.insert(tenant, office.router(tenant).unwrap().clone());
        }
        handles.stand(Handles {
            conversations: office.conversations().clone(),
            agents: office.agents().clone(),
            routers,
            lives,
            delivery: {
                let office = Arc::clone(&office);
                Arc::new(move |tenant, number| office.delivery(tenant, number))
            },
            inspect: Arc::new(|| (Vec::new(), Vec::new())),
            seen: Arc::new(|_, _| None),
        });
        let readiness = Readiness::default();
        readiness.ready();
        let sockets = Sockets::new(api.clone(), readiness.clone(), times);
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel();
        let server = {
            let doors = Doors {
                apps: Arc::new(NoApps),
                channels: Channels::default(),
                readiness: readiness.clone(),
                stamps: api.stamps().clone(),
                bodies,
                webhook_timeout: Duration::from_secs(2).into(),
                api: LateApi::standing(api.clone(), readiness.clone()),
                metrics: None,
                console: |_| None,
            };
            // The sockets are the test's own, the rest is as everywhere.
            let router = Router::new().merge(routes(sockets.clone())).fallback_service(router(doors));
            let readiness = readiness.clone();
            let limits = ConnectionLimits {
                connections: 1_000,
                header_timeout: Duration::from_secs(5),
                drain_timeout: Duration::from_secs(5),
            };
            task::spawn("server", async move {
                let stop = async {
                    let _ = ended.await;
                    readiness.drain();
                };
                serve(listener, router, limits, stop).await;
            })
        };
        let scope = store.tenants().await.unwrap().into_iter().find(|scope| scope.tenant() == TENANT).unwrap();
        Self { store, api, scope, address, office, sockets, ahead, end, server }
    }

    /// As SIGTERM would: sockets are told to go, the office is laid down, the store is closed.
    pub(crate) async fn close(self) {
        let _ = self.end.send(());
        self.server.await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.sockets.ended()).await.expect("every socket ended");
        self.office.drain(Duration::from_secs(5)).await;
        // As the end of the process would, so that nobody keeps the store, and with it the lock on its directory.
        self.office.crash();
        self.store.close().await;
        self.api.handles().gone();
    }

    pub(crate) async fn token(&self, n: u128) -> String {
        let email = format!("user{n}@example.com");
        self.api.sign_in().sign_in(&email, Secret(PASSWORD.into()), Origin::default()).await.unwrap().access_token
    }

    async fn app(&self, token: &str) -> AppSeen {
        self.store.app_by_token(token).await.unwrap().unwrap()
    }

    /// A customer writes; kept when this returns.
    pub(crate) async fn writes(&self, from: u64, text: &str) {
        self.writes_to("token-1", NumberId(Uuid::from_u128(31)), from, text).await;
    }

    /// Many customers write at once, each once.
    pub(crate) async fn many_write(&self, from: std::ops::RangeInclusive<u64>) {
        let number = NumberId(Uuid::from_u128(31));
        let arrivals = from.map(|from| {
            let id = (self.api.stamps().correlation)();
            let raw = json!({"from": from.to_string(), "id": id, "text": "hello"}).to_string().into_bytes();
            Arrival::new(number, &id.to_string(), raw)
        });
        let (received_at, correlation) = ((self.api.stamps().now)(), (self.api.stamps().correlation)());
        let delivery = Delivery { arrivals: arrivals.collect(), received_at, correlation, ..Delivery::default() };
        self.app("token-1").await.inbox.accept(delivery).await.unwrap();
    }

    pub(crate) async fn writes_to(&self, app: &str, number: NumberId, from: u64, text: &str) {
        let id = (self.api.stamps().correlation)();
        self.brings(app, number, &json!({"from": from.to_string(), "id": id, "text": text})).await;
    }

    /// The provider brings an item; kept when this returns.
    pub(crate) async fn brings(&self, app: &str, number: NumberId, item: &Value) {
        let correlation = (self.api.stamps().correlation)();
        let dedupe_key = item["id"].as_str().unwrap().to_owned();
        let arrival = Arrival { number, dedupe_key, raw: item.to_string().into_bytes() };
        let received_at = (self.api.stamps().now)();
        let delivery = Delivery { arrivals: vec![arrival], received_at, correlation, ..Delivery::default() };
        self.app(app).await.inbox.accept(delivery).await.unwrap();
    }
}

async fn open_office(
    store: &Store,
    files: &Arc<dyn MediaFiles>,
    clock: &Arc<dyn Clock>,
    ids: &Arc<Ids>,
) -> Arc<Office> {
    let in_hand = InHandFile::open(&tempfile::tempdir().unwrap().path().join("in-hand")).unwrap();
    let feed = streams::committed(store.subscribe());
    let mut tenants = Vec::new();
    for scope in store.tenants().await.unwrap() {
        let arrivals = store.subscribe_arrivals(scope.tenant());
        tenants.push(TenantParts {
            reads: store.tenant_reads(scope.tenant()),
            arrivals,
            refuge: store.inbox(scope.tenant()),
            live: Some(Arc::new(StoreReads::new(store.clone(), scope))),
        });
    }
    let parts = OfficeParts {
        instance: ids.next(),
        journal: Arc::new(store.clone()),
        tenants,
        feed,
        files: Some(Arc::clone(files)),
        channels: Channels(vec![
            Channel::of("air", Capabilities::default(), Arc::new(ThinAir))
                .with_media(Arc::new(ThinAir))
                .with_templates(Arc::new(ThinAir)),
        ]),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        settings: OfficeSettings::default().into(),
        under_way: dashoffice_actors::delivery::UnderWay::default(),
        doors: dashoffice_actors::intake::FrontDoors::new(Arc::new(in_hand)),
    };
    Office::open(parts).await.unwrap()
}

async fn provision(store: &Store, agents: u128) {
    if !store.tenants().await.unwrap().is_empty() {
        return;
    }
    let passwords = dashoffice_api::auth::Passwords::new(Arc::new(SecureRandom::from_system()));
    let password_hash = passwords.hash(Secret(PASSWORD.into())).await.unwrap();
    for (n, tenant) in [(1_u128, TENANT), (2, OTHER_TENANT)] {
        let give = |provision| store.provision(provision);
        give(Provision::Tenant { id: tenant, name: format!("Tenant {n}") }).await.unwrap();
        let queue = QueueId(Uuid::from_u128(9 + n));
        let mut settings = QueueSettings::usual(queue, "Desk");
        settings.strategy = Strategy::Manual;
        settings.grace_us = Span::seconds(4);
        let app = AppId(Uuid::from_u128(20 + n));
        let secret = |text: String| Secret(text);
        let mut users = vec![(1_000 * (n - 1) + 100, Role::SUPERVISOR)];
        if n == 1 {
            // Somebody who sees everything and takes no conversations is 99.
            users.push((99, Role::ADMINISTRATOR));
            users.extend((1..=agents).map(|agent| (100 + agent, Role::AGENT)));
        }
        for (user, role) in users {
            let id = UserId(Uuid::from_u128(user));
            let draft = UserDraft {
                id,
                email: format!("user{user}@example.com"),
                name: format!("User {user}"),
                role: role.clone(),
                password_hash: password_hash.clone(),
                active: true,
                language: None,
            };
            give(Provision::User { tenant, user: draft }).await.unwrap();
            if role == Role::AGENT {
                settings.members.insert(AgentId(id.0));
                give(Provision::Agent { tenant, id: AgentId(id.0), capacity_units: 10_000 }).await.unwrap();
            }
        }
        give(Provision::Queue { tenant, settings }).await.unwrap();
        let (app_secret, verify_token) = (secret("s".into()), secret("v".into()));
        let url_token = secret(format!("token-{n}"));
        give(Provision::App { tenant, id: app, provider: "air".into(), app_secret, verify_token, url_token })
            .await
            .unwrap();
        let line = ChannelCredentials {
            provider_ref: n.to_string(),
            access_token: secret("t".into()),
            api_base: None,
            marketing_messages: false,
        };
        let number = NumberRow {
            id: NumberId(Uuid::from_u128(30 + n)),
            provider: "air".into(),
            display_name: format!("Number {n}"),
            display_phone_number: "+55".into(),
            queue,
            line,
            account_ref: Some(format!("account {n}")),
        };
        give(Provision::Number { tenant, app, number }).await.unwrap();
    }
}
