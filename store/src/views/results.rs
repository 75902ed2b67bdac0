//! Whether a command was decided before.

use super::TenantScope;
use crate::Store;
use crate::sql::values;
use dashoffice_runtime::Unavailable;
use uuid::Uuid;

impl Store {
    /// Whether the principal's command under this key has an outcome on record (A10).
    pub async fn was_decided(&self, scope: TenantScope, principal: Uuid, key: Uuid) -> Result<bool, Unavailable> {
        self.reading("looking for an outcome", async |db| {
            let sql = "SELECT principal FROM command_result WHERE tenant = $1 AND principal = $2 AND command_key = $3";
            Ok(db.row(sql, values![scope.tenant(), principal, key]).await?.is_some())
        })
        .await
    }
}
