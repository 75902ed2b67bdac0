//! Passwords: argon2id, two at a time, off the threads that answer requests, and one of the two kept from strangers.

use super::secure_random::SecureRandom;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use dashoffice_domain::ports::Secret;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Whoever waits longer for their turn is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who waits for whom: strangers for one another, and nobody who was here before for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Known,
    Stranger,
}

/// Nobody had their turn in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being compared")]
pub struct Crowded;

/// Hashes and compares with OWASP's parameters (m = 19 MiB, t = 2, p = 1), which are argon2's own defaults.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// One each: a comparison takes 19 MiB for a few dozen milliseconds.
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    secure_random: Arc<SecureRandom>,
}

/// What an unknown address is compared with, so that it takes as long as a known one: the hash of nothing. Made once and
/// for all, because making it takes 19 MiB and a while at each start.
const OF_NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$m2Wq6Zd61718aIWPYxMwyA$EVyLTG38RHi4udHyefE3ULbVDqYIgwrQjVMEagihrQs";

impl Passwords {
    pub fn new(secure_random: Arc<SecureRandom>) -> Self {
        Self { known: Arc::new(Semaphore::new(1)), strangers: Arc::new(Semaphore::new(1)), secure_random }
    }

    /// A new hash in the PHC string format.
    pub async fn hash(&self, password: Secret) -> Result<Secret, Crowded> {
        let salt = self.secure_random.bytes();
        self.in_turn(Lane::Known, move || hashed(&password.0, &salt)).await
    }

    /// Whether the password belongs to the hash; without a hash it takes as long, and is false.
    pub async fn belongs(&self, lane: Lane, password: Secret, hash: Option<Secret>) -> Result<bool, Crowded> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| Secret(OF_NOBODY.to_owned()));
        let belongs = self.in_turn(lane, move || {
            let Ok(hash) = PasswordHash::new(&hash.0) else { return false };
            Argon2::default().verify_password(password.0.as_bytes(), &hash).is_ok()
        });
        Ok(belongs.await? && known)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Crowded> {
        let turn = timeout(PATIENCE, self.turn(lane)).await.map_err(|_| Crowded)?;
        let worked = spawn_blocking(move || {
            // Held until the work is done, also when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        Ok(worked.await.expect("hashing does not panic, and blocking work is not aborted"))
    }
}

impl Passwords {
    async fn turn(&self, lane: Lane) -> OwnedSemaphorePermit {
        let strangers = Arc::clone(&self.strangers).acquire_owned();
        let turn = match lane {
            Lane::Stranger => strangers.await,
            // Whichever is free first.
            Lane::Known => tokio::select! {
                biased;
                turn = Arc::clone(&self.known).acquire_owned() => turn,
                turn = strangers => turn,
            },
        };
        turn.expect("these semaphores are never closed")
    }
}

fn hashed(password: &str, salt: &[u8; 16]) -> Secret {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    Secret(hash.expect("the salt is 16 bytes, and a password is no longer than a body").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    /// Else the answer to an unknown address would come sooner or later than to a known one.
    #[test]
    fn the_hash_of_nobody_takes_as_long_as_a_new_one() {
        let ours = hashed("anything", &[7; 16]);
        let (ours, nobodys) = (PasswordHash::new(&ours.0).unwrap(), PasswordHash::new(OF_NOBODY).unwrap());
        assert_eq!((ours.algorithm, ours.version, ours.params), (nobodys.algorithm, nobodys.version, nobodys.params));
        assert_eq!(ours.hash.map(|hash| hash.len()), nobodys.hash.map(|hash| hash.len()));
    }

    #[tokio::test]
    async fn only_the_right_password_belongs_and_an_unknown_user_has_none() {
        let passwords = Passwords::new(Arc::new(SecureRandom::from_seed(1)));
        let hash = passwords.hash(secret("correct horse")).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        let belongs = async |text: &str, hash| passwords.belongs(Lane::Stranger, secret(text), hash).await.unwrap();
        assert!(belongs("correct horse", Some(hash.clone())).await);
        assert!(!belongs("correct hors", Some(hash)).await);
        assert!(!belongs("anything", None).await);
        assert!(!belongs("anything", Some(secret("no hash"))).await);
    }

    #[tokio::test]
    async fn whoever_was_here_before_does_not_wait_for_strangers() {
        let passwords = Passwords::new(Arc::new(SecureRandom::from_seed(1)));
        let (go_on, waits) = std::sync::mpsc::channel::<()>();
        let mut strangers = Vec::new();
        let first = passwords.in_turn(Lane::Stranger, move || waits.recv().is_ok());
        strangers.push(Box::pin(first) as std::pin::Pin<Box<dyn Future<Output = _>>>);
        for _ in 0..20 {
            strangers.push(Box::pin(passwords.in_turn(Lane::Stranger, || true)));
        }
        // Each is asked once, so that all of them stand in line.
        for stranger in &mut strangers {
            assert!(futures_util::poll!(stranger.as_mut()).is_pending());
        }
        for _ in 0..3 {
            assert_eq!(passwords.in_turn(Lane::Known, || 7).await, Ok(7));
        }
        go_on.send(()).unwrap();
        for stranger in strangers {
            assert_eq!(stranger.await, Ok(true), "nor do strangers wait for ever");
        }
    }
}
