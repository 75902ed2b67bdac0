//! The files that customers send, one fetcher per tenant: what is wanted is asked for until it is here or never will be (A9).
//!
//! The order is a row of the commit that recorded the message; the fetcher adds nothing to it but the doing. It hears of new
//! rows by the feed and finds all others by a look, so a crash costs a download at most. Downloads are tasks of their own,
//! a few at a time, and each brings its bytes straight to disk. A file is on disk before its commit says that it is ready;
//! the row leaves `wanted` once, whatever was begun twice.

mod actor;
mod fetching;
mod waiting;

use crate::Office;
use crate::feed::Heard;
use actor::{FetcherActor, FetcherTold};
use dashmap::DashSet;
use dashoffice_domain::conversation::content::MediaKind;
use dashoffice_domain::ids::{MessageId, TenantId};
use dashoffice_domain::ports::{Channels, MediaFiles, TenantReads};
use dashoffice_runtime::{Clock, Current, Ids, Journal, Station, StationSnapshot, Weather};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

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
    pub files: Arc<dyn MediaFiles>,
    pub journal: Arc<dyn Journal<Office>>,
    pub weather: Arc<Weather<Office>>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<Ids>,
    pub settings: Current<MediaSettings>,
}

/// One tenant's fetcher.
#[derive(Clone)]
pub struct MediaFetcher {
    tenant: TenantId,
    station: Station<FetcherActor>,
    under_way: Arc<DashSet<MessageId>>,
    /// True: downloads are given up where they are.
    closing: watch::Sender<bool>,
}

impl MediaFetcher {
    pub async fn start(parts: MediaParts) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let under_way = Arc::<DashSet<MessageId>>::default();
        let closing = watch::Sender::new(false);
        let (ids, shared, ending) = (Arc::clone(&parts.ids), Arc::clone(&under_way), closing.clone());
        let station = Station::start("media", ids, move || {
            let (parts, under_way, closing) = (parts.clone(), Arc::clone(&shared), ending.subscribe());
            (FetcherActor, actor::Arguments { parts, under_way, closing })
        })
        .await?;
        Ok(Self { tenant, station, under_way, closing })
    }

    /// Something was committed: perhaps a file is wanted.
    pub fn hear(&self, heard: &Heard) {
        let told = match heard {
            Heard::Missed => Some(FetcherTold::Look),
            Heard::Batch(batch) if batch.tenant == self.tenant.0 => actor::of_interest(batch),
            Heard::Batch(_) => None,
        };
        if let Some(told) = told {
            // Nobody there: whoever comes next looks.
            let _ = self.station.send(told);
        }
    }

    pub fn inspect(&self) -> StationSnapshot {
        self.station.inspect()
    }

    /// Kills the actor; downloads under way go on, and another actor takes its place.
    pub fn kill(&self) {
        self.station.kill();
    }

    /// Begins nothing more and gives up downloads where they are: they are still wanted, and the next start begins them again.
    /// Waits for those whose outcome is being recorded. `false`: time ran out.
    pub async fn drain(&self, within: Duration) -> bool {
        self.closing.send_replace(true);
        self.station.drain(Duration::from_secs(1)).await;
        let quiet = async {
            while !self.under_way.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(within, quiet).await.is_ok()
    }

    pub fn crash(&self) {
        self.closing.send_replace(true);
        self.station.crash();
    }
}
