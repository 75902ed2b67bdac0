//! A tenant's floor: the services that stand for it.

use super::common::Common;
use super::services::{Answering, Deliveries, Services, Stage};
use super::{StartError, TenantParts};
use dashoffice_actors::delivery::Delivery;
use dashoffice_actors::feed::FeedItem;
use dashoffice_actors::intake::Intake;
use dashoffice_actors::live::Live;
use dashoffice_actors::router::Router;
use dashoffice_actors::seen::JobsSeen;
use dashoffice_domain::Entity;
use dashoffice_domain::ids::{NumberId, TenantId};
use dashoffice_runtime::SingletonSnapshot;
use std::sync::Arc;
use std::time::Duration;

/// How long a service may take that has nobody to wait for.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Everything that stands for one tenant.
pub(super) struct TenantRuntime {
    pub(super) tenant: TenantId,
    pub(super) router: Arc<Router>,
    pub(super) live: Option<Arc<Live>>,
    deliveries: Arc<Deliveries>,
    intake: Arc<Intake>,
    services: Services,
}

impl TenantRuntime {
    /// Stands it up: who sends, who gives out, and last who hands in.
    pub(super) async fn stand(common: &Common, parts: TenantParts) -> Result<Self, StartError> {
        let TenantParts { reads, arrivals, refuge, live } = parts;
        let (tenant, mut services) = (reads.tenant(), Services::default());
        let deliveries = services.add(Stage::Send, Deliveries::start(common, &reads).await?);
        let router = services.add(Stage::GiveOut, common.router(&reads).await?);
        services.add(Stage::Answer, Answering::start(common, &reads, &router).await?);
        let live = match live {
            Some(reads) => Some(services.add(Stage::Show, common.live(reads, &router).await?)),
            None => None,
        };
        if let Some(fetcher) = common.fetcher(&reads).await? {
            services.add(Stage::Send, fetcher);
        }
        let intake = services.add(Stage::TakeIn, Intake::start(common.intake_of(reads, refuge), arrivals).await?);
        Ok(Self { tenant, router, live, deliveries, intake, services })
    }

    /// Something was set up anew, or settings were: each number gets its delivery, and everybody reads their settings again.
    pub(super) async fn refresh(&self, common: &Common) -> Result<(), StartError> {
        self.services.settings_changed(common).await
    }

    pub(super) fn delivery(&self, number: NumberId) -> Option<Delivery> {
        self.deliveries.of(number)
    }

    pub(super) fn hear(&self, heard: &FeedItem) {
        self.services.hear(heard);
    }

    /// The quarantine of an entity has ended.
    pub(super) fn released(&self, entity: Entity) {
        self.intake.released(entity);
    }

    pub(super) fn inspect(&self) -> Vec<SingletonSnapshot> {
        self.services.inspect()
    }

    /// What runs of each kind of jobs; where files stay with the provider, none of theirs do.
    pub(super) fn jobs(&self) -> Vec<JobsSeen> {
        self.services.jobs()
    }

    /// Kills who stands at the singletons, as a fault of theirs would; they come back.
    pub(super) fn kill_stations(&self) {
        self.services.kill();
    }

    /// Hands in nothing more, and gives out nothing more.
    pub(super) async fn take_nothing_more(&self) {
        for stage in [Stage::Answer, Stage::TakeIn, Stage::GiveOut] {
            self.services.drain(stage, A_MOMENT).await;
        }
    }

    /// Posts under way come home, and downloads are left to the next start. `false`: time ran out.
    pub(super) async fn send_nothing_more(&self, within: Duration) -> bool {
        self.services.drain(Stage::Send, within).await
    }

    /// Consoles have been told of everything.
    pub(super) async fn show_nothing_more(&self) {
        self.services.drain(Stage::Show, A_MOMENT).await;
    }

    /// Ends everything at once, as a crash would.
    pub(super) fn crash(&self) {
        self.services.crash();
    }
}
