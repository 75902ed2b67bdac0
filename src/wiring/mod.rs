//! How it is put together: the store behind the ports, the channels, and the office that stands on both.

mod apps;
mod streams;

pub(crate) use apps::StoreApps;

use crate::configuration::{Configuration, Period};
use anyhow::{Context, Result};
use dashoffice_actors::answerer::{AnswererSettings, Words};
use dashoffice_actors::delivery::DeliverySettings;
use dashoffice_actors::live::{LiveSettings, OutboxLimits, RingLimits};
use dashoffice_actors::media::{MediaLimits, MediaSettings};
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_adapters::folder::MediaFolder;
use dashoffice_api::ws::StoreReads;
use dashoffice_domain::Span;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, MediaFiles, Secret, Unavailable};
use dashoffice_runtime::{Clock, HostSettings, Ids, Journal, SteadyClock};
use dashoffice_store::views::TenantScope;
use dashoffice_store::{Admission, Config, LeaseTimes, Retention, Store, StoreSettings};
use dashoffice_supervisors::{Office, OfficeParts, OfficeSettings, StartError, TenantParts};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What can be made before the store is there.
pub(crate) struct Ground {
    pub(crate) channels: Channels,
    pub(crate) files: Arc<dyn MediaFiles>,
    pub(crate) clock: Arc<SteadyClock>,
    pub(crate) ids: Arc<Ids>,
    settings: OfficeSettings,
}

/// What everything else is made with.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) channels: Channels,
    pub(crate) files: Arc<dyn MediaFiles>,
    pub(crate) clock: Arc<SteadyClock>,
    pub(crate) ids: Arc<Ids>,
    settings: OfficeSettings,
}

impl Ground {
    /// Makes the channels; asks nothing of disk or database.
    pub(crate) fn lay(configuration: &Configuration) -> Result<Self> {
        let clock = Arc::<SteadyClock>::default();
        let ids = Arc::new(Ids::from_system(clock.clone()));
        let cloud = CloudConfig {
            api_base: configuration.cloud.api_base.clone(),
            version: configuration.cloud.version.clone(),
            post_timeout_ms: configuration.delivery.post_timeout.0.as_millis() as u64,
            fetch_timeout_ms: configuration.media.fetch_timeout.0.as_millis() as u64,
            stall_timeout_ms: configuration.media.stall_timeout.0.as_millis() as u64,
            ..CloudConfig::default()
        };
        let cloud = CloudChannel::new(cloud).context("cannot set up the Cloud API's client")?;
        let channels = Channels(vec![Arc::new(cloud)]);
        let files = Arc::new(MediaFolder::new(media_dir(configuration)));
        Ok(Self { channels, files, clock, ids, settings: office_settings(configuration) })
    }

    /// Opens the store, without owning it. May wait: for the lock of a process that ends, for tables to be brought up to date.
    pub(crate) async fn build(self, configuration: &Configuration) -> Result<House> {
        let Self { channels, files, clock, ids, settings } = self;
        let store = open_store(configuration, &(clock.clone() as Arc<dyn Clock>), &ids).await?;
        Ok(House { store, channels, files, clock, ids, settings })
    }
}

impl House {
    /// From the next office on these agents answer by themselves.
    pub(crate) fn is_answered_by(&mut self, answerer: AnswererSettings) {
        self.settings.answerer = Some(answerer);
    }

    /// Time goes on from the last event there is, whatever the machine's clock shows. Asked once the store is ours.
    pub(crate) async fn catches_up(&self) -> Result<()> {
        for scope in self.store.tenants().await? {
            let last = Journal::last_at(&self.store, scope.tenant().0).await?;
            last.into_iter().for_each(|at| self.clock.not_before(at));
        }
        Ok(())
    }

    /// Stands an office up on a store that is ours. Everything committed from before this moment is read, everything after it heard.
    pub(crate) async fn open_office(&self) -> Result<Arc<Office>> {
        let feed = streams::committed(self.store.subscribe());
        let tenants = self.store.tenants().await?.into_iter().map(|scope| self.tenant(scope)).collect();
        let journal: Arc<dyn Journal<dashoffice_actors::Office>> = Arc::new(self.store.clone());
        let parts = OfficeParts {
            instance: self.ids.next(),
            journal,
            tenants,
            feed,
            channels: self.channels.clone(),
            files: Some(Arc::clone(&self.files)),
            clock: self.clock.clone(),
            ids: Arc::clone(&self.ids),
            settings: self.settings.clone(),
        };
        Office::open(parts).await.context("cannot open the office")
    }
}

impl House {
    /// What an office is told of a tenant.
    fn tenant(&self, scope: TenantScope) -> TenantParts {
        let tenant = scope.tenant();
        let arrivals = streams::arrivals(self.store.subscribe_arrivals(tenant));
        let live = Arc::new(StoreReads::new(self.store.clone(), scope));
        TenantParts { reads: self.store.tenant_reads(tenant), arrivals, live: Some(live) }
    }

    /// Whoever was set up finds their place in an office that stands.
    pub(crate) async fn refresh(&self, office: &Office, set_up: &BTreeSet<TenantId>) -> Result<(), StartError> {
        let away = |error: dashoffice_runtime::Unavailable| Unavailable { doing: error.doing, reason: error.reason };
        let tenants = self.store.tenants().await.map_err(away)?;
        for scope in tenants.into_iter().filter(|scope| set_up.contains(&scope.tenant())) {
            if office.serves(scope.tenant()) {
                office.refresh(scope.tenant()).await?;
            } else {
                office.admit(self.tenant(scope)).await?;
            }
        }
        Ok(())
    }
}

/// Opens the store the configuration names; tables are brought up to date.
pub(crate) async fn open_store(configuration: &Configuration, clock: &Arc<dyn Clock>, ids: &Ids) -> Result<Store> {
    let clock = Arc::clone(clock);
    let settings = store_settings(configuration);
    let opening = Store::open_with(store_config(configuration), settings, ids.next(), Arc::new(move || clock.now()));
    opening.await.context("cannot open the store")
}

/// Where customers' files are kept.
pub(crate) fn media_dir(configuration: &Configuration) -> PathBuf {
    configuration.data.dir.join("media")
}

/// For how long the store remembers, and how much may wait in it.
fn store_settings(configuration: &Configuration) -> StoreSettings {
    let (retention, admission) = (&configuration.retention, &configuration.admission);
    let span = |period: Period| Span(period.0.as_micros() as i64);
    StoreSettings {
        retention: Retention {
            dedupe: span(retention.dedupe),
            command_results: span(retention.command_results),
            raw_items: span(retention.raw_items),
            early_statuses: span(retention.early_statuses),
        },
        admission: Admission {
            oldest: span(admission.oldest),
            per_tenant: admission.per_tenant as usize,
            in_all: admission.in_all as usize,
        },
    }
}

/// Which store the configuration names.
pub(crate) fn store_config(configuration: &Configuration) -> Config {
    let url = configuration.data.database_url.reveal();
    if url.is_empty() {
        return Config::Sqlite { data_dir: configuration.data.dir.clone() };
    }
    let (ttl, beat) = (configuration.lease.ttl.0, configuration.lease.beat.0);
    // Less than the database grants: its clock and ours may run differently.
    let lease = LeaseTimes { ttl, beat, trusted_for: ttl.mul_f64(0.8) };
    Config::Postgres { url: Secret(url.to_owned()), lease }
}

fn office_settings(configuration: &Configuration) -> OfficeSettings {
    let Configuration { kernel, live, delivery, media, answerer, .. } = configuration;
    OfficeSettings {
        host: HostSettings {
            mailbox: kernel.mailbox as usize,
            tries: i64::from(kernel.tries),
            command_timeout: kernel.command_timeout.0,
            idle: kernel.idle.0,
            quarantine: kernel.quarantine.0,
            max_resident: kernel.max_resident as usize,
            ..HostSettings::default()
        },
        crash_tries: i64::from(kernel.crash_tries),
        live: LiveSettings {
            ring: RingLimits { facts: live.ring_events as usize, bytes: live.ring_size.0 as usize },
            outbox: OutboxLimits { frames: live.console_frames as usize, bytes: live.console_size.0 as usize },
        },
        media: MediaSettings {
            at_once: media.at_once as usize,
            tries: i64::from(media.tries),
            limits: MediaLimits {
                image: media.image.0,
                audio: media.audio.0,
                video: media.video.0,
                document: media.document.0,
                sticker: media.sticker.0,
            },
        },
        delivery: DeliverySettings {
            per_second: delivery.per_second,
            most_at_once: delivery.at_once as usize,
            unknown_holds: delivery.unknown_holds.0,
            gives_up_after: delivery.gives_up_after.0,
        },
        read_marks: delivery.read_marks,
        answerer: (!answerer.words.is_empty()).then(|| AnswererSettings {
            agents: answerer.agents.clone(),
            words: says(answerer.words.clone()),
            pause: Duration::ZERO,
            closes_one_in: 5,
        }),
    }
}

/// The same to everybody.
fn says(words: String) -> Words {
    Arc::new(move |_, _| words.clone())
}
