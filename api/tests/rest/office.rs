//! The office behind the desk, as the binary stands it up, and the handles that the api gets of it.
#![expect(clippy::unwrap_used, reason = "a test whose office does not stand has failed")]

use crate::desk::House;
use crate::streams;
use dashoffice_adapters::in_hand::InHandFile;
use dashoffice_api::Handles;
use dashoffice_domain::ports::{Channels, MediaFiles};
use dashoffice_runtime::{Clock, Ids};
use dashoffice_store::Store;
use dashoffice_supervisors::{Office, OfficeParts, OfficeSettings, TenantParts};
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) async fn stand(
    store: &Store,
    channels: &Channels,
    files: &Arc<dyn MediaFiles>,
    clock: &Arc<dyn Clock>,
    ids: &Arc<Ids>,
) -> Arc<Office> {
    let in_hand = InHandFile::open(&tempfile::tempdir().unwrap().path().join("in-hand")).unwrap();
    let feed = streams::committed(store.subscribe());
    let mut tenants = Vec::new();
    for scope in store.tenants().await.unwrap() {
        let tenant = scope.tenant();
        let arrivals = store.subscribe_arrivals(tenant);
        tenants.push(TenantParts {
            reads: store.tenant_reads(tenant),
            arrivals,
            refuge: store.inbox(tenant),
            live: None,
        });
    }
    let parts = OfficeParts {
        instance: ids.next(),
        journal: Arc::new(store.clone()),
        tenants,
        feed,
        files: Some(Arc::clone(files)),
        channels: channels.clone(),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        settings: OfficeSettings::default().into(),
        under_way: dashoffice_actors::delivery::UnderWay::default(),
        doors: dashoffice_actors::intake::FrontDoors::new(Arc::new(in_hand)),
    };
    let office = Office::open(parts).await.unwrap();
    office.stands().await;
    office
}

pub(crate) fn handles_of(office: &Arc<Office>) -> Handles {
    let routers = [House::Blue, House::Green].map(House::tenant);
    let seen = Arc::clone(office);
    let looked_at = Arc::clone(office);
    Handles {
        lives: HashMap::new(),
        conversations: office.conversations().clone(),
        agents: office.agents().clone(),
        routers: routers.into_iter().map(|tenant| (tenant, office.router(tenant).unwrap().clone())).collect(),
        delivery: {
            let office = Arc::clone(office);
            Arc::new(move |tenant, number| office.delivery(tenant, number))
        },
        inspect: Arc::new(move || {
            let seen = seen.inspect();
            (seen.hosts, seen.singletons)
        }),
        seen: Arc::new(move |tenant, limit| looked_at.inspect_tenant(tenant, limit)),
    }
}
