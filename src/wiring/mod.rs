//! How it is put together: the store behind the ports, the channels, and the office that stands on both.

mod apps;
mod running;
mod streams;

use apps::StoreApps;
pub(crate) use running::Running;

use crate::configuration::Configuration;
use anyhow::{Context, Result};
use dashoffice_actors::auto_responder::AutoResponderSettings;
use dashoffice_actors::delivery::UnderWay;
use dashoffice_actors::intake::FrontDoors;
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_adapters::folder::MediaFolder;
use dashoffice_adapters::in_hand::InHandFile;
use dashoffice_api::ws::StoreReads;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Channels, MediaFiles, Secret, Unavailable};
use dashoffice_runtime::{Clock, Ids, Journal, SteadyClock};
use dashoffice_store::views::TenantScope;
use dashoffice_store::{Config, LeaseTimes, Store};
use dashoffice_supervisors::{Office, OfficeParts, StartError, TenantParts};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What can be made before the store is there.
pub(crate) struct Node {
    pub(crate) channels: Channels,
    pub(crate) files: Arc<dyn MediaFiles>,
    pub(crate) clock: Arc<SteadyClock>,
    pub(crate) ids: Arc<Ids>,
    running: Running,
}

/// What everything else is made with.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) channels: Channels,
    pub(crate) files: Arc<dyn MediaFiles>,
    pub(crate) clock: Arc<SteadyClock>,
    pub(crate) ids: Arc<Ids>,
    under_way: UnderWay,
    doors: FrontDoors,
    in_hand: Arc<InHandFile>,
    running: Running,
}

impl Node {
    /// Makes the channels; asks nothing of disk or database.
    pub(crate) fn lay(running: &Running) -> Result<Self> {
        let configuration = running.now();
        let clock = Arc::<SteadyClock>::default();
        let ids = Arc::new(Ids::from_system(clock.clone()));
        let cloud = CloudConfig {
            api_base: configuration.cloud.api_base.clone(),
            version: configuration.cloud.version.clone(),
            ..CloudConfig::default()
        };
        let cloud =
            CloudChannel::new(cloud).context("cannot set up the Cloud API's client")?.waiting(running.patience());
        let channels = Channels(vec![cloud.whole()]);
        let files = Arc::new(MediaFolder::new(media_dir(&configuration)));
        Ok(Self { channels, files, clock, ids, running: running.clone() })
    }

    /// Opens the store, without owning it. May wait: for the lock of a process that ends, for tables to be brought up to date.
    pub(crate) async fn build(self) -> Result<App> {
        let Self { channels, files, clock, ids, running } = self;
        let store = open_store(&running, &(clock.clone() as Arc<dyn Clock>), &ids).await?;
        store.keep_projections();
        let in_hand = Arc::new(in_hand(&running.now())?);
        let (under_way, doors) = (UnderWay::default(), FrontDoors::new(in_hand.clone()));
        Ok(App { store, channels, files, clock, ids, under_way, doors, in_hand, running })
    }
}

impl App {
    /// Finds apps, each with its tenant's door.
    pub(crate) fn apps(&self) -> StoreApps {
        StoreApps::new(self.store.clone(), self.doors.clone())
    }

    /// From now on these agents answer by themselves.
    pub(crate) fn is_answered_by(&self, auto_responder: AutoResponderSettings) {
        self.running.is_answered_by(auto_responder);
    }

    /// Owns the store, perhaps again. What this process is sending meanwhile goes on, and is not called unknown.
    pub(crate) async fn owns(&self) -> Result<i64, dashoffice_runtime::Unavailable> {
        self.store.own_while(|| self.under_way.messages()).await
    }

    /// Time goes on from the last event there is, whatever the machine's clock shows. Asked once the store is ours.
    pub(crate) async fn catches_up(&self) -> Result<()> {
        for scope in self.store.tenants().await? {
            if let Some(at) = Journal::last_at(&self.store, scope.tenant().0).await? {
                self.clock.not_before(at);
            }
        }
        Ok(())
    }

    /// Stands an office up on a store that is ours. Everything committed from before this moment is read, everything after it heard.
    pub(crate) async fn open_office(&self) -> Result<Arc<Office>> {
        // Whoever worked here before us has ended.
        self.in_hand.look().context("cannot read what was in hand")?;
        let items = self.in_hand.suspects();
        if items > 0 {
            tracing::warn!(
                items,
                "a process died with items in hand: what of them comes again is counted, and goes alone"
            );
        }
        let feed = streams::committed(self.store.subscribe());
        let tenants = self.store.tenants().await?.into_iter().map(|scope| self.tenant(scope)).collect();
        let journal: Arc<dyn Journal<dashoffice_actors::Office>> = Arc::new(self.store.clone());
        let parts = OfficeParts {
            // An office that is opened anew is no new process: none has died.
            instance: self.store.instance(),
            journal,
            tenants,
            feed,
            channels: self.channels.clone(),
            files: Some(Arc::clone(&self.files)),
            clock: self.clock.clone(),
            ids: Arc::clone(&self.ids),
            settings: self.running.office(),
            under_way: self.under_way.clone(),
            doors: self.doors.clone(),
        };
        Office::open(parts).await.context("cannot open the office")
    }
}

impl App {
    /// What an office is told of a tenant.
    fn tenant(&self, scope: TenantScope) -> TenantParts {
        let tenant = scope.tenant();
        let arrivals = self.store.subscribe_arrivals(tenant);
        let live = Arc::new(StoreReads::new(self.store.clone(), scope));
        let (reads, refuge) = (self.store.tenant_reads(tenant), self.store.inbox(tenant));
        TenantParts { reads, arrivals, refuge, live: Some(live) }
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
pub(crate) async fn open_store(running: &Running, clock: &Arc<dyn Clock>, ids: &Ids) -> Result<Store> {
    let clock = Arc::clone(clock);
    let config = store_config(&running.now());
    let opening = Store::open_with(config, running.store(), ids.next(), Arc::new(move || clock.now()));
    opening.await.context("cannot open the store")
}

/// Where what is in hand is said.
fn in_hand(configuration: &Configuration) -> Result<InHandFile> {
    let path = configuration.data.dir.join("in-hand");
    InHandFile::open(&path).with_context(|| format!("cannot open {}", path.display()))
}

/// Where customers' files are kept.
pub(crate) fn media_dir(configuration: &Configuration) -> PathBuf {
    configuration.data.dir.join("media")
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
