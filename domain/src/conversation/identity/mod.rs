//! Who wrote, and in which thread: identifiers have a time, numbers pass from hand to hand, and one number has several spellings (B3).
//!
//! A business-scoped id is a person for ever. A number is whoever has it now: it is retired when the provider says that its owner left
//! it, and it moves when somebody else turns up on it. Two scoped ids share a thread only where the provider's own notice links them.

mod place;
#[cfg(test)]
mod tests;

pub use place::{Placed, Sender, place, wanted};

use crate::conversation::contact::{Identifier, IdentifierKind};
use crate::ids::{ContactId, ThreadId};
use crate::phone;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A sighting is written down again after this long, or as soon as it changes where an answer goes.
const SIGHTINGS_EVERY: Span = Span::days(1);

/// One way to reach a customer on one of our numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub identifier: Identifier,
    /// When the customer last wrote from it, by the provider's clock, or an answer of the provider's named them by it, by ours; 0: neither,
    /// as far as anybody wrote it down.
    pub seen_at: Timestamp,
    /// Since then it is not theirs any more.
    pub retired_at: Option<Timestamp>,
}

/// A thread as far as identity goes: whose it is, and every address it has on its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownThread {
    pub thread: ThreadId,
    pub contact: ContactId,
    pub name: Option<String>,
    pub addresses: Vec<Address>,
}

/// What a thread says of one address, to be committed with what arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub identifier: Identifier,
    pub seen_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
    /// The thread that had it so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<ThreadId>,
    /// The provider itself says that it belongs here.
    #[serde(default)]
    pub by_notice: bool,
    /// The thread did not have it before.
    #[serde(default)]
    pub is_new: bool,
}

impl Claim {
    /// An address nobody has had.
    pub const fn link(identifier: Identifier, seen_at: Timestamp) -> Self {
        Self { identifier, seen_at, retired_at: None, taken_from: None, by_notice: false, is_new: true }
    }
}

impl Address {
    /// Still theirs.
    pub const fn is_live(&self) -> bool {
        self.retired_at.is_none()
    }

    fn rank(&self) -> impl Ord + use<'_> {
        (self.identifier.kind, Reverse(self.seen_at), &self.identifier.value)
    }
}

/// Where an answer goes: the strongest kind first, of each the one last seen. What is retired is nobody's, or somebody else's.
pub fn to(addresses: &[Address]) -> Vec<Identifier> {
    let mut live: Vec<&Address> = addresses.iter().filter(|address| address.is_live()).collect();
    live.sort_by(|one, other| one.rank().cmp(&other.rank()));
    live.into_iter().map(|address| address.identifier.clone()).collect()
}

/// What says most to people, where somebody has no name: the digits of WhatsApp before an id, what is theirs before what they left behind,
/// and of these what was seen last.
pub fn shown(addresses: &[Address]) -> Option<&Identifier> {
    let rank = |kind| match kind {
        IdentifierKind::WaId => 0,
        IdentifierKind::ScopedUser => 1,
        IdentifierKind::Lid => 2,
    };
    let by = |one: &&Address| (!one.is_live(), rank(one.identifier.kind), Reverse(one.seen_at));
    let first = addresses
        .iter()
        .min_by(|one, other| by(one).cmp(&by(other)).then_with(|| one.identifier.value.cmp(&other.identifier.value)));
    first.map(|address| &address.identifier)
}

impl KnownThread {
    fn address(&self, identifier: &Identifier) -> Option<&Address> {
        self.addresses.iter().find(|address| address.identifier == *identifier)
    }

    /// Whether it is somebody else's than the one with this scoped id.
    fn is_of_another(&self, scoped: Option<&Identifier>) -> bool {
        let ids = || {
            self.addresses
                .iter()
                .map(|address| &address.identifier)
                .filter(|one| one.kind == IdentifierKind::ScopedUser)
        };
        scoped.is_some_and(|scoped| ids().next().is_some() && ids().all(|id| id != scoped))
    }

    /// Believes what a claim of this thread says, as the store does.
    pub fn believe(&mut self, claim: &Claim) {
        if let Some(known) = self.addresses.iter_mut().find(|address| address.identifier == claim.identifier) {
            known.seen_at = known.seen_at.max(claim.seen_at);
            known.retired_at = claim.retired_at;
        } else {
            let Claim { identifier, seen_at, retired_at, .. } = claim.clone();
            self.addresses.push(Address { identifier, seen_at, retired_at });
        }
    }
}

/// Whether both name the same: the same id, or spellings of one number.
pub(crate) fn is_same(one: &Identifier, other: &Identifier) -> bool {
    one == other
        || (one.kind == IdentifierKind::WaId && other.kind == one.kind && phone::is_same(&one.value, &other.value))
}
