//! Whoever somebody is, in whatever order we hear of it.

use super::*;
use crate::item::Moved;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn phone(digits: &str) -> Identifier {
    Identifier::new(IdentifierKind::WaId, digits)
}

fn scoped(id: &str) -> Identifier {
    Identifier::new(IdentifierKind::ScopedUser, id)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

/// A number's threads as a store keeps them.
#[derive(Default)]
struct Number {
    threads: Vec<KnownThread>,
    last: Option<Placed>,
}

impl Number {
    fn hears(&mut self, sender: &Sender<'_>) -> ThreadId {
        let wanted = wanted(sender.identifiers, sender.moved);
        let known: Vec<KnownThread> = self
            .threads
            .iter()
            .filter(|thread| wanted.iter().any(|one| thread.address(one).is_some()))
            .cloned()
            .collect();
        let placed = place(sender, &known);
        let home = placed.thread.unwrap_or_else(|| {
            let thread = ThreadId(Uuid::from_u128(self.threads.len() as u128 + 1));
            let contact = ContactId(thread.0);
            self.threads.push(KnownThread { thread, contact, name: sender.name.map(str::to_owned), addresses: vec![] });
            thread
        });
        for claim in &placed.claims {
            let holder = self.threads.iter_mut().find(|thread| thread.address(&claim.identifier).is_some());
            if let Some(holder) = holder.filter(|holder| holder.thread != home) {
                assert_eq!(claim.taken_from, Some(holder.thread), "nothing is taken in silence: {claim:?}");
                holder.addresses.retain(|address| address.identifier != claim.identifier);
            }
            self.threads.iter_mut().find(|thread| thread.thread == home).expect("it is there").believe(claim);
        }
        self.last = Some(placed);
        home
    }

    fn writes(&mut self, identifiers: &[Identifier], when: i64) -> ThreadId {
        self.hears(&Sender { identifiers, moved: &[], name: None, wrote: true, at: at(when) })
    }

    fn notice(&mut self, identifiers: &[Identifier], from: Identifier, to: Identifier, when: i64) -> ThreadId {
        let moved = [Moved { from, to }];
        self.hears(&Sender { identifiers, moved: &moved, name: None, wrote: true, at: at(when) })
    }

    fn to(&self, thread: ThreadId) -> Vec<Identifier> {
        self.threads.iter().find(|one| one.thread == thread).map(|one| to(&one.addresses)).expect("it is there")
    }

    fn duplicate(&self) -> Option<ThreadId> {
        self.last.as_ref().and_then(|placed| placed.possible_duplicate)
    }
}

const OLD: &str = "4915110000001";
/// Before the old one as text.
const NEW: &str = "4915100000001";
/// After the old one as text.
const LATER: &str = "4915190000001";

#[test]
fn b3_a_stranger_gets_a_thread_with_all_identifiers_and_a_new_identifier_joins_it() {
    let mut number = Number::default();
    let thread = number.writes(&[phone(OLD)], 0);
    assert_eq!(number.writes(&[scoped("DE.1"), phone(OLD)], 1), thread);
    assert_eq!(number.writes(&[scoped("DE.1")], 2), thread);
    assert_eq!(number.to(thread), [scoped("DE.1"), phone(OLD)]);
}

#[test]
fn b3_of_two_threads_the_business_scoped_id_wins_and_the_other_is_reported() {
    let mut number = Number::default();
    let by_phone = number.writes(&[phone(OLD)], 0);
    let by_id = number.writes(&[scoped("DE.1")], 1);
    assert_eq!(number.writes(&[scoped("DE.1"), phone(OLD)], 2), by_id);
    assert_eq!(number.duplicate(), Some(by_phone));
    assert_eq!(number.to(by_phone), [phone(OLD)], "what is linked stays");
}

#[test]
fn after_a_number_change_answers_go_to_the_new_number_whichever_comes_first_as_text() {
    for (from, to) in [(NEW, LATER), (LATER, NEW)] {
        let mut number = Number::default();
        let thread = number.writes(&[phone(from)], 0);
        assert_eq!(number.notice(&[phone(from)], phone(from), phone(to), 10), thread);
        assert_eq!(number.to(thread), [phone(to)]);
        assert_eq!(number.writes(&[phone(to)], 20), thread);
        assert_eq!(number.to(thread), [phone(to)]);
    }
}

#[test]
fn without_a_notice_answers_go_to_the_number_that_was_written_from_last() {
    for (first, second) in [(NEW, LATER), (LATER, NEW)] {
        let mut number = Number::default();
        let thread = number.writes(&[scoped("DE.1"), phone(first)], 0);
        assert_eq!(number.writes(&[scoped("DE.1"), phone(second)], 10), thread);
        assert_eq!(number.to(thread), [scoped("DE.1"), phone(second), phone(first)]);
        number.writes(&[scoped("DE.1"), phone(first)], 20);
        assert_eq!(number.to(thread), [scoped("DE.1"), phone(first), phone(second)]);
    }
}

#[test]
fn whoever_writes_from_a_number_its_owner_left_is_a_stranger() {
    for identifiers in [vec![phone(OLD)], vec![scoped("DE.9"), phone(OLD)]] {
        let mut number = Number::default();
        let former = number.writes(&[phone(OLD)], 0);
        number.notice(&[phone(OLD)], phone(OLD), phone(NEW), 10);
        let stranger = number.writes(&identifiers, 90_000);
        assert_ne!(stranger, former);
        assert_eq!(number.duplicate(), None, "the provider said that they are two");
        assert_eq!((number.to(former), number.writes(&[phone(OLD)], 90_001)), (vec![phone(NEW)], stranger));
        assert_eq!(number.writes(&[phone(NEW)], 90_002), former);
    }
}

#[test]
fn what_was_said_before_a_number_was_left_belongs_to_who_left_it() {
    let mut number = Number::default();
    let thread = number.writes(&[phone(OLD)], 0);
    number.notice(&[phone(OLD)], phone(OLD), phone(NEW), 10);
    assert_eq!(number.writes(&[phone(OLD)], 5), thread);
    assert_eq!(number.to(thread), [phone(NEW)]);
}

#[test]
fn what_we_say_to_a_customer_with_the_phone_is_no_sighting_of_theirs() {
    let mut number = Number::default();
    let echo = |identifiers, when| Sender { identifiers, moved: &[], name: None, wrote: false, at: at(when) };
    let claims = |number: &Number| number.last.as_ref().map(|placed| placed.claims.clone()).unwrap_or_default();
    let (both, old) = ([phone(OLD), phone(NEW)], [phone(OLD)]);
    let thread = number.writes(&[scoped("DE.1"), phone(OLD)], 0);
    number.writes(&[scoped("DE.1"), phone(NEW)], 10);
    assert_eq!(number.hears(&echo(&old, 90_000)), thread);
    assert_eq!((claims(&number), number.to(thread)), (vec![], vec![scoped("DE.1"), phone(NEW), phone(OLD)]));
    number.notice(&[scoped("DE.1"), phone(OLD)], phone(OLD), phone("4915170000001"), 80_000);
    assert_eq!(number.to(thread), [scoped("DE.1"), phone("4915170000001"), phone(NEW)], "they left it all the same");

    let mut number = Number::default();
    let stranger = number.hears(&echo(&both, 90_000));
    let never = |identifier| Claim::link(identifier, Timestamp::default());
    assert_eq!(claims(&number), [never(phone(OLD)), never(phone(NEW))], "we wrote, and they never did");
    assert_eq!(number.writes(&[phone(NEW)], 20), stranger);
    assert_eq!(number.to(stranger), [phone(NEW), phone(OLD)]);
}

#[test]
fn a_number_that_changes_hands_by_what_we_say_with_the_phone_does_so_at_that_time() {
    let mut number = Number::default();
    let former = number.writes(&[scoped("DE.1"), phone(OLD)], 0);
    let identifiers = [scoped("DE.2"), phone(OLD)];
    let echo = Sender { identifiers: &identifiers, moved: &[], name: None, wrote: false, at: at(90_000) };
    let stranger = number.hears(&echo);
    assert_ne!(stranger, former);
    assert_eq!(number.writes(&[scoped("DE.1"), phone(OLD)], 5), former, "said before the number was the stranger's");
    assert_eq!(number.to(stranger), [scoped("DE.2"), phone(OLD)]);
}

#[test]
fn a_customer_who_returns_to_a_number_they_left_is_answered_there() {
    let mut number = Number::default();
    let thread = number.writes(&[scoped("DE.1"), phone(OLD)], 0);
    number.notice(&[scoped("DE.1"), phone(OLD)], phone(OLD), phone(NEW), 10);
    assert_eq!(number.writes(&[scoped("DE.1"), phone(OLD)], 20), thread);
    assert_eq!(number.to(thread), [scoped("DE.1"), phone(OLD), phone(NEW)]);
}

#[test]
fn a_notice_that_comes_after_a_message_from_the_new_number_takes_nothing_from_it() {
    let mut number = Number::default();
    let before = number.writes(&[phone(OLD)], 0);
    let after = number.writes(&[phone(NEW)], 11);
    assert_eq!(number.notice(&[phone(OLD)], phone(OLD), phone(NEW), 10), before);
    assert_eq!(number.duplicate(), Some(after));
    assert_eq!(number.to(after), [phone(NEW)], "who waits there is answered");
    assert_eq!(number.to(before), [], "nobody is answered on a number they left");
}

#[test]
fn a_number_that_a_former_customer_had_passes_to_who_moves_to_it() {
    let mut number = Number::default();
    let former = number.writes(&[scoped("DE.7"), phone(NEW)], -1_000_000);
    let thread = number.writes(&[phone(OLD)], 0);
    number.notice(&[phone(OLD)], phone(OLD), phone(NEW), 10);
    assert_eq!((number.to(thread), number.to(former)), (vec![phone(NEW)], vec![scoped("DE.7")]));
    assert_eq!(number.duplicate(), Some(former));
}

#[test]
fn a_stranger_on_a_recycled_number_gets_a_thread_of_their_own_and_the_number() {
    let mut number = Number::default();
    let former = number.writes(&[scoped("DE.1"), phone(OLD)], 0);
    let stranger = number.writes(&[scoped("DE.2"), phone(OLD)], 90_000);
    assert_ne!(stranger, former);
    assert_eq!(number.duplicate(), Some(former));
    assert_eq!(number.to(stranger), [scoped("DE.2"), phone(OLD)]);
    assert_eq!(number.to(former), [scoped("DE.1")], "no answer to the former customer reaches the stranger");
    assert_eq!(number.writes(&[phone(OLD)], 90_001), stranger);
    assert_eq!(number.writes(&[scoped("DE.1"), phone(OLD)], 5), former, "said before the number was the stranger's");
    assert_eq!(number.to(stranger), [scoped("DE.2"), phone(OLD)]);
}

#[test]
fn a_recycled_number_passes_in_all_its_spellings() {
    let mut number = Number::default();
    let former = number.writes(&[scoped("BR.1"), phone("5531977770111"), phone("553177770111")], 0);
    let stranger = number.writes(&[scoped("BR.2"), phone("553177770111")], 90_000);
    assert_ne!(stranger, former);
    assert_eq!(number.to(former), [scoped("BR.1")]);
}

#[test]
fn a_new_business_scoped_id_is_linked_by_the_notice_and_the_next_one_too() {
    let mut number = Number::default();
    let thread = number.writes(&[scoped("BR.old1")], 0);
    assert_eq!(number.notice(&[scoped("BR.old1")], scoped("BR.old1"), scoped("BR.new1"), 60), thread);
    assert_eq!(number.to(thread), [scoped("BR.new1")]);
    assert_eq!(number.writes(&[scoped("BR.new1")], 100), thread);
    assert_eq!(number.notice(&[scoped("BR.new1")], scoped("BR.new1"), scoped("BR.z1"), 160), thread);
    assert_eq!(number.writes(&[scoped("BR.z1"), phone(OLD)], 200), thread);
    assert_eq!(number.writes(&[scoped("BR.old1")], 210), thread, "an id is never given to anybody else");
    assert_eq!(number.to(thread), [scoped("BR.z1"), phone(OLD)]);
}

#[test]
fn a_notice_of_a_new_number_links_the_id_that_comes_with_it() {
    let mut number = Number::default();
    let thread = number.writes(&[scoped("DE.1"), phone(OLD)], 0);
    let moved = [Moved { from: phone(OLD), to: phone(NEW) }, Moved { from: scoped("DE.1"), to: scoped("DE.2") }];
    let identifiers = [scoped("DE.1"), phone(OLD)];
    assert_eq!(
        number.hears(&Sender { identifiers: &identifiers, moved: &moved, name: None, wrote: true, at: at(10) }),
        thread
    );
    assert_eq!(number.to(thread), [scoped("DE.2"), phone(NEW)]);
    assert_eq!(number.writes(&[scoped("DE.2"), phone(NEW)], 20), thread);
    let stranger = number.writes(&[scoped("DE.3"), phone(OLD)], 30);
    assert_ne!(stranger, thread);
}

#[test]
fn two_spellings_of_a_number_are_one_customer_with_two_addresses() {
    for (one, other) in
        [("5531977770111", "553177770111"), ("5215540000002", "525540000002"), ("5491155550001", "541155550001")]
    {
        for (first, second) in [(one, other), (other, one)] {
            let mut number = Number::default();
            let thread = number.writes(&[phone(first)], 0);
            assert_eq!(number.writes(&[phone(second)], 1), thread);
            assert_eq!(number.duplicate(), None);
            assert_eq!(number.to(thread), [phone(second), phone(first)]);
        }
    }
    let mut number = Number::default();
    let fixed = number.writes(&[phone("551134567890")], 0);
    assert_ne!(number.writes(&[phone("5511934567890")], 1), fixed, "a fixed line is somebody else");
}

#[test]
fn two_spellings_with_two_names_may_be_two_people_and_it_is_said() {
    let by_name = |name| Sender { identifiers: &[], moved: &[], name: Some(name), wrote: true, at: at(0) };
    for (name, is_said) in [("JOAO", false), ("Maria", true)] {
        let mut number = Number::default();
        let first = [phone("5531977770111")];
        let thread = number.hears(&Sender { identifiers: &first, ..by_name("João") });
        let second = [phone("553177770111")];
        assert_eq!(number.hears(&Sender { identifiers: &second, at: at(1), ..by_name(name) }), thread);
        assert_eq!(number.duplicate().is_some(), is_said, "{name}");
    }
}

#[test]
fn a_sighting_is_written_once_a_day_or_where_it_changes_where_an_answer_goes() {
    let mut number = Number::default();
    let claims = |number: &Number| number.last.as_ref().map_or(0, |placed| placed.claims.len());
    number.writes(&[scoped("DE.1"), phone(OLD)], 0);
    number.writes(&[scoped("DE.1"), phone(OLD)], 60);
    assert_eq!(claims(&number), 0, "it is known");
    number.writes(&[scoped("DE.1"), phone(OLD)], 86_400);
    assert_eq!(claims(&number), 2);
    number.writes(&[scoped("DE.1"), phone(NEW)], 86_410);
    number.writes(&[scoped("DE.1"), phone(OLD)], 86_420);
    assert_eq!(claims(&number), 1, "the number last seen is another one now");
    number.writes(&[scoped("DE.1"), phone(OLD)], 86_430);
    assert_eq!(claims(&number), 0);
}

// ------------------------------------------------------------------------------------------------------- any history at all

#[derive(Clone, Debug)]
enum Step {
    Writes { scoped: Option<u8>, phone: Option<u8>, late: i64 },
    ChangesNumber { scoped: Option<u8>, from: u8, to: u8, late: i64 },
    ChangesId { from: u8, to: u8, phone: Option<u8>, late: i64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    let who = || proptest::option::of(0..4_u8);
    let late = || prop_oneof![3 => Just(0_i64), 1 => 0..400_i64];
    prop_oneof![
        5 => (who(), who(), late()).prop_map(|(scoped, phone, late)| Step::Writes { scoped, phone, late }),
        1 => (who(), 0..4_u8, 0..4_u8, late())
            .prop_map(|(scoped, from, to, late)| Step::ChangesNumber { scoped, from, to, late }),
        1 => (0..4_u8, 0..4_u8, who(), late()).prop_map(|(from, to, phone, late)| Step::ChangesId { from, to, phone, late }),
    ]
}

/// Of the phones two are spellings of one number.
fn nth_phone(n: u8) -> Identifier {
    phone(["5531977770111", "553177770111", OLD, NEW][usize::from(n)])
}

fn nth_scoped(n: u8) -> Identifier {
    scoped(["BR.a", "BR.b", "BR.c", "BR.d"][usize::from(n)])
}

/// Which ids the provider's notices have linked, directly or by others.
#[derive(Default)]
struct Linked(BTreeMap<Identifier, Identifier>);

impl Linked {
    fn root(&self, id: &Identifier) -> Identifier {
        let mut id = id;
        while let Some(next) = self.0.get(id) {
            id = next;
        }
        id.clone()
    }

    fn link(&mut self, one: &Identifier, other: &Identifier) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.0.insert(one, other);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn two_business_scoped_ids_never_share_a_thread_unless_a_notice_links_them(
        steps in proptest::collection::vec(any_step(), 1..24)
    ) {
        let (mut number, mut linked) = (Number::default(), Linked::default());
        let mut homes: BTreeMap<Identifier, ThreadId> = BTreeMap::new();
        for (n, step) in steps.into_iter().enumerate() {
            let now = n as i64 * 100;
            let home = match step {
                Step::Writes { scoped, phone, late } => {
                    let who: Vec<Identifier> = scoped.map(nth_scoped).into_iter().chain(phone.map(nth_phone)).collect();
                    if who.is_empty() {
                        continue;
                    }
                    number.writes(&who, now - late)
                }
                Step::ChangesNumber { scoped, from, to, late } => {
                    let (from, to) = (nth_phone(from), nth_phone(to));
                    // A notice of a number speaks of whoever has it: by this very spelling, or else by another one.
                    let has = |thread: &&KnownThread| thread.address(&from).is_some();
                    let has_spelling = |thread: &&KnownThread| {
                        thread.addresses.iter().any(|one| one.is_live() && is_same(&one.identifier, &from))
                    };
                    let threads = || number.threads.iter();
                    let holder = threads().find(has).or_else(|| threads().find(has_spelling)).filter(|_| from != to);
                    let theirs = holder.iter().flat_map(|thread| &thread.addresses).map(|one| one.identifier.clone());
                    let theirs: Vec<Identifier> = theirs.filter(|one| one.kind == IdentifierKind::ScopedUser).collect();
                    let who: Vec<Identifier> = scoped.map(nth_scoped).into_iter().chain([from.clone()]).collect();
                    for one in theirs.iter().filter(|_| scoped.is_some()) {
                        linked.link(one, &who[0]);
                    }
                    number.notice(&who, from, to, now - late)
                }
                Step::ChangesId { from, to, phone, late } => {
                    let (from, to) = (nth_scoped(from), nth_scoped(to));
                    linked.link(&from, &to);
                    let who: Vec<Identifier> = [from.clone()].into_iter().chain(phone.map(nth_phone)).collect();
                    number.notice(&who, from, to, now - late)
                }
            };
            let mut held: BTreeSet<&Identifier> = BTreeSet::new();
            for thread in &number.threads {
                let ids = thread.addresses.iter().map(|address| &address.identifier);
                let scoped_ids: Vec<&Identifier> = ids.clone().filter(|id| id.kind == IdentifierKind::ScopedUser).collect();
                for pair in scoped_ids.windows(2) {
                    prop_assert_eq!(linked.root(pair[0]), linked.root(pair[1]), "in {:?}", thread);
                }
                for id in scoped_ids {
                    let home = homes.entry(id.clone()).or_insert(thread.thread);
                    prop_assert_eq!(*home, thread.thread, "an id keeps its thread for ever");
                }
                for id in ids {
                    prop_assert!(held.insert(id), "{:?} leads to two threads", id);
                }
            }
            prop_assert!(number.threads.iter().any(|thread| thread.thread == home));
        }
    }
}

#[test]
fn people_are_shown_by_digits_before_ids_and_by_what_is_theirs() {
    let address = |kind, value: &str, seen_at, retired_at: Option<i64>| Address {
        identifier: Identifier::new(kind, value),
        seen_at: Timestamp(seen_at),
        retired_at: retired_at.map(Timestamp),
    };
    let scoped = address(IdentifierKind::ScopedUser, "BR.1", 9, None);
    let (old, new) = (address(IdentifierKind::WaId, "551", 1, None), address(IdentifierKind::WaId, "552", 2, None));
    let left = address(IdentifierKind::WaId, "550", 8, Some(8));
    let of = |all: &[&Address]| {
        let all: Vec<Address> = all.iter().map(|one| (*one).clone()).collect();
        shown(&all).map(|one| one.value.clone())
    };
    assert_eq!(of(&[&scoped, &old, &new, &left]).as_deref(), Some("552"));
    assert_eq!(of(&[&scoped, &left]).as_deref(), Some("BR.1"));
    assert_eq!(of(&[&left]).as_deref(), Some("550"));
    assert_eq!(of(&[]), None);
}
