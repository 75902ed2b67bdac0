//! Administration in memory.

use super::Memory;
use crate::Office;
use crate::administration::{Administered, Known, KnownTenant, Wanted};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::kinds::KINDS;
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
                    known.0.insert(tenant, KnownTenant { name, sequence, ..KnownTenant::default() });
                }
                for (kind, (tenant, id)) in KINDS.into_iter().flat_map(|kind| wanted.of(kind).map(move |of| (kind, of)))
                {
                    let record = disk.tables.record(tenant.0, kind, id).cloned();
                    let known = known.0.entry(tenant).or_default();
                    known.records.extend(record.map(|record| ((kind.name, id), record)));
                }
                for (name, place, tenant, parts) in wanted.uniques() {
                    let alike = disk.tables.alike(*tenant, name, *place, parts);
                    for (of, record) in alike.map(|(of, record)| (TenantId(of), record.clone())) {
                        known.0.entry(of).or_default().records.insert((*name, record.id), record);
                    }
                }
                known
            })
            .await)
    }

    async fn write(&self, commits: Vec<Commit<Office>>) -> Outcome {
        let store = self.answering().await;
        store.lived(store.writer.administer(commits)).await.unwrap_or(Outcome::Unknown)
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
