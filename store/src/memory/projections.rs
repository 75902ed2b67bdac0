//! Projections in memory.

use super::Memory;
use crate::judge::AdminWrite;
use crate::projection::{AuditRecord, Projected, Recorded, Source};
use crate::writer::Subscription;
use dashoffice_domain::ids::TenantId;
use dashoffice_runtime::{Journal as _, Outcome, Unavailable};
use uuid::Uuid;

impl Source for Memory {
    fn is_ours(&self) -> bool {
        self.term().is_some()
    }

    async fn heads(&self) -> Result<Vec<(Uuid, i64)>, Unavailable> {
        let heads = self.reading(|disk| {
            let last = disk.events.iter().filter_map(|(tenant, events)| Some((*tenant, events.last()?.position)));
            last.collect()
        });
        Ok(heads.await)
    }

    async fn cursor(&self, projection: &'static str, tenant: Uuid) -> Result<i64, Unavailable> {
        Ok(self.reading(|disk| disk.tables.projections.get(&(projection, tenant)).copied().unwrap_or_default()).await)
    }

    async fn journal(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<Recorded>, Unavailable> {
        let read = self.reading(|disk| {
            let events = disk.events.get(&tenant).map_or(&[][..], Vec::as_slice);
            let later = events.iter().filter(|event| event.position > after).take(limit as usize);
            later.map(|event| (event.position, event.at, Some(event.clone()))).collect()
        });
        Ok(read.await)
    }

    async fn project(&self, projected: Projected) -> Outcome {
        let store = self.answering().await;
        let done = store.lived(store.writer.project(projected)).await;
        done.unwrap_or(Outcome::Unknown)
    }

    async fn settled(&self) -> Result<(), Unavailable> {
        self.barrier().await
    }

    fn subscribe(&self) -> Subscription {
        Self::subscribe(self)
    }

    fn now(&self) -> i64 {
        (self.clock)()
    }
}

impl Memory {
    /// As of [`crate::Store::keep_projections`].
    pub fn keep_projections(&self) -> tokio::task::JoinHandle<()> {
        crate::projection::keep(self.clone(), std::sync::Arc::clone(&self.progress))
    }

    /// As of [`crate::Store::projected`].
    pub async fn projected(&self, projection: &'static str, tenant: TenantId, position: i64) {
        self.progress.comes_to((projection, tenant.0), position).await;
    }

    /// As of [`crate::Store::rebuild`], for one tenant.
    pub async fn rebuild(&self, projection: &'static str, tenant: TenantId) -> Result<(), Unavailable> {
        let admin_write = AdminWrite::Rewind { projection, tenant: tenant.0 };
        self.admin_write("rebuilding a projection", admin_write).await?;
        self.progress.begin_anew();
        Ok(())
    }

    /// The audit of a tenant, for tests: the first first.
    pub fn audit_of(&self, tenant: TenantId) -> Vec<AuditRecord> {
        self.disk(|disk| {
            let mine = disk.tables.audit.range((tenant.0, i64::MIN)..=(tenant.0, i64::MAX));
            mine.map(|(_, record)| record.clone()).collect()
        })
    }
}
