//! Administration in memory.

use super::Memory;
use crate::Office;
use crate::administration::{Administered, Known, KnownTenant, Lane, Wanted};
use dashoffice_domain::Entity;
use dashoffice_domain::kinds::{self, KINDS};
use dashoffice_runtime::{Commit, Journal as _, Outcome, Unavailable};

impl Administered for Memory {
    async fn known(&self, wanted: &Wanted) -> Result<Known, Unavailable> {
        Ok(self
            .reading(|disk| {
                let mut known = Known::default();
                for tenant in wanted.tenants() {
                    let name = disk.tables.tenants.get(&tenant.0).cloned();
                    let state = disk.tables.states.get(&(tenant.0, Entity::Settings(tenant)));
                    let sequence = state.map_or(0, |state| state.sequence);
                    known.tenants.insert(tenant, KnownTenant { name, sequence });
                }
                for (kind, (tenant, id)) in KINDS.into_iter().flat_map(|kind| wanted.of(kind).map(move |of| (kind, of)))
                {
                    if let Some(record) = disk.tables.record(tenant.0, kind, id) {
                        known.records.known((tenant.0, kind.name, id), record.clone());
                    }
                }
                for (kind, tenant) in KINDS.into_iter().flat_map(|kind| wanted.whole(kind).map(move |of| (kind, of))) {
                    for record in disk.tables.records_of(tenant.0, kind) {
                        known.records.known((tenant.0, kind.name, record.id), record.clone());
                    }
                }
                for (name, place, tenant, parts) in wanted.uniques() {
                    let Some(kind) = kinds::named(name) else { continue };
                    for (of, record) in disk.tables.records.alike(*tenant, kind, *place, parts.clone()) {
                        known.records.known((of, kind.name, record.id), record.clone());
                    }
                }
                known
            })
            .await)
    }

    async fn write(&self, commits: Vec<Commit<Office>>, lane: Lane) -> Outcome {
        let store = self.answering().await;
        let written = match lane {
            Lane::Usual => store.lived(store.writer.administer(commits)).await,
            Lane::Low => store.lived(store.writer.administer_low(commits)).await,
        };
        written.unwrap_or(Outcome::Unknown)
    }

    async fn settled(&self) -> Result<(), Unavailable> {
        self.barrier().await
    }

    fn owned_under(&self) -> Option<i64> {
        self.term()
    }

    fn instant(&self) -> i64 {
        (self.clock)()
    }
}
