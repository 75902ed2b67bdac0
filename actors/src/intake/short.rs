//! The intake's half of the short way: what was brought to the door and is nowhere on disk is put into its thread's slot, where nothing
//! that came before is still on its way there.

use super::actor::IntakeState;
use super::addresses::Place;
use super::reading::read;
use super::way::Brought;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{NumberId, ThreadId};
use dashoffice_domain::ports::{Arrival, Reading, Unavailable};
use dashoffice_domain::{Entity, Item};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{End, Order, Pass, Provenance};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Weak};

/// Something in a slot without a row.
#[derive(Debug)]
struct OnItsWay {
    thread: ThreadId,
    place: Place,
    pass: Weak<Pass>,
    /// Its end will be heard of, and is waited for: something is believed of its sender until then.
    is_heard_of: bool,
}

/// What is in slots without rows, by its key; one key may be there more than once. Of what has nothing to say of its sender no end is
/// heard: it is looked for when something else is put in.
#[derive(Debug, Default)]
pub(super) struct Unstored {
    under_way: HashMap<String, VecDeque<OnItsWay>>,
    /// The keys, in the order in which they were put in.
    placed: VecDeque<String>,
    count: u64,
}

impl OnItsWay {
    fn is_over(&self) -> bool {
        self.pass.upgrade().is_none_or(|pass| pass.is_over())
    }
}

/// What comes of an item that was brought.
enum Placed {
    InItsSlot,
    /// It goes to the inbox, and so does what comes behind it in its thread.
    Refused,
    /// It goes to the inbox, and nobody knows whose it is: so does whatever comes behind it.
    AllRefused,
}

impl Unstored {
    /// Whether the message is on its way.
    pub(super) fn has_message(&self, number: NumberId, provider_message_id: &str) -> bool {
        let key = Arrival::new(number, provider_message_id, Vec::new()).dedupe_key;
        self.under_way.get(&key).is_some_and(|all| all.iter().any(|one| !one.is_over()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.values().flatten().all(OnItsWay::is_over)
    }

    /// The place of the next one, behind everything that was read.
    fn next_place(&mut self, seen: i64) -> Place {
        self.count += 1;
        Place(seen, self.count)
    }

    fn put(&mut self, key: String, one: OnItsWay) {
        while let Some(first) = self.placed.front() {
            let is_done = |one: &OnItsWay| !one.is_heard_of && one.is_over();
            if !self.under_way.get(first).is_none_or(|all| all.iter().all(is_done)) {
                break;
            }
            if let Some(first) = self.placed.pop_front() {
                self.under_way.remove(&first);
            }
        }
        self.placed.push_back(key.clone());
        self.under_way.entry(key).or_default().push_back(one);
    }

    fn ends(&mut self, key: &str, thread: ThreadId) -> Option<Place> {
        let all = self.under_way.get_mut(key)?;
        let ended = all.remove(all.iter().position(|one| one.is_heard_of && one.thread == thread)?)?;
        Some(ended.place)
    }
}

impl IntakeState {
    /// Takes what may go the short way, in order, and leaves the rest to the door.
    pub(super) async fn brought(&mut self, items: Vec<Weak<Brought>>) -> Result<(), Unavailable> {
        reach("intake", "brought");
        let mut items = items.into_iter().filter_map(|item| item.upgrade());
        // Of these threads something goes to the inbox, and what comes behind it does, too.
        let mut closed = HashSet::new();
        while let Some(item) = items.next() {
            let placed = self.place(&item, &mut closed).await;
            if !matches!(placed, Ok(Placed::InItsSlot)) {
                item.pass.refuse();
            }
            if !matches!(placed, Ok(Placed::InItsSlot | Placed::Refused)) {
                items.for_each(|item| item.pass.refuse());
                return placed.map(drop);
            }
        }
        Ok(())
    }

    async fn place(&mut self, item: &Brought, closed: &mut HashSet<ThreadId>) -> Result<Placed, Unavailable> {
        if item.pass.is_over() || self.safe_mode.is_some() || !self.short.is_open() {
            return Ok(Placed::AllRefused);
        }
        let Some(number) = self.number(item.arrival.number).await? else { return Ok(Placed::AllRefused) };
        let (inbound, raw) = match read(&self.parts.channels, &number, &item.arrival.raw) {
            Reading::Understood(inbound) => (inbound, None),
            Reading::Partly(inbound) => (inbound, Some(item.arrival.raw.clone())),
            Reading::Unreadable { .. } => return Ok(Placed::AllRefused),
        };
        let (found, arrived) = self.arrival(&number, inbound, raw, item.received_at).await?;
        let thread = found.home.thread;
        let entity = Entity::Thread(thread);
        // What may be said once is not said by what may have to be said again.
        let is_said_once = found.possible_duplicate.is_some();
        if closed.contains(&thread) || self.waiting.is_behind(entity) || is_said_once || !item.pass.place() {
            closed.insert(thread);
            return Ok(Placed::Refused);
        }
        // Whoever takes it back finds it by this.
        let _ = item.thread.set(thread);
        let key = item.arrival.dedupe_key.clone();
        let provenance =
            Provenance { actor: Principal::SYSTEM, cause: item.correlation, correlation: item.correlation };
        let name = arrived.inbound.profile_name.clone();
        // Nothing is believed of a sender who says nothing new: then nobody has to hear what becomes of it.
        let is_heard_of = !found.claims.is_empty();
        let settled = is_heard_of.then(|| self.settled.clone());
        let (pass, departures) = (Arc::clone(&item.pass), self.departures.clone());
        let order = Order::unstored(Item::Arrived(arrived), provenance, key.clone(), pass, settled, departures);
        if self.parts.conversations.deliver(self.parts.reads.tenant(), thread, order).is_err() {
            closed.insert(thread);
            return Ok(Placed::Refused);
        }
        reach("intake", "placed");
        let place = self.unstored.next_place(self.seen);
        self.addresses.believe(place, &found, name.as_ref());
        self.unstored.put(key, OnItsWay { thread, place, pass: Arc::downgrade(&item.pass), is_heard_of });
        Ok(Placed::InItsSlot)
    }

    /// One of a thread has ended, on disk or not.
    pub(super) async fn unstored_settled(&mut self, thread: ThreadId, key: &str, how: &End) -> Result<(), Unavailable> {
        let Some(place) = self.unstored.ends(key, thread) else { return Ok(()) };
        match how {
            End::Done(_) => self.addresses.landed(thread, place),
            // Perhaps recorded by another thread, or nowhere. What is stored of it has perhaps been handed over already, and says it again.
            _ => self.addresses.lost(thread, place),
        }
        if self.safe_mode.is_some() {
            return self.next_in_safe_mode().await;
        }
        if self.waiting.is_behind(Entity::Thread(thread)) {
            return self.refill(Entity::Thread(thread)).await;
        }
        Ok(())
    }
}
