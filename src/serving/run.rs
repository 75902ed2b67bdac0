//! Runs everything: the port at once, the office as soon as the store is ours, and an orderly end.

use super::{Asked, Behind, Control, Doorway, LateApps, make_data_dir, told_to_end};
use crate::configuration::{Loaded, Sources};
use crate::logging::Level;
use crate::memory;
use crate::provisioning::{Applied, Provisioner};
use crate::reloading::{ConfigurationStateCell, Reloader};
use crate::wiring::{App, Node, Running};
use anyhow::{Context, Result};
use dashoffice_api::body::BodyReader;
use dashoffice_api::watch::Metrics;
use dashoffice_api::{Api, Handles, HandlesCell, LateApi, Readiness, SecureRandom, Stamps};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::TenantId;
use dashoffice_runtime::{Clock as _, task};
use dashoffice_store::{Ownership, SetUp, Store};
use dashoffice_supervisors::{Office, StartError};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// Between two tries to own a store that cannot be owned at the moment.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
/// Between two looks whether the store is there; while it is away each of them asks it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// How long consoles may take to hear that we end, after which the process ends without them.
const GOODBYES: Duration = Duration::from_secs(5);

/// What a command adds to `serve`.
pub(crate) trait Seed: Send + 'static {
    /// The store is ours for the first time, and no office stands yet; `address` is where we listen.
    fn seed(&mut self, app: &mut App, address: SocketAddr) -> impl Future<Output = Result<()>> + Send;

    /// Everything has ended, and the store is closed.
    fn clear(self) -> impl Future<Output = ()> + Send;
}

/// `serve` itself adds nothing.
pub(crate) struct Unseeded;

impl Seed for Unseeded {
    async fn seed(&mut self, _house: &mut App, _address: SocketAddr) -> Result<()> {
        Ok(())
    }

    async fn clear(self) {}
}

/// What it begins with.
pub(crate) struct Start {
    pub(crate) loaded: Loaded,
    /// Where that was read, to be read again.
    pub(crate) sources: Sources,
    pub(crate) level: Level,
}

/// Runs until SIGTERM or SIGINT, on a runtime of its own; what is risky about the configuration is logged first.
pub(crate) fn run(start: Start, seed: impl Seed) -> Result<()> {
    start.loaded.tell_warnings();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(until_told(start, seed))
}

async fn until_told(start: Start, seed: impl Seed) -> Result<()> {
    let Start { loaded, sources, level } = start;
    let configuration = &loaded.configuration;
    let end = told_to_end()?;
    memory::given_back();
    make_data_dir(&configuration.data.dir)?;
    let running = Running::of(configuration.clone());
    let node = Node::lay(&running)?;
    let readiness = Readiness::default();
    let apps = Arc::new(LateApps::default());
    let (clock, ids) = (Arc::clone(&node.clock), Arc::clone(&node.ids));
    let stamps = Stamps { now: Arc::new(move || Timestamp(clock.now())), correlation: Arc::new(move || ids.next()) };
    let (handles, api) = (HandlesCell::default(), LateApi::default());
    let metrics = configuration.server.metrics.then(|| Metrics::install(handles.clone())).transpose();
    let behind = Behind {
        apps: Arc::clone(&apps),
        channels: node.channels.clone(),
        readiness: readiness.clone(),
        stamps: stamps.clone(),
        api: api.clone(),
        metrics: metrics.context("cannot count what happens")?,
    };
    let doorway = Doorway::open(&running, behind).await?;
    let address = doorway.address()?;
    tracing::info!(%address, "listening");

    let (standing, changed) = (ConfigurationStateCell::default(), Arc::<Notify>::default());
    let reloader = Reloader {
        sources,
        running: running.clone(),
        level,
        standing: standing.clone(),
        changed: Arc::clone(&changed),
    };
    reloader.begin()?;
    let (told, ending) = watch::channel(false);
    let goodbyes = api.clone();
    let supervisor = OfficeSupervisor {
        provisioner: Arc::new(Provisioner::new(running.clone(), standing.clone())),
        running,
        standing,
        changed,
        address,
        readiness,
        late: Late { apps, api, stamps, bodies: doorway.bodies() },
        handles,
        ending,
    };
    let mut keeping = task::spawn("office", supervisor.keep(node, seed));
    let mut early = None;
    doorway
        .carry(async {
            tokio::select! {
                () = end => {}
                // Nobody stands behind the doors any more: there is nothing to wait for.
                kept = &mut keeping => early = Some(kept),
            }
            told.send_replace(true);
        })
        .await;
    if timeout(GOODBYES, goodbyes.sockets_ended()).await.is_err() {
        tracing::warn!("not every console could be told goodbye in time");
    }
    let kept = match early {
        Some(kept) => kept,
        None => keeping.await,
    };
    tracing::info!("ended");
    kept.context("the office's supervisor panicked")?
}

/// Who opens the store behind the doors, and keeps an office on it.
struct OfficeSupervisor {
    running: Running,
    provisioner: Arc<Provisioner>,
    standing: ConfigurationStateCell,
    /// Told when settings changed.
    changed: Arc<Notify>,
    address: SocketAddr,
    readiness: Readiness,
    late: Late,
    handles: HandlesCell,
    /// True: we were told to end.
    ending: watch::Receiver<bool>,
}

/// What the doors wait for.
struct Late {
    apps: Arc<LateApps>,
    api: LateApi,
    stamps: Stamps,
    bodies: BodyReader,
}

impl Late {
    /// The store is there.
    fn stand(&self, app: &App, handles: HandlesCell, readiness: Readiness) {
        let store = &app.store;
        self.apps.stand(Arc::new(app.apps()));
        let secure_random = SecureRandom::from_system();
        let files = Arc::clone(&app.files);
        let api = Api::new(store.clone(), handles, self.stamps.clone(), secure_random, &self.bodies, files);
        self.api.stand(api, readiness);
    }
}

impl OfficeSupervisor {
    async fn keep(mut self, node: Node, mut seed: impl Seed) -> Result<()> {
        let mut ending = self.ending.clone();
        let app = tokio::select! {
            app = node.build() => app?,
            () = told(&mut ending) => return Ok(()),
        };
        let store = app.store.clone();
        self.late.stand(&app, self.handles.clone(), self.readiness.clone());
        let asked = Asked {
            store: store.clone(),
            ids: Arc::clone(&app.ids),
            standing: self.standing.clone(),
            provisioner: Arc::clone(&self.provisioner),
        };
        let control = Control::open(&self.running.now().data.dir, asked)?;
        let kept = self.keep_office(app, &mut seed).await;
        drop(control);
        store.close().await;
        seed.clear().await;
        kept
    }

    /// Owns the store, stands the office up, and does so again whenever ownership was lost; at the end it drains.
    async fn keep_office(&mut self, mut app: App, seed: &mut impl Seed) -> Result<()> {
        let mut seeded = false;
        let readiness = self.readiness.clone();
        loop {
            let owned = tokio::select! {
                owned = app.owns() => owned,
                () = told(&mut self.ending) => return Ok(()),
            };
            if let Err(error) = owned {
                tracing::warn!(error = %error, "cannot own the store yet");
                tokio::select! {
                    () = tokio::time::sleep(BETWEEN_TRIES) => continue,
                    () = told(&mut self.ending) => return Ok(()),
                }
            }
            if !seeded {
                seed.seed(&mut app, self.address).await?;
                seeded = true;
            }
            app.catches_up().await?;
            self.provision(&app.store).await;
            // From before anything is read: whoever is set up from now on is heard of.
            let mut set_ups = app.store.set_ups();
            let office = app.open_office().await?;
            office.stands().await;
            self.handles.stand(handles_of(&app, &office).await?);
            self.readiness.ready();
            tracing::info!("the office is open");
            let end = tokio::select! {
                end = self.tend(&app, &office, &mut set_ups) => end,
                never = watch_over(&app.store, &readiness) => match never {},
            };
            match end {
                End::Notification => {
                    close(&office, self.running.now().server.drain_timeout.0).await;
                    self.handles.gone();
                    return Ok(());
                }
                End::Lost => tracing::error!("ownership was lost: this office ends, and waits for its turn"),
                End::Fell(what) => {
                    tracing::error!(what, "the office cannot go on without it: this office ends, and opens anew");
                }
            }
            self.readiness.not_ready();
            self.handles.gone();
            office.crash();
        }
    }

    /// Stands by an open office until it must end; whoever is set up meanwhile finds their place in it.
    async fn tend(&mut self, app: &App, office: &Arc<Office>, set_ups: &mut SetUp) -> End {
        let mut ending = self.ending.clone();
        tokio::select! {
            () = lost(&app.store) => End::Lost,
            what = office.falls() => End::Fell(what),
            () = told(&mut ending) => End::Notification,
            never = self.welcome(app, office, set_ups) => match never {},
        }
    }

    /// Whoever is set up finds their place. Nothing here holds the end up: it is dropped wherever it stands, and a floor that is being
    /// set up meanwhile is left again by the office itself.
    async fn welcome(&self, app: &App, office: &Arc<Office>, set_ups: &mut SetUp) -> Infallible {
        let mut waiting = BTreeSet::new();
        loop {
            let set_up = tokio::select! {
                Some(set_up) = set_ups.next() => set_up,
                // Whoever settings make, or who reads them only now and then, is there at once.
                () = self.changed.notified() => {
                    let mut tenants = office.tenants();
                    tenants.extend(self.provision(&app.store).await);
                    tenants
                }
                () = self.provisioner.changes() => self.provision(&app.store).await,
                () = tokio::time::sleep(BETWEEN_TRIES), if !waiting.is_empty() => BTreeSet::new(),
            };
            waiting.extend(set_up);
            match self.refreshed(app, office, waiting.clone()).await {
                Ok(()) => waiting.clear(),
                Err(error) if error.downcast_ref().is_some_and(StartError::can_be_mended_by_waiting) => {
                    tracing::warn!(error = format!("{error:#}"), "what was set up waits for the store");
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "what was set up finds no place in the office");
                    waiting.clear();
                }
            }
        }
    }

    /// Applies the office's file; the tenants that look different now. What cannot be decided now is tried again by itself.
    async fn provision(&self, store: &Store) -> BTreeSet<TenantId> {
        match self.provisioner.apply(store).await {
            Ok(Applied::Done(changed)) => changed,
            Ok(Applied::Refused) => BTreeSet::new(),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the office's file waits");
                BTreeSet::new()
            }
        }
    }

    /// What has begun is brought to its end by a task of its own, whatever becomes of us.
    async fn refreshed(&self, app: &App, office: &Arc<Office>, set_up: BTreeSet<TenantId>) -> Result<()> {
        let (seen, stands) = (app.clone(), Arc::clone(office));
        task::spawn("set up", async move { seen.refresh(&stands, &set_up).await }).await.context("it panicked")??;
        self.handles.stand(handles_of(app, office).await.map_err(StartError::from)?);
        Ok(())
    }
}

/// Why an office ends.
enum End {
    Notification,
    /// Somebody else owns the store.
    Lost,
    /// Something fell that everything stands on.
    Fell(&'static str),
}

/// How the api speaks to this office.
async fn handles_of(app: &App, office: &Arc<Office>) -> Result<Handles, dashoffice_runtime::Unavailable> {
    let tenants = app.store.tenants().await?;
    let routers = tenants.iter().filter_map(|scope| Some((scope.tenant(), office.router(scope.tenant())?.clone())));
    let watched = Arc::downgrade(office);
    let (seen, sending) = (watched.clone(), watched.clone());
    Ok(Handles {
        conversations: office.conversations().clone(),
        agents: office.agents().clone(),
        routers: routers.collect(),
        lives: office.lives().iter().map(|live| (live.tenant(), live.clone())).collect(),
        delivery: Arc::new(move |tenant, number| sending.upgrade()?.delivery(tenant, number)),
        inspect: Arc::new(move || {
            watched
                .upgrade()
                .map(|office| office.inspect())
                .map_or_else(Default::default, |seen| (seen.hosts, seen.singletons))
        }),
        seen: Arc::new(move |tenant, limit| seen.upgrade()?.inspect_tenant(tenant, limit)),
    })
}

/// Says that we are not ready while the store is away, and asks it until it is back.
async fn watch_over(store: &Store, readiness: &Readiness) -> Infallible {
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        if !store.is_away() {
            readiness.ready();
            continue;
        }
        readiness.away();
        // Whether it is back shows at the next look; who meets it away says so.
        if let Err(error) = store.takes_writes().await {
            tracing::debug!(error = %error, "the store is still away");
        }
    }
}

async fn told(ending: &mut watch::Receiver<bool>) {
    // Fails only when whoever tells is gone, and that is an end too.
    let _ = ending.wait_for(|told| *told).await;
}

async fn close(office: &Arc<Office>, drain: Duration) {
    if !office.drain(drain).await {
        tracing::warn!("not everything finished in time; the rest is in the store");
    }
}

async fn lost(store: &Store) {
    let mut ownership = store.ownership();
    // Fails only when the store is gone, and that is a loss too.
    let _ = ownership.wait_for(|ownership| matches!(ownership, Ownership::Lost { .. })).await;
}
