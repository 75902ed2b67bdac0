//! What sign-in writes: sessions, the tokens that keep them going, and secrets of the house.

use super::Store;
use crate::judge::{AccessChore, Chore, Renewal};
use crate::views::TenantScope;
use dashoffice_domain::ids::{SessionId, UserId};
use dashoffice_runtime::Unavailable;

impl Store {
    /// A session begins; `token` is the SHA-256 of its first refresh token.
    pub async fn begin_session(
        &self,
        scope: TenantScope,
        user: UserId,
        session: SessionId,
        token: [u8; 32],
    ) -> Result<(), Unavailable> {
        let chore = AccessChore::Begin { tenant: scope.tenant().0, user, session, token };
        self.access("beginning a session", chore).await.map(|_| ())
    }

    /// A session goes on: the presented refresh token is used up, and `successor` takes its place. Both are SHA-256.
    pub async fn renew_session(
        &self,
        scope: TenantScope,
        presented: [u8; 32],
        successor: [u8; 32],
    ) -> Result<Renewal, Unavailable> {
        let chore = AccessChore::Renew { tenant: scope.tenant().0, presented, successor };
        self.access("renewing a session", chore).await.map(Renewal::of)
    }

    /// A session ends, and with it every token of it; one that has ended stays so.
    pub async fn end_session(&self, scope: TenantScope, session: SessionId) -> Result<(), Unavailable> {
        let chore = AccessChore::End { tenant: scope.tenant().0, session };
        self.access("ending a session", chore).await.map(|_| ())
    }

    /// Keeps a secret of the house, unless one is kept under this name already: then that one stays.
    pub async fn keep_secret(&self, name: &str, value: Vec<u8>) -> Result<(), Unavailable> {
        let chore = AccessChore::KeepSecret { name: name.to_owned(), value };
        self.access("keeping a secret", chore).await.map(|_| ())
    }

    async fn access(&self, doing: &'static str, chore: AccessChore) -> Result<i64, Unavailable> {
        self.inner.writer.chore(doing, Chore::Access(chore)).await
    }
}
