//! Finds the thread of a sender, and says what becomes of the addresses.

use super::{Address, Claim, KnownThread, SIGHTINGS_EVERY, is_same};
use crate::conversation::contact::{Identifier, IdentifierKind};
use crate::ids::ThreadId;
use crate::item::Moved;
use crate::phone;
use crate::time::Timestamp;
use crate::wording;

/// Whose customer it is about, as the provider tells it.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// All they were known by when they wrote; never empty.
    pub identifiers: &'a [Identifier],
    /// The provider's notice that they are known otherwise from now on.
    pub moved: &'a [Moved],
    pub name: Option<&'a str>,
    /// They did it themselves. What we say to them with the phone, and what the provider says of them, is no sighting.
    pub wrote: bool,
    /// By the provider's clock, but never in the future.
    pub at: Timestamp,
}

/// Where something belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// `None`: a thread of its own, since nobody knows this person.
    pub thread: Option<ThreadId>,
    pub claims: Vec<Claim>,
    /// A second thread that may be the same person's; the thread itself, where two spellings of a number have different names.
    pub possible_duplicate: Option<ThreadId>,
}

/// Everything that must be looked up before the sender can be placed.
pub fn wanted(identifiers: &[Identifier], moved: &[Moved]) -> Vec<Identifier> {
    let mut wanted: Vec<Identifier> = Vec::new();
    for identifier in identifiers.iter().chain(moved.iter().flat_map(|moved| [&moved.from, &moved.to])) {
        for spelling in spellings(identifier) {
            if !wanted.contains(&spelling) {
                wanted.push(spelling);
            }
        }
    }
    wanted
}

fn spellings(identifier: &Identifier) -> Vec<Identifier> {
    if identifier.kind != IdentifierKind::WaId {
        return vec![identifier.clone()];
    }
    phone::spellings(&identifier.value).into_iter().map(|value| Identifier::new(identifier.kind, value)).collect()
}

/// Finds where a sender belongs among the threads that [`wanted`] led to.
pub fn place(sender: &Sender<'_>, known: &[KnownThread]) -> Placed {
    let mut placing = Placing { sender, known, home: None, claims: Vec::new(), possible_duplicate: None };
    placing.home = placing.find_home();
    for identifier in sender.identifiers {
        placing.claim(identifier);
    }
    for moved in sender.moved {
        if moved.from != moved.to {
            placing.leave(&moved.from);
        }
        placing.enter(&moved.to);
    }
    let Placing { home, claims, possible_duplicate, .. } = placing;
    Placed { thread: home.map(|home| home.thread), claims, possible_duplicate }
}

struct Placing<'a> {
    sender: &'a Sender<'a>,
    known: &'a [KnownThread],
    home: Option<&'a KnownThread>,
    claims: Vec<Claim>,
    possible_duplicate: Option<ThreadId>,
}

impl<'a> Placing<'a> {
    fn scoped(&self) -> Option<&'a Identifier> {
        self.sender.identifiers.iter().find(|one| one.kind == IdentifierKind::ScopedUser)
    }

    /// The scoped id has the word; then the number, where it is not somebody else's by now.
    fn find_home(&self) -> Option<&'a KnownThread> {
        let scoped = self.scoped();
        if let Some(home) = scoped.and_then(|scoped| self.holder(scoped)) {
            return Some(home);
        }
        // A notice that speaks of a number speaks of whoever had it, by whatever id they are known since.
        let is_left = |moved: &Moved| moved.from.kind == IdentifierKind::WaId && moved.from != moved.to;
        let moved_away = self.sender.moved.iter().any(is_left);
        let by_number = self.sender.identifiers.iter().filter(|one| Some(*one) != scoped);
        let home = by_number.filter_map(|one| self.holder(one)).find(|home| moved_away || !home.is_of_another(scoped));
        if home.is_some() {
            return home;
        }
        let entered = self.sender.moved.iter().map(|moved| &moved.to);
        let by_entered = entered.filter_map(|to| Some((to, self.holder(to)?)));
        let mut mine =
            by_entered.filter(|(to, home)| to.kind == IdentifierKind::ScopedUser || !home.is_of_another(scoped));
        mine.next().map(|(_, home)| home)
    }

    fn exact(&self, identifier: &Identifier) -> Option<(&'a KnownThread, &'a Address)> {
        self.known.iter().find_map(|thread| Some((thread, thread.address(identifier)?)))
    }

    /// Who has it by any spelling, the given one first.
    fn held(&self, identifier: &Identifier) -> Option<(&'a KnownThread, &'a Address)> {
        self.exact(identifier).or_else(|| {
            let all =
                self.known.iter().flat_map(|thread| thread.addresses.iter().map(move |address| (thread, address)));
            all.filter(|(_, address)| address.is_live()).find(|(_, address)| is_same(&address.identifier, identifier))
        })
    }

    /// The thread of whoever had it when the sender wrote.
    fn holder(&self, identifier: &Identifier) -> Option<&'a KnownThread> {
        let (thread, address) = self.held(identifier)?;
        (!self.was_left(address)).then_some(thread)
    }

    /// Whether its owner had left it when the sender wrote. A scoped id is never given to anybody else, and a notice speaks of before.
    fn was_left(&self, address: &Address) -> bool {
        self.sender.moved.is_empty()
            && address.identifier.kind != IdentifierKind::ScopedUser
            && address.retired_at.is_some_and(|then| self.sender.at >= then)
    }

    fn is_home(&self, thread: &KnownThread) -> bool {
        self.home.is_some_and(|home| home.thread == thread.thread)
    }

    fn link(&mut self, identifier: &Identifier, taken_from: Option<ThreadId>) {
        if self.claims.iter().all(|claim| claim.identifier != *identifier) {
            let by_notice = !self.sender.moved.is_empty();
            let is_dated = self.sender.wrote || by_notice || taken_from.is_some();
            let seen_at = if is_dated { self.sender.at } else { Timestamp::default() };
            let claim = Claim { taken_from, by_notice, ..Claim::link(identifier.clone(), seen_at) };
            self.claims.push(claim);
        }
    }

    /// One of the sender's own identifiers.
    fn claim(&mut self, identifier: &Identifier) {
        let Some((thread, address)) = self.held(identifier) else { return self.link(identifier, None) };
        let is_exact = address.identifier == *identifier;
        if self.is_home(thread) {
            if is_exact {
                self.sight(thread, address);
            } else {
                self.link(identifier, None);
                self.compare_names(thread);
            }
            return;
        }
        // What was said before its owner was last seen on it proves nothing against them.
        let is_somebody_elses = identifier.kind != IdentifierKind::ScopedUser
            && thread.is_of_another(self.scoped())
            && self.sender.at >= address.seen_at;
        if self.was_left(address) || is_somebody_elses {
            self.take(identifier, thread);
        } else if !is_exact {
            self.link(identifier, None);
        }
        if !self.was_left(address) {
            self.possible_duplicate = Some(thread.thread);
        }
    }

    /// The number is the sender's now, by every spelling.
    fn take(&mut self, identifier: &Identifier, from: &KnownThread) {
        let mut is_there = false;
        for address in from.addresses.iter().filter(|address| is_same(&address.identifier, identifier)) {
            is_there |= address.identifier == *identifier;
            self.link(&address.identifier, Some(from.thread));
        }
        if !is_there {
            self.link(identifier, None);
        }
    }

    /// An address of the thread was used again. Written down now and then, and where it changes where an answer goes.
    fn sight(&mut self, thread: &KnownThread, address: &Address) {
        if !self.sender.wrote {
            return;
        }
        let at = self.sender.at;
        let kind = address.identifier.kind;
        let returns = kind != IdentifierKind::ScopedUser && address.retired_at.is_some_and(|then| at >= then);
        if !self.sender.moved.is_empty() || at <= address.seen_at || (!address.is_live() && !returns) {
            return;
        }
        let others = thread.addresses.iter().filter(|other| {
            other.is_live() && other.identifier.kind == kind && !self.sender.identifiers.contains(&other.identifier)
        });
        let is_news = others.map(|other| other.seen_at).max().is_some_and(|latest| latest >= address.seen_at);
        if returns || is_news || at.since(address.seen_at) >= SIGHTINGS_EVERY {
            self.claims.push(Claim { is_new: false, ..Claim::link(address.identifier.clone(), at) });
        }
    }

    fn compare_names(&mut self, thread: &KnownThread) {
        let folded = |name: Option<&str>| name.map(wording::folded);
        if let (Some(one), Some(other)) = (folded(thread.name.as_deref()), folded(self.sender.name))
            && one != other
        {
            self.possible_duplicate = Some(thread.thread);
        }
    }

    /// What the sender is not known by any more, by every spelling; if they used it later than that, it is theirs again.
    fn leave(&mut self, from: &Identifier) {
        let at = self.sender.at;
        for claim in self.claims.iter_mut().filter(|claim| is_same(&claim.identifier, from)) {
            claim.retired_at = Some(at);
        }
        let Some(home) = self.home else { return };
        let theirs = home.addresses.iter().filter(|address| is_same(&address.identifier, from));
        for address in theirs.filter(|address| address.is_live() && address.seen_at <= at) {
            let left = Claim::link(address.identifier.clone(), address.seen_at);
            self.claims.push(Claim { retired_at: Some(at), by_notice: true, is_new: false, ..left });
        }
    }

    /// What the sender is known by from now on. Whoever had the number before has it no more, unless they wrote from it since: then
    /// they are most likely the sender, who was faster than the notice.
    fn enter(&mut self, to: &Identifier) {
        let at = self.sender.at;
        let Some((thread, address)) = self.held(to) else { return self.link(to, None) };
        let is_exact = address.identifier == *to;
        if self.is_home(thread) {
            if !is_exact {
                self.link(to, None);
            } else if at >= address.seen_at {
                let seen = Claim::link(to.clone(), at);
                self.claims.push(Claim { by_notice: true, is_new: false, ..seen });
            }
            return;
        }
        let was_left = !address.is_live();
        if to.kind != IdentifierKind::ScopedUser && (was_left || address.seen_at < at) {
            self.take(to, thread);
        } else if !is_exact {
            self.link(to, None);
        }
        if !was_left {
            self.possible_duplicate = Some(thread.thread);
        }
    }
}
