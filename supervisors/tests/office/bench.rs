//! A small office to break: a number, a queue, two agents, and a provider that answers as it is told to.

use crate::films::{self, Films};
use crate::in_hand::Slate;
use crate::shelf::Shelf;
use crate::streams;
use dashoffice_actors::asking::Caller;
use dashoffice_actors::delivery::{DeliverySettings, UnderWay};
use dashoffice_actors::intake::FrontDoors;
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::media::WantedMedia;
use dashoffice_domain::channel::outgoing::{Checked, Marked, Posted, StatusNews};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{Command, Owner, ReplyCommand};
use dashoffice_domain::ids::{AgentId, AppId, MessageId, NumberId, QueueId, TenantId, ThreadId};
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::{
    Arrival, BoxFuture, Channel, ChannelCredentials, Channels, Delivery, Fetching, Inbox, Malformed, MediaSource,
    NotAccepted, NumberRow, Piece, Post, Reading, Receipt, Secret, Sender, Webhook,
};
use dashoffice_domain::routing::{AgentCommand, Chosen, QueueSettings};
use dashoffice_runtime::{Clock, Ids, TokioClock};
use dashoffice_store::Provision;
use dashoffice_store::memory::{Fault, Memory, SeenMessage};
use dashoffice_supervisors::{Office, OfficeParts, OfficeSettings, TenantParts};
use futures_util::stream::poll_fn;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Shorter than in earnest: a day of many clocks takes its time even where time is played.
const GIVES_UP_AFTER: Duration = Duration::from_hours(1);

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));
pub(crate) const QUEUE: QueueId = QueueId(Uuid::from_u128(2));
pub(crate) const NUMBER: NumberId = NumberId(Uuid::from_u128(3));
pub(crate) const APP: AppId = AppId(Uuid::from_u128(4));
pub(crate) const ANA: AgentId = AgentId(Uuid::from_u128(101));
pub(crate) const BIA: AgentId = AgentId(Uuid::from_u128(102));

/// A provider that answers each post as it was told to, and otherwise takes it.
#[derive(Default)]
pub(crate) struct Glass {
    /// What the next posts come to, and how long each takes.
    pub(crate) answers: Mutex<VecDeque<(Duration, Posted)>>,
    /// Every post, in the order in which they began.
    pub(crate) posts: Mutex<Vec<MessageId>>,
    /// Where each of them went.
    pub(crate) sent_to: Mutex<Vec<Vec<Identifier>>>,
    /// The token of the line each of them went over.
    pub(crate) tokens: Mutex<Vec<String>>,
    /// What customers sent beside words, and what is here of it.
    pub(crate) films: Films,
    pub(crate) shelf: Shelf,
    /// Every read mark, by the customer's message; each takes a second.
    pub(crate) marks: Mutex<Vec<String>>,
    /// Whoever reads an item that is called `deadly` kills the process of this store with its next transaction.
    pub(crate) kills: Mutex<Option<Memory>>,
    /// What the provider says of the number, next and then for ever; nothing: it is well.
    pub(crate) checks: Mutex<Option<Checked>>,
}

impl Webhook for Glass {
    fn signed(&self, _: &Secret, _: Option<&str>, _: &[u8]) -> bool {
        true
    }

    fn split(&self, _: &[u8]) -> Result<Vec<Piece>, Malformed> {
        Err(Malformed("nothing comes by HTTP here".into()))
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        let inbound: Inbound = serde_json::from_slice(raw).unwrap();
        if inbound.provider_message_id == "deadly" {
            self.kills.lock().unwrap().iter().for_each(|store| store.next_fault(Fault::DieBefore));
        }
        Reading::Understood(inbound)
    }
}

impl Sender for Glass {
    fn post(&self, line: ChannelCredentials, post: Post) -> BoxFuture<'static, Posted> {
        self.tokens.lock().unwrap().push(line.access_token.0);
        self.sent_to.lock().unwrap().push(post.to);
        let n = {
            let mut posts = self.posts.lock().unwrap();
            posts.push(post.message);
            posts.len()
        };
        let accepted = Posted::Accepted { provider_message_id: format!("out.{n}"), known_as: vec![] };
        let (takes, posted) = self.answers.lock().unwrap().pop_front().unwrap_or((Duration::ZERO, accepted));
        Box::pin(async move {
            tokio::time::sleep(takes).await;
            posted
        })
    }

    fn mark_read(&self, _: ChannelCredentials, provider_message_id: String) -> BoxFuture<'static, Marked> {
        self.marks.lock().unwrap().push(provider_message_id);
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Marked::Told
        })
    }

    fn check(&self, _: ChannelCredentials) -> BoxFuture<'static, Checked> {
        let checked = self.checks.lock().unwrap().clone().unwrap_or(Checked::Well);
        Box::pin(async move { checked })
    }
}

impl MediaSource for Glass {
    fn fetch(&self, _: ChannelCredentials, wanted: WantedMedia) -> BoxFuture<'static, Fetching> {
        self.films.fetch(wanted.message)
    }
}

pub(crate) struct Bench {
    pub(crate) store: Memory,
    pub(crate) office: Arc<Office>,
    pub(crate) glass: Arc<Glass>,
    clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<Ids>,
    /// So many times whoever passes the feed on panics with the next batch in hand.
    pub(crate) feed_falls: Arc<AtomicU32>,
    under_way: UnderWay,
    /// Through which what comes in reaches the office.
    pub(crate) doors: FrontDoors,
    /// What is in hand and nowhere on disk.
    pub(crate) slate: Arc<Slate>,
    /// Of the process.
    instance: Uuid,
}

impl Bench {
    /// An office whose queue is served as `serve` says; the rest is as usual.
    pub(crate) async fn with(serve: impl FnOnce(&mut QueueSettings)) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::showing(1_700_000_000_000_000));
        let ids = Arc::new(Ids::from_seed(Arc::clone(&clock), 7));
        let ticking = Arc::clone(&clock);
        let store = Memory::new(7, Arc::new(move || ticking.now()));
        store.own().await.unwrap();
        let mut queue = QueueSettings { members: [ANA, BIA].into(), ..QueueSettings::usual(QUEUE, "Ventas") };
        serve(&mut queue);
        provision(&store, TENANT, queue, NUMBER).await;
        let glass = Arc::<Glass>::default();
        let feed_falls = Arc::<AtomicU32>::default();
        let (under_way, slate) = (UnderWay::default(), Arc::<Slate>::default());
        let doors = FrontDoors::new(slate.clone());
        let instance = ids.next();
        let office = open(&store, &glass, &clock, &ids, &feed_falls, (&under_way, &doors), instance).await;
        Self { store, office, glass, clock, ids, feed_falls, under_way, doors, slate, instance }
    }

    pub(crate) async fn usual() -> Self {
        Self::with(|_| ()).await
    }

    /// The process dies; after `down` the next one stands.
    pub(crate) async fn dies_for(&mut self, down: Duration) {
        self.office.crash();
        self.store.crash();
        tokio::time::sleep(down).await;
        self.comes_back().await;
        self.opens().await;
    }

    /// Another process owns the store, in which no office is open yet.
    pub(crate) async fn comes_back(&mut self) {
        self.store = self.store.restart().await.unwrap();
        (self.under_way, self.instance) = (UnderWay::default(), self.ids.next());
        self.slate = self.slate.after_a_death();
        self.doors = FrontDoors::new(self.slate.clone());
    }

    pub(crate) async fn opens(&mut self) {
        let Self { store, glass, clock, ids, feed_falls, under_way, doors, instance, .. } = &*self;
        self.office = open(store, glass, clock, ids, feed_falls, (under_way, doors), *instance).await;
    }

    /// The process loses the store, owns it anew after `away`, and opens another office; whatever it had begun goes on in it.
    pub(crate) async fn loses_the_store_for(&mut self, away: Duration) {
        self.store.crash();
        self.office.crash();
        tokio::time::sleep(away).await;
        self.store = self.store.reopen(self.under_way.messages()).await.unwrap();
        self.opens().await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.now())
    }

    /// An agent opens a console and chooses to be online.
    pub(crate) async fn comes(&self, agent: AgentId) {
        self.office.router(TENANT).unwrap().connected(agent, agent.0);
        let online = AgentCommand::Choose { presence: Chosen::Online, reason: None };
        let caller = Caller::of(agent, self.ids.next(), &online);
        let chosen = self.office.agents().command(TENANT, agent, caller, online).await;
        chosen.unwrap().unwrap();
    }

    /// The open chats, each with who has it.
    pub(crate) async fn owners(&self) -> Vec<(ThreadId, Owner)> {
        let routing = self.store.tenant_reads(TENANT).routing().await.unwrap();
        routing.chats.into_iter().map(|chat| (chat.thread, chat.owner)).collect()
    }

    /// Waits until an agent has the only chat there is.
    pub(crate) async fn assigned(&self) -> (ThreadId, AgentId) {
        self.until(async |bench| {
            let owners = bench.owners().await;
            owners.first().and_then(|(thread, owner)| Some((*thread, owner.agent()?)))
        })
        .await
    }

    /// A customer's message, accepted under a key of its own; `id` is the provider's.
    pub(crate) async fn tries_to_say(&self, customer: u32, key: &str, id: &str) -> Result<Receipt, NotAccepted> {
        self.brings(vec![self.arrival(customer, key, id)]).await
    }

    /// Many messages at once, in one body.
    pub(crate) async fn says_all(&self, customer: u32, ids: &[String]) {
        self.brings(ids.iter().map(|id| self.arrival(customer, id, id)).collect()).await.unwrap();
    }

    /// A customer writes to another number than usual, perhaps another tenant's.
    pub(crate) async fn says_to(&self, tenant: TenantId, number: NumberId, customer: u32, id: &str) {
        let arrivals = vec![Arrival { number, ..self.arrival(customer, id, id) }];
        let delivery = Delivery { arrivals, received_at: self.now(), ..Delivery::default() };
        self.door(tenant).accept(delivery).await.unwrap();
    }

    pub(crate) async fn brings(&self, arrivals: Vec<Arrival>) -> Result<Receipt, NotAccepted> {
        let (received_at, correlation) = (self.now(), self.ids.next());
        let delivery = Delivery { arrivals, received_at, correlation, ..Delivery::default() };
        self.door(TENANT).accept(delivery).await
    }

    /// Where webhooks put what came in for a tenant.
    pub(crate) fn door(&self, tenant: TenantId) -> Arc<dyn Inbox> {
        self.doors.of(tenant, self.store.inbox(tenant))
    }

    /// Something a customer did, whoever they are.
    pub(crate) async fn hears_from(&self, inbound: Inbound) {
        self.hears_under(&inbound.provider_message_id.clone(), inbound).await;
    }

    /// The same, accepted under a key of its own.
    pub(crate) async fn hears_under(&self, key: &str, inbound: Inbound) {
        self.brings(vec![arrived(key, &inbound)]).await.unwrap();
    }

    /// Several things customers did, in one body.
    pub(crate) async fn hear_together(&self, all: impl IntoIterator<Item = Inbound>) {
        let arrivals = all.into_iter().map(|inbound| arrived(&inbound.provider_message_id, &inbound));
        self.brings(arrivals.collect()).await.unwrap();
    }

    /// What a customer says, as one item of a body.
    pub(crate) fn item(&self, customer: u32, id: &str) -> Arrival {
        self.arrival(customer, id, id)
    }

    fn arrival(&self, customer: u32, key: &str, id: &str) -> Arrival {
        self.arrival_of(customer, key, id, Content::text(id))
    }

    fn arrival_of(&self, customer: u32, key: &str, id: &str, content: Content) -> Arrival {
        arrived(key, &Inbound { what: Said::Message { content }, ..self.inbound(customer, id) })
    }

    /// What a customer says: the provider's id of it.
    pub(crate) fn inbound(&self, customer: u32, id: &str) -> Inbound {
        Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, format!("55119{customer:08}"))],
            profile_name: None,
            username: None,
            moved: vec![],
            provider_message_id: id.to_owned(),
            said_at: self.now(),
            what: Said::Message { content: Content::text(id) },
            reply_to: None,
            context: MessageContext::default(),
        }
    }

    pub(crate) async fn says(&self, customer: u32, id: &str) {
        self.tries_to_say(customer, id, id).await.unwrap();
    }

    /// What a customer says is stored before anybody looks at it.
    pub(crate) async fn leaves_word(&self, customer: u32, id: &str) {
        let delivery =
            Delivery { arrivals: vec![self.arrival(customer, id, id)], received_at: self.now(), ..Delivery::default() };
        self.store.inbox(TENANT).accept(delivery).await.unwrap();
    }

    /// A customer sends a picture.
    pub(crate) async fn shows(&self, customer: u32, id: &str) {
        self.brings(vec![self.arrival_of(customer, id, id, films::picture(id))]).await.unwrap();
    }

    /// What customers said and the store has, by thread, in order.
    pub(crate) fn heard(&self) -> BTreeMap<ThreadId, Vec<String>> {
        let mut heard: BTreeMap<ThreadId, Vec<String>> = BTreeMap::new();
        let inbound = self.messages().into_iter().filter(|message| message.direction == Direction::Inbound);
        for SeenMessage { thread, provider_message_id, .. } in inbound {
            heard.entry(thread).or_default().push(provider_message_id.unwrap());
        }
        heard
    }

    pub(crate) fn messages(&self) -> Vec<SeenMessage> {
        self.store.messages_of(TENANT)
    }

    /// An agent who has a chat says something in it. The message's id.
    pub(crate) async fn replies(&self, agent: AgentId, thread: ThreadId) -> MessageId {
        let message = MessageId(self.ids.next());
        let reply = ReplyCommand { by: agent, message, content: Content::text("claro"), reply_to: None };
        let conversations = self.office.conversations();
        let done = conversations.command(TENANT, thread, agent, message.0, Command::Reply(reply)).await;
        done.unwrap().unwrap();
        message
    }

    pub(crate) fn posts(&self) -> Vec<MessageId> {
        self.glass.posts.lock().unwrap().clone()
    }

    /// What the next posts come to, and how long each takes.
    pub(crate) fn answers_with(&self, answers: impl IntoIterator<Item = (Duration, Posted)>) {
        self.glass.answers.lock().unwrap().extend(answers);
    }

    /// A status of a message of the usual number, as its provider would tell it.
    pub(crate) fn news_of(&self, message: MessageId, status: Status) -> StatusNews {
        StatusNews {
            number: NUMBER,
            provider_message_id: format!("of {message}"),
            message: Some(message),
            status,
            at: self.now(),
            error: None,
            recipient: None,
            stops: None,
            pricing: None,
        }
    }

    pub(crate) async fn tells(&self, news: StatusNews) {
        let delivery = Delivery { statuses: vec![news], received_at: self.now(), ..Delivery::default() };
        self.store.inbox(TENANT).accept(delivery).await.unwrap();
    }

    /// Waits until `there` says something.
    pub(crate) async fn until<T>(&self, mut there: impl AsyncFnMut(&Self) -> Option<T>) -> T {
        let looking = async {
            loop {
                if let Some(found) = there(self).await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(30), looking).await.expect("it comes to that")
    }

    /// Waits until nothing waits in the inbox.
    pub(crate) async fn inbox_is_empty(&self) {
        self.until(async |bench| (bench.store.unfinished(TENANT).inbox == 0).then_some(())).await;
    }
}

fn arrived(key: &str, inbound: &Inbound) -> Arrival {
    Arrival { number: NUMBER, dedupe_key: format!("{NUMBER}/{key}"), raw: serde_json::to_vec(inbound).unwrap() }
}

/// What the store publishes; it panics as often as it is told to, and loses what it had in hand.
fn falling_feed(store: &Memory, falls: Arc<AtomicU32>) -> dashoffice_actors::feed::Feed {
    let mut feed = streams::committed(store.subscribe());
    Box::pin(poll_fn(move |context| {
        let next = feed.as_mut().poll_next(context);
        let falls_now = next.is_ready() && falls.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
        assert!(!falls_now, "told to fall");
        next
    }))
}

/// What an office is told of a tenant.
pub(crate) fn parts_of(store: &Memory, tenant: TenantId) -> TenantParts {
    let arrivals = store.subscribe_arrivals(tenant);
    TenantParts { reads: store.tenant_reads(tenant), arrivals, refuge: store.inbox(tenant), live: None }
}

async fn open(
    store: &Memory,
    glass: &Arc<Glass>,
    clock: &Arc<dyn Clock>,
    ids: &Arc<Ids>,
    feed_falls: &Arc<AtomicU32>,
    (under_way, doors): (&UnderWay, &FrontDoors),
    instance: Uuid,
) -> Arc<Office> {
    let parts = OfficeParts {
        instance,
        journal: Arc::new(store.clone()),
        tenants: vec![parts_of(store, TENANT)],
        feed: falling_feed(store, Arc::clone(feed_falls)),
        channels: Channels(vec![
            Channel::of("glass", Capabilities::default(), Arc::clone(glass)).with_media(glass.clone()),
        ]),
        files: Some(Arc::new(glass.shelf.clone())),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        settings: OfficeSettings {
            delivery: DeliverySettings { gives_up_after: GIVES_UP_AFTER, ..DeliverySettings::default() },
            ..OfficeSettings::default()
        }
        .into(),
        under_way: under_way.clone(),
        doors: doors.clone(),
    };
    let office = Office::open(parts).await.unwrap();
    office.stands().await;
    office
}

/// A number of the glass provider, whose chats wait in the usual queue.
pub(crate) fn number(id: NumberId, token: &str) -> NumberRow {
    NumberRow {
        id,
        provider: "glass".into(),
        display_name: "Ventas".into(),
        display_phone_number: "+55 11 0000".into(),
        queue: QUEUE,
        line: ChannelCredentials {
            provider_ref: id.to_string(),
            access_token: Secret(token.into()),
            api_base: None,
            marketing_messages: false,
        },
        account_ref: None,
    }
}

/// A tenant as it is set up, with one number.
pub(crate) async fn provision(store: &Memory, tenant: TenantId, queue: QueueSettings, id: NumberId) {
    let app = Provision::App {
        tenant,
        id: APP,
        provider: "glass".into(),
        app_secret: Secret("s".into()),
        verify_token: Secret("v".into()),
        url_token: Secret(tenant.to_string()),
    };
    let agent = |id| Provision::Agent { tenant, id, capacity_units: 300 };
    let all = [
        Provision::Tenant { id: tenant, name: "Loja".into() },
        Provision::Queue { tenant, settings: queue },
        app,
        agent(ANA),
        agent(BIA),
        Provision::Number { tenant, app: APP, number: number(id, "t") },
    ];
    for provision in all {
        store.provision(provision).await.unwrap();
    }
}
