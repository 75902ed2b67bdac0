//! What the database holds, read through the store's own views after the server has ended.

use anyhow::{Context, Result, bail, ensure};
use dashoffice_api::SecureRandom;
use dashoffice_api::auth::Passwords;
use dashoffice_domain::Entity;
use dashoffice_domain::Event;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{
    AgentId, AppId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId, UserId,
};
use dashoffice_domain::ports::{ChannelCredentials, NumberRow, Secret};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_domain::{channel, conversation};
use dashoffice_load_tests::now_us;
use dashoffice_load_tests::verdict::{OwnerChange, Reply};
use dashoffice_runtime::{Envelope, Journal};
use dashoffice_store::views::{ConversationFilter, MessageView, TenantScope, Visibility};
use dashoffice_store::{Config, LeaseTimes, Office, Provision, Store, UserDraft};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::process::Command;
use uuid::Uuid;

use crate::house::{ACCESS_TOKEN, APP_SECRET, PHONE_NUMBER_ID, URL_TOKEN, VERIFY_TOKEN};

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const QUEUE: QueueId = QueueId(Uuid::from_u128(2));
const APP: AppId = AppId(Uuid::from_u128(3));
const NUMBER: NumberId = NumberId(Uuid::from_u128(4));
pub(crate) const AGENT: AgentId = AgentId(Uuid::from_u128(5));

/// More events than one entity of a drill has.
const EVENTS: u32 = 1_000_000;
const PAGE: u32 = 200;

/// What is stored, as a verdict wants it.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// The provider's ids of what customers wrote, in the order in which it was recorded.
    pub(crate) received: Vec<String>,
    pub(crate) replies: Vec<Reply>,
    /// By thread.
    pub(crate) owners: BTreeMap<String, Vec<OwnerChange>>,
    /// Rows of the inbox that nobody has taken yet.
    pub(crate) waiting: usize,
    /// Dead letters, a page of them at most.
    pub(crate) put_aside: usize,
}

impl Records {
    /// How much has not come to its end.
    pub(crate) fn under_way(&self) -> usize {
        let replies = self.replies.iter().filter(|reply| ["queued", "sending"].contains(&reply.status.as_str()));
        self.waiting + replies.count()
    }
}

/// Where the server of a drill keeps everything.
pub(crate) fn database(data_dir: &Path, postgres: Option<&str>) -> Config {
    match postgres {
        Some(url) => Config::Postgres { url: Secret(url.to_owned()), lease: LeaseTimes::default() },
        None => Config::Sqlite { data_dir: data_dir.to_owned() },
    }
}

/// A database of its own on the server that `scripts/with-postgres` names.
#[expect(clippy::disallowed_methods, reason = "the script that starts PostgreSQL says where")]
pub(crate) async fn empty_postgres() -> Result<String> {
    let server = std::env::var("DASHOFFICE_TEST_POSTGRES").context("run this through scripts/with-postgres")?;
    let name = format!("drill_{}", now_us());
    let created = Command::new("psql").args([&server, "-qc", &format!("CREATE DATABASE {name}")]).status().await;
    if !created.context("cannot run psql")?.success() {
        bail!("cannot create a database for the drill");
    }
    let (server, _) = server.rsplit_once('/').context("the server's address names no database")?;
    Ok(format!("{server}/{name}"))
}

/// One tenant with one queue, one app and one number.
pub(crate) async fn provision(database: &Config) -> Result<()> {
    let store = open(database).await?;
    store.own().await?;
    let number = NumberRow {
        id: NUMBER,
        provider: "cloud".to_owned(),
        display_name: "Drill".to_owned(),
        display_phone_number: "+55 11 90000-0000".to_owned(),
        queue: QUEUE,
        line: ChannelCredentials {
            provider_ref: PHONE_NUMBER_ID.to_owned(),
            access_token: Secret(ACCESS_TOKEN.to_owned()),
            api_base: None,
            marketing_messages: false,
        },
        account_ref: None,
    };
    for provision in [
        Provision::Tenant { id: TENANT, name: "Drill".to_owned() },
        Provision::Queue {
            tenant: TENANT,
            settings: QueueSettings { members: BTreeSet::from([AGENT]), ..QueueSettings::usual(QUEUE, "Everybody") },
        },
        // Room for every chat of the drill: who waits is the router's matter, not this drill's.
        Provision::Agent { tenant: TENANT, id: AGENT, capacity_units: 1_000_000 },
        Provision::App {
            tenant: TENANT,
            id: APP,
            provider: "cloud".to_owned(),
            app_secret: Secret(APP_SECRET.to_owned()),
            verify_token: Secret(VERIFY_TOKEN.to_owned()),
            url_token: Secret(URL_TOKEN.to_owned()),
        },
        Provision::Number { tenant: TENANT, app: APP, number },
    ] {
        store.provision(provision).await?;
    }
    store.close().await;
    Ok(())
}

/// Somebody who sees everything; the server must have ended.
pub(crate) async fn somebody(database: &Config, email: &str, password: &str) -> Result<()> {
    user(database, UserId(Uuid::from_u128(6)), Role::ADMINISTRATOR, email, password).await
}

/// The agent who owns the drill's chats; the server must have ended.
pub(crate) async fn the_agent(database: &Config, email: &str, password: &str) -> Result<()> {
    user(database, UserId(AGENT.0), Role::AGENT, email, password).await
}

async fn user(database: &Config, id: UserId, role: Role, email: &str, password: &str) -> Result<()> {
    let passwords = Passwords::new(Arc::new(SecureRandom::from_system()));
    let password_hash = passwords.hash(Secret(password.to_owned())).await.context("cannot hash a password")?;
    let (email, name) = (email.to_owned(), "Reader".to_owned());
    let user = UserDraft { id, email, name, role, password_hash, active: true, language: None };
    let store = open(database).await?;
    store.own().await?;
    store.provision(Provision::User { tenant: TENANT, user }).await?;
    store.close().await;
    Ok(())
}

/// To how many ends each customer's file came; the server must have ended.
pub(crate) async fn ends_of_files(database: &Config) -> Result<Vec<usize>> {
    let store = open(database).await?;
    let tenants = store.tenants().await?;
    let scope = *tenants.first().context("the tenant is gone")?;
    let mut ends = Vec::new();
    for (_, conversation) in conversations(&store, scope).await? {
        for view in messages(&store, scope, conversation).await?.into_iter().filter(|view| view.media.is_some()) {
            let events = events(&store, scope.tenant(), Entity::Message(view.row.id)).await?;
            let is_end = |event: &Event| {
                matches!(
                    event,
                    Event::Channel(channel::Event::MediaFetched { .. } | channel::Event::MediaFailed { .. })
                )
            };
            ends.push(events.iter().filter(|envelope| is_end(&envelope.event)).count());
        }
    }
    store.close().await;
    Ok(ends)
}

/// How many may sign in; the server must have ended.
pub(crate) async fn users(database: &Config) -> Result<usize> {
    let store = open(database).await?;
    let tenants = store.tenants().await?;
    let users = store.users(*tenants.first().context("the tenant is gone")?).await?;
    store.close().await;
    Ok(users.len())
}

/// Everything there is; the server must have ended.
pub(crate) async fn read(database: &Config) -> Result<Records> {
    let store = open(database).await?;
    let tenants = store.tenants().await?;
    let scope = *tenants.first().context("the tenant is gone")?;
    let tenant = scope.tenant();
    let waiting = store.tenant_reads(tenant).unconsumed(0, PAGE).await?.len();
    let put_aside = store.dead_letters(scope, None, PAGE).await?.rows.len();
    let mut records = Records { waiting, put_aside, ..Records::default() };

    let mut received = Vec::new();
    let conversations = conversations(&store, scope).await?;
    for (_, conversation) in &conversations {
        for view in messages(&store, scope, *conversation).await? {
            match view.row.direction {
                Direction::Inbound => {
                    received.push((view.position, view.row.provider_message_id.unwrap_or_default()));
                }
                Direction::Outbound => records.replies.push(reply(&store, tenant, view.row.id, view.row.status).await?),
            }
        }
    }
    for thread in conversations.into_iter().map(|(thread, _)| thread).collect::<BTreeSet<ThreadId>>() {
        let events = events(&store, tenant, Entity::Thread(thread)).await?;
        ensure!(events.is_sorted_by_key(|event| event.at), "time went back in thread {thread} (B5)");
        records.owners.insert(thread.to_string(), events.iter().filter_map(owner_change).collect());
    }
    received.sort();
    records.received = received.into_iter().map(|(_, id)| id).collect();
    store.close().await;
    Ok(records)
}

async fn open(database: &Config) -> Result<Store> {
    let instance = Uuid::from_u128(now_us() as u128);
    Store::open(database.clone(), instance, Arc::new(now_us)).await.context("cannot open the drill's store")
}

async fn conversations(store: &Store, scope: TenantScope) -> Result<BTreeSet<(ThreadId, ConversationId)>> {
    let mut conversations = BTreeSet::new();
    let mut after = None;
    loop {
        let shown = store.conversations(scope, Visibility::All, &ConversationFilter::default(), after, PAGE).await?;
        conversations.extend(shown.what.rows.iter().map(|view| (view.row.thread, view.row.id)));
        after = shown.what.next;
        if after.is_none() {
            return Ok(conversations);
        }
    }
}

async fn messages(store: &Store, scope: TenantScope, conversation: ConversationId) -> Result<Vec<MessageView>> {
    let mut messages = Vec::new();
    let mut before = None;
    loop {
        let shown = store.messages(scope, Visibility::All, conversation, before, PAGE).await?;
        messages.extend(shown.what.rows);
        before = shown.what.next;
        if before.is_none() {
            return Ok(messages);
        }
    }
}

async fn events(store: &Store, tenant: TenantId, entity: Entity) -> Result<Vec<Envelope<Office>>> {
    Ok(Journal::events(store, tenant.0, entity, 0, EVENTS).await?)
}

/// Where a chat's journal stands beside its state.
#[derive(Debug)]
pub(crate) struct Fold {
    /// Of the state.
    pub(crate) sequence: i64,
    /// Of the last event whose kind is known.
    pub(crate) last: i64,
    pub(crate) unknown: i64,
}

/// One of each chat; the server must have ended.
pub(crate) async fn folds(database: &Config) -> Result<Vec<Fold>> {
    let store = open(database).await?;
    let tenants = store.tenants().await?;
    let scope = *tenants.first().context("the tenant is gone")?;
    let threads = conversations(&store, scope).await?.into_iter().map(|(thread, _)| Entity::Thread(thread));
    let mut folds = Vec::new();
    for entity in threads.collect::<BTreeSet<_>>() {
        let state = Journal::load(&store, TENANT.0, entity).await?.context("a chat without a state")?;
        let events = events(&store, TENANT, entity).await?;
        let last = events.last().map_or(0, |event| event.sequence);
        folds.push(Fold { sequence: state.sequence, last, unknown: state.sequence - events.len() as i64 });
    }
    store.close().await;
    Ok(folds)
}

/// Only for an unknown one does it matter when its post began.
async fn reply(store: &Store, tenant: TenantId, message: MessageId, status: Status) -> Result<Reply> {
    let mut started_at = None;
    if status == Status::Unknown {
        let events = events(store, tenant, Entity::Message(message)).await?;
        let began =
            events.iter().rfind(|event| matches!(event.event, Event::Channel(channel::Event::SendStarted { .. })));
        started_at = began.map(|event| event.at);
    }
    Ok(Reply { message: message.to_string(), status: status.name().to_owned(), started_at })
}

fn owner_change(envelope: &Envelope<Office>) -> Option<OwnerChange> {
    match &envelope.event {
        Event::Conversation(conversation::Event::OwnerChanged { from, to, .. }) => {
            Some(OwnerChange { epoch: envelope.owner_epoch, from: format!("{from:?}"), to: format!("{to:?}") })
        }
        _ => None,
    }
}
