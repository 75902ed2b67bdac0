//! Which sessions stand: looked at on each request and each socket, so that an end counts at once (E4).

use super::key::HouseKey;
use super::signed::Signed;
use super::token::BadToken;
use crate::problem::Problem;
use crate::router::Stamps;
use dashoffice_domain::ids::{SessionId, TenantId};
use dashoffice_store::views::{SessionSeen, TenantScope};
use dashoffice_store::{RightsAsOf, RightsSince, Store, UserChanged};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;

/// A session is read from the store again after this long, whatever is known of it.
const REMEMBERED: Duration = Duration::from_secs(30);
/// And after this long while another process may have changed it.
const UNWATCHED: Duration = Duration::from_secs(1);
/// Sessions remembered at once.
const MOST: usize = 50_000;

/// Says who is behind an access token, and tells of sessions that end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SessionCheck(Arc<Inner>);

struct Inner {
    store: Store,
    key: HouseKey,
    stamps: Stamps,
    table: Mutex<HashMap<SessionId, Remembered>>,
}

/// A session that stood when it was read.
#[derive(Clone, Copy)]
struct Remembered {
    since: Instant,
    /// Taken before it was read.
    as_of: RightsAsOf,
    signed: Signed,
}

impl Remembered {
    fn holds(&self, store: &Store) -> bool {
        let whose = (self.signed.tenant(), self.signed.user);
        self.since.elapsed() < believed_for(store.rights_since(self.as_of, whose))
    }
}

/// For how long what was read of a session is believed.
const fn believed_for(since: RightsSince) -> Duration {
    match since {
        RightsSince::Same => REMEMBERED,
        RightsSince::NotKnown => UNWATCHED,
        RightsSince::Changed => Duration::ZERO,
    }
}

impl SessionCheck {
    pub(super) fn new(store: Store, key: HouseKey, stamps: Stamps) -> Self {
        Self(Arc::new(Inner { store, key, stamps, table: Mutex::default() }))
    }

    /// Who is behind an access token: its signature, its time and its session are looked at, in this order.
    ///
    /// # Errors
    /// `unauthenticated`, `token_expired`, or `unavailable` when the store cannot be asked.
    pub async fn check(&self, access_token: &str) -> Result<Signed, Problem> {
        let inner = &self.0;
        let claims = inner.key.get(&inner.store).await?.read(access_token, (inner.stamps.now)());
        let claims = claims.map_err(|bad| match bad {
            BadToken::NotOurs => Problem::unauthenticated(),
            BadToken::Expired => Problem::token_expired(),
        })?;
        let stands = self.stands(claims.tid, claims.sid).await?;
        let signed = stands.filter(|signed| signed.user == claims.sub).ok_or(Problem::unauthenticated())?;
        Ok(Signed { expires_at: claims.expires_at(), ..signed })
    }

    /// Who is behind a session that stands, with the rights of today; whoever asks has proved that they may ask.
    ///
    /// # Errors
    /// `unavailable` when the store cannot be asked.
    pub(crate) async fn stands(&self, tenant: TenantId, session: SessionId) -> Result<Option<Signed>, Problem> {
        let signed = if let Some(signed) = self.remembered(session) {
            Some(signed)
        } else {
            let as_of = self.0.store.rights_as_of();
            let seen = self.0.store.session(tenant, session).await?.filter(|seen| seen.live);
            let signed = seen.map(|seen| self.signed(&seen));
            self.remember(as_of, signed);
            signed
        };
        Ok(signed.filter(|signed| signed.tenant() == tenant))
    }

    fn signed(&self, seen: &SessionSeen) -> Signed {
        Signed {
            scope: seen.scope,
            user: seen.user,
            permissions: seen.permissions,
            session: seen.session,
            expires_at: (self.0.stamps.now)(),
        }
    }

    /// Whose rights change, or one of whose sessions ends, from now on. A listener that lags looks at all of its own again.
    pub fn changes(&self) -> broadcast::Receiver<UserChanged> {
        self.0.store.rights_changes()
    }

    /// Ends a session: its tokens and its sockets count for nothing from this moment on.
    pub async fn end(&self, scope: TenantScope, session: SessionId) -> Result<(), Problem> {
        Ok(self.0.store.end_session(scope, session).await?)
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Remembered>> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, session: SessionId) -> Option<Signed> {
        let remembered = self.table().get(&session).copied();
        remembered.filter(|remembered| remembered.holds(&self.0.store)).map(|remembered| remembered.signed)
    }

    fn remember(&self, as_of: RightsAsOf, signed: Option<Signed>) {
        let Some(signed) = signed else { return };
        let mut table = self.table();
        if table.len() >= MOST {
            table.retain(|_, remembered| remembered.holds(&self.0.store));
        }
        if table.len() >= MOST {
            table.clear();
        }
        table.insert(signed.session, Remembered { since: Instant::now(), as_of, signed });
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_another_process_may_have_changed_counts_within_a_second_and_our_own_changes_at_once() {
        assert!(believed_for(RightsSince::NotKnown) <= Duration::from_secs(1));
        assert_eq!(believed_for(RightsSince::Changed), Duration::ZERO);
    }
}
