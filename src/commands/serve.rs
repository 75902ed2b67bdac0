//! `serve` runs everything: the port at once, the office as soon as the store is ours, and an orderly end.

use crate::configuration::Configuration;
use crate::serving::{Behind, Control, Doorway, LateApps, Rest, told_to_end};
use crate::wiring::{House, StoreApps};
use anyhow::{Context, Result};
use dashoffice_api::watch::Metrics;
use dashoffice_api::{Handles, HandlesCell, Readiness, Stamps};
use dashoffice_domain::Timestamp;
use dashoffice_runtime::task;
use dashoffice_store::{Ownership, Store};
use dashoffice_supervisors::Office;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Runs until SIGTERM or SIGINT.
pub(crate) fn run(configuration: &Configuration) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(serve(configuration))
}

async fn serve(configuration: &Configuration) -> Result<()> {
    let end = told_to_end()?;
    crate::serving::make_data_dir(&configuration.data.dir)?;
    let house = House::build(configuration).await?;
    let readiness = Readiness::default();
    let apps = Arc::new(LateApps::default());
    let (clock, ids) = (Arc::clone(&house.clock), Arc::clone(&house.ids));
    let stamps = Stamps { now: Arc::new(move || Timestamp(clock.now())), correlation: Arc::new(move || ids.next()) };
    let handles = HandlesCell::default();
    let metrics = configuration.server.metrics.then(|| Metrics::install(handles.clone())).transpose();
    let behind = Behind {
        apps: Arc::clone(&apps),
        channels: house.channels.clone(),
        readiness: readiness.clone(),
        stamps,
        rest: Some(Rest { store: house.store.clone(), handles: handles.clone() }),
        metrics: metrics.context("cannot count what happens")?,
    };
    let doorway = Doorway::open(configuration, behind).await?;
    tracing::info!(address = %doorway.address()?, "listening");
    apps.stand(Arc::new(StoreApps::new(house.store.clone())));
    let control = Control::open(&configuration.data.dir, house.store.clone(), Arc::clone(&house.ids), handles.clone())?;

    let (told, ending) = tokio::sync::watch::channel(false);
    let ended = async move {
        end.await;
        told.send_replace(true);
    };
    let keeping = task::spawn(
        "office",
        keep_office(house.clone(), readiness, handles, configuration.server.drain_timeout.0, {
            let mut ending = ending.clone();
            async move {
                // Fails only when whoever tells is gone, and that is an end too.
                let _ = ending.wait_for(|told| *told).await;
            }
        }),
    );
    doorway.carry(ended).await;
    drop(control);
    let kept = keeping.await.context("the office's keeper panicked")?;
    house.store.close().await;
    tracing::info!("ended");
    kept
}

/// Owns the store, stands the office up, and does so again whenever ownership was lost; at the end it drains.
async fn keep_office(
    house: House,
    readiness: Readiness,
    handles: HandlesCell,
    drain: Duration,
    end: impl Future<Output = ()>,
) -> Result<()> {
    tokio::pin!(end);
    loop {
        let owned = tokio::select! {
            owned = house.store.own() => owned,
            () = &mut end => return Ok(()),
        };
        if let Err(error) = owned {
            tracing::warn!(error = %error, "cannot own the store yet");
            tokio::time::sleep(Duration::from_millis(500)).await;
            continue;
        }
        let office = house.open_office().await?;
        office.stands().await;
        handles.stand(handles_of(&house, &office).await?);
        readiness.ready();
        tracing::info!("the office is open");
        tokio::select! {
            () = lost(&house.store) => {
                tracing::error!("ownership was lost: this office ends, and waits for its turn");
                readiness.not_ready();
                handles.gone();
                office.crash();
            }
            () = &mut end => {
                let closed = close(&office, drain).await;
                handles.gone();
                return closed;
            }
        }
    }
}

/// How the api speaks to this office.
async fn handles_of(house: &House, office: &Arc<Office>) -> Result<Handles> {
    let tenants = house.store.tenants().await?;
    let routers = tenants.iter().filter_map(|scope| Some((scope.tenant(), office.router(scope.tenant())?.clone())));
    let watched = Arc::downgrade(office);
    Ok(Handles {
        conversations: office.conversations().clone(),
        agents: office.agents().clone(),
        lives: office.lives().iter().map(|live| (live.tenant(), live.clone())).collect(),
        routers: routers.collect(),
        inspect: Arc::new(move || {
            watched
                .upgrade()
                .map(|office| office.inspect())
                .map_or_else(Default::default, |seen| (seen.hosts, seen.stations))
        }),
    })
}

async fn close(office: &Arc<Office>, drain: Duration) -> Result<()> {
    if !office.drain(drain).await {
        tracing::warn!("not everything finished in time; the rest is in the store");
    }
    Ok(())
}

async fn lost(store: &Store) {
    let mut ownership = store.ownership();
    // Fails only when the store is gone, and that is a loss too.
    let _ = ownership.wait_for(|ownership| matches!(ownership, Ownership::Lost { .. })).await;
}
