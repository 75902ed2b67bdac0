//! The files of messages: what is wanted of a provider, where each file stands, and what of it may be kept and shown.

mod fit;
mod sniff;
#[cfg(test)]
mod tests;

pub use fit::{Announced, Unfit, fit, is_shown};
pub use sniff::{Family, Found, HEAD, sniff};

use crate::conversation::content::MediaKind;
use crate::ids::{MessageId, NumberId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where the provider has a file; at least one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaReference {
    pub provider_media_id: Option<String>,
    pub link: Option<String>,
}

/// A file that a message names and that is not here yet: the order of the conversation's commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedMedia {
    pub message: MessageId,
    pub number: NumberId,
    pub kind: MediaKind,
    pub source: MediaReference,
    /// As the provider wrote them beside the message.
    pub declared_mime: Option<String>,
    pub declared_sha256: Option<String>,
    pub wanted_at: Timestamp,
}

/// A wanted file as who fetches it reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaJob {
    pub wanted: WantedMedia,
    /// How often it was asked for, whatever came of it.
    pub attempts: i64,
    /// How often the file itself was at fault; a store or provider that is away is not counted (A3).
    pub tries: i64,
    /// Not before.
    pub due_at: Timestamp,
}

/// Where a file stands. It moves once, away from `Wanted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    Wanted,
    Ready,
    Failed,
}

impl MediaState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Wanted, Self::Ready, Self::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// Why a file will never be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaFailure {
    /// The provider does not have it, or does not have it any more.
    Gone,
    TooLarge,
    /// Each time other bytes came than were announced.
    OtherBytes,
    NotAllowed,
    /// It could be fetched on no day on which the provider had it.
    TooLate,
    /// Fetching it failed each time, for no reason of the network's.
    Unfetchable,
}

impl MediaFailure {
    pub const ALL: [Self; 6] =
        [Self::Gone, Self::TooLarge, Self::OtherBytes, Self::NotAllowed, Self::TooLate, Self::Unfetchable];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::TooLarge => "too_large",
            Self::OtherBytes => "other_bytes",
            Self::NotAllowed => "not_allowed",
            Self::TooLate => "too_late",
            Self::Unfetchable => "unfetchable",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.name() == name)
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Gone => "WhatsApp does not have this file any more",
            Self::TooLarge => "the file is larger than we take",
            Self::OtherBytes => "the file that came is not the one that was announced",
            Self::NotAllowed => "a file of this type is not taken",
            Self::TooLate => "the file could not be fetched while WhatsApp had it",
            Self::Unfetchable => "the file could not be fetched",
        }
    }
}

/// A file that is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMedia {
    pub sha256: FileHash,
    pub size_bytes: i64,
    /// What we found it to be, not what it was called.
    pub mime_type: String,
}

/// SHA-256 of a file's bytes: its name among our files. As text, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileHash(pub [u8; 32]);

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits")]
pub struct NoHash;

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileHash({self})")
    }
}

impl FromStr for FileHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoHash);
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[place * 2..place * 2 + 2], 16).map_err(|_| NoHash)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for FileHash {
    type Error = NoHash;

    fn try_from(text: String) -> Result<Self, NoHash> {
        text.parse()
    }
}

impl From<FileHash> for String {
    fn from(hash: FileHash) -> Self {
        hash.to_string()
    }
}
