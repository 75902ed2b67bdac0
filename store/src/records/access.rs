//! Who signs in, and with what: the sessions of users, the tokens that keep a session going, and secrets of the house.

use super::Table;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{SessionId, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// SHA-256 of a token: the token itself is never stored.
pub(crate) type Hash = [u8; 32];

#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRecord {
    pub(crate) user: UserId,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    /// Written when it begins and never again, so that nothing of it is read back for a batch.
    pub(crate) network: Option<Hash>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenRecord {
    pub(crate) session: SessionId,
    pub(crate) issued_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) sessions: Table<(Uuid, SessionId), SessionRecord>,
    pub(crate) tokens: Table<(Uuid, Hash), TokenRecord>,
    pub(crate) secrets: Table<String, Vec<u8>>,
    /// Whose rights or sessions this batch has changed and nobody has been told of yet.
    pub(crate) changed: BTreeSet<(Uuid, UserId)>,
}

impl Access {
    pub(crate) fn is_touched(&self) -> bool {
        self.sessions.is_touched() || self.tokens.is_touched() || self.secrets.is_touched()
    }

    pub(crate) fn settle(&mut self) {
        self.sessions.settle();
        self.tokens.settle();
        self.secrets.settle();
    }
}
