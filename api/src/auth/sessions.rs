//! Which sessions stand: looked at on each request and each socket, so that an end counts at once (E4).

use super::key::HouseKey;
use super::signed::Signed;
use super::token::BadToken;
use crate::problem::Problem;
use crate::router::Stamps;
use dashoffice_domain::ids::{SessionId, TenantId};
use dashoffice_store::Store;
use dashoffice_store::views::{SessionSeen, TenantScope};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;

/// A session is read from the store again after this long: another process may have ended it, or changed its user.
const REMEMBERED: Duration = Duration::from_secs(30);
/// Longer than any access token lives: nobody can ask for a session that was ended so long ago.
const GRAVESTONE: Duration = Duration::from_secs(20 * 60);
/// Sessions remembered at once.
const MOST: usize = 50_000;
/// Ends that a slow listener may be behind.
const ENDS: usize = 1_024;

/// Says who is behind an access token, and tells of sessions that end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SessionCheck(Arc<Inner>);

struct Inner {
    store: Store,
    key: HouseKey,
    stamps: Stamps,
    table: Mutex<HashMap<SessionId, Remembered>>,
    ended: broadcast::Sender<SessionId>,
}

#[derive(Clone, Copy)]
struct Remembered {
    since: Instant,
    seen: Option<SessionSeen>,
}

impl Remembered {
    /// Ended by this process: nothing that was read before changes it.
    const fn is_gravestone(&self) -> bool {
        self.seen.is_none()
    }

    fn holds(&self) -> bool {
        self.since.elapsed() < if self.is_gravestone() { GRAVESTONE } else { REMEMBERED }
    }
}

impl SessionCheck {
    pub(super) fn new(store: Store, key: HouseKey, stamps: Stamps) -> Self {
        let (ended, _) = broadcast::channel(ENDS);
        Self(Arc::new(Inner { store, key, stamps, table: Mutex::default(), ended }))
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
        let seen = if let Some(remembered) = self.remembered(session) {
            remembered.seen
        } else {
            let seen = self.0.store.session(tenant, session).await?;
            self.remember(session, seen.filter(|seen| seen.live))
        };
        let seen = seen.filter(|seen| seen.scope.tenant() == tenant);
        Ok(seen.map(|seen| Signed {
            scope: seen.scope,
            user: seen.user,
            role: seen.role,
            session: seen.session,
            expires_at: (self.0.stamps.now)(),
        }))
    }

    /// Sessions that end from now on. A listener that lags looks at all of its own again.
    pub fn ended(&self) -> broadcast::Receiver<SessionId> {
        self.0.ended.subscribe()
    }

    /// Ends a session: its tokens and its sockets count for nothing from this moment on.
    pub async fn end(&self, scope: TenantScope, session: SessionId) -> Result<(), Problem> {
        self.0.store.end_session(scope, session).await?;
        self.bury(session);
        Ok(())
    }

    /// The session has been ended in the store.
    pub(super) fn bury(&self, session: SessionId) {
        self.table().insert(session, Remembered { since: Instant::now(), seen: None });
        // Nobody listens: no socket is open.
        let _ = self.0.ended.send(session);
    }

    /// The session was just read from the store.
    pub(super) fn saw(&self, seen: SessionSeen) {
        self.remember(seen.session, Some(seen).filter(|seen| seen.live));
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Remembered>> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, session: SessionId) -> Option<Remembered> {
        self.table().get(&session).copied().filter(Remembered::holds)
    }

    /// Remembers what was read, unless the session was ended while it was being read; answers what holds.
    fn remember(&self, session: SessionId, seen: Option<SessionSeen>) -> Option<SessionSeen> {
        let mut table = self.table();
        if table.get(&session).is_some_and(|known| known.is_gravestone() && known.holds()) {
            return None;
        }
        if table.len() >= MOST {
            table.retain(|_, remembered| remembered.holds());
        }
        if table.len() >= MOST {
            table.clear();
        }
        if seen.is_some() {
            table.insert(session, Remembered { since: Instant::now(), seen });
        }
        seen
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}
