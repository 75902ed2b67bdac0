//! Answers that were given without any actor: refusals of the door itself, kept under the caller's key like all others (A10).

use super::Store;
use crate::judge::AdminWrite;
use crate::views::TenantScope;
use dashoffice_runtime::{CommandResult, Unavailable};

impl Store {
    /// Keeps what a question came to. `false`: something is kept under this key already, and stays.
    pub async fn keep_answer(&self, scope: TenantScope, result: CommandResult) -> Result<bool, Unavailable> {
        let admin_write = AdminWrite::Answer { tenant: scope.tenant().0, result: Box::new(result) };
        self.inner.writer.admin_write("keeping an answer", admin_write).await.map(|kept| kept > 0)
    }
}
