//! A running office: everything that stands while we own the store.

mod clocks;
mod common;
mod ending;
mod listening;
mod parts;
mod services;
mod tenant_runtime;

pub use parts::{OfficeParts, OfficeSettings, OfficeSnapshot, StartError, TenantParts};

use clocks::watch_timers;
use common::Common;
use dashoffice_actors::agent::Agents;
use dashoffice_actors::capabilities::NumberCapabilities;
use dashoffice_actors::conversation::{Conversations, ThreadBehaviour};
use dashoffice_actors::delivery::Delivery;
use dashoffice_actors::feed::FeedItem;
use dashoffice_actors::intake::InboxesRead;
use dashoffice_actors::live::Live;
use dashoffice_actors::media;
use dashoffice_actors::router::Router;
use dashoffice_actors::seen::Seen;
use dashoffice_domain::Entity;
use dashoffice_domain::ids::{NumberId, TenantId};
use dashoffice_runtime::{CrashLoopGuard, Life, Surroundings, Timers};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, PoisonError, RwLock};
use tenant_runtime::TenantRuntime;
use tokio::sync::Mutex;
use uuid::Uuid;

type Vocabulary = dashoffice_actors::Office;

/// Everything that stands.
pub struct Office {
    instance: Uuid,
    common: Common,
    tenant_runtimes: RwLock<Vec<Arc<TenantRuntime>>>,
    /// Whoever sets floors up holds it.
    changing: Mutex<()>,
    timers: Timers,
    /// Whoever finds a place from now on leaves it at once.
    ended: AtomicBool,
}

impl Office {
    /// Stands everything up: conversations first, then who hands them work, then who sends what they say.
    pub async fn open(parts: OfficeParts) -> Result<Arc<Self>, StartError> {
        let OfficeParts { instance, journal, tenants, feed, channels, files, clock, ids, settings, under_way, doors } =
            parts;
        let life = Life::begin(Arc::clone(&journal)).ok_or_else(StartError::not_ours)?;
        let crash_loop_guard =
            CrashLoopGuard::at_start(Arc::clone(&journal), instance, clock.now(), settings.now().crash_tries).await?;
        let around = Surroundings::new(Arc::clone(&journal), Arc::clone(&clock), Arc::clone(&ids));
        let capabilities = NumberCapabilities::default();
        let threads =
            ThreadBehaviour { read_marks: settings.part(|all| all.read_marks), capabilities: capabilities.clone() };
        let host = settings.part(|all| all.host);
        let (conversations, released) = Conversations::start(around.clone(), host.clone(), threads).await?;
        let agents = Agents::start(around.clone(), host).await?;
        let inboxes_read = InboxesRead::default();
        let timers = watch_timers(&journal, &clock, &conversations, &inboxes_read, &around.fatal_signal);
        let common = Common {
            journal,
            availability: around.availability,
            crash_loop_guard: Arc::new(crash_loop_guard),
            conversations,
            agents,
            channels,
            capabilities,
            files,
            clock,
            ids,
            settings,
            fatal_signal: around.fatal_signal,
            time: around.time,
            life,
            under_way,
            doors,
            inboxes_read,
        };
        if let Some(files) = &common.files {
            media::sweep(files.as_ref()).await;
        }
        let mut tenant_runtimes = Vec::new();
        for tenant in tenants {
            tenant_runtimes.push(Arc::new(TenantRuntime::stand(&common, tenant).await?));
        }
        let office = Arc::new(Self {
            instance,
            common,
            tenant_runtimes: RwLock::new(tenant_runtimes),
            changing: Mutex::default(),
            timers,
            ended: AtomicBool::default(),
        });
        office.listen(feed);
        office.hear_releases(released);
        office.look_around();
        Ok(office)
    }

    /// A tenant gets a floor, if it has none yet. `false`: it had one.
    pub async fn admit(&self, parts: TenantParts) -> Result<bool, StartError> {
        let _one_at_a_time = self.changing.lock().await;
        if self.serves(parts.reads.tenant()) {
            return Ok(false);
        }
        let tenant_runtime = Arc::new(TenantRuntime::stand(&self.common, parts).await?);
        self.tenant_runtimes.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&tenant_runtime));
        self.leave_if_ended(&tenant_runtime);
        // They have begun to read, and nobody told them of what came meanwhile.
        tenant_runtime.hear(&FeedItem::Missed);
        Ok(true)
    }

    /// Something of a tenant was set up anew: a number, a queue, an agent. Nothing happens to one that has no floor.
    pub async fn refresh(&self, tenant: TenantId) -> Result<(), StartError> {
        let _one_at_a_time = self.changing.lock().await;
        let Some(tenant_runtime) = self.tenant_runtime(tenant) else { return Ok(()) };
        let refreshed = tenant_runtime.refresh(&self.common).await;
        self.leave_if_ended(&tenant_runtime);
        refreshed
    }

    /// The office has ended while a floor was being set up: nobody else sees to it any more.
    fn leave_if_ended(&self, tenant_runtime: &TenantRuntime) {
        if self.ended.load(SeqCst) {
            tenant_runtime.crash();
        }
    }

    /// Every tenant that has a floor.
    pub fn tenants(&self) -> BTreeSet<TenantId> {
        self.tenant_runtimes().iter().map(|tenant_runtime| tenant_runtime.tenant).collect()
    }

    /// Whether this tenant has a floor.
    pub fn serves(&self, tenant: TenantId) -> bool {
        self.tenant_runtime(tenant).is_some()
    }

    fn hear(&self, heard: &FeedItem) {
        match heard {
            FeedItem::Batch(batch) => {
                for event in &batch.events {
                    self.common.time.heard(batch.tenant, event.at);
                }
                if let Some(due) = batch.due {
                    self.timers.set(due);
                }
            }
            FeedItem::Missed => self.timers.nudge(),
        }
        for tenant_runtime in self.tenant_runtimes() {
            tenant_runtime.hear(heard);
        }
    }

    fn release(&self, tenant: TenantId, entity: Entity) {
        if let Some(tenant_runtime) = self.tenant_runtime(tenant) {
            tenant_runtime.released(entity);
        }
    }

    fn tenant_runtimes(&self) -> Vec<Arc<TenantRuntime>> {
        self.tenant_runtimes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tenant_runtime(&self, tenant: TenantId) -> Option<Arc<TenantRuntime>> {
        self.tenant_runtimes().into_iter().find(|tenant_runtime| tenant_runtime.tenant == tenant)
    }

    pub fn conversations(&self) -> &Conversations {
        &self.common.conversations
    }

    pub fn agents(&self) -> &Agents {
        &self.common.agents
    }

    /// The router of a tenant we own.
    pub fn router(&self, tenant: TenantId) -> Option<Router> {
        self.tenant_runtime(tenant).map(|tenant_runtime| Router::clone(&tenant_runtime.router))
    }

    /// The delivery of a number of a tenant we own.
    pub fn delivery(&self, tenant: TenantId, number: NumberId) -> Option<Delivery> {
        let tenant_runtime = self.tenant_runtime(tenant)?;
        tenant_runtime.delivery(number)
    }

    /// The hub of each tenant that is watched.
    pub fn lives(&self) -> Vec<Live> {
        self.tenant_runtimes().iter().filter_map(|tenant_runtime| tenant_runtime.live.as_deref().cloned()).collect()
    }

    /// Returns once every router's index stands: from then on chats are given out.
    pub async fn stands(&self) {
        for tenant_runtime in self.tenant_runtimes() {
            tenant_runtime.router.stands().await;
        }
    }

    /// What stands for a tenant, with at most `limit` slots of each kind; `None`: it has no floor.
    pub fn inspect_tenant(&self, tenant: TenantId, limit: usize) -> Option<Seen> {
        let tenant_runtime = self.tenant_runtime(tenant)?;
        let Common { conversations, agents, availability, crash_loop_guard, fatal_signal, .. } = &self.common;
        Some(Seen {
            hosts: vec![conversations.inspect_tenant(tenant, limit), agents.inspect_tenant(tenant, limit)],
            singletons: tenant_runtime.inspect(),
            timers: self.timers.inspect(),
            jobs: tenant_runtime.jobs(),
            store_away: availability.is_unavailable(),
            safe_mode: crash_loop_guard.is_safe_mode(),
            fell: fatal_signal.heard(),
        })
    }

    /// What stands where.
    pub fn inspect(&self) -> OfficeSnapshot {
        OfficeSnapshot {
            hosts: vec![self.common.conversations.inspect(), self.common.agents.inspect()],
            singletons: self.tenant_runtimes().iter().flat_map(|tenant_runtime| tenant_runtime.inspect()).collect(),
        }
    }
}
