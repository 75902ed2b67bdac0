//! Projections on a database.

use super::Store;
use super::journal::{ENVELOPE, envelope};
use crate::judge::AdminWrite;
use crate::projection::{self, Lag, PROJECTIONS, Projected, Recorded, Source};
use crate::sql::{Error, values};
use crate::writer::Subscription;
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_runtime::{Journal as _, Outcome, Unavailable};
use std::sync::Arc;
use uuid::Uuid;

impl Source for Store {
    fn is_ours(&self) -> bool {
        self.inner.standing.term().is_some()
    }

    async fn heads(&self) -> Result<Vec<(Uuid, i64)>, Unavailable> {
        self.reading("looking how far tenants have come", async |db| {
            let rows = db.rows("SELECT tenant, position FROM tenant_cursor", Vec::new()).await?;
            let heads = rows.iter().map(|row| {
                let mut c = row.columns();
                Ok((c.id()?, c.int()?))
            });
            heads.collect()
        })
        .await
    }

    async fn cursor(&self, projection: &'static str, tenant: Uuid) -> Result<i64, Unavailable> {
        self.reading("looking how far a projection has come", async |db| {
            let sql = "SELECT position FROM projection WHERE name = $1 AND tenant = $2";
            db.row(sql, values![projection, tenant]).await?.map_or(Ok(0), |row| row.columns().int())
        })
        .await
    }

    async fn journal(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<Recorded>, Unavailable> {
        self.reading("reading the journal", async |db| {
            let sql = format!(
                "SELECT position, at, entity_kind, {ENVELOPE} FROM event WHERE tenant = $1 AND position > $2 \
                 ORDER BY position LIMIT $3"
            );
            let rows = db.rows(sql, values![tenant, after, i64::from(limit)]).await?;
            let recorded = rows.iter().map(|row| {
                let mut c = row.columns();
                let (position, at) = (c.int()?, c.time()?.0);
                let is_known = Entity::of(&c.text()?, Uuid::nil()).is_some();
                Ok((position, at, if is_known { envelope(&mut c)? } else { None }))
            });
            recorded.collect::<Result<Vec<Recorded>, Error>>()
        })
        .await
    }

    async fn project(&self, projected: Projected) -> Outcome {
        self.inner.writer.project(projected).await
    }

    async fn settled(&self) -> Result<(), Unavailable> {
        self.barrier().await
    }

    fn subscribe(&self) -> Subscription {
        Self::subscribe(self)
    }

    fn now(&self) -> i64 {
        self.inner.writer.instant()
    }
}

impl Store {
    /// From now on projections follow what is committed, while the store is ours, until it is closed. Once per process.
    pub fn keep_projections(&self) {
        // It ends with the feed.
        drop(projection::keep(self.clone(), Arc::clone(&self.inner.progress)));
    }

    /// Waits until a projection has come to this position of a tenant's.
    pub async fn projected(&self, projection: &'static str, tenant: TenantId, position: i64) {
        self.inner.progress.comes_to((projection, tenant.0), position).await;
    }

    /// How far a projection is behind in this process.
    pub fn projection_lag(&self, projection: &str) -> Lag {
        self.inner.progress.lag(projection, self.now())
    }

    /// Has a projection made anew from the first event on, of every tenant: what stands in it is replaced as it comes along. Answers how
    /// many tenants there are; nothing where no projection is called so.
    pub async fn rebuild(&self, name: &str) -> Result<Option<usize>, Unavailable> {
        let Some(projection) = PROJECTIONS.into_iter().find(|projection| projection.name == name) else {
            return Ok(None);
        };
        let heads = self.heads().await?;
        for (tenant, _) in &heads {
            let admin_write = AdminWrite::Rewind { projection: projection.name, tenant: *tenant };
            self.inner.writer.admin_write("rebuilding a projection", admin_write).await?;
        }
        self.inner.progress.begin_anew();
        Ok(Some(heads.len()))
    }
}
