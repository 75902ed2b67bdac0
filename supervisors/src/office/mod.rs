//! A running office: everything that stands while we own the store.

mod clocks;
mod common;
mod ending;
mod floor;
mod listening;
mod parts;
mod services;

pub use parts::{OfficeParts, OfficeSettings, OfficeSnapshot, StartError, TenantParts};

use clocks::watch_timers;
use common::Common;
use dashoffice_actors::agent::Agents;
use dashoffice_actors::capabilities::NumberCapabilities;
use dashoffice_actors::conversation::{Conversations, ThreadBehaviour};
use dashoffice_actors::delivery::Delivery;
use dashoffice_actors::feed::Heard;
use dashoffice_actors::intake::InboxesRead;
use dashoffice_actors::live::Live;
use dashoffice_actors::media;
use dashoffice_actors::router::Router;
use dashoffice_actors::seen::Seen;
use dashoffice_domain::Entity;
use dashoffice_domain::ids::{NumberId, TenantId};
use dashoffice_runtime::{Life, Rescue, Surroundings, Timers};
use floor::Floor;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use uuid::Uuid;

type Vocabulary = dashoffice_actors::Office;

/// Everything that stands.
pub struct Office {
    instance: Uuid,
    common: Common,
    floors: RwLock<Vec<Arc<Floor>>>,
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
        let rescue = Rescue::at_start(Arc::clone(&journal), instance, clock.now(), settings.now().crash_tries).await?;
        let around = Surroundings::new(Arc::clone(&journal), Arc::clone(&clock), Arc::clone(&ids));
        let capabilities = NumberCapabilities::default();
        let threads =
            ThreadBehaviour { read_marks: settings.part(|all| all.read_marks), capabilities: capabilities.clone() };
        let host = settings.part(|all| all.host);
        let (conversations, released) = Conversations::start(around.clone(), host.clone(), threads).await?;
        let agents = Agents::start(around.clone(), host).await?;
        let inboxes_read = InboxesRead::default();
        let timers = watch_timers(&journal, &clock, &conversations, &inboxes_read, &around.alarm);
        let common = Common {
            journal,
            weather: around.weather,
            rescue: Arc::new(rescue),
            conversations,
            agents,
            channels,
            capabilities,
            files,
            clock,
            ids,
            settings,
            alarm: around.alarm,
            time: around.time,
            life,
            under_way,
            doors,
            inboxes_read,
        };
        if let Some(files) = &common.files {
            media::sweep(files.as_ref()).await;
        }
        let mut floors = Vec::new();
        for tenant in tenants {
            floors.push(Arc::new(Floor::stand(&common, tenant).await?));
        }
        let office = Arc::new(Self {
            instance,
            common,
            floors: RwLock::new(floors),
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
        let floor = Arc::new(Floor::stand(&self.common, parts).await?);
        self.floors.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&floor));
        self.leave_if_ended(&floor);
        // They have begun to read, and nobody told them of what came meanwhile.
        floor.hear(&Heard::Missed);
        Ok(true)
    }

    /// Something of a tenant was set up anew: a number, a queue, an agent. Nothing happens to one that has no floor.
    pub async fn refresh(&self, tenant: TenantId) -> Result<(), StartError> {
        let _one_at_a_time = self.changing.lock().await;
        let Some(floor) = self.floor(tenant) else { return Ok(()) };
        let refreshed = floor.refresh(&self.common).await;
        self.leave_if_ended(&floor);
        refreshed
    }

    /// The office has ended while a floor was being set up: nobody else sees to it any more.
    fn leave_if_ended(&self, floor: &Floor) {
        if self.ended.load(SeqCst) {
            floor.crash();
        }
    }

    /// Every tenant that has a floor.
    pub fn tenants(&self) -> BTreeSet<TenantId> {
        self.floors().iter().map(|floor| floor.tenant).collect()
    }

    /// Whether this tenant has a floor.
    pub fn serves(&self, tenant: TenantId) -> bool {
        self.floor(tenant).is_some()
    }

    fn hear(&self, heard: &Heard) {
        match heard {
            Heard::Batch(batch) => {
                for event in &batch.events {
                    self.common.time.heard(batch.tenant, event.at);
                }
                if let Some(due) = batch.due {
                    self.timers.set(due);
                }
            }
            Heard::Missed => self.timers.nudge(),
        }
        for floor in self.floors() {
            floor.hear(heard);
        }
    }

    fn release(&self, tenant: TenantId, entity: Entity) {
        if let Some(floor) = self.floor(tenant) {
            floor.released(entity);
        }
    }

    fn floors(&self) -> Vec<Arc<Floor>> {
        self.floors.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn floor(&self, tenant: TenantId) -> Option<Arc<Floor>> {
        self.floors().into_iter().find(|floor| floor.tenant == tenant)
    }

    pub fn conversations(&self) -> &Conversations {
        &self.common.conversations
    }

    pub fn agents(&self) -> &Agents {
        &self.common.agents
    }

    /// The router of a tenant we own.
    pub fn router(&self, tenant: TenantId) -> Option<Router> {
        self.floor(tenant).map(|floor| Router::clone(&floor.router))
    }

    /// The delivery of a number of a tenant we own.
    pub fn delivery(&self, tenant: TenantId, number: NumberId) -> Option<Delivery> {
        let floor = self.floor(tenant)?;
        floor.delivery(number)
    }

    /// The hub of each tenant that is watched.
    pub fn lives(&self) -> Vec<Live> {
        self.floors().iter().filter_map(|floor| floor.live.as_deref().cloned()).collect()
    }

    /// Returns once every router's index stands: from then on chats are given out.
    pub async fn stands(&self) {
        for floor in self.floors() {
            floor.router.stands().await;
        }
    }

    /// What stands for a tenant, with at most `limit` slots of each kind; `None`: it has no floor.
    pub fn inspect_tenant(&self, tenant: TenantId, limit: usize) -> Option<Seen> {
        let floor = self.floor(tenant)?;
        let Common { conversations, agents, weather, rescue, alarm, .. } = &self.common;
        Some(Seen {
            hosts: vec![conversations.inspect_tenant(tenant, limit), agents.inspect_tenant(tenant, limit)],
            stations: floor.inspect(),
            timers: self.timers.inspect(),
            jobs: floor.jobs(),
            store_away: weather.is_stormy(),
            careful: rescue.is_careful(),
            fell: alarm.heard(),
        })
    }

    /// What stands where.
    pub fn inspect(&self) -> OfficeSnapshot {
        OfficeSnapshot {
            hosts: vec![self.common.conversations.inspect(), self.common.agents.inspect()],
            stations: self.floors().iter().flat_map(|floor| floor.inspect()).collect(),
        }
    }
}
