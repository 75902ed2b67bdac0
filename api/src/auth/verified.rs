//! Tokens whose signature was looked at: it says the same each time, so requests that follow need not look again. Whether a token has
//! expired and whether its session stands is asked anew on each of them.

use super::token::Claims;
use dashoffice_domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Tokens remembered at once, of some 300 bytes each.
const MOST: usize = 4_096;

#[derive(Default)]
pub(super) struct Verified(Mutex<HashMap<Box<str>, Claims>>);

impl Verified {
    /// What a token says that was found to be ours.
    pub(super) fn claims(&self, token: &str) -> Option<Claims> {
        self.table().get(token).cloned()
    }

    pub(super) fn remember(&self, token: &str, claims: &Claims, now: Timestamp) {
        let mut table = self.table();
        if table.len() >= MOST {
            table.retain(|_, claims| now < claims.expires_at());
        }
        if table.len() >= MOST {
            table.clear();
        }
        table.insert(token.into(), claims.clone());
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Claims>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::identity::Role;
    use dashoffice_domain::ids::{SessionId, TenantId, UserId};
    use uuid::Uuid;

    #[test]
    fn so_many_are_remembered_and_those_that_have_expired_make_room_first() {
        let verified = Verified::default();
        let claims =
            |at| Claims::new(TenantId(Uuid::nil()), UserId(Uuid::nil()), SessionId(Uuid::nil()), &Role::AGENT, at);
        let (early, late) = (Timestamp::from_seconds(0), Timestamp::from_seconds(86_400));
        for n in 0..MOST - 1 {
            verified.remember(&format!("early {n}"), &claims(early), early);
        }
        verified.remember("late", &claims(late), late);
        assert!(verified.claims("early 7").is_some());
        verified.remember("later", &claims(late), late);
        assert_eq!(verified.claims("early 7"), None);
        assert_eq!(verified.claims("late"), Some(claims(late)));
        for n in 0..MOST {
            verified.remember(&format!("{n}"), &claims(late), late);
        }
        assert!(verified.table().len() <= MOST);
    }
}
