//! Sign-in: a password becomes a session, a refresh token goes on with it once, and signing out ends it.

use super::chance::Chance;
use super::derived::{Purpose, SignInSecret};
use super::key::HouseKey;
use super::passwords::Passwords;
use super::sessions::SessionCheck;
use super::signed::Signed;
use super::throttle::{Key, Throttle};
use super::token::{ACCESS_LIVES_S, Claims};
use crate::problem::Problem;
use crate::router::Stamps;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashoffice_domain::ids::SessionId;
use dashoffice_domain::ports::Secret;
use dashoffice_store::views::SessionSeen;
use dashoffice_store::{Renewal, Store};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest e-mail address there is, in bytes.
const LONGEST_EMAIL: usize = 254;
/// In bytes; longer ones would only keep a core busy.
const LONGEST_PASSWORD: usize = 1_024;

/// What a client goes on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tokens {
    pub access_token: String,
    /// To be used once; a refresh answers the next one, and again the same where it is repeated within ten seconds.
    pub refresh_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds of the access token.
    pub expires_in: i64,
}

/// Makes tokens. Cheap to clone.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    store: Store,
    key: HouseKey,
    sessions: SessionCheck,
    passwords: Passwords,
    chance: Arc<Chance>,
    secret: SignInSecret,
    throttle: Throttle,
    stamps: Stamps,
}

impl SignIn {
    pub fn new(store: Store, stamps: Stamps, chance: Arc<Chance>) -> Self {
        let key = HouseKey::new(Arc::clone(&chance));
        let sessions = SessionCheck::new(store.clone(), key.clone(), stamps.clone());
        let passwords = Passwords::new(Arc::clone(&chance));
        let (secret, throttle) = (SignInSecret::new(Arc::clone(&chance)), Throttle::default());
        Self(Arc::new(Inner { store, key, sessions, passwords, chance, secret, throttle, stamps }))
    }

    /// The sessions it begins, for whoever has to check them.
    pub fn sessions(&self) -> &SessionCheck {
        &self.0.sessions
    }

    /// A session for whoever knows the password. An unknown address takes as long as a wrong password.
    pub async fn sign_in(&self, email: &str, password: Secret, from: Option<IpAddr>) -> Result<Tokens, Problem> {
        let inner = &self.0;
        if email.len() > LONGEST_EMAIL || password.0.len() > LONGEST_PASSWORD {
            return Err(Problem::wrong_credentials());
        }
        let now = (inner.stamps.now)();
        let hashed = Key::Email(digest(email.to_lowercase().as_bytes()));
        let keys: Vec<Key> = from.map(Key::Address).into_iter().chain([hashed]).collect();
        inner.throttle.attempt(&keys, now).map_err(Problem::rate_limited)?;
        let found = inner.store.user_by_email(email).await;
        let compared = match &found {
            Ok(found) => {
                let hash = found.as_ref().map(|found| found.password_hash.clone());
                inner.passwords.belongs(password, hash).await.map_err(|_crowded| Problem::busy())
            }
            Err(error) => Err(Problem::from(error.clone())),
        };
        if compared.is_err() {
            // Nothing was decided, so nothing was guessed.
            inner.throttle.succeeded(&keys, now);
        }
        let belongs = compared?;
        let user = found.ok().flatten().filter(|user| belongs && user.active).ok_or(Problem::wrong_credentials())?;
        inner.throttle.succeeded(&keys, now);
        let session = SessionId((inner.stamps.correlation)());
        let refresh_token = inner.chance.token();
        inner.store.begin_session(user.scope, user.user, session, digest(refresh_token.as_bytes())).await?;
        let seen = SessionSeen { scope: user.scope, session, user: user.user, role: user.role, live: true };
        self.tokens(&seen, refresh_token).await
    }

    /// The session goes on; the refresh token is used up, but for ten seconds, in which it is answered the same.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, Problem> {
        let inner = &self.0;
        let presented = digest(refresh_token.as_bytes());
        let seen = inner.store.session_by_refresh_token(presented).await?.ok_or(Problem::unauthenticated())?;
        // However often this token comes, it is followed by the same: tabs that refresh at once go on together.
        let successor = inner.secret.get(&inner.store).await?.derive(Purpose::Successor, refresh_token.as_bytes());
        let successor = URL_SAFE_NO_PAD.encode(successor);
        match inner.store.renew_session(seen.scope, presented, digest(successor.as_bytes())).await? {
            // A new token brings today's role with it.
            Renewal::Renewed => self.tokens(&seen, successor).await,
            Renewal::Unknown => Err(Problem::unauthenticated()),
            Renewal::Reused => Err(Problem::refresh_reused()),
        }
    }

    /// The bearer's session ends, with everything that hangs on it.
    pub async fn sign_out(&self, signed: &Signed) -> Result<(), Problem> {
        self.0.sessions.end(signed.scope, signed.session).await
    }

    async fn tokens(&self, seen: &SessionSeen, refresh_token: String) -> Result<Tokens, Problem> {
        let inner = &self.0;
        let claims = Claims::new(seen.scope.tenant(), seen.user, seen.session, seen.role, (inner.stamps.now)());
        let access_token = inner.key.get(&inner.store).await?.sign(&claims);
        Ok(Tokens { access_token, refresh_token, token_type: "Bearer", expires_in: ACCESS_LIVES_S })
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
