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

/// Which thread an inbound message belongs to, when its identifiers are looked up (B3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution<T> {
    /// The thread that has the word: of two, the one the business-scoped id points to. `None`: nobody knows this person yet.
    pub thread: Option<T>,
    /// Identifiers to link to it from now on.
    pub to_link: Vec<Identifier>,
    /// A second thread that looks like the same person.
    pub possible_duplicate: Option<T>,
}

/// Resolves identifiers, each with the thread it is linked to so far.
///
/// Linked identifiers stay where they are; unlinked ones join the thread that was chosen.
pub fn resolve<T: Copy + PartialEq>(known: &[(Identifier, Option<T>)]) -> Resolution<T> {
    let mut by_strength: Vec<&(Identifier, Option<T>)> = known.iter().collect();
    by_strength.sort_by_key(|(identifier, _)| identifier.kind);
    let thread = by_strength.iter().find_map(|(_, thread)| *thread);
    let possible_duplicate = by_strength.iter().filter_map(|(_, other)| *other).find(|other| Some(*other) != thread);
    let mut to_link: Vec<Identifier> = Vec::new();
    for (identifier, linked) in known {
        if linked.is_none() && !to_link.contains(identifier) {
            to_link.push(identifier.clone());
        }
    }
    Resolution { thread, to_link, possible_duplicate }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Identifier {
        Identifier::new(IdentifierKind::WaId, "5511999990001")
    }

    fn scoped() -> Identifier {
        Identifier::new(IdentifierKind::ScopedUser, "BR.1")
    }

    #[test]
    fn a_stranger_gets_a_new_thread_with_all_identifiers() {
        let found = resolve::<u8>(&[(phone(), None), (scoped(), None)]);
        assert_eq!(found.thread, None);
        assert_eq!(found.to_link, vec![phone(), scoped()]);
    }

    #[test]
    fn a_new_identifier_joins_the_known_thread() {
        let found = resolve(&[(phone(), Some(1)), (scoped(), None)]);
        assert_eq!(found, Resolution { thread: Some(1), to_link: vec![scoped()], possible_duplicate: None });
    }

    #[test]
    fn of_two_threads_the_business_scoped_id_wins_and_the_other_is_reported() {
        let found = resolve(&[(phone(), Some(1)), (scoped(), Some(2))]);
        assert_eq!(found, Resolution { thread: Some(2), to_link: vec![], possible_duplicate: Some(1) });
    }

    #[test]
    fn a_customer_without_a_phone_is_still_somebody() {
        let found = resolve(&[(scoped(), Some(3))]);
        assert_eq!(found.thread, Some(3));
    }
}
