//! Who asks: what every handler and every socket knows of the one behind a token.

use crate::problem::Problem;
use crate::state::Api;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use dashoffice_domain::Timestamp;
use dashoffice_domain::identity::{Permission, Permissions, Sight};
use dashoffice_domain::ids::{AgentId, SessionId, TenantId, UserId};
use dashoffice_store::views::TenantScope;

/// Somebody signed in, with the rights of today. As an extractor it refuses whoever is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    pub scope: TenantScope,
    pub user: UserId,
    pub permissions: Permissions,
    pub session: SessionId,
    /// Of the access token.
    pub expires_at: Timestamp,
}

impl Signed {
    pub const fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// An agent's id is its user's id, whether or not they take conversations.
    pub const fn agent(&self) -> AgentId {
        AgentId(self.user.0)
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// What they may see (§8).
    pub const fn sight(&self) -> Sight {
        Sight::of(self.permissions, self.agent())
    }

    /// # Errors
    /// `forbidden`.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

impl FromRequestParts<Api> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let value = parts.headers.get(header::AUTHORIZATION).ok_or(Problem::unauthenticated())?;
        let value = value.to_str().map_err(|_| Problem::unauthenticated())?;
        let (scheme, token) = value.split_once(' ').ok_or(Problem::unauthenticated())?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::unauthenticated());
        }
        let signed = api.sessions().check(token.trim()).await?;
        // Whoever asks is there, if they have a lease of presence.
        if let Ok(handles) = api.handles().get()
            && let Some(router) = handles.routers.get(&signed.tenant())
        {
            router.renews(signed.agent());
        }
        Ok(signed)
    }
}
