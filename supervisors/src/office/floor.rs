//! A tenant's floor: its router, its intake, the delivery of each of its numbers, who fetches its files, and who shows it to its
//! consoles.

use super::{OfficeSettings, StartError, TenantParts, Vocabulary};
use dashoffice_actors::agent::Agents;
use dashoffice_actors::answerer::{Answerer, AnswererParts};
use dashoffice_actors::capabilities::NumberCapabilities;
use dashoffice_actors::conversation::Conversations;
use dashoffice_actors::delivery::{Delivery, DeliveryParts, UnderWay};
use dashoffice_actors::feed::Heard;
use dashoffice_actors::intake::{FrontDoors, InboxesRead, Intake, IntakeParts};
use dashoffice_actors::live::{Live, LiveParts};
use dashoffice_actors::media::{MediaFetcher, MediaParts};
use dashoffice_actors::router::{Router, RouterParts};
use dashoffice_actors::seen::JobsSeen;
use dashoffice_domain::Entity;
use dashoffice_domain::ids::{NumberId, TenantId};
use dashoffice_domain::ports::{Channel, Channels, MediaFiles, NumberRow, Refuge, TenantReads};
use dashoffice_runtime::{
    Alarm, Clock, Ids, Journal, Life, Rescue, Settings, StationSnapshot, TenantTime, Weather, jobs,
};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What every floor works with.
pub(super) struct Common {
    pub(super) journal: Arc<dyn Journal<Vocabulary>>,
    pub(super) weather: Arc<Weather<Vocabulary>>,
    pub(super) rescue: Arc<Rescue<Vocabulary>>,
    pub(super) conversations: Conversations,
    pub(super) agents: Agents,
    pub(super) channels: Channels,
    pub(super) capabilities: NumberCapabilities,
    pub(super) files: Option<Arc<dyn MediaFiles>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<Ids>,
    pub(super) settings: Settings<OfficeSettings>,
    pub(super) alarm: Alarm,
    pub(super) time: Arc<TenantTime>,
    pub(super) life: Arc<Life<Vocabulary>>,
    pub(super) under_way: UnderWay,
    pub(super) doors: FrontDoors,
    pub(super) inboxes_read: InboxesRead,
}

/// Everything that stands for one tenant.
pub(super) struct Floor {
    pub(super) tenant: TenantId,
    pub(super) router: Router,
    pub(super) live: Option<Live>,
    reads: Arc<dyn TenantReads>,
    intake: Intake,
    /// Each with the number it was made for.
    deliveries: RwLock<Vec<(NumberRow, Delivery)>>,
    fetcher: Option<MediaFetcher>,
    /// Nobody, as long as none is wanted.
    answerer: RwLock<Option<Answerer>>,
}

/// A number, and who speaks for it.
type Speaking = (NumberRow, Channel);

impl Floor {
    /// Stands it up: who sends, who gives out, and last who hands in.
    pub(super) async fn stand(common: &Common, parts: TenantParts) -> Result<Self, StartError> {
        let TenantParts { reads, arrivals, refuge, live } = parts;
        let numbers = common.with_channels(reads.numbers().await?)?;
        let mut deliveries = Vec::new();
        for (number, channel) in numbers {
            let delivery = common.delivery(&reads, &number, channel).await?;
            deliveries.push((number, delivery));
        }
        let router = common.router(&reads).await?;
        let answerer = RwLock::new(common.answerer(&reads, &router).await?);
        let live = match live {
            Some(reads) => {
                let live = LiveParts {
                    reads,
                    router: router.clone(),
                    weather: Arc::clone(&common.weather),
                    clock: Arc::clone(&common.clock),
                    ids: Arc::clone(&common.ids),
                    settings: common.settings.part(|all| all.live),
                };
                Some(Live::start(live).await?)
            }
            None => None,
        };
        let fetcher = common.fetcher(&reads).await?;
        let tenant = reads.tenant();
        let intake = Intake::start(common.intake_of(Arc::clone(&reads), refuge), arrivals).await?;
        Ok(Self { tenant, router, live, reads, intake, deliveries: RwLock::new(deliveries), fetcher, answerer })
    }

    /// Something was set up anew, or settings were: each number gets its delivery, and everybody reads their settings again.
    pub(super) async fn refresh(&self, common: &Common) -> Result<(), StartError> {
        for (number, channel) in common.with_channels(self.reads.numbers().await?)? {
            let standing = self.deliveries().into_iter().find(|(known, _)| known.id == number.id);
            match standing {
                Some((known, _)) if known == number => continue,
                // Its line or its provider changed. Nobody waits for what is on its way over the old one: it goes on, its lane waits for
                // it in the new one, too, and everything else the old one knew is in the outbox.
                Some((_, old)) => old.crash(),
                None => {}
            }
            let delivery = common.delivery(&self.reads, &number, channel).await?;
            {
                let mut deliveries = self.deliveries.write().unwrap_or_else(PoisonError::into_inner);
                deliveries.retain(|(known, _)| known.id != number.id);
                deliveries.push((number, delivery.clone()));
            }
            // It has begun to read, and nobody told it of what came meanwhile.
            delivery.hear(&Heard::Missed);
        }
        if self.answerer().is_none()
            && let Some(answerer) = common.answerer(&self.reads, &self.router).await?
        {
            *self.answerer.write().unwrap_or_else(PoisonError::into_inner) = Some(answerer);
        }
        self.intake.settings_changed();
        self.router.settings_changed();
        self.live.iter().for_each(Live::settings_changed);
        Ok(())
    }

    pub(super) fn delivery(&self, number: NumberId) -> Option<Delivery> {
        self.deliveries().into_iter().find(|(known, _)| known.id == number).map(|(_, delivery)| delivery)
    }

    fn answerer(&self) -> Option<Answerer> {
        self.answerer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn deliveries(&self) -> Vec<(NumberRow, Delivery)> {
        self.deliveries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn hear(&self, heard: &Heard) {
        self.router.hear(heard);
        for (_, delivery) in self.deliveries.read().unwrap_or_else(PoisonError::into_inner).iter() {
            delivery.hear(heard);
        }
        if let Some(fetcher) = &self.fetcher {
            fetcher.hear(heard);
        }
        if let Some(live) = &self.live {
            live.hear(heard);
        }
        if let Some(answerer) = self.answerer.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            answerer.hear(heard);
        }
    }

    /// The quarantine of an entity has ended.
    pub(super) fn released(&self, entity: Entity) {
        self.intake.released(entity);
    }

    pub(super) fn inspect(&self) -> Vec<StationSnapshot> {
        let mut stations = vec![self.intake.inspect()];
        stations.extend(self.deliveries().iter().map(|(_, delivery)| delivery.inspect()));
        stations.extend(self.fetcher.iter().map(MediaFetcher::inspect));
        stations.push(self.router.inspect());
        stations.extend(self.answerer().iter().map(Answerer::inspect));
        stations.extend(self.live.iter().map(Live::inspect));
        stations
    }

    /// What runs of each kind of jobs; where files stay with the provider, none of theirs do.
    pub(super) fn jobs(&self) -> Vec<JobsSeen> {
        let mut kinds: Vec<JobsSeen> = self.fetcher.iter().map(MediaFetcher::under_way).collect();
        for seen in self.deliveries().iter().flat_map(|(_, delivery)| delivery.under_way()) {
            match kinds.iter_mut().find(|known| known.kind == seen.kind) {
                Some(known) => known.under_way += seen.under_way,
                None => kinds.push(seen),
            }
        }
        kinds
    }

    /// Kills who stands at the stations, as a fault of theirs would; they come back.
    pub(super) fn kill_stations(&self) {
        self.intake.kill();
        self.deliveries().iter().for_each(|(_, delivery)| delivery.kill());
        self.fetcher.iter().for_each(MediaFetcher::kill);
        self.router.kill();
        self.live.iter().for_each(Live::kill);
    }

    /// Hands in nothing more, and gives out nothing more.
    pub(super) async fn take_nothing_more(&self) {
        let within = Duration::from_secs(1);
        if let Some(answerer) = self.answerer() {
            answerer.drain(within).await;
        }
        self.intake.drain(within).await;
        self.router.drain(within).await;
    }

    /// Posts under way come home, and downloads are left to the next start. `false`: time ran out.
    pub(super) async fn send_nothing_more(&self, within: Duration) -> bool {
        let mut clean = true;
        for (_, delivery) in self.deliveries() {
            clean &= delivery.drain(within).await;
        }
        if let Some(fetcher) = &self.fetcher {
            clean &= fetcher.drain(within).await;
        }
        clean
    }

    /// Consoles have been told of everything.
    pub(super) async fn show_nothing_more(&self) {
        if let Some(live) = &self.live {
            live.drain(Duration::from_secs(1)).await;
        }
    }

    /// Ends everything at once, as a crash would.
    pub(super) fn crash(&self) {
        self.answerer().iter().for_each(Answerer::crash);
        self.intake.crash();
        self.deliveries().iter().for_each(|(_, delivery)| delivery.crash());
        self.fetcher.iter().for_each(MediaFetcher::crash);
        self.router.crash();
        self.live.iter().for_each(Live::crash);
    }
}

impl Common {
    /// All of them or none: nobody stands up before everybody can.
    fn with_channels(&self, numbers: Vec<NumberRow>) -> Result<Vec<Speaking>, StartError> {
        let with_channel = |number: NumberRow| match self.channels.named(&number.provider) {
            Some(channel) => Ok((number, channel.clone())),
            None => Err(StartError::NoSuchChannel(number.provider)),
        };
        numbers.into_iter().map(with_channel).collect()
    }

    async fn delivery(
        &self,
        reads: &Arc<dyn TenantReads>,
        number: &NumberRow,
        channel: Channel,
    ) -> Result<Delivery, StartError> {
        self.capabilities.set(number.id, channel.capabilities);
        let delivery = DeliveryParts {
            number: number.id,
            line: number.line.clone(),
            capabilities: channel.capabilities,
            sender: channel.sender,
            templates: channel.templates,
            reads: Arc::clone(reads),
            settings: self.settings.part(|all| all.delivery),
            cx: self.jobs_of(reads.tenant()),
            under_way: self.under_way.clone(),
        };
        Ok(Delivery::start(delivery).await?)
    }

    async fn router(&self, reads: &Arc<dyn TenantReads>) -> Result<Router, StartError> {
        let router = RouterParts {
            reads: Arc::clone(reads),
            journal: Arc::clone(&self.journal),
            weather: Arc::clone(&self.weather),
            conversations: self.conversations.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        };
        Ok(Router::start(router).await?)
    }

    async fn answerer(&self, reads: &Arc<dyn TenantReads>, router: &Router) -> Result<Option<Answerer>, StartError> {
        if self.settings.now().answerer.is_none() {
            return Ok(None);
        }
        let answerer = AnswererParts {
            reads: Arc::clone(reads),
            conversations: self.conversations.clone(),
            agents: self.agents.clone(),
            router: router.clone(),
            ids: Arc::clone(&self.ids),
            settings: self.settings.part(|all| all.answerer.clone()),
        };
        Ok(Some(Answerer::start(answerer).await?))
    }

    /// Nobody, where files stay with the provider.
    async fn fetcher(&self, reads: &Arc<dyn TenantReads>) -> Result<Option<MediaFetcher>, StartError> {
        let Some(files) = &self.files else { return Ok(None) };
        let fetcher = MediaParts {
            reads: Arc::clone(reads),
            channels: self.channels.clone(),
            capabilities: self.capabilities.clone(),
            files: Arc::clone(files),
            settings: self.settings.part(|all| all.media),
        };
        Ok(Some(MediaFetcher::start(fetcher, self.jobs_of(reads.tenant())).await?))
    }

    /// What all jobs of a tenant work with.
    fn jobs_of(&self, tenant: TenantId) -> Arc<jobs::Context<Vocabulary>> {
        Arc::new(jobs::Context {
            tenant: tenant.0,
            journal: Arc::clone(&self.journal),
            weather: Arc::clone(&self.weather),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            life: Arc::clone(&self.life),
        })
    }

    fn intake_of(&self, reads: Arc<dyn TenantReads>, refuge: Arc<dyn Refuge>) -> IntakeParts {
        IntakeParts {
            reads,
            journal: Arc::clone(&self.journal),
            weather: Arc::clone(&self.weather),
            conversations: self.conversations.clone(),
            channels: self.channels.clone(),
            ids: Arc::clone(&self.ids),
            rescue: Arc::clone(&self.rescue),
            alarm: self.alarm.clone(),
            inboxes_read: self.inboxes_read.clone(),
            refuge,
            doors: self.doors.clone(),
            short_way: self.settings.part(|all| all.short_way),
        }
    }
}
