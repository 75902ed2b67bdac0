//! What an operator does about dead letters: have them handled again, or throw them away.

use super::Store;
use crate::judge::{AdminWrite, Fate};
use crate::views::TenantScope;
use dashoffice_runtime::{CommandResult, Unavailable};

/// What became of a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// As it was asked.
    Done,
    /// There is none by this id.
    NotThere,
    /// Something is recorded under this key already: nothing was done now.
    AnsweredBefore,
}

impl Store {
    /// Puts a dead letter back at the end of the inbox, with its tries at zero; `result` is recorded with it.
    pub async fn retry_dead_letter(
        &self,
        scope: TenantScope,
        id: i64,
        result: CommandResult,
    ) -> Result<Handled, Unavailable> {
        self.dead_letter(scope, id, Fate::Retried { result: Box::new(result) }).await
    }

    /// Throws a dead letter away, for ever.
    pub async fn discard_dead_letter(&self, scope: TenantScope, id: i64) -> Result<Handled, Unavailable> {
        self.dead_letter(scope, id, Fate::Discarded).await
    }

    async fn dead_letter(&self, scope: TenantScope, position: i64, fate: Fate) -> Result<Handled, Unavailable> {
        let admin_write = AdminWrite::DeadLetter { tenant: scope.tenant().0, position, fate };
        Ok(match self.inner.writer.admin_write("handling a dead letter", admin_write).await? {
            0 => Handled::NotThere,
            1 => Handled::Done,
            _ => Handled::AnsweredBefore,
        })
    }
}
