//! The slot owns the mailbox, the order in flight and the count of faults; actors come and go in it (F2).

use crate::budget::Window;
use crate::commit::Take;
use crate::durable::Durable;
use crate::order::{Departed, End, NotTaken, Order, Origin};
use crate::pass::Pass;
use crate::worker::Wake;
use ractor::ActorRef;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// A row that was given back and has not come again after so long belongs to somebody else.
const COMES_AGAIN: Duration = Duration::from_secs(30);

/// A tenant's entity.
pub(crate) type Key<D> = (Uuid, <D as Durable>::Entity);

/// Whether an actor stands in the slot.
pub(crate) enum Life {
    /// None, and none is needed yet.
    Gone,
    Live(ActorRef<Wake>),
    /// Told to drain; the next one waits until this one is seen gone.
    Stopping,
    /// None: a task will bring the next one after a delay.
    Resting,
    /// None, after too many faults; probed again later.
    Quarantined,
    /// The slot itself was given up: look the entity up again.
    Retired,
}

pub(crate) struct Slot<D: Durable> {
    pub(crate) key: Key<D>,
    inner: Mutex<Inner<D>>,
}

pub(crate) struct Inner<D: Durable> {
    pub(crate) life: Life,
    pub(crate) queue: VecDeque<Arc<Order<D>>>,
    pub(crate) in_flight: Option<Arc<Order<D>>>,
    /// Rows that are queued or in flight: a hint that comes twice is one order.
    known: HashSet<Take<D::Entity>>,
    /// Rows that were given back for their conflicts: one that comes again belongs here, and its conflicts are its own.
    returned: HashSet<Take<D::Entity>>,
    /// When the last one was given back.
    returned_at: Option<Instant>,
    /// A wake is on its way.
    woken: bool,
    /// A predecessor's commit may still land: load behind the writer's barrier.
    pub(crate) needs_barrier: bool,
    /// The actor is loading, so a failure now is no fault of an item.
    pub(crate) loading: bool,
    /// What leaves for the disk and is not there yet: nothing else that is nowhere on disk is let in.
    leaving: usize,
    pub(crate) failures_in_a_row: u32,
    pub(crate) parked: Window,
    pub(crate) failed_loads: Window,
    pub(crate) last_active: Instant,
}

/// What a push came to.
pub(crate) enum Pushed {
    /// Queued; an actor must be spawned for it.
    NeedsActor,
    Queued,
    /// The row was queued or in flight already.
    Known,
    /// The slot was given up: look the entity up again.
    Retired,
}

impl<D: Durable> Slot<D> {
    pub(crate) fn new(key: Key<D>) -> Self {
        const WITHIN: Duration = Duration::from_mins(10);
        Self {
            key,
            inner: Mutex::new(Inner {
                life: Life::Gone,
                queue: VecDeque::new(),
                in_flight: None,
                known: HashSet::new(),
                returned: HashSet::new(),
                returned_at: None,
                woken: false,
                needs_barrier: false,
                loading: false,
                leaving: 0,
                failures_in_a_row: 0,
                parked: Window::new(3, WITHIN),
                failed_loads: Window::new(5, WITHIN),
                last_active: Instant::now(),
            }),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner<D>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an order in, if there is room for it.
    pub(crate) fn push(&self, order: &Arc<Order<D>>, capacity: usize) -> Result<Pushed, NotTaken> {
        let mut inner = self.lock();
        match inner.life {
            Life::Retired => return Ok(Pushed::Retired),
            Life::Quarantined => return Err(NotTaken::Quarantined),
            _ => {}
        }
        if order.take().is_some_and(|take| inner.known.contains(take)) {
            return Ok(Pushed::Known);
        }
        // A row that was given back comes again, and came before.
        let comes_again = !inner.returned.is_empty() && inner.returned_at.is_some_and(|at| at.elapsed() < COMES_AGAIN);
        if order.pass().is_some() && (inner.leaving > 0 || comes_again) {
            return Err(NotTaken::Closed);
        }
        if inner.queue.len() >= capacity {
            return Err(NotTaken::Busy);
        }
        if let Some(take) = order.take() {
            inner.known.insert(take.clone());
        }
        inner.queue.push_back(Arc::clone(order));
        inner.last_active = Instant::now();
        if matches!(inner.life, Life::Gone) {
            return Ok(Pushed::NeedsActor);
        }
        inner.wake();
        Ok(Pushed::Queued)
    }

    /// The order to work on: the one in flight, or the next. `None`: nothing to do.
    pub(crate) fn begin(&self) -> Option<Arc<Order<D>>> {
        let mut inner = self.lock();
        if inner.in_flight.is_none() {
            inner.in_flight = inner.queue.pop_front();
        }
        inner.in_flight.clone()
    }

    /// The order in flight has ended; its row may come again (and will then be found gone).
    pub(crate) fn finish(&self) -> Option<Arc<Order<D>>> {
        let mut inner = self.lock();
        let order = inner.in_flight.take();
        if let Some(take) = order.as_ref().and_then(|order| order.take()) {
            inner.known.remove(take);
            inner.returned.remove(take);
        }
        inner.last_active = Instant::now();
        order
    }

    /// The order in flight ends here without an end: its sender looks where it belongs. `false`: its row was given back before and
    /// came again, so it stays in flight. A caller may always ask again.
    pub(crate) fn give_back(&self, order: &Order<D>) -> bool {
        let Some(take) = order.take() else { return self.finish().is_some() };
        if self.lock().returned.contains(take) {
            return false;
        }
        self.finish();
        let mut inner = self.lock();
        inner.returned.insert(take.clone());
        inner.returned_at = Some(Instant::now());
        true
    }

    /// Everything that is nowhere on disk leaves, from `first` on; what is before it, and what has its row, stays. In flight, it is
    /// let go of by whoever handles it.
    pub(crate) fn depart(self: &Arc<Self>, first: &Pass) {
        let is_first = |order: &Arc<Order<D>>| order.pass().is_some_and(|pass| pass.ticket() == first.ticket());
        self.leave(|inner| {
            let in_flight = inner.in_flight.clone().filter(is_first);
            let from = match &in_flight {
                Some(_) => first.leaves().then_some(0),
                None => inner.queue.iter().position(is_first),
            };
            let Some(from) = from else { return (Vec::new(), VecDeque::new()) };
            (in_flight.into_iter().collect(), inner.queue.split_off(from))
        });
    }

    /// The same of everything, and of the order in flight, which is handled no more.
    pub(crate) fn depart_all(self: &Arc<Self>) {
        self.leave(|inner| {
            let in_flight = inner.in_flight.take_if(|order| order.pass().is_some());
            (in_flight.into_iter().collect(), std::mem::take(&mut inner.queue))
        });
    }

    /// Of `behind`, what has its row, and what somebody asked, waits on.
    fn leave(self: &Arc<Self>, choose: impl FnOnce(&mut Inner<D>) -> (Vec<Arc<Order<D>>>, VecDeque<Arc<Order<D>>>)) {
        let mut inner = self.lock();
        let (mut leaving, behind) = choose(&mut inner);
        for order in behind {
            if order.pass().is_some() {
                leaving.push(order);
            } else {
                inner.queue.push_back(order);
            }
        }
        let Some(Origin::Unstored { departures, .. }) = leaving.first().map(|order| &order.origin) else { return };
        let departures = departures.clone();
        inner.leaving += 1;
        drop(inner);
        let passes = leaving.iter().filter_map(|order| order.pass().cloned());
        let passes: Vec<Arc<Pass>> = passes.inspect(|pass| pass.ends()).collect();
        for order in &leaving {
            order.settle(self.key.1, End::Left);
        }
        // Where nobody stores them any more, their senders hear that, and do it themselves.
        let _ = departures.send(Departed { entity: self.key.1, passes, _closed: Closed(Arc::clone(self)) });
    }

    /// Everything that waits is let go of, for the caller to settle: the rows stay in the store.
    pub(crate) fn empty(&self) -> Vec<Arc<Order<D>>> {
        let mut inner = self.lock();
        let mut orders: Vec<_> = inner.in_flight.take().into_iter().collect();
        orders.extend(std::mem::take(&mut inner.queue));
        inner.known.clear();
        orders
    }

    /// Called by the actor when a wake arrives, so that the next push sends another.
    pub(crate) fn woke(&self) {
        self.lock().woken = false;
    }
}

/// A slot that lets nothing in that is nowhere on disk, until this is dropped.
pub(crate) struct Closed<D: Durable>(Arc<Slot<D>>);

impl<D: Durable> Drop for Closed<D> {
    fn drop(&mut self) {
        self.0.lock().leaving -= 1;
    }
}

impl<D: Durable> Inner<D> {
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.in_flight.is_none()
    }

    /// Also while something of it is on its way to the disk: a slot that is made anew would not know.
    pub(crate) fn has_work(&self) -> bool {
        !self.is_idle() || self.leaving > 0
    }

    pub(crate) fn wake(&mut self) {
        if self.woken || self.is_idle() {
            return;
        }
        if let Life::Live(actor) = &self.life {
            // A dead actor's supervisor hears of it and brings the next one.
            self.woken = actor.cast(Wake).is_ok();
        }
    }

    /// Lets the actor go if nothing is queued or in flight; what arrives from now on waits for its successor.
    pub(crate) fn let_go(&mut self) -> bool {
        if self.has_work() {
            return false;
        }
        let Life::Live(actor) = &self.life else { return false };
        let drains = actor.drain().is_ok();
        if drains {
            self.life = Life::Stopping;
        }
        drains
    }

    pub(crate) fn stand(&mut self, actor: ActorRef<Wake>) {
        self.life = Life::Live(actor);
        self.woken = false;
        self.wake();
    }
}
