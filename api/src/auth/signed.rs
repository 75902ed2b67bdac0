//! Who asks: what every handler and every socket knows of the one behind a token.

use crate::problem::Problem;
use crate::state::Api;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use dashoffice_domain::Timestamp;
use dashoffice_domain::identity::{Permission, Permissions, Visibility};
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
    pub const fn visibility(&self) -> Visibility {
        Visibility::of(self.permissions, self.agent())
    }

    /// Who is behind the token of a request.
    ///
    /// # Errors
    /// `unauthenticated`, `token_expired`, or `unavailable` when the store cannot be asked.
    pub(crate) async fn behind(headers: &HeaderMap, api: &Api) -> Result<Self, Problem> {
        let value = headers.get(header::AUTHORIZATION).ok_or(Problem::unauthenticated())?;
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

/// As the layer before all handlers found them; nobody, where an operation is open to whoever comes.
impl FromRequestParts<Api> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().copied().ok_or(Problem::unauthenticated())
    }
}
