//! The files that customers send, one fetcher per tenant: what is wanted is asked for until it is here or never will be (A9).
//!
//! The order is a row of the commit that recorded the message, and a job of the kernel's (`dashoffice_runtime::jobs`), a few at a time;
//! a crash costs a download at most. Each download brings its bytes straight to disk. A file is on disk before its commit says that
//! it is ready; the row leaves `wanted` once, whatever was begun twice.

mod fetching;

use crate::Office;
use crate::capabilities::NumberCapabilities;
use crate::feed::FeedItem;
use crate::seen::JobsSeen;
use dashoffice_domain::conversation::content::MediaKind;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, MediaFiles, TenantReads};
use dashoffice_domain::{Row, channel};
use dashoffice_runtime::jobs::{Context, Jobs, Kind};
use dashoffice_runtime::{Current, SingletonSnapshot};
use fetching::{Files, wanted};
use std::sync::Arc;
use std::time::Duration;

/// Takes away what was begun and never finished, before anybody begins anew. Trouble with it keeps nobody from fetching.
pub async fn sweep(files: &dyn MediaFiles) {
    if let Err(trouble) = files.sweep().await {
        tracing::error!(error = %trouble, "unfinished files could not be swept away");
    }
}

/// How files are fetched, all configurable.
#[derive(Clone, Copy, Debug)]
pub struct MediaSettings {
    /// Downloads of a tenant at the same time.
    pub at_once: usize,
    /// How often a file itself may be at fault before it is given up.
    pub tries: i64,
    pub limits: MediaLimits,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self { at_once: 4, tries: 5, limits: MediaLimits::default() }
    }
}

/// The most bytes of a file, by its kind.
#[derive(Clone, Copy, Debug)]
pub struct MediaLimits {
    pub image: u64,
    pub audio: u64,
    pub video: u64,
    pub document: u64,
    pub sticker: u64,
}

impl Default for MediaLimits {
    /// What WhatsApp lets people send.
    fn default() -> Self {
        Self { image: 5_000_000, audio: 16_000_000, video: 16_000_000, document: 100_000_000, sticker: 500_000 }
    }
}

impl MediaLimits {
    pub const fn of(&self, kind: MediaKind) -> u64 {
        match kind {
            MediaKind::Image => self.image,
            MediaKind::Audio => self.audio,
            MediaKind::Video => self.video,
            MediaKind::Document => self.document,
            MediaKind::Sticker => self.sticker,
        }
    }
}

/// What a tenant's fetcher works with.
#[derive(Clone)]
pub struct MediaParts {
    pub reads: Arc<dyn TenantReads>,
    pub channels: Channels,
    pub capabilities: NumberCapabilities,
    pub files: Arc<dyn MediaFiles>,
    pub settings: Current<MediaSettings>,
}

/// One tenant's fetcher.
#[derive(Clone)]
pub struct MediaFetcher {
    tenant: TenantId,
    jobs: Jobs<Files>,
}

impl MediaFetcher {
    pub async fn start(parts: MediaParts, cx: Arc<Context<Office>>) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        Ok(Self { tenant, jobs: Jobs::start(Arc::new(Files(parts)), cx).await? })
    }

    /// Something was committed: perhaps a file is wanted.
    pub fn hear(&self, heard: &FeedItem) {
        let batch = match heard {
            FeedItem::Missed => return self.jobs.look(),
            FeedItem::Batch(batch) if batch.tenant == self.tenant.0 => batch,
            FeedItem::Batch(_) => return,
        };
        let ordered = batch.rows.iter().filter_map(|row| match row {
            Row::Channel(channel::Row::MediaWanted(ordered)) => Some(wanted(ordered.message, None)),
            _ => None,
        });
        let ordered: Vec<_> = ordered.collect();
        if !ordered.is_empty() {
            self.jobs.wants(ordered);
        }
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.jobs.inspect()
    }

    /// Downloads on their way.
    pub fn under_way(&self) -> JobsSeen {
        JobsSeen { kind: Files::NAME, under_way: self.jobs.under_way() }
    }

    /// Kills the actor; downloads under way go on, and another actor takes its place.
    pub fn kill(&self) {
        self.jobs.kill();
    }

    /// Begins nothing more and gives up downloads where they are: they are still wanted, and the next start begins them again.
    /// Waits for those whose outcome is being recorded. `false`: time ran out.
    pub async fn drain(&self, within: Duration) -> bool {
        self.jobs.drain(within).await
    }

    pub fn crash(&self) {
        self.jobs.crash();
    }
}
