//! Whether a customer wants marketing of a number of ours, as they told the provider.

use crate::conversation::contact::Identifier;
use crate::time::Timestamp;

/// What they want. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Marketing {
    /// No more of it.
    Stop,
    /// Again.
    Resume,
}

impl Marketing {
    pub const ALL: [Self; 2] = [Self::Stop, Self::Resume];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Resume => "resume",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wants| wants.name() == name)
    }
}

/// A customer's word, and when they gave it: the last one counts, in whatever order they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketingChoice {
    /// Everything the provider knows them by.
    pub identifiers: Vec<Identifier>,
    pub wants: Marketing,
    pub said_at: Timestamp,
}
