//! Who wrote: identifiers → contact → thread. A stranger's thread lives here until its first commit has landed (B3).

use dashoffice_domain::contact::{Identifier, Resolution, resolve};
use dashoffice_domain::ids::{ContactId, NumberId, ThreadId};
use dashoffice_domain::ports::{TenantReads, Unavailable};
use dashoffice_runtime::Ids;
use std::collections::HashMap;

/// Addresses remembered beyond those of strangers.
const MOST_REMEMBERED: usize = 50_000;

type Address = (NumberId, Identifier);
type Home = (ThreadId, ContactId);

#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Of threads whose first commit has not been heard of: links are repeated until it has.
    strangers: HashMap<Address, Home>,
    /// As the store has them.
    settled: HashMap<Address, Home>,
}

/// Where an item belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) thread: ThreadId,
    pub(super) contact: ContactId,
    pub(super) to_link: Vec<Identifier>,
    pub(super) possible_duplicate: Option<ThreadId>,
}

impl Addresses {
    pub(super) async fn find(
        &mut self,
        reads: &dyn TenantReads,
        ids: &Ids,
        number: NumberId,
        identifiers: &[Identifier],
    ) -> Result<Found, Unavailable> {
        let known = self.look_up(reads, number, identifiers).await?;
        let threads: Vec<_> = known.iter().map(|(id, home)| (id.clone(), home.map(|(thread, _)| thread))).collect();
        let Resolution { thread, mut to_link, possible_duplicate } = resolve(&threads);
        let home = thread.and_then(|thread| known.iter().filter_map(|(_, home)| *home).find(|home| home.0 == thread));
        let (thread, contact) = home.unwrap_or_else(|| (ThreadId(ids.next()), ContactId(ids.next())));
        for identifier in identifiers {
            let address = (number, identifier.clone());
            let is_new = to_link.contains(identifier);
            if is_new {
                self.strangers.insert(address, (thread, contact));
            } else if self.strangers.get(&address).is_some_and(|home| home.0 == thread) {
                // Linked by a commit we have not heard of: said again, it changes nothing.
                to_link.push(identifier.clone());
            }
        }
        Ok(Found { thread, contact, to_link, possible_duplicate })
    }

    async fn look_up(
        &mut self,
        reads: &dyn TenantReads,
        number: NumberId,
        identifiers: &[Identifier],
    ) -> Result<Vec<(Identifier, Option<Home>)>, Unavailable> {
        let remembered = |address: &Address| self.strangers.get(address).or_else(|| self.settled.get(address)).copied();
        let mut known: Vec<(Identifier, Option<Home>)> =
            identifiers.iter().map(|id| (id.clone(), remembered(&(number, id.clone())))).collect();
        let missing: Vec<Identifier> =
            known.iter().filter(|(_, home)| home.is_none()).map(|(id, _)| id.clone()).collect();
        if missing.is_empty() {
            return Ok(known);
        }
        let found = reads.threads_of(number, missing.clone()).await?;
        for (identifier, home) in missing.into_iter().zip(found) {
            let Some(home) = home else { continue };
            self.remember((number, identifier.clone()), home);
            if let Some(entry) = known.iter_mut().find(|(id, _)| *id == identifier) {
                entry.1 = Some(home);
            }
        }
        Ok(known)
    }

    fn remember(&mut self, address: Address, home: Home) {
        if self.settled.len() >= MOST_REMEMBERED {
            // A cache of reads: starting over costs one look-up each.
            self.settled.clear();
        }
        self.settled.insert(address, home);
    }

    /// A commit of this thread has landed: its links stand in the store.
    pub(super) fn landed(&mut self, thread: ThreadId) {
        let landed: Vec<Address> =
            self.strangers.iter().filter(|(_, home)| home.0 == thread).map(|(address, _)| address.clone()).collect();
        for address in landed {
            if let Some(home) = self.strangers.remove(&address) {
                self.remember(address, home);
            }
        }
    }

    /// What is believed of this thread may be wrong: look it up again.
    pub(super) fn forget(&mut self, thread: ThreadId) {
        self.strangers.retain(|_, home| home.0 != thread);
        self.settled.retain(|_, home| home.0 != thread);
    }
}
