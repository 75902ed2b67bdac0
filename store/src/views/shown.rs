//! What a read shows, with the position it shows it at: both from one transaction, so that a client can order it.

use super::TenantScope;
use crate::Store;
use crate::sql::{Connection, Error, values};
use dashoffice_runtime::Unavailable;

/// A view as it was at one position of the tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<T> {
    pub as_of: i64,
    pub what: T,
}

impl Store {
    /// Names this ownership of this data: positions of another one cannot be compared. A text without a dot.
    pub fn incarnation(&self) -> String {
        let (instance, term) = (self.instance().as_u128() & 0xff_ffff_ffff, self.inspect().term.unwrap_or(0));
        format!("{instance:x}-{term:x}")
    }

    /// Reads of one moment, with its position.
    pub(crate) async fn showing<T>(
        &self,
        doing: &'static str,
        scope: TenantScope,
        read: impl AsyncFnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<Shown<T>, Unavailable> {
        self.reading(doing, async |db| {
            db.together(async |db| {
                let sql = "SELECT position FROM tenant_cursor WHERE tenant = $1";
                let row = db.row(sql, values![scope.tenant()]).await?;
                let as_of = row.map_or(Ok(0), |row| row.columns().int())?;
                Ok(Shown { as_of, what: read(db).await? })
            })
            .await
        })
        .await
    }
}
