//! A running office: everything that stands while we own the store.

use dashoffice_actors::agent::Agents;
use dashoffice_actors::answerer::{Answerer, AnswererParts, AnswererSettings};
use dashoffice_actors::conversation::Conversations;
use dashoffice_actors::delivery::{Delivery, DeliveryParts, DeliverySettings};
use dashoffice_actors::feed::{Arrivals, Feed, Heard};
use dashoffice_actors::intake::{Intake, IntakeParts};
use dashoffice_actors::live::{Live, LiveParts, LiveReads, LiveSettings};
use dashoffice_actors::router::{Router, RouterParts};
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, TenantReads, Unavailable};
use dashoffice_domain::thread::CLOCKS_ON_PEOPLE;
use dashoffice_domain::{Entity, Item};
use dashoffice_runtime::timers::order_for;
use dashoffice_runtime::{
    Clock, HostSettings, HostSnapshot, Ids, Journal, Rescue, StationSnapshot, Surroundings, Timers, task,
};
use futures_util::StreamExt;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

type Vocabulary = dashoffice_actors::Office;

/// What an office is made of.
pub struct OfficeParts {
    /// Of this process: a fresh one per start.
    pub instance: Uuid,
    pub journal: Arc<dyn Journal<Vocabulary>>,
    pub tenants: Vec<TenantParts>,
    /// Everything that is committed from now on.
    pub feed: Feed,
    pub channels: Channels,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<Ids>,
    pub settings: OfficeSettings,
}

/// A tenant's reads, and the hints of what is accepted for it.
pub struct TenantParts {
    pub reads: Arc<dyn TenantReads>,
    pub arrivals: Arrivals,
    /// What consoles are shown; `None`: nobody watches.
    pub live: Option<Arc<dyn LiveReads>>,
}

#[derive(Clone, Debug, Default)]
pub struct OfficeSettings {
    pub host: HostSettings,
    pub delivery: DeliverySettings,
    pub live: LiveSettings,
    /// Answers customers by itself, where wanted.
    pub answerer: Option<AnswererSettings>,
}

/// Why an office could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("cannot read how the last processes ended: {0}")]
    Journal(#[from] dashoffice_runtime::Unavailable),
    #[error("an actor could not be started: {0}")]
    Spawn(#[from] ractor::SpawnErr),
    #[error("no channel is called {0}")]
    NoSuchChannel(String),
}

/// What stands, at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct OfficeSnapshot {
    pub hosts: Vec<HostSnapshot>,
    pub stations: Vec<StationSnapshot>,
}

/// Everything that stands.
pub struct Office {
    instance: Uuid,
    journal: Arc<dyn Journal<Vocabulary>>,
    clock: Arc<dyn Clock>,
    conversations: Conversations,
    agents: Agents,
    routers: Vec<Router>,
    intakes: Vec<Intake>,
    deliveries: Vec<Delivery>,
    answerers: Vec<Answerer>,
    lives: Vec<Live>,
    timers: Timers,
    settings: OfficeSettings,
}

impl Office {
    /// Stands everything up: conversations first, then who hands them work, then who sends what they say.
    pub async fn open(parts: OfficeParts) -> Result<Arc<Self>, StartError> {
        let OfficeParts { instance, journal, tenants, feed, channels, clock, ids, settings } = parts;
        let rescue = Rescue::at_start(Arc::clone(&journal), instance, clock.now(), settings.host.tries).await?;
        let rescue = Arc::new(rescue);
        let around = Surroundings::new(Arc::clone(&journal), Arc::clone(&clock), Arc::clone(&ids));
        let (conversations, mut released) = Conversations::start(around.clone(), settings.host).await?;
        let agents = Agents::start(around.clone(), settings.host).await?;
        let timers = watch_timers(&journal, &clock, &conversations);

        let (mut intakes, mut deliveries, mut answerers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut routers, mut lives) = (Vec::new(), Vec::new());
        for TenantParts { reads, arrivals, live } in tenants {
            for number in reads.numbers().await? {
                let Some(channel) = channels.named(&number.provider) else {
                    return Err(StartError::NoSuchChannel(number.provider));
                };
                let delivery = DeliveryParts {
                    number: number.id,
                    line: number.line,
                    channel,
                    reads: Arc::clone(&reads),
                    journal: Arc::clone(&journal),
                    weather: Arc::clone(&around.weather),
                    clock: Arc::clone(&clock),
                    ids: Arc::clone(&ids),
                    settings: settings.delivery,
                };
                deliveries.push(Delivery::start(delivery).await?);
            }
            let router = RouterParts {
                reads: Arc::clone(&reads),
                journal: Arc::clone(&journal),
                weather: Arc::clone(&around.weather),
                conversations: conversations.clone(),
                clock: Arc::clone(&clock),
                ids: Arc::clone(&ids),
            };
            let router = Router::start(router).await?;
            if let Some(answerer) = settings.answerer.clone() {
                let answerer = AnswererParts {
                    reads: Arc::clone(&reads),
                    conversations: conversations.clone(),
                    agents: agents.clone(),
                    router: router.clone(),
                    ids: Arc::clone(&ids),
                    settings: answerer,
                };
                answerers.push(Answerer::start(answerer).await?);
            }
            if let Some(live) = live {
                let live = LiveParts {
                    reads: live,
                    router: router.clone(),
                    weather: Arc::clone(&around.weather),
                    clock: Arc::clone(&clock),
                    ids: Arc::clone(&ids),
                    settings: settings.live,
                };
                lives.push(Live::start(live).await?);
            }
            routers.push(router);
            let intake = IntakeParts {
                reads,
                journal: Arc::clone(&journal),
                weather: Arc::clone(&around.weather),
                conversations: conversations.clone(),
                channels: channels.clone(),
                ids: Arc::clone(&ids),
                rescue: Arc::clone(&rescue),
            };
            intakes.push(Intake::start(intake, arrivals).await?);
        }
        let office = Arc::new(Self {
            instance,
            journal,
            clock,
            conversations,
            agents,
            routers,
            intakes,
            deliveries,
            answerers,
            lives,
            timers,
            settings,
        });
        office.listen(feed);
        let releasing = Arc::downgrade(&office);
        task::spawn("releases", async move {
            while let Some((tenant, entity)) = released.recv().await {
                let Some(office) = releasing.upgrade() else { return };
                office.release(TenantId(tenant), entity);
            }
        });
        Ok(office)
    }

    /// Passes on what is committed.
    fn listen(self: &Arc<Self>, mut feed: Feed) {
        let office = Arc::downgrade(self);
        task::spawn("feed", async move {
            while let Some(heard) = feed.next().await {
                let Some(office) = office.upgrade() else { return };
                office.hear(&heard);
            }
        });
    }

    fn hear(&self, heard: &Heard) {
        for router in &self.routers {
            router.hear(heard);
        }
        for delivery in &self.deliveries {
            delivery.hear(heard);
        }
        for live in &self.lives {
            live.hear(heard);
        }
        for answerer in &self.answerers {
            answerer.hear(heard);
        }
        self.timers.nudge();
    }

    fn release(&self, tenant: TenantId, entity: Entity) {
        for intake in self.intakes.iter().filter(|intake| intake.tenant() == tenant) {
            intake.released(entity);
        }
    }

    pub fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    pub fn agents(&self) -> &Agents {
        &self.agents
    }

    /// The router of a tenant we own.
    pub fn router(&self, tenant: TenantId) -> Option<&Router> {
        self.routers.iter().find(|router| router.tenant() == tenant)
    }

    /// The hub of each tenant that is watched.
    pub fn lives(&self) -> &[Live] {
        &self.lives
    }

    /// Returns once every router's index stands: from then on chats are given out.
    pub async fn stands(&self) {
        for router in &self.routers {
            router.stands().await;
        }
    }

    pub fn settings(&self) -> &OfficeSettings {
        &self.settings
    }

    /// What stands where.
    pub fn inspect(&self) -> OfficeSnapshot {
        let stations = self.intakes.iter().map(Intake::inspect);
        let stations = stations.chain(self.deliveries.iter().map(Delivery::inspect));
        let stations = stations.chain(self.routers.iter().map(Router::inspect));
        let stations = stations.chain(self.answerers.iter().map(Answerer::inspect));
        let stations = stations.chain(self.lives.iter().map(Live::inspect));
        OfficeSnapshot {
            hosts: vec![self.conversations.inspect(), self.agents.inspect()],
            stations: stations.collect(),
        }
    }

    /// Kills the intakes, deliveries, routers and hubs, as a fault of theirs would; they come back.
    pub fn kill_stations(&self) {
        self.intakes.iter().for_each(Intake::kill);
        self.deliveries.iter().for_each(Delivery::kill);
        self.routers.iter().for_each(Router::kill);
        self.lives.iter().for_each(Live::kill);
    }

    /// Lies everything down in order: nothing new is taken, what is in the slots is finished, posts under way come home.
    /// `false`: time ran out; what was left is in the store, and this end does not count as clean.
    pub async fn drain(&self, within: Duration) -> bool {
        for answerer in &self.answerers {
            answerer.drain(Duration::from_secs(1)).await;
        }
        for intake in &self.intakes {
            intake.drain(Duration::from_secs(1)).await;
        }
        for router in &self.routers {
            router.drain(Duration::from_secs(1)).await;
        }
        let mut clean = self.conversations.drain(within).await;
        clean &= self.agents.drain(within).await;
        for delivery in &self.deliveries {
            clean &= delivery.drain(within).await;
        }
        // Last: consoles are told of everything that was still decided.
        for live in &self.lives {
            live.drain(Duration::from_secs(1)).await;
        }
        if clean {
            // Unavailable: the next start counts one unclean end too many, and is careful for nothing.
            let _ = self.journal.stopped(self.instance, self.clock.now()).await;
        }
        clean
    }

    /// Ends everything at once, as a crash would; for tests.
    pub fn crash(&self) {
        self.answerers.iter().for_each(Answerer::crash);
        self.intakes.iter().for_each(Intake::crash);
        self.deliveries.iter().for_each(Delivery::crash);
        self.routers.iter().for_each(Router::crash);
        self.lives.iter().for_each(Live::crash);
        self.conversations.crash();
        self.agents.crash();
    }
}

fn watch_timers(
    journal: &Arc<dyn Journal<Vocabulary>>,
    clock: &Arc<dyn Clock>,
    conversations: &Conversations,
) -> Timers {
    let conversations = conversations.clone();
    Timers::start(
        Arc::clone(journal),
        Arc::clone(clock),
        &CLOCKS_ON_PEOPLE,
        Arc::new(move |timer| match timer.entity {
            Entity::Thread(thread) => {
                let order = order_for(&timer, Item::Due { timer: timer.kind.clone() });
                Some(conversations.deliver(TenantId(timer.tenant), thread, order))
            }
            Entity::Message(_) | Entity::Agent(_) | Entity::Queue(_) | Entity::Settings(_) => None,
        }),
    )
}
