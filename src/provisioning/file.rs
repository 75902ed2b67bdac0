//! The office's file as it is written: companies, and what belongs to each. Unknown keys are errors.

use crate::configuration::Period;
use dashoffice_domain::identity::Role;
use dashoffice_domain::routing::{OnDisconnect, Strategy};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use uuid::Uuid;

/// What a thing is called in the file, for ever: its id follows from it, so that everything else about it may change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Key(String);

impl Key {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 64 || !text.chars().all(is_plain) {
            return Err("a key has 1 to 64 of the characters a-z, 0-9, - and _");
        }
        Ok(Self(text))
    }
}

pub(super) type Keyed<T> = BTreeMap<Key, T>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficeFile {
    #[serde(default)]
    pub(super) tenants: Keyed<TenantEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantEntry {
    /// Of a company that is there already and was not made by this file.
    pub(super) id: Option<Uuid>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) apps: Keyed<AppEntry>,
    #[serde(default)]
    pub(super) numbers: Keyed<NumberEntry>,
    #[serde(default)]
    pub(super) queues: Keyed<QueueEntry>,
    #[serde(default)]
    pub(super) users: Keyed<UserEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppEntry {
    pub(super) id: Option<Uuid>,
    pub(super) provider: String,
    pub(super) app_secret_file: Option<PathBuf>,
    pub(super) verify_token_file: Option<PathBuf>,
    /// The random part of the webhook's address.
    pub(super) url_token_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberEntry {
    pub(super) id: Option<Uuid>,
    pub(super) app: Key,
    pub(super) name: String,
    /// The provider's id of the number.
    pub(super) provider_ref: String,
    pub(super) queue: Key,
    pub(super) display_phone_number: Option<String>,
    pub(super) access_token_file: Option<PathBuf>,
    /// The provider's id of the account; learned from its first webhook where it is not named.
    pub(super) account_ref: Option<String>,
    pub(super) api_base: Option<String>,
    /// Templates go to the provider's way for marketing first.
    pub(super) marketing_messages: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueueEntry {
    pub(super) id: Option<Uuid>,
    pub(super) name: String,
    pub(super) strategy: Option<Strategy>,
    /// Chats simply appear, and must be answered within so long.
    pub(super) first_reply: Option<Period>,
    /// How much longer than that at most, while the agent is writing.
    pub(super) typing_extends: Option<Period>,
    /// Chats are offered, and must be taken within so long: known, and refused until offers can be answered.
    pub(super) offer_within: Option<Period>,
    pub(super) on_disconnect: Option<OnDisconnect>,
    pub(super) grace: Option<Period>,
    /// Keys of users, all of them.
    pub(super) members: Option<Vec<Key>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) id: Option<Uuid>,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) active: Option<bool>,
    pub(super) language: Option<String>,
    pub(super) capacity_units: Option<i64>,
    /// Keys of queues, all of them.
    pub(super) queues: Option<Vec<Key>>,
    pub(super) password_file: Option<PathBuf>,
    /// In the PHC string format.
    pub(super) password_hash: Option<String>,
}
