//! What sign-in writes: sessions, the tokens that keep them going, and secrets of the house.

use super::Store;
use crate::judge::{AccessWrite, AdminWrite, Renewal};
use crate::provision::NewSession;
use crate::views::TenantScope;
use crate::writer::{RightsAsOf, RightsSince, UserChanged};
use dashoffice_domain::ids::{SessionId, UserId};
use dashoffice_runtime::Unavailable;
use tokio::sync::broadcast;

impl Store {
    /// A session begins; false: the password that was proved is not the user's any more, or they may not sign in.
    pub async fn begin_session(&self, scope: TenantScope, new: NewSession) -> Result<bool, Unavailable> {
        let admin_write = AccessWrite::Begin { tenant: scope.tenant().0, new: Box::new(new) };
        Ok(self.access("beginning a session", admin_write).await? == 1)
    }

    /// A session goes on: the presented refresh token is used up, and `successor` takes its place, the same each time this token is
    /// presented. Both are SHA-256.
    pub async fn renew_session(
        &self,
        scope: TenantScope,
        presented: [u8; 32],
        successor: [u8; 32],
    ) -> Result<Renewal, Unavailable> {
        let admin_write = AccessWrite::Renew { tenant: scope.tenant().0, presented, successor };
        self.access("renewing a session", admin_write).await.map(Renewal::of)
    }

    /// A session ends, and with it every token of it; one that has ended stays so.
    pub async fn end_session(&self, scope: TenantScope, session: SessionId) -> Result<(), Unavailable> {
        let admin_write = AccessWrite::End { tenant: scope.tenant().0, session };
        self.access("ending a session", admin_write).await.map(|_| ())
    }

    /// Every session of a user ends; answers how many there were.
    pub async fn end_sessions(&self, scope: TenantScope, user: UserId) -> Result<i64, Unavailable> {
        let admin_write = AccessWrite::EndAll { tenant: scope.tenant().0, user };
        self.access("ending somebody's sessions", admin_write).await
    }

    /// Says whether a user may sign in. Whoever no longer may is signed out everywhere in the same transaction; answers of how many sessions.
    pub async fn activate_user(&self, scope: TenantScope, user: UserId, active: bool) -> Result<i64, Unavailable> {
        let admin_write = AccessWrite::Activate { tenant: scope.tenant().0, user, active };
        self.access("saying who may sign in", admin_write).await
    }

    /// Keeps a secret of the house, unless one is kept under this name already: then that one stays.
    pub async fn keep_secret(&self, name: &str, value: Vec<u8>) -> Result<(), Unavailable> {
        let admin_write = AccessWrite::KeepSecret { name: name.to_owned(), value };
        self.access("keeping a secret", admin_write).await.map(|_| ())
    }

    /// To be asked before anybody's rights or sessions are read that [`Store::rights_since`] is asked about later.
    pub fn rights_as_of(&self) -> RightsAsOf {
        self.inner.writer.rights().as_of()
    }

    /// Whether somebody's rights or sessions changed since. Costs nothing.
    pub fn rights_since(&self, as_of: RightsAsOf, user: UserChanged) -> RightsSince {
        if self.inner.writer.rights().changed_since(as_of, user) {
            return RightsSince::Changed;
        }
        if self.is_away() { RightsSince::NotKnown } else { RightsSince::Same }
    }

    /// Everybody whose rights change, or one of whose sessions ends, from now on; told once it is on disk.
    pub fn rights_changes(&self) -> broadcast::Receiver<UserChanged> {
        self.inner.writer.rights().listen()
    }

    async fn access(&self, doing: &'static str, admin_write: AccessWrite) -> Result<i64, Unavailable> {
        self.inner.writer.admin_write(doing, AdminWrite::Access(admin_write)).await
    }
}
