//! Addresses of files: signed for one session, good for ten minutes, and shown to browsers that send no header (§4).
//!
//! A message's body is made once for everybody, with a mark where the address belongs; each reader gets an address of their
//! own in its place, at the last moment.

use crate::auth::{SecureRandom, Signed, house_secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{MessageId, SessionId, TenantId};
use dashoffice_domain::ports::MediaFiles;
use dashoffice_runtime::Unavailable;
use dashoffice_store::Store;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Seconds an address is good for.
pub const LINK_LIVES_S: i64 = 10 * 60;

/// What the key is called in the store.
const NAME: &str = "media_links";
/// What stands in a body in the place of an address: a value no other member called `url` ever has, and no text of a customer's
/// can look like, since quotes in texts are escaped.
const MARK: &str = r#""url":"@media/"#;
const ID_LENGTH: usize = 36;
const CLAIM_LENGTH: usize = 16 * 3 + 8;
const MAC_LENGTH: usize = 32;

/// The value that [`Links::fill`] puts an address in the place of.
pub(crate) fn mark(message: MessageId) -> String {
    format!("@media/{message}")
}

/// Customers' files, and who may ask for them by which address. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    kept: Arc<dyn MediaFiles>,
    secure_random: Arc<SecureRandom>,
    key: Arc<OnceCell<Arc<[u8]>>>,
}

/// What an address says: whose session may see which message's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) tenant: TenantId,
    pub(crate) session: SessionId,
    pub(crate) message: MessageId,
    /// Seconds since 1970.
    pub(crate) expires_s: i64,
}

impl Files {
    pub fn new(kept: Arc<dyn MediaFiles>, secure_random: Arc<SecureRandom>) -> Self {
        Self { kept, secure_random, key: Arc::default() }
    }

    pub(crate) fn kept(&self) -> &dyn MediaFiles {
        self.kept.as_ref()
    }

    async fn key(&self, store: &Store) -> Result<Arc<[u8]>, Unavailable> {
        let key = self.key.get_or_try_init(|| async {
            let kept = house_secret(store, &self.secure_random, NAME).await?;
            Ok(Arc::from(kept))
        });
        key.await.cloned()
    }

    /// Makes addresses for whoever is signed in.
    pub(crate) async fn links(&self, store: &Store, signed: &Signed) -> Result<Links, Unavailable> {
        Ok(Links { key: self.key(store).await?, tenant: signed.tenant(), session: signed.session })
    }

    /// What an address says that we made and that is still good.
    pub(crate) async fn read(&self, store: &Store, token: &str, now: Timestamp) -> Result<Option<Claim>, Unavailable> {
        let key = self.key(store).await?;
        Ok(Claim::read(&key, token).filter(|claim| now.0 < claim.expires_s.saturating_mul(1_000_000)))
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Files")
    }
}

fn mac(key: &[u8], claim: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(claim);
    mac
}

impl Claim {
    fn write(self, key: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(CLAIM_LENGTH + MAC_LENGTH);
        for id in [self.tenant.0, self.session.0, self.message.0] {
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes.extend_from_slice(&self.expires_s.to_be_bytes());
        let mac = mac(key, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(key: &[u8], token: &str) -> Option<Self> {
        if token.len() > 2 * (CLAIM_LENGTH + MAC_LENGTH) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (claim, given) = bytes.split_at_checked(CLAIM_LENGTH)?;
        // Compared in constant time.
        mac(key, claim).verify_slice(given).ok()?;
        let id = |place: usize| Uuid::from_slice(&claim[place * 16..(place + 1) * 16]).ok();
        let expires_s = i64::from_be_bytes(claim[48..].try_into().ok()?);
        Some(Self { tenant: id(0)?.into(), session: id(1)?.into(), message: id(2)?.into(), expires_s })
    }
}

/// Makes the addresses of one session.
#[derive(Clone)]
pub(crate) struct Links {
    key: Arc<[u8]>,
    tenant: TenantId,
    session: SessionId,
}

impl Links {
    fn address(&self, message: MessageId, now: Timestamp) -> String {
        let expires_s = now.0.div_euclid(1_000_000) + LINK_LIVES_S;
        let claim = Claim { tenant: self.tenant, session: self.session, message, expires_s };
        format!("/api/v1/media/{}", claim.write(&self.key))
    }

    /// `json` with an address in the place of each mark.
    pub(crate) fn fill(&self, json: String, now: Timestamp) -> String {
        if !json.contains(MARK) {
            return json;
        }
        let mut filled = String::with_capacity(json.len() + 256);
        let mut pieces = json.split(MARK);
        filled.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let id = piece.get(..ID_LENGTH).and_then(|id| id.parse::<MessageId>().ok());
            let id = id.expect("a mark is followed by a message's id");
            filled.push_str(r#""url":""#);
            filled.push_str(&self.address(id, now));
            filled.push_str(&piece[ID_LENGTH..]);
        }
        filled
    }
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Links")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn links() -> Links {
        let id = Uuid::from_u128;
        Links { key: Arc::from([7; 32]), tenant: TenantId(id(1)), session: SessionId(id(2)) }
    }

    #[test]
    fn an_address_says_what_it_was_made_for_and_cannot_be_altered() {
        let address = links().address(MessageId(Uuid::from_u128(3)), NOON);
        let token = address.strip_prefix("/api/v1/media/").unwrap();
        let claim = Claim::read(&[7; 32], token).unwrap();
        assert_eq!((claim.tenant, claim.session), (links().tenant, links().session));
        assert_eq!((claim.message.0, claim.expires_s), (Uuid::from_u128(3), 1_800_000_600));
        assert_eq!(Claim::read(&[8; 32], token), None);
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
        for place in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            assert_eq!(Claim::read(&[7; 32], &URL_SAFE_NO_PAD.encode(&altered)), None, "byte {place}");
            assert_eq!(Claim::read(&[7; 32], &URL_SAFE_NO_PAD.encode(&bytes[..place])), None, "up to {place}");
        }
        for wrong in ["", "a", "a.b", &"A".repeat(10_000)] {
            assert_eq!(Claim::read(&[7; 32], wrong), None);
        }
    }

    #[test]
    fn marks_become_addresses_and_what_a_customer_wrote_never_does() {
        let message = MessageId(Uuid::from_u128(3));
        let cunning = format!(r#""url":"{}""#, mark(message));
        let body = json!({"content": {"body": cunning, "url ": mark(message)}, "media": {"url": mark(message)}, "b": mark(message)});
        let filled: Value = serde_json::from_str(&links().fill(body.to_string(), NOON)).unwrap();
        assert_eq!(filled["media"]["url"], links().address(message, NOON));
        assert_eq!((&filled["content"], &filled["b"]), (&body["content"], &body["b"]));
        assert_eq!(links().fill("{}".to_owned(), NOON), "{}");
    }
}
