//! Who did what to what: the rows of the audit's projection, each with what the change of its record says.

use super::page::to_read;
use super::visibility::Query;
use super::{Shown, TenantScope};
use crate::Store;
use crate::sql::{Columns, Error, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::identity::Principal;
use dashoffice_runtime::Unavailable;
use uuid::Uuid;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    /// Of its event.
    pub position: i64,
    /// What kind of thing it was done to; perhaps a kind of record that this version does not know.
    pub kind: String,
    pub id: Uuid,
    pub what: String,
    pub actor: Principal,
    pub at: Timestamp,
    /// Names of ids, and ids, as JSON.
    pub about: String,
    /// Of a record, field by field what it was and what it is, as JSON, without the values of secrets; `None`: it is no record, or that was
    /// erased.
    pub told: Option<String>,
}

/// Which of it is listed, the last first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub kind: Option<String>,
    /// With a kind alone.
    pub id: Option<Uuid>,
    pub what: Option<String>,
    /// The id of a principal; nil: the system.
    pub actor: Option<Uuid>,
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// Where a page ended: when its last line happened, and the position of that.
pub type AuditPlace = (Timestamp, i64);

/// The change beside the event, or just after it in the same commit.
const TOLD: &str = "(SELECT c.told FROM record_change c WHERE c.tenant = a.tenant AND c.record_kind = a.kind \
                    AND c.record_id = a.id AND c.position >= a.position AND c.at = a.at \
                    ORDER BY c.position, c.ordinal LIMIT 1)";

impl Store {
    /// The last first, as of the position that the projection has come to; the next page begins before the last line of this one. One more
    /// than `limit` says that there is more.
    pub async fn audit(
        &self,
        scope: TenantScope,
        filter: &AuditFilter,
        before: Option<AuditPlace>,
        limit: u32,
    ) -> Result<Shown<Vec<AuditView>>, Unavailable> {
        self.reading("reading the audit", async |db| {
            db.together(async |db| {
                let sql = "SELECT position FROM projection WHERE name = 'audit' AND tenant = $1";
                let row = db.row(sql, values![scope.tenant()]).await?;
                let as_of = row.map_or(Ok(0), |row| row.columns().int())?;
                let rows = listed(scope, filter, before, limit).rows(db).await?;
                let lines = rows.iter().map(|row| line(&mut row.columns())).collect::<Result<_, Error>>()?;
                Ok(Shown { as_of, what: lines })
            })
            .await
        })
        .await
    }
}

fn listed(scope: TenantScope, filter: &AuditFilter, before: Option<AuditPlace>, limit: u32) -> Query {
    let columns = "a.position, a.kind, a.id, a.what, a.actor, a.actor_kind, a.at, a.about";
    let mut query = Query::of(&format!("SELECT {columns}, {TOLD} FROM audit a WHERE a.tenant = $1"), scope);
    if let Some(kind) = &filter.kind {
        query.and(" AND a.kind = ?", values![kind]);
    }
    if let Some(id) = filter.id {
        query.and(" AND a.id = ?", values![id]);
    }
    if let Some(what) = &filter.what {
        query.and(" AND a.what = ?", values![what]);
    }
    if let Some(actor) = filter.actor {
        query.and(" AND a.actor = ?", values![actor]);
    }
    if let Some(from) = filter.from {
        query.and(" AND a.at >= ?", values![from]);
    }
    if let Some(until) = filter.until {
        query.and(" AND a.at < ?", values![until]);
    }
    if let Some((at, position)) = before {
        query.and(" AND (a.at, a.position) < (?, ?)", values![at, position]);
    }
    query.and(" ORDER BY a.at DESC, a.position DESC LIMIT ?", values![to_read(limit)]);
    query
}

fn line(c: &mut Columns<'_>) -> Result<AuditView, Error> {
    let principal = |id, kind: Option<String>| Principal::read(kind.as_deref(), id);
    Ok(AuditView {
        position: c.int()?,
        kind: c.text()?,
        id: c.id()?,
        what: c.text()?,
        actor: principal(c.id()?, c.text_or_null()?),
        at: c.time()?,
        about: c.text()?,
        told: c.text_or_null()?,
    })
}
