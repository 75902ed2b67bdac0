//! What every floor works with, and the parts that its services are made of.

use super::{OfficeSettings, StartError, Vocabulary};
use dashoffice_actors::agent::Agents;
use dashoffice_actors::capabilities::NumberCapabilities;
use dashoffice_actors::conversation::Conversations;
use dashoffice_actors::delivery::UnderWay;
use dashoffice_actors::intake::{FrontDoors, InboxesRead, IntakeParts};
use dashoffice_actors::live::{Live, LiveParts, LiveReads};
use dashoffice_actors::media::{MediaFetcher, MediaParts};
use dashoffice_actors::router::{Router, RouterParts};
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, MediaFiles, Refuge, TenantReads};
use dashoffice_runtime::{
    Availability, Clock, CrashLoopGuard, FatalSignal, Ids, Journal, Life, Settings, TenantTime, jobs,
};
use std::sync::Arc;

/// What every floor works with.
pub(super) struct Common {
    pub(super) journal: Arc<dyn Journal<Vocabulary>>,
    pub(super) availability: Arc<Availability<Vocabulary>>,
    pub(super) crash_loop_guard: Arc<CrashLoopGuard<Vocabulary>>,
    pub(super) conversations: Conversations,
    pub(super) agents: Agents,
    pub(super) channels: Channels,
    pub(super) capabilities: NumberCapabilities,
    pub(super) files: Option<Arc<dyn MediaFiles>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<Ids>,
    pub(super) settings: Settings<OfficeSettings>,
    pub(super) fatal_signal: FatalSignal,
    pub(super) time: Arc<TenantTime>,
    pub(super) life: Arc<Life<Vocabulary>>,
    pub(super) under_way: UnderWay,
    pub(super) doors: FrontDoors,
    pub(super) inboxes_read: InboxesRead,
}

impl Common {
    pub(super) async fn router(&self, reads: &Arc<dyn TenantReads>) -> Result<Router, StartError> {
        let router = RouterParts {
            reads: Arc::clone(reads),
            journal: Arc::clone(&self.journal),
            availability: Arc::clone(&self.availability),
            conversations: self.conversations.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        };
        Ok(Router::start(router).await?)
    }

    pub(super) async fn live(&self, reads: Arc<dyn LiveReads>, router: &Router) -> Result<Live, StartError> {
        let live = LiveParts {
            reads,
            router: router.clone(),
            availability: Arc::clone(&self.availability),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            settings: self.settings.part(|all| all.live),
        };
        Ok(Live::start(live).await?)
    }

    /// Nobody, where files stay with the provider.
    pub(super) async fn fetcher(&self, reads: &Arc<dyn TenantReads>) -> Result<Option<MediaFetcher>, StartError> {
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
    pub(super) fn jobs_of(&self, tenant: TenantId) -> Arc<jobs::Context<Vocabulary>> {
        Arc::new(jobs::Context {
            tenant: tenant.0,
            journal: Arc::clone(&self.journal),
            availability: Arc::clone(&self.availability),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            life: Arc::clone(&self.life),
        })
    }

    pub(super) fn intake_of(&self, reads: Arc<dyn TenantReads>, refuge: Arc<dyn Refuge>) -> IntakeParts {
        IntakeParts {
            reads,
            journal: Arc::clone(&self.journal),
            availability: Arc::clone(&self.availability),
            conversations: self.conversations.clone(),
            channels: self.channels.clone(),
            ids: Arc::clone(&self.ids),
            crash_loop_guard: Arc::clone(&self.crash_loop_guard),
            fatal_signal: self.fatal_signal.clone(),
            inboxes_read: self.inboxes_read.clone(),
            refuge,
            doors: self.doors.clone(),
            short_way: self.settings.part(|all| all.short_way),
        }
    }
}
