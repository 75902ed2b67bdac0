//! A store to test, whichever it is, and short ways to say what a test wants of it.

pub use crate::rows::*;
use dashoffice_domain::channel::outgoing::{Class, Outgoing};
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{
    AgentId, AppId, ContactId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId,
};
use dashoffice_domain::ports::{
    ChannelCredentials, Delivery, Inbox as _, NumberRow, Receipt, Refuge, Secret, TenantReads,
};
use dashoffice_domain::record::{Kind, Record};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_domain::{Entity, Event, Row, Timestamp, channel, conversation};
use dashoffice_runtime::{Commit, Draft, Journal, Outcome, StateRow, Unavailable};
use dashoffice_store::memory::Memory;
use dashoffice_store::views::{AuditFilter, TenantScope};
use dashoffice_store::{
    Arrivals, Author, Clock, Config, Decided, Known, LeaseTimes, Office, Provision, Store, Subscription, Wanted,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use uuid::Uuid;

pub const NOON: i64 = 1_800_000_000_000_000;
pub const TENANT: TenantId = TenantId(Uuid::from_u128(0xA1));
pub const OTHER_TENANT: TenantId = TenantId(Uuid::from_u128(0xB2));
pub const APP: AppId = AppId(Uuid::from_u128(0xA9));
pub const NUMBER: NumberId = NumberId(Uuid::from_u128(0x101));
pub const OTHER_NUMBER: NumberId = NumberId(Uuid::from_u128(0x102));
pub const QUEUE: QueueId = QueueId(Uuid::from_u128(0x201));
/// Positions of each tenant's journal that are taken by what a desk sets up.
pub const SET_UP: i64 = 5;
pub const CONTACT: ContactId = ContactId(Uuid::from_u128(0x301));
pub const AGENT: AgentId = AgentId(Uuid::from_u128(0x501));

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An id nobody else has in this test.
pub fn fresh<T: From<Uuid>>() -> T {
    T::from(Uuid::from_u128(0xF000_0000_0000 + u128::from(NEXT.fetch_add(1, SeqCst))))
}

/// The clock of a test: it stands still until it is moved.
#[derive(Clone)]
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    pub fn at(now: i64) -> Self {
        Self(Arc::new(AtomicI64::new(now)))
    }

    pub fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let hands = self.0.clone();
        Arc::new(move || hands.load(SeqCst))
    }
}

#[derive(Clone)]
pub enum Kept {
    Sql(Store),
    Memory(Memory),
}

/// Where a database is, and that it goes away with the test.
pub enum Place {
    Directory(tempfile::TempDir),
    Postgres(PostgresPlace),
    Nowhere,
}

pub struct PostgresPlace {
    pub url: String,
}

impl PostgresPlace {
    /// A database of its own on the server of the tests.
    pub async fn create() -> Self {
        let server = server_url();
        // Test processes run beside each other, so the name must be this one's alone.
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        let mut admin = PgConnection::connect(&server).await.expect("the server of the tests answers");
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (base, _) = server.rsplit_once('/').expect("the address names a database");
        Self { url: format!("{base}/{name}") }
    }

    pub fn config(&self) -> Config {
        self.config_with(LeaseTimes::default())
    }

    pub fn config_with(&self, lease: LeaseTimes) -> Config {
        Config::Postgres { url: Secret(self.url.clone()), lease }
    }

    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

fn server_url() -> String {
    #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
    let url = std::env::var("DASHOFFICE_TEST_POSTGRES");
    url.expect("tests on PostgreSQL need a server: run them through scripts/with-postgres")
}

pub struct Desk {
    pub kept: Kept,
    pub hands: Hands,
    pub place: Place,
}

macro_rules! on_it {
    ($kept:expr, $store:ident => $call:expr) => {
        match $kept {
            Kept::Sql($store) => $call,
            Kept::Memory($store) => $call,
        }
    };
}

impl Desk {
    pub async fn sqlite() -> Self {
        let hands = Hands::at(NOON);
        let dir = tempfile::tempdir().unwrap();
        let store = open_sqlite(&dir, &hands).await;
        Self { kept: Kept::Sql(store), hands, place: Place::Directory(dir) }.set_up().await
    }

    pub async fn postgres() -> Self {
        let hands = Hands::at(NOON);
        let place = PostgresPlace::create().await;
        let store = Store::open(place.config(), fresh(), hands.clock()).await.unwrap();
        Self { kept: Kept::Sql(store), hands, place: Place::Postgres(place) }.set_up().await
    }

    pub async fn memory() -> Self {
        let hands = Hands::at(NOON);
        let store = Memory::new(1, hands.clock());
        Self { kept: Kept::Memory(store), hands, place: Place::Nowhere }.set_up().await
    }

    async fn set_up(self) -> Self {
        on_it!(&self.kept, store => store.own().await).unwrap();
        for tenant in [TENANT, OTHER_TENANT] {
            self.provision_tenant(tenant).await;
        }
        self
    }

    /// The tenant with one queue, one app and two numbers; the ids are the same for every tenant.
    pub async fn provision_tenant(&self, tenant: TenantId) {
        self.provision(Provision::Tenant { id: tenant, name: "Padaria".into() }).await;
        self.provision(Provision::Queue { tenant, settings: QueueSettings::usual(QUEUE, "Vendas") }).await;
        self.provision(Provision::App {
            tenant,
            id: APP,
            provider: "cloud".into(),
            app_secret: Secret("secret".into()),
            verify_token: Secret("verify".into()),
            url_token: Secret(url_token(tenant)),
        })
        .await;
        for (id, provider_ref) in [(NUMBER, "1001"), (OTHER_NUMBER, "1002")] {
            let number = NumberRow {
                id,
                provider: "cloud".into(),
                display_name: "Padaria".into(),
                display_phone_number: "+55 11 5555-0001".into(),
                queue: QUEUE,
                line: ChannelCredentials {
                    provider_ref: provider_ref.into(),
                    access_token: Secret("token".into()),
                    api_base: None,
                    marketing_messages: false,
                },
                account_ref: None,
            };
            self.provision(Provision::Number { tenant, app: APP, number }).await;
        }
    }

    pub async fn administer<E>(
        &self,
        wanted: &Wanted,
        decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
    ) -> Result<Vec<Decided>, E> {
        self.tries_to_administer(wanted, decide).await.unwrap()
    }

    /// The outer error: it cannot be written.
    pub async fn tries_to_administer<E>(
        &self,
        wanted: &Wanted,
        decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
    ) -> Result<Result<Vec<Decided>, E>, Unavailable> {
        let author = Author { actor: AGENT.into(), ..Author::default() };
        on_it!(&self.kept, store => store.administer(wanted, &author, decide).await)
    }

    /// The record as it is now.
    pub async fn record(&self, tenant: TenantId, kind: &'static Kind, id: Uuid) -> Option<Record> {
        let mut wanted = Wanted::default();
        wanted.record(tenant, kind, id);
        let known = on_it!(&self.kept, store => store.known(&wanted).await).unwrap();
        known.record(tenant, kind, id).cloned()
    }

    pub async fn provision(&self, provision: Provision) {
        on_it!(&self.kept, store => store.provision(provision).await).unwrap();
    }

    /// The process ends without a word and another begins over the same data.
    pub async fn restart(self) -> Self {
        let Self { kept, hands, place } = self;
        let kept = match (kept, &place) {
            (Kept::Memory(store), _) => Kept::Memory(store.restart().await.unwrap()),
            (Kept::Sql(store), Place::Directory(dir)) => {
                store.close().await;
                drop(store);
                let store = open_sqlite(dir, &hands).await;
                store.own().await.unwrap();
                Kept::Sql(store)
            }
            (Kept::Sql(store), Place::Postgres(place)) => {
                store.close().await;
                drop(store);
                let store = Store::open(place.config(), fresh(), hands.clock()).await.unwrap();
                store.own().await.unwrap();
                Kept::Sql(store)
            }
            (Kept::Sql(_), Place::Nowhere) => unreachable!("a database is somewhere"),
        };
        Self { kept, hands, place }
    }

    /// The process loses the store and owns it anew; what it is still sending goes on.
    pub async fn reopen(self, under_way: &[MessageId]) -> Self {
        let Self { kept, hands, place } = self;
        let under_way = || under_way.iter().map(|message| (TENANT, *message)).collect();
        let kept = match kept {
            Kept::Memory(store) => Kept::Memory(store.reopen(under_way()).await.unwrap()),
            Kept::Sql(store) => {
                store.own_while(under_way).await.unwrap();
                Kept::Sql(store)
            }
        };
        Self { kept, hands, place }
    }

    /// What another version of the program would have done to the database; it knows nothing of us.
    pub async fn changes_behind_our_back(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.place {
            Place::Directory(dir) => {
                let file = dir.path().join("data/dashoffice.db");
                let mut db = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
                db.execute(sql).await.unwrap();
            }
            Place::Postgres(place) => drop(place.connect().await.execute(sql).await.unwrap()),
            Place::Nowhere => panic!("this test is about databases"),
        }
    }

    /// What a statement finds in SQLite's file.
    pub async fn rows_behind_our_back(&self, sql: &str) -> Vec<sqlx::sqlite::SqliteRow> {
        let Place::Directory(dir) = &self.place else { panic!("this test is about SQLite") };
        let file = dir.path().join("data/dashoffice.db");
        let mut db = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        db.fetch_all(AssertSqlSafe(sql.to_owned())).await.unwrap()
    }

    pub fn store(&self) -> &Store {
        match &self.kept {
            Kept::Sql(store) => store,
            Kept::Memory(_) => panic!("this test is about databases"),
        }
    }

    /// What the tenant's reads are scoped by.
    pub async fn scope(&self) -> TenantScope {
        self.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope
    }

    pub fn journal(&self) -> Arc<dyn Journal<Office>> {
        on_it!(self.kept.clone(), store => Arc::new(store))
    }

    pub fn reads(&self, tenant: TenantId) -> Arc<dyn TenantReads> {
        on_it!(&self.kept, store => store.tenant_reads(tenant))
    }

    pub async fn inbox(&self, tenant: TenantId) -> Arc<dyn Refuge> {
        match &self.kept {
            Kept::Sql(store) => store.app_by_token(&url_token(tenant)).await.unwrap().unwrap().inbox,
            Kept::Memory(store) => store.inbox(tenant),
        }
    }

    pub fn subscribe(&self) -> Subscription {
        on_it!(&self.kept, store => store.subscribe())
    }

    pub fn arrivals(&self, tenant: TenantId) -> Arrivals {
        on_it!(&self.kept, store => store.subscribe_arrivals(tenant))
    }

    /// This process keeps them from now on.
    pub fn keep_projections(&self) {
        match &self.kept {
            Kept::Sql(store) => store.keep_projections(),
            Kept::Memory(store) => drop(store.keep_projections()),
        }
    }

    pub async fn rebuild(&self, projection: &'static str) {
        match &self.kept {
            Kept::Sql(store) => assert_eq!(store.rebuild(projection).await.unwrap(), Some(2)),
            Kept::Memory(store) => store.rebuild(projection, TENANT).await.unwrap(),
        }
    }

    /// What the audit tells of a tenant once it has come to this position, the first first: kinds of things, and what was done.
    pub async fn audit(&self, tenant: TenantId, position: i64) -> Vec<(String, String)> {
        on_it!(&self.kept, store => store.projected("audit", tenant, position).await);
        match &self.kept {
            Kept::Memory(store) => store.audit_of(tenant).into_iter().map(|line| (line.kind, line.what)).collect(),
            Kept::Sql(store) => {
                let scope = store.app_by_token(&url_token(tenant)).await.unwrap().unwrap().scope;
                let lines = store.audit(scope, &AuditFilter::default(), None, 200).await.unwrap().what;
                lines.into_iter().rev().map(|line| (line.kind, line.what)).collect()
            }
        }
    }

    pub async fn bump_fencing_token(&self, name: &str) -> i64 {
        on_it!(&self.kept, store => store.bump_fencing_token(TENANT.0, name.to_owned()).await).unwrap()
    }

    pub fn term(&self) -> i64 {
        self.journal().term().expect("the store is ours")
    }

    pub async fn commit(&self, commit: Commit<Office>) -> Outcome {
        self.journal().commit(commit).await
    }

    /// A commit that must succeed.
    pub async fn committed(&self, commit: Commit<Office>) -> i64 {
        match self.commit(commit).await {
            Outcome::Committed { position } => position,
            other => panic!("not committed: {other:?}"),
        }
    }

    pub async fn accept(&self, delivery: Delivery) -> Receipt {
        self.inbox(TENANT).await.accept(delivery).await.unwrap()
    }

    /// A thread's first commit, under no term yet.
    pub fn unplaced_commit(thread: ThreadId) -> Commit<Office> {
        Self::thread_commit_under(0, thread, 0)
    }

    /// A commit of a thread that has had `sequence` events, with one event and what the test adds.
    pub fn thread_commit(&self, thread: ThreadId, sequence: i64) -> Commit<Office> {
        Self::thread_commit_under(self.term(), thread, sequence)
    }

    fn thread_commit_under(term: i64, thread: ThreadId, sequence: i64) -> Commit<Office> {
        let mut commit = Self::empty_under(term, Entity::Thread(thread));
        commit.expected_sequence = Some(sequence);
        let event = Event::Conversation(conversation::Event::IdentifiersLinked { count: 1 });
        commit.events = vec![Draft { id: fresh(), owner_epoch: 3, event }];
        commit.state = Some(StateRow { sequence: sequence + 1, schema_version: 1, body: b"state".to_vec() });
        commit
    }

    /// A commit about a message, whose rows are their own fence.
    pub fn message_commit(&self, message: MessageId, rows: Vec<Row>) -> Commit<Office> {
        let mut commit = Self::empty_under(self.term(), Entity::Message(message));
        commit.rows = rows;
        commit
    }

    fn empty_under(term: i64, entity: Entity) -> Commit<Office> {
        Commit {
            tenant: TENANT.0,
            entity,
            expected_sequence: None,
            term,
            take: vec![],
            guard: None,
            events: vec![],
            state: None,
            rows: vec![],
            timers: vec![],
            tells: vec![],
            command_result: None,
            at: NOON,
            actor: AGENT.into(),
            cause: Uuid::from_u128(0xCA),
            correlation: Uuid::from_u128(0xC0),
        }
    }

    /// A thread with its first commit made: contact, address, thread and conversation.
    pub async fn thread(&self, phone: &str) -> (ThreadId, ConversationId) {
        let (thread, conversation) = (fresh(), fresh());
        let mut commit = self.thread_commit(thread, 0);
        commit.rows = vec![
            Row::Conversation(conversation::Row::Contact {
                id: CONTACT,
                name: Some("Ana".into()),
                username: None,
                seen_at: Timestamp(NOON),
            }),
            Row::Conversation(conversation::Row::Thread {
                id: thread,
                number: NUMBER,
                contact: CONTACT,
                created_at: Timestamp(NOON),
            }),
            address(phone, thread),
            Row::Conversation(conversation::Row::Conversation(Box::new(conversation_row(conversation, thread)))),
        ];
        self.committed(commit).await;
        (thread, conversation)
    }

    /// A reply of the thread in the outbox, pending.
    pub async fn queued(&self, thread: ThreadId, conversation: ConversationId) -> MessageId {
        let message = fresh();
        let mut commit = self.message_commit(message, vec![]);
        commit.rows = vec![
            Row::Conversation(conversation::Row::Message(Box::new(message_row(
                message,
                thread,
                conversation,
                Direction::Outbound,
            )))),
            Row::Channel(channel::Row::SendQueued(Outgoing {
                message,
                number: NUMBER,
                thread,
                class: Class::Agent,
                owner_epoch: 1,
            })),
        ];
        self.committed(commit).await;
        message
    }

    pub async fn sending(&self, thread: ThreadId, conversation: ConversationId) -> MessageId {
        let message = self.queued(thread, conversation).await;
        self.committed(self.message_commit(message, vec![Row::Channel(channel::Row::SendStarted { message })])).await;
        message
    }

    /// The status of a message as its events tell it.
    pub async fn told_status(&self, message: MessageId) -> Option<Status> {
        let events = self.journal().events(TENANT.0, Entity::Message(message), 0, 100).await.unwrap();
        events.into_iter().rev().find_map(|event| match event.event {
            Event::Channel(channel::Event::StatusChanged { status, .. }) => Some(status),
            _ => None,
        })
    }
}

async fn open_sqlite(dir: &tempfile::TempDir, hands: &Hands) -> Store {
    let config = Config::Sqlite { data_dir: dir.path().join("data") };
    Store::open(config, fresh(), hands.clock()).await.unwrap()
}

pub fn url_token(tenant: TenantId) -> String {
    format!("token-{}", tenant.0.simple())
}
