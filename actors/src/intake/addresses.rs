//! Who wrote: identifiers → thread and contact. What this process knows of threads, and what it is about to say of them (B3).

use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::identity::{Claim, KnownThread, Placed, Sender, place, wanted};
use dashoffice_domain::ids::{ContactId, NumberId, ThreadId};
use dashoffice_domain::item::Inbound;
use dashoffice_domain::ports::{TenantReads, Unavailable};
use dashoffice_runtime::Ids;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Threads remembered beyond those whose commits are under way.
const MOST_REMEMBERED: usize = 20_000;

type Address = (NumberId, Identifier);

/// Where something stands among what a thread was handed: by the last row of the inbox that was read before it, or is it, and by how many
/// came after that without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub(super) i64, pub(super) u64);

/// A claim, and everywhere where it is said: as long as one of them may land, it is believed.
#[derive(Debug)]
struct Saying {
    places: BTreeSet<Place>,
    claim: Claim,
}

#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// As the store has them, and as commits that are under way will leave them.
    threads: HashMap<ThreadId, KnownThread>,
    /// Which thread an address leads to.
    homes: HashMap<Address, ThreadId>,
    /// Claims whose commit has not been heard of: they are said again until it has.
    under_way: HashMap<ThreadId, Vec<Saying>>,
    /// What is taken from whom by claims under way, and by whom.
    taken: HashMap<(ThreadId, Identifier), ThreadId>,
    /// What may be a duplicate of what, and was said so.
    duplicates: HashSet<(ThreadId, ThreadId)>,
}

/// Where an item belongs; nothing is believed of it yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) number: NumberId,
    pub(super) home: KnownThread,
    pub(super) claims: Vec<Claim>,
    pub(super) possible_duplicate: Option<ThreadId>,
}

impl Addresses {
    /// Where somebody belongs who says `inbound`.
    pub(super) async fn find(
        &mut self,
        reads: &dyn TenantReads,
        ids: &Ids,
        number: NumberId,
        inbound: &Inbound,
        received_at: Timestamp,
    ) -> Result<Found, Unavailable> {
        let wanted = wanted(&inbound.identifiers, &inbound.moved);
        let moved = inbound.moved.iter().flat_map(|moved| [&moved.from, &moved.to]);
        // Of a number that is known, the other spellings are no news.
        let is_known = |one| self.homes.contains_key(&(number, Identifier::clone(one)));
        let are_all_known = inbound.identifiers.iter().chain(moved).all(is_known);
        if !are_all_known {
            self.look_up(reads, number, &wanted).await?;
        }
        let sender = Sender {
            identifiers: &inbound.identifiers,
            moved: &inbound.moved,
            name: inbound.profile_name.as_deref(),
            wrote: inbound.what.is_the_customers(),
            at: inbound.said_at.min(received_at),
        };
        let mut known = self.known(number, &wanted);
        let mut placed = place(&sender, &known);
        // What answers and statuses told of the other thread since it was read is not known here.
        if are_all_known && self.has_news_of_another(&placed) {
            self.look_up(reads, number, &wanted).await?;
            known = self.known(number, &wanted);
            placed = place(&sender, &known);
        }
        let Placed { thread, mut claims, possible_duplicate } = placed;
        let home = known.into_iter().find(|known| Some(known.thread) == thread).unwrap_or_else(|| KnownThread {
            thread: ThreadId(ids.next()),
            contact: ContactId(ids.next()),
            name: None,
            addresses: Vec::new(),
        });
        let thread = home.thread;
        claims.extend(self.said_again(&wanted, thread, &claims));
        let possible_duplicate = possible_duplicate.filter(|of| !self.duplicates.contains(&(thread, *of)));
        Ok(Found { number, home, claims, possible_duplicate })
    }

    /// The threads that what is wanted leads to.
    fn known(&self, number: NumberId, wanted: &[Identifier]) -> Vec<KnownThread> {
        let threads: BTreeSet<&ThreadId> =
            wanted.iter().filter_map(|one| self.homes.get(&(number, one.clone()))).collect();
        threads.into_iter().filter_map(|thread| self.threads.get(thread)).cloned().collect()
    }

    /// Whether it takes something from another thread than the sender's, or takes one for theirs and that was not said yet.
    fn has_news_of_another(&self, placed: &Placed) -> bool {
        let is_said = |of| placed.thread.is_some_and(|thread| thread == of || self.duplicates.contains(&(thread, of)));
        placed.possible_duplicate.is_some_and(|of| !is_said(of))
            || placed.claims.iter().any(|claim| claim.taken_from.is_some())
    }

    /// Reads all that is wanted, also what is known: a thread may have more addresses than when it was read.
    async fn look_up(
        &mut self,
        reads: &dyn TenantReads,
        number: NumberId,
        wanted: &[Identifier],
    ) -> Result<(), Unavailable> {
        let found = reads.threads_of(number, wanted.to_vec()).await?;
        if self.threads.len() >= MOST_REMEMBERED {
            self.make_room();
        }
        for known in found {
            let known = self.as_it_will_be(known);
            self.remember(number, known);
        }
        Ok(())
    }

    /// What the store has of a thread, as commits that are under way will leave it.
    fn as_it_will_be(&self, mut known: KnownThread) -> KnownThread {
        let thread = known.thread;
        known.addresses.retain(|address| !self.taken.contains_key(&(thread, address.identifier.clone())));
        if let Some(under_way) = self.under_way.get(&thread) {
            for said in under_way {
                known.believe(&said.claim);
            }
            let name = self.threads.get(&thread).and_then(|before| before.name.clone());
            known.name = name.or(known.name);
        }
        known
    }

    /// A cache of reads: starting over costs one look-up each.
    fn make_room(&mut self) {
        let busy: HashSet<ThreadId> =
            self.under_way.keys().chain(self.taken.keys().map(|(from, _)| from)).copied().collect();
        self.threads.retain(|thread, _| busy.contains(thread));
        self.homes.retain(|_, thread| busy.contains(thread));
        self.duplicates.clear();
    }

    fn remember(&mut self, number: NumberId, known: KnownThread) {
        for address in &known.addresses {
            self.homes.insert((number, address.identifier.clone()), known.thread);
        }
        self.threads.insert(known.thread, known);
    }

    /// Claims of the thread that no commit has been heard of, where what arrived is about them.
    fn said_again(&self, wanted: &[Identifier], thread: ThreadId, but: &[Claim]) -> Vec<Claim> {
        let again = self.under_way.get(&thread).into_iter().flatten().map(|said| &said.claim);
        let again = again.filter(|claim| wanted.contains(&claim.identifier));
        again.filter(|claim| but.iter().all(|other| other.identifier != claim.identifier)).cloned().collect()
    }

    /// What was found is about to be said there, under this name.
    pub(super) fn believe(&mut self, place: Place, found: &Found, name: Option<&String>) {
        let mut home = found.home.clone();
        home.name = name.cloned().or(home.name);
        self.duplicates.extend(found.possible_duplicate.map(|of| (home.thread, of)));
        for claim in &found.claims {
            if let Some(from) = claim.taken_from {
                self.take(from, home.thread, &claim.identifier);
            }
            home.believe(claim);
            let under_way = self.under_way.entry(home.thread).or_default();
            let before = under_way.extract_if(.., |said| said.claim.identifier == claim.identifier);
            let mut places: BTreeSet<Place> = before.flat_map(|said| said.places).collect();
            places.insert(place);
            under_way.push(Saying { places, claim: claim.clone() });
        }
        self.remember(found.number, home);
    }

    fn take(&mut self, from: ThreadId, by: ThreadId, identifier: &Identifier) {
        self.taken.remove(&(by, identifier.clone()));
        self.taken.insert((from, identifier.clone()), by);
        if let Some(other) = self.threads.get_mut(&from) {
            other.addresses.retain(|address| address.identifier != *identifier);
        }
        if let Some(under_way) = self.under_way.get_mut(&from) {
            under_way.retain(|said| said.claim.identifier != *identifier);
        }
    }

    /// The commit of what this thread was handed at `place` has landed: what was said up to there stands in the store.
    pub(super) fn landed(&mut self, thread: ThreadId, place: Place) {
        let mut still: Vec<Identifier> = Vec::new();
        if let Some(under_way) = self.under_way.get_mut(&thread) {
            for said in &mut *under_way {
                said.places.retain(|of| *of > place);
            }
            under_way.retain(|said| !said.places.is_empty());
            still.extend(under_way.iter().map(|said| said.claim.identifier.clone()));
        }
        if still.is_empty() {
            self.under_way.remove(&thread);
        }
        self.taken.retain(|(_, identifier), by| *by != thread || still.contains(identifier));
    }

    /// What was handed over at `place` has ended, and nobody heard that it was committed: what was claimed there, and nowhere else, may
    /// stand nowhere.
    pub(super) fn lost(&mut self, thread: ThreadId, place: Place) {
        let mut is_nowhere_else = false;
        for said in self.under_way.get_mut(&thread).into_iter().flatten() {
            is_nowhere_else |= said.places.remove(&place) && said.places.is_empty();
        }
        if is_nowhere_else {
            self.forget(thread);
        }
    }

    /// What is believed of this thread, and of those it takes something from, may be wrong: look it up again.
    pub(super) fn forget(&mut self, thread: ThreadId) {
        self.under_way.remove(&thread);
        let mut wrong = HashSet::from([thread]);
        self.taken.retain(|(from, _), by| {
            let stays = *by != thread;
            if !stays {
                wrong.insert(*from);
            }
            stays
        });
        self.threads.retain(|known, _| !wrong.contains(known));
        self.homes.retain(|_, home| !wrong.contains(home));
        self.duplicates.retain(|(of, _)| *of != thread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::conversation::contact::IdentifierKind;
    use uuid::Uuid;

    const NUMBER: NumberId = NumberId(Uuid::from_u128(3));
    const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

    fn thread(n: u128) -> ThreadId {
        ThreadId(Uuid::from_u128(n))
    }

    fn phone(digits: &str) -> Identifier {
        Identifier::new(IdentifierKind::WaId, digits)
    }

    fn known(of: ThreadId, phones: &[&str]) -> KnownThread {
        let mut known = KnownThread { thread: of, contact: ContactId(of.0), name: None, addresses: Vec::new() };
        for digits in phones {
            known.believe(&Claim::link(phone(digits), NOON));
        }
        known
    }

    /// The thread says at this position that it has this address now, perhaps another's so far.
    fn claims(addresses: &mut Addresses, of: ThreadId, position: i64, digits: &str, taken_from: Option<ThreadId>) {
        let home = addresses.threads.get(&of).cloned().unwrap_or_else(|| known(of, &[]));
        let claim = Claim { taken_from, ..Claim::link(phone(digits), NOON) };
        let found = Found { number: NUMBER, home, claims: vec![claim], possible_duplicate: None };
        addresses.believe(Place(position, 0), &found, None);
    }

    fn phones(known: &KnownThread) -> Vec<&str> {
        known.addresses.iter().map(|address| address.identifier.value.as_str()).collect()
    }

    #[test]
    fn b3_a_commit_that_lands_leaves_what_was_claimed_after_it_under_way() {
        let mut addresses = Addresses::default();
        claims(&mut addresses, thread(1), 1, "1", None);
        claims(&mut addresses, thread(1), 2, "2", Some(thread(9)));
        addresses.landed(thread(1), Place(1, 0));
        let again = addresses.said_again(&[phone("1"), phone("2")], thread(1), &[]);
        assert_eq!(again.iter().map(|claim| claim.identifier.clone()).collect::<Vec<_>>(), [phone("2")]);
        assert_eq!(phones(&addresses.as_it_will_be(known(thread(1), &["1"]))), ["1", "2"]);
        assert_eq!(phones(&addresses.as_it_will_be(known(thread(9), &["2", "3"]))), ["3"]);
        addresses.landed(thread(1), Place(2, 0));
        assert_eq!(addresses.said_again(&[phone("2")], thread(1), &[]), []);
        assert_eq!(phones(&addresses.as_it_will_be(known(thread(9), &["2", "3"]))), ["2", "3"], "as the store has it");
    }

    #[test]
    fn b3_what_was_claimed_by_a_row_that_was_put_aside_and_by_no_later_one_is_not_believed() {
        let mut addresses = Addresses::default();
        claims(&mut addresses, thread(1), 1, "1", None);
        claims(&mut addresses, thread(1), 2, "1", None);
        addresses.lost(thread(1), Place(1, 0));
        assert_eq!(addresses.known(NUMBER, &[phone("1")]).len(), 1, "the second says it too");
        addresses.lost(thread(1), Place(2, 0));
        assert_eq!(addresses.known(NUMBER, &[phone("1")]), []);
    }

    #[test]
    fn b3_what_was_claimed_behind_one_that_may_still_land_is_believed_for_that_ones_sake() {
        let mut addresses = Addresses::default();
        claims(&mut addresses, thread(1), 1, "1", None);
        claims(&mut addresses, thread(1), 2, "1", None);
        addresses.lost(thread(1), Place(2, 0));
        assert_eq!(addresses.known(NUMBER, &[phone("1")]).len(), 1, "the first is still on its way");
        assert_eq!(addresses.said_again(&[phone("1")], thread(1), &[]).len(), 1, "and whoever comes says it, too");
        addresses.landed(thread(1), Place(1, 0));
        assert_eq!(addresses.said_again(&[phone("1")], thread(1), &[]), []);
    }

    #[test]
    fn b3_what_was_taken_and_taken_back_is_where_it_was() {
        let mut addresses = Addresses::default();
        claims(&mut addresses, thread(1), 1, "1", None);
        claims(&mut addresses, thread(2), 2, "1", Some(thread(1)));
        claims(&mut addresses, thread(1), 3, "1", Some(thread(2)));
        assert_eq!(phones(&addresses.as_it_will_be(known(thread(1), &["1"]))), ["1"]);
        assert_eq!(phones(&addresses.as_it_will_be(known(thread(2), &[]))), [""; 0]);
    }
}
