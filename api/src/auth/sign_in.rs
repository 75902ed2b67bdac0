//! Sign-in: a password becomes a session, a refresh token goes on with it once, and signing out ends it.

use super::derived::{Purpose, SignInSecret};
use super::device::Device;
use super::key::HouseKey;
use super::network::Network;
use super::passwords::{Lane, Passwords};
use super::secure_random::SecureRandom;
use super::sessions::SessionCheck;
use super::signed::Signed;
use super::throttle::{Attempt, Throttle};
use super::token::{ACCESS_LIVES_S, Claims};
use crate::problem::Problem;
use crate::router::Stamps;
use crate::webhooks::Seldom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{SessionId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_store::views::TenantScope;
use dashoffice_store::{NewSession, Renewal, Store};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use utoipa::ToSchema;
use uuid::Uuid;

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
    #[schema(minimum = 0)]
    pub expires_in: i64,
    /// To be kept and sent with the next sign-in on this device, so that nobody who guesses elsewhere is in its way; good for 90 days. Null
    /// in the answer to a refresh.
    pub device: Option<String>,
}

/// Where somebody signs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// Of the client, by the word of proxies that we trust; `None`: nobody says.
    pub address: Option<IpAddr>,
    /// The address is theirs. Else guesses are counted by it, but nobody is known by it.
    pub is_sure: bool,
    /// What an earlier sign-in on this device was answered.
    pub device: Option<&'a str>,
}

/// Makes tokens. Cheap to clone.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    store: Store,
    key: HouseKey,
    sessions: SessionCheck,
    passwords: Passwords,
    secure_random: Arc<SecureRandom>,
    secret: SignInSecret,
    throttle: Throttle,
    failures: Seldom,
    stamps: Stamps,
}

impl SignIn {
    pub fn new(store: Store, stamps: Stamps, secure_random: Arc<SecureRandom>) -> Self {
        let key = HouseKey::new(Arc::clone(&secure_random));
        let sessions = SessionCheck::new(store.clone(), key.clone(), stamps.clone());
        let passwords = Passwords::new(Arc::clone(&secure_random));
        let secret = SignInSecret::new(Arc::clone(&secure_random));
        let (throttle, failures) = (Throttle::default(), Seldom::default());
        Self(Arc::new(Inner { store, key, sessions, passwords, secure_random, secret, throttle, failures, stamps }))
    }

    /// The sessions it begins, for whoever has to check them.
    pub fn sessions(&self) -> &SessionCheck {
        &self.0.sessions
    }

    /// A session for whoever knows the password. An unknown address takes as long as a wrong password.
    pub async fn sign_in(&self, email: &str, password: Secret, from: Origin<'_>) -> Result<Tokens, Problem> {
        let signed_in = self.tried(email, password, from).await;
        if let Err(problem) = &signed_in {
            self.0.tells_failure(problem);
        }
        signed_in
    }

    async fn tried(&self, email: &str, password: Secret, from: Origin<'_>) -> Result<Tokens, Problem> {
        let inner = &self.0;
        if email.len() > LONGEST_EMAIL || password.0.len() > LONGEST_PASSWORD {
            return Err(Problem::wrong_credentials());
        }
        let (now, secret) = ((inner.stamps.now)(), inner.secret.get(&inner.store).await?);
        let account = digest(email.to_lowercase().as_bytes());
        let network = from.address.map(Network::of);
        let device = from.device.and_then(|text| Device::read(secret, text, now));
        if device.is_none() {
            inner.throttle.look(account, network, now).map_err(Problem::rate_limited)?;
        }
        let place = network.filter(|_| from.is_sure).map(|network| secret.derive(Purpose::Network, &network.bytes()));
        let found = inner.store.signing_in(email, place).await?;
        let known_here = found.as_ref().is_some_and(|(_, known_here)| *known_here);
        let found = found.map(|(found, _)| found);
        let device = device.filter(|device| found.as_ref().is_some_and(|found| found.user == device.user));
        let known = device.is_some() || known_here;
        let attempt = Attempt { account, network, device: device.map(|device| device.id), known };
        let turn = inner.throttle.attempt(attempt, now).map_err(Problem::rate_limited)?;
        if turn.wait.0 > 0 {
            sleep(Duration::from_micros(turn.wait.0.cast_unsigned())).await;
        }
        let hash = found.as_ref().map(|found| found.password_hash.clone());
        let lane = if known { Lane::Known } else { Lane::Stranger };
        let Ok(belongs) = inner.passwords.belongs(lane, password, hash).await else {
            // Nothing was decided, so nothing was guessed.
            turn.has_not_failed();
            return Err(Problem::busy());
        };
        let user = found.filter(|user| belongs && user.active).ok_or(Problem::wrong_credentials())?;
        turn.has_not_failed();
        let session = SessionId((inner.stamps.correlation)());
        let refresh_token = inner.secure_random.token();
        let begun = NewSession {
            user: user.user,
            session,
            token: digest(refresh_token.as_bytes()),
            proved: user.password_hash,
            network: place,
        };
        // The password may have been changed since it was compared.
        if !inner.store.begin_session(user.scope, begun).await? {
            return Err(Problem::wrong_credentials());
        }
        let id = device.map_or_else(|| Uuid::from_bytes(inner.secure_random.bytes()), |device| device.id);
        let device = Device { user: user.user, id, used_at: now }.write(secret);
        Ok(Tokens {
            device: Some(device),
            ..self.tokens(user.scope, (user.user, session), &user.role, refresh_token).await?
        })
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
            Renewal::Renewed => self.tokens(seen.scope, (seen.user, seen.session), &seen.role, successor).await,
            Renewal::Unknown => Err(Problem::unauthenticated()),
            Renewal::Reused => Err(Problem::refresh_reused()),
        }
    }

    /// The bearer's session ends, with everything that hangs on it.
    pub async fn sign_out(&self, signed: &Signed) -> Result<(), Problem> {
        self.0.sessions.end(signed.scope, signed.session).await
    }

    async fn tokens(
        &self,
        scope: TenantScope,
        (user, session): (UserId, SessionId),
        role: &Role,
        refresh_token: String,
    ) -> Result<Tokens, Problem> {
        let inner = &self.0;
        let claims = Claims::new(scope.tenant(), user, session, role, (inner.stamps.now)());
        let access_token = inner.key.get(&inner.store).await?.sign(&claims);
        Ok(Tokens { access_token, refresh_token, token_type: "Bearer", expires_in: ACCESS_LIVES_S, device: None })
    }
}

impl Inner {
    /// Seldom, and with how many there were: whoever guesses does so all the time.
    fn tells_failure(&self, problem: &Problem) {
        let why = match problem.code {
            "wrong_credentials" => "wrong",
            "rate_limited" => "throttled",
            "busy" => "crowded",
            _ => return,
        };
        metrics::counter!("dashoffice_sign_ins_failed_total", "why" => why).increment(1);
        if let Some(times) = self.failures.again() {
            tracing::warn!(times, why, "sign-ins failed; the address is that of the last one");
        }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
