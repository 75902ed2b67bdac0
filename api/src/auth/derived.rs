//! What sign-in derives from one secret of the house: the same input always gives the same, and nobody without the secret can say what.

use super::key::house_secret;
use super::secure_random::SecureRandom;
use dashoffice_runtime::Unavailable;
use dashoffice_store::Store;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What it is called in the store.
const NAME: &str = "sign_in";

/// What something is derived for: what one purpose makes means nothing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The refresh token that follows another.
    Successor,
    /// A device on which somebody signed in.
    Device,
    /// A network that somebody signed in from, whose address is kept nowhere.
    Network,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Successor => b"refresh token\0",
            Self::Device => b"device\0",
            Self::Network => b"network\0",
        }
    }
}

/// The secret, read or made when it is asked for first. Cheap to clone.
#[derive(Clone)]
pub(super) struct SignInSecret {
    secure_random: Arc<SecureRandom>,
    kept: Arc<OnceCell<Deriving>>,
}

/// The secret at hand.
#[derive(Clone)]
pub(super) struct Deriving(Arc<[u8]>);

impl SignInSecret {
    pub(super) fn new(secure_random: Arc<SecureRandom>) -> Self {
        Self { secure_random, kept: Arc::default() }
    }

    pub(super) async fn get(&self, store: &Store) -> Result<&Deriving, Unavailable> {
        let kept = self.kept.get_or_try_init(|| async {
            let secret = house_secret(store, &self.secure_random, NAME).await?;
            Ok(Deriving(Arc::from(secret)))
        });
        kept.await
    }
}

impl Deriving {
    #[cfg(test)]
    pub(super) fn from_secret(secret: &[u8]) -> Self {
        Self(Arc::from(secret))
    }

    pub(super) fn derive(&self, purpose: Purpose, from: &[u8]) -> [u8; 32] {
        self.mac(purpose, from).finalize().into_bytes().into()
    }

    /// Compared in constant time.
    pub(super) fn is_derived(&self, purpose: Purpose, from: &[u8], given: &[u8]) -> bool {
        self.mac(purpose, from).verify_slice(given).is_ok()
    }

    fn mac(&self, purpose: Purpose, from: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(purpose.name());
        mac.update(from);
        mac
    }
}
