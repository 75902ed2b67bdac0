//! Access tokens: short-lived, signed with the house's key, and naming a session that is looked at on each request.

use super::verified::Verified;
use dashoffice_domain::Timestamp;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{SessionId, TenantId, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

/// Seconds an access token lives.
pub const ACCESS_LIVES_S: i64 = 15 * 60;

const ISSUER: &str = "dashoffice";
/// Longer than any token we make.
const LONGEST: usize = 2_048;

/// What an access token says. The role is for others who verify it: here, today's is read from the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub sub: UserId,
    pub tid: TenantId,
    pub sid: SessionId,
    pub role: String,
    /// Seconds since 1970.
    pub iat: i64,
    pub exp: i64,
}

impl Claims {
    /// For a quarter of an hour from now.
    pub(super) fn new(tenant: TenantId, user: UserId, session: SessionId, role: &Role, now: Timestamp) -> Self {
        let iat = now.0.div_euclid(1_000_000);
        Self {
            iss: ISSUER.to_owned(),
            sub: user,
            tid: tenant,
            sid: session,
            role: role.name().to_owned(),
            iat,
            exp: iat + ACCESS_LIVES_S,
        }
    }

    pub(super) const fn expires_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.exp)
    }
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadToken {
    NotOurs,
    Expired,
}

/// The house's key, ready to sign and to verify.
pub(super) struct TokenKey {
    signs: EncodingKey,
    verifies: DecodingKey,
    rules: Validation,
    verified: Verified,
}

impl TokenKey {
    pub(super) fn new(secret: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["exp", "iss", "sub"]);
        // Compared below with the clock we were given.
        rules.validate_exp = false;
        rules.validate_aud = false;
        Self {
            signs: EncodingKey::from_secret(secret),
            verifies: DecodingKey::from_secret(secret),
            rules,
            verified: Verified::default(),
        }
    }

    pub(super) fn sign(&self, claims: &Claims) -> String {
        encode(&Header::new(Algorithm::HS256), claims, &self.signs)
            .expect("claims are plain data, and HMAC takes any key")
    }

    /// What a token of ours says that has not expired.
    pub(super) fn read(&self, token: &str, now: Timestamp) -> Result<Claims, BadToken> {
        let claims = if let Some(claims) = self.verified.claims(token) { claims } else { self.verify(token, now)? };
        if now >= claims.expires_at() { Err(BadToken::Expired) } else { Ok(claims) }
    }
}

impl TokenKey {
    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, BadToken> {
        if token.len() > LONGEST {
            return Err(BadToken::NotOurs);
        }
        let claims = decode::<Claims>(token, &self.verifies, &self.rules).map_err(|_| BadToken::NotOurs)?.claims;
        self.verified.remember(token, &claims, now);
        Ok(claims)
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use uuid::Uuid;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn claims() -> Claims {
        let id = Uuid::from_u128;
        Claims::new(TenantId(id(1)), UserId(id(2)), SessionId(id(3)), &Role::AGENT, NOON)
    }

    #[test]
    fn e4_a_token_is_read_until_it_expires() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.sign(&claims());
        let last = Timestamp(claims().expires_at().0 - 1);
        assert_eq!(key.read(&token, last), Ok(claims()));
        assert_eq!(key.read(&token, last), Ok(claims()), "remembered, it says the same");
        assert_eq!(key.read(&token, claims().expires_at()), Err(BadToken::Expired));
    }

    #[test]
    fn e4_a_token_of_another_key_or_altered_or_unsigned_is_not_ours() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.sign(&claims());
        assert_eq!(key.read(&token, NOON), Ok(claims()));
        assert_eq!(TokenKey::new(&[8; 32]).read(&token, NOON), Err(BadToken::NotOurs));
        let (head, rest) = token.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let raised = serde_json::to_vec(&Claims { role: "administrator".to_owned(), ..claims() }).unwrap();
        let raised = format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(raised));
        assert_eq!(key.read(&raised, NOON), Err(BadToken::NotOurs));
        let none = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        for forged in [format!("{none}.{body}."), format!("{none}.{body}.{signature}"), String::new(), "a.b.c".into()] {
            assert_eq!(key.read(&forged, NOON), Err(BadToken::NotOurs), "{forged}");
        }
    }
}
