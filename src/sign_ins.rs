//! Who may sign in, and who is signed in: what an operator changes about somebody, whether the running server does it or the command
//! itself.

use anyhow::{Context, Result, ensure};
use dashoffice_domain::ids::UserId;
use dashoffice_store::Store;
use serde::{Deserialize, Serialize};

/// What becomes of somebody's sign-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// They may not sign in any more, and are signed out everywhere.
    Disable,
    /// They may sign in again.
    Enable,
    /// They are signed out everywhere, and may sign in again.
    SignOut,
}

/// Whose sign-ins. E-mail addresses are unique over all tenants.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignIns {
    pub(crate) email: String,
    pub(crate) fate: Fate,
}

impl std::fmt::Debug for SignIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIns").field("fate", &self.fate).finish_non_exhaustive()
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub(crate) id: UserId,
    /// Sessions that ended by it.
    pub(crate) sessions: i64,
}

impl SignIns {
    /// Every session that ends does so in one transaction with what ends it.
    pub(crate) async fn change(&self, store: &Store) -> Result<Changed> {
        let user = store.user_by_email(&self.email).await?.context("nobody has this e-mail address")?;
        let held = store.fixed().holds(user.scope.tenant(), user.user.0, "active");
        ensure!(
            self.fate == Fate::SignOut || !held,
            "fixed_by_file: the office's file holds whether this user is active; change it there"
        );
        let sessions = match self.fate {
            Fate::Disable => store.activate_user(user.scope, user.user, false).await?,
            Fate::Enable => store.activate_user(user.scope, user.user, true).await?,
            Fate::SignOut => store.end_sessions(user.scope, user.user).await?,
        };
        tracing::info!(user.id = %user.user, fate = ?self.fate, sessions, "an operator changed who may sign in");
        Ok(Changed { id: user.user, sessions })
    }
}
