//! The key that access tokens are signed with: made once, kept in the store, shared by every process on it.

use super::secure_random::SecureRandom;
use super::token::TokenKey;
use dashoffice_runtime::Unavailable;
use dashoffice_store::Store;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What it is called in the store.
const NAME: &str = "access_tokens";

#[derive(Clone)]
pub(super) struct HouseKey {
    secure_random: Arc<SecureRandom>,
    key: Arc<OnceCell<TokenKey>>,
}

impl HouseKey {
    pub(super) fn new(secure_random: Arc<SecureRandom>) -> Self {
        Self { secure_random, key: Arc::default() }
    }

    pub(super) async fn get(&self, store: &Store) -> Result<&TokenKey, Unavailable> {
        self.key
            .get_or_try_init(|| async { Ok(TokenKey::new(&house_secret(store, &self.secure_random, NAME).await?)) })
            .await
    }
}

/// A secret of the house; the first who asks on an empty store makes it, which only the store's owner can.
pub(crate) async fn house_secret(
    store: &Store,
    secure_random: &SecureRandom,
    name: &'static str,
) -> Result<Vec<u8>, Unavailable> {
    if let Some(kept) = store.secret(name).await? {
        return Ok(kept);
    }
    store.keep_secret(name, secure_random.bytes::<32>().to_vec()).await?;
    // Another process may have been first: what is kept counts.
    let kept = store.secret(name).await?;
    let reason = "it is not there although it was kept".to_owned();
    kept.ok_or(Unavailable { doing: "reading a secret of the house", reason })
}
