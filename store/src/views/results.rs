//! What a command came to, if it was asked before.

use super::TenantScope;
use crate::Store;
use dashoffice_runtime::{Journal as _, Recorded, Unavailable};
use uuid::Uuid;

impl Store {
    /// What the principal's question under this key came to (A10); `None`: it has not been answered, or more than a week ago.
    pub async fn answered(
        &self,
        scope: TenantScope,
        principal: Uuid,
        key: Uuid,
    ) -> Result<Option<Recorded>, Unavailable> {
        self.recorded(scope.tenant().0, principal, key).await
    }
}
