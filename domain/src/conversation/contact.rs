//! A person is known by a set of identifiers, none of which must be there (the phone least of all).

use serde::{Deserialize, Serialize};

/// What kind of name a provider knows somebody by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// The business-scoped user id of Meta: stable, and there when the phone is not.
    ScopedUser,
    /// The digits WhatsApp answers to, without `+`.
    WaId,
    /// The hidden address of WhatsApp's own protocol.
    Lid,
}

impl IdentifierKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScopedUser => "scoped_user",
            Self::WaId => "wa_id",
            Self::Lid => "lid",
        }
    }

    pub const ALL: [Self; 3] = [Self::ScopedUser, Self::WaId, Self::Lid];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One name somebody is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    pub kind: IdentifierKind,
    pub value: String,
}

impl Identifier {
    pub fn new(kind: IdentifierKind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into() }
    }
}
