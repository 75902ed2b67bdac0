//! The business says no: a stable code and a sentence, shown to the person who asked; nobody is paged.
//!
//! To add one: a constant beside the module's rules, in the module's list; a module with its first one is a line in [`Refusal::all`].

use crate::{conversation, identity, record, routing};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// One way to say no. Two are the same when their codes are.
#[derive(Clone, Copy)]
pub struct Refusal {
    /// What outsiders see and what is recorded; never renamed.
    code: &'static str,
    class: Class,
    says: &'static str,
}

/// What kind of no it is: how a transport says it follows from this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It does not fit to how things stand.
    Conflict,
    /// It could never be done as it was asked.
    Invalid,
    /// Nothing is known by this id, as far as whoever asks may see.
    NotFound,
    Forbidden,
    /// Somebody changed it since it was read.
    Stale,
    /// A fault of ours: nothing was done, and nobody tries it again.
    Failed,
}

impl Refusal {
    pub const NOT_FOUND: Self =
        Self::new(Class::NotFound, "not_found", "Nothing is known by this id or at this address.");
    pub const INVALID: Self = Self::new(Class::Invalid, "invalid", "A value is out of range.");
    pub const TOO_LONG: Self = Self::new(Class::Invalid, "too_long", "This is longer than the channel carries.");
    pub const COMMAND_FAILED: Self = Self::new(
        Class::Failed,
        "command_failed",
        "It failed on our side each time it was tried: nothing was done, and it is not tried again.",
    );
    const GENERAL: &[Self] = &[Self::NOT_FOUND, Self::INVALID, Self::TOO_LONG, Self::COMMAND_FAILED];

    /// `says`: a sentence for the person who asked.
    pub(crate) const fn new(class: Class, code: &'static str, says: &'static str) -> Self {
        Self { code, class, says }
    }

    /// Every refusal there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let modules = [Self::GENERAL, conversation::REFUSALS, routing::REFUSALS, identity::REFUSALS, record::REFUSALS];
        modules.into_iter().flatten().copied()
    }

    /// The stable code that outsiders see.
    pub const fn code(self) -> &'static str {
        self.code
    }

    pub const fn class(self) -> Class {
        self.class
    }

    /// A sentence for the person who asked.
    pub const fn says(self) -> &'static str {
        self.says
    }
}

impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Refusal {}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says)
    }
}

impl std::error::Error for Refusal {}

/// By its code.
impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Refusal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<'de, str>::deserialize(deserializer)?;
        let found = Self::all().find(|refusal| refusal.code == code);
        found.ok_or_else(|| D::Error::custom("a refusal that this version does not know"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// They stand in answers on record, under which commands are repeated: one may come, and none may go.
    const KEPT: [&str; 21] = [
        "built_in",
        "command_failed",
        "empty",
        "fixed_by_file",
        "forbidden",
        "in_use",
        "invalid",
        "last_administrator",
        "newer_message",
        "not_failed",
        "not_found",
        "not_open",
        "not_owner",
        "not_routable",
        "not_unknown",
        "offer_not_pending",
        "over_capacity",
        "precondition_failed",
        "service_window_closed",
        "stale_epoch",
        "too_long",
    ];

    #[test]
    fn a10_a_refusal_is_recorded_and_read_by_a_code_of_its_own_for_ever() {
        let codes: BTreeSet<_> = Refusal::all().map(Refusal::code).collect();
        assert_eq!(codes.len(), Refusal::all().count(), "each code is one refusal's");
        for kept in KEPT {
            assert!(codes.contains(kept), "{kept}");
        }
        for refusal in Refusal::all() {
            let text = serde_json::to_string(&refusal).unwrap();
            assert_eq!(text, format!("\"{}\"", refusal.code()));
            let read: Refusal = serde_json::from_str(&text).unwrap();
            assert_eq!((read, read.class()), (refusal, refusal.class()));
        }
        assert!(serde_json::from_str::<Refusal>("\"of_another_version\"").is_err());
    }
}
