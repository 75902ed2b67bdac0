//! Who wrote: identifiers → thread and contact. What this process knows of threads, and what it is about to say of them (B3).

use dashoffice_domain::Timestamp;
use dashoffice_domain::contact::Identifier;
use dashoffice_domain::identity::{Claim, KnownThread, Placed, Sender, place, wanted};
use dashoffice_domain::ids::{ContactId, NumberId, ThreadId};
use dashoffice_domain::item::Inbound;
use dashoffice_domain::ports::{TenantReads, Unavailable};
use dashoffice_runtime::Ids;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Threads remembered beyond those whose commits are under way.
const MOST_REMEMBERED: usize = 20_000;

type Address = (NumberId, Identifier);

#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// As the store has them, and as commits that are under way will leave them.
    threads: HashMap<ThreadId, KnownThread>,
    /// Which thread an address leads to.
    homes: HashMap<Address, ThreadId>,
    /// Claims whose commit has not been heard of: they are said again until it has.
    under_way: HashMap<ThreadId, Vec<Claim>>,
    /// From whom something is taken by claims under way, and by whom.
    taken: HashMap<ThreadId, ThreadId>,
    /// What may be a duplicate of what, and was said so.
    duplicates: HashSet<(ThreadId, ThreadId)>,
}

/// Where an item belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) thread: ThreadId,
    pub(super) contact: ContactId,
    pub(super) claims: Vec<Claim>,
    pub(super) possible_duplicate: Option<ThreadId>,
}

impl Addresses {
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
        if !inbound.identifiers.iter().chain(moved).all(is_known) {
            self.look_up(reads, number, &wanted).await?;
        }
        let threads: BTreeSet<ThreadId> =
            wanted.iter().filter_map(|one| self.homes.get(&(number, one.clone()))).copied().collect();
        let known: Vec<KnownThread> = threads.iter().filter_map(|thread| self.threads.get(thread)).cloned().collect();
        let sender = Sender {
            identifiers: &inbound.identifiers,
            moved: &inbound.moved,
            name: inbound.profile_name.as_deref(),
            wrote: inbound.what.is_the_customers(),
            at: inbound.said_at.min(received_at),
        };
        let Placed { thread, claims, possible_duplicate } = place(&sender, &known);
        let home = known.into_iter().find(|known| Some(known.thread) == thread).unwrap_or_else(|| KnownThread {
            thread: ThreadId(ids.next()),
            contact: ContactId(ids.next()),
            name: None,
            addresses: Vec::new(),
        });
        let (thread, contact) = (home.thread, home.contact);
        let mut claims = claims;
        claims.extend(self.said_again(&wanted, thread, &claims));
        self.believe(number, home, inbound.profile_name.as_ref(), &claims);
        let possible_duplicate = possible_duplicate.filter(|of| self.duplicates.insert((thread, *of)));
        Ok(Found { thread, contact, claims, possible_duplicate })
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
            let is_busy = self.under_way.contains_key(&known.thread) || self.taken.contains_key(&known.thread);
            // What was decided in memory is newer than the store.
            if !is_busy || !self.threads.contains_key(&known.thread) {
                self.remember(number, known);
            }
        }
        Ok(())
    }

    /// A cache of reads: starting over costs one look-up each.
    fn make_room(&mut self) {
        let (under_way, taken) = (&self.under_way, &self.taken);
        let is_busy = |thread: &ThreadId| under_way.contains_key(thread) || taken.contains_key(thread);
        self.threads.retain(|thread, _| is_busy(thread));
        self.homes.retain(|_, thread| is_busy(thread));
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
        let again = self.under_way.get(&thread).into_iter().flatten();
        let again = again.filter(|claim| wanted.contains(&claim.identifier));
        again.filter(|claim| but.iter().all(|other| other.identifier != claim.identifier)).cloned().collect()
    }

    fn believe(&mut self, number: NumberId, mut home: KnownThread, name: Option<&String>, claims: &[Claim]) {
        home.name = name.cloned().or(home.name);
        for claim in claims {
            if let Some(from) = claim.taken_from {
                self.taken.insert(from, home.thread);
                if let Some(other) = self.threads.get_mut(&from) {
                    other.addresses.retain(|address| address.identifier != claim.identifier);
                }
            }
            home.believe(claim);
            let under_way = self.under_way.entry(home.thread).or_default();
            under_way.retain(|other| other.identifier != claim.identifier);
            under_way.push(claim.clone());
        }
        self.remember(number, home);
    }

    /// A commit of this thread has landed: its claims stand in the store.
    pub(super) fn landed(&mut self, thread: ThreadId) {
        self.under_way.remove(&thread);
        self.taken.retain(|_, by| *by != thread);
    }

    /// What is believed of this thread, and of those it takes something from, may be wrong: look it up again.
    pub(super) fn forget(&mut self, thread: ThreadId) {
        self.under_way.remove(&thread);
        let mut wrong = HashSet::from([thread]);
        self.taken.retain(|from, by| {
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
