//! What an office is made of, and what it says of itself.

use super::Vocabulary;
use dashoffice_actors::auto_responder::AutoResponderSettings;
use dashoffice_actors::delivery::{DeliverySettings, UnderWay};
use dashoffice_actors::feed::{Arrivals, Feed};
use dashoffice_actors::intake::{FrontDoors, ShortWaySettings};
use dashoffice_actors::live::{LiveReads, LiveSettings};
use dashoffice_actors::media::MediaSettings;
use dashoffice_domain::ports::{Channels, MediaFiles, Refuge, TenantReads, Unavailable};
use dashoffice_runtime::{Clock, HostSettings, HostSnapshot, Ids, Journal, Settings, SingletonSnapshot};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// What an office is made of.
pub struct OfficeParts {
    /// Of this process: a fresh one per start, and the same for each office that is opened in it.
    pub instance: Uuid,
    pub journal: Arc<dyn Journal<Vocabulary>>,
    pub tenants: Vec<TenantParts>,
    /// Everything that is committed from now on.
    pub feed: Feed,
    pub channels: Channels,
    /// Where customers' files are kept; `None`: they stay with the provider.
    pub files: Option<Arc<dyn MediaFiles>>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<Ids>,
    pub settings: Settings<OfficeSettings>,
    /// Posts of this process; they outlive an office.
    pub under_way: UnderWay,
    /// Through which what comes in reaches this office; they are there before it is, and after.
    pub doors: FrontDoors,
}

/// A tenant's reads, and the hints of what is accepted for it.
pub struct TenantParts {
    pub reads: Arc<dyn TenantReads>,
    pub arrivals: Arrivals,
    /// Its inbox.
    pub refuge: Arc<dyn Refuge>,
    /// What consoles are shown; `None`: nobody watches.
    pub live: Option<Arc<dyn LiveReads>>,
}

#[derive(Clone, Debug)]
pub struct OfficeSettings {
    pub host: HostSettings,
    /// With so many ends of the process an item in hand is put aside at the next start (A3); read when an office opens.
    pub crash_tries: i64,
    pub short_way: ShortWaySettings,
    pub delivery: DeliverySettings,
    pub live: LiveSettings,
    pub media: MediaSettings,
    /// Whether providers are told what agents have read.
    pub read_marks: bool,
    /// Answers customers by itself, where wanted.
    pub auto_responder: Option<AutoResponderSettings>,
}

impl Default for OfficeSettings {
    fn default() -> Self {
        Self {
            host: HostSettings::default(),
            crash_tries: 6,
            short_way: ShortWaySettings::default(),
            delivery: DeliverySettings::default(),
            live: LiveSettings::default(),
            media: MediaSettings::default(),
            read_marks: true,
            auto_responder: None,
        }
    }
}

/// Why an office could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Journal(#[from] dashoffice_runtime::Unavailable),
    #[error("an actor could not be started: {0}")]
    Spawn(#[from] ractor::SpawnErr),
    #[error("no channel is called {0}")]
    NoSuchChannel(String),
}

impl StartError {
    pub(super) fn not_ours() -> Self {
        let reason = "the store is not ours".to_owned();
        Self::Journal(dashoffice_runtime::Unavailable { doing: "opening the office", reason })
    }

    /// Whether it is the store that was away: the same can be tried again.
    pub const fn can_be_mended_by_waiting(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Journal(_))
    }
}

/// What stands, at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct OfficeSnapshot {
    pub hosts: Vec<HostSnapshot>,
    #[serde(rename = "stations")]
    pub singletons: Vec<SingletonSnapshot>,
}
