//! The host of one kind of actor: finds or makes the slot, spawns who stands in it, restarts who fails, lets the idle sleep.

mod care;
mod inspect;
mod supervisor;
#[cfg(test)]
mod tests;

pub(crate) use inspect::RESTARTS;
pub use inspect::{Counters, HostSnapshot, SlotSnapshot, TenantSlots};

use crate::availability::Availability;
use crate::behaviour::{Behaviour, Provenance};
use crate::budget::Backoff;
use crate::clock::{Clock, Ids};
use crate::current::Current;
use crate::durable::Durable;
use crate::fatal_signal::FatalSignal;
use crate::journal::Journal;
use crate::order::{AskError, NotTaken, Order, Origin, Reply};
use crate::pass::Pass;
use crate::slot::{Key, Life, Pushed, Slot};
use crate::task;
use crate::tenant_time::TenantTime;
use crate::worker::{Worker, WorkerState};
use dashmap::DashMap;
use ractor::{Actor, ActorId, ActorRef, ActorRuntime, ActorStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use supervisor::{Caretaker, Death, SlotSupervisor};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

/// The numbers of DESIGN F6, all configurable.
#[derive(Clone, Copy, Debug)]
pub struct HostSettings {
    /// Orders that may wait in one slot.
    pub mailbox: usize,
    /// Faults of an item before it is parked.
    pub tries: i64,
    /// How long a caller waits for an answer.
    pub command_timeout: Duration,
    /// After this long without work an actor is let go.
    pub idle: Duration,
    /// Actors kept in memory; beyond that, who has been idle longest is let go first (F5).
    pub max_resident: usize,
    /// How long an entity stays quarantined before it is probed.
    pub quarantine: Duration,
    pub restarts: Backoff,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            mailbox: 64,
            tries: 3,
            command_timeout: Duration::from_secs(5),
            idle: Duration::from_mins(5),
            max_resident: 10_000,
            quarantine: Duration::from_mins(1),
            restarts: Backoff::RESTARTS,
        }
    }
}

/// What every worker of a host has in common.
pub(crate) struct Shared<D: Durable, B: Behaviour<D>> {
    pub(crate) journal: Arc<dyn Journal<D>>,
    pub(crate) behaviour: B,
    pub(crate) time: Arc<TenantTime>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) availability: Arc<Availability<D>>,
    fatal_signal: FatalSignal,
    pub(crate) counters: Counters,
    settings: Current<HostSettings>,
    slots: DashMap<Key<D>, Arc<Slot<D>>>,
    standing: DashMap<ActorId, Arc<Slot<D>>>,
    draining: AtomicBool,
    /// No actor is spawned any more.
    closed: AtomicBool,
    /// Told when an entity's quarantine ends.
    released: mpsc::UnboundedSender<Key<D>>,
}

/// What hosts of one process share.
pub struct Surroundings<D: Durable> {
    pub journal: Arc<dyn Journal<D>>,
    pub clock: Arc<dyn Clock>,
    pub time: Arc<TenantTime>,
    pub ids: Arc<Ids>,
    pub availability: Arc<Availability<D>>,
    /// Raised when a host cannot be kept up.
    pub fatal_signal: FatalSignal,
}

impl<D: Durable> Clone for Surroundings<D> {
    fn clone(&self) -> Self {
        Self {
            journal: Arc::clone(&self.journal),
            clock: Arc::clone(&self.clock),
            time: Arc::clone(&self.time),
            ids: Arc::clone(&self.ids),
            availability: Arc::clone(&self.availability),
            fatal_signal: self.fatal_signal.clone(),
        }
    }
}

impl<D: Durable> Surroundings<D> {
    pub fn new(journal: Arc<dyn Journal<D>>, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Self {
        let availability = Availability::new(Arc::clone(&journal), Arc::clone(&ids));
        let time = Arc::new(TenantTime::new(Arc::clone(&clock)));
        Self { journal, clock, time, ids, availability, fatal_signal: FatalSignal::default() }
    }
}

/// A question that wants an answer, and may be asked again under the same key.
#[derive(Clone, Debug)]
pub struct Question<D: Durable> {
    /// The id of whoever asks.
    pub principal: Uuid,
    pub key: Uuid,
    /// Of the body: the same key with another body is refused.
    pub fingerprint: [u8; 32],
    pub item: D::Item,
    pub provenance: Provenance<D::Principal>,
}

/// The home of all actors of one kind.
pub struct Host<D: Durable, B: Behaviour<D>> {
    shared: Arc<Shared<D, B>>,
    supervisor: ActorRef<Caretaker>,
}

impl<D: Durable, B: Behaviour<D>> Clone for Host<D, B> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), supervisor: self.supervisor.clone() }
    }
}

impl<D: Durable, B: Behaviour<D>> Host<D, B> {
    /// Starts a host. The second value hears of every entity whose quarantine has ended: its rows may be offered again.
    ///
    /// # Errors
    /// When the runtime refuses to spawn the supervisor of the slots.
    pub async fn start(
        around: Surroundings<D>,
        behaviour: B,
        settings: impl Into<Current<HostSettings>>,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Key<D>>), ractor::SpawnErr> {
        let (released, releases) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            journal: around.journal,
            counters: Counters::of(behaviour.kind()),
            behaviour,
            time: around.time,
            ids: around.ids,
            availability: around.availability,
            fatal_signal: around.fatal_signal,
            settings: settings.into(),
            slots: DashMap::new(),
            standing: DashMap::new(),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            released,
        });
        let (supervisor, _) = SlotSupervisor::spawn(None, SlotSupervisor::new(), Arc::clone(&shared)).await?;
        shared.send_to_sleep();
        Ok((Self { shared, supervisor }, releases))
    }

    /// Puts an order into its entity's slot; an actor will be there for it.
    pub fn deliver(&self, tenant: Uuid, entity: D::Entity, order: Order<D>) -> Result<(), NotTaken> {
        if self.shared.draining.load(Ordering::Acquire) {
            return Err(NotTaken::Draining);
        }
        let taken = self.shared.push((tenant, entity), &Arc::new(order), &self.supervisor);
        if matches!(taken, Err(NotTaken::Busy)) {
            self.shared.counters.busy();
        }
        taken
    }

    /// What is nowhere on disk and cannot wait here any longer leaves, with all such behind it, unless its commit is handed over.
    pub fn depart(&self, tenant: Uuid, entity: D::Entity, pass: &Pass) {
        let slot = self.shared.slots.get(&(tenant, entity)).map(|slot| Arc::clone(&slot));
        if let Some(slot) = slot {
            slot.depart(pass);
        }
    }

    /// Asks, and waits for the answer as long as the settings say.
    pub async fn ask(&self, tenant: Uuid, entity: D::Entity, question: Question<D>) -> Result<Vec<u8>, AskError> {
        let deadline = Instant::now() + self.shared.settings.now().command_timeout;
        let (reply, answer) = Reply::channel();
        let Question { principal, key, fingerprint, item, provenance } = question;
        let origin = Origin::Asked { principal, key, fingerprint, deadline, reply };
        self.deliver(tenant, entity, Order { item, provenance, origin, tries: AtomicU32::new(0) })?;
        match tokio::time::timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            // Time ran out, or the order was let go of because it had.
            Ok(Err(_)) | Err(_) => Err(AskError::TimedOut),
        }
    }

    /// Takes nothing more, finishes what is in the slots, and returns once every actor is gone.
    /// `false`: time ran out first; what was left is in the store.
    pub async fn drain(&self, within: Duration) -> bool {
        self.shared.draining.store(true, Ordering::Release);
        let drained = tokio::time::timeout(within, self.shared.wait_until_quiet()).await.is_ok();
        self.shared.closed.store(true, Ordering::Release);
        self.supervisor.drain_children_and_wait(Some(Duration::from_secs(1))).await;
        self.supervisor.stop(None);
        drained
    }

    /// Ends every actor at once, as a crash would; for tests.
    pub fn crash(&self) {
        self.shared.draining.store(true, Ordering::Release);
        self.shared.closed.store(true, Ordering::Release);
        self.supervisor.kill();
    }

    /// Kills the actor of an entity, as an operator or a test may; it comes back.
    pub fn kill(&self, tenant: Uuid, entity: D::Entity) -> bool {
        let Some(slot) = self.shared.slots.get(&(tenant, entity)).map(|slot| Arc::clone(&slot)) else { return false };
        let inner = slot.lock();
        let Life::Live(actor) = &inner.life else { return false };
        actor.kill();
        true
    }

    /// What stands where, for tests, operators and the wallboard.
    pub fn inspect(&self) -> HostSnapshot {
        let sound = self.shared.closed.load(Ordering::Acquire) || self.supervisor.get_status() == ActorStatus::Running;
        HostSnapshot { sound, ..self.shared.inspect() }
    }

    /// What a tenant has here, with at most `limit` of the slots that have something to say.
    pub fn inspect_tenant(&self, tenant: Uuid, limit: usize) -> TenantSlots<D::Entity> {
        self.shared.inspect_tenant(tenant, limit)
    }
}

impl<D: Durable, B: Behaviour<D>> Shared<D, B> {
    fn push(
        self: &Arc<Self>,
        key: Key<D>,
        order: &Arc<Order<D>>,
        supervisor: &ActorRef<Caretaker>,
    ) -> Result<(), NotTaken> {
        loop {
            let slot = Arc::clone(&self.slots.entry(key).or_insert_with(|| Arc::new(Slot::new(key))));
            match slot.push(order, self.settings.now().mailbox)? {
                Pushed::NeedsActor => {
                    self.stand(&slot, supervisor);
                    return Ok(());
                }
                Pushed::Queued | Pushed::Known => return Ok(()),
                Pushed::Retired => {}
            }
        }
    }

    /// Spawns an actor into a slot where none stands, if there is something to do.
    fn stand(self: &Arc<Self>, slot: &Arc<Slot<D>>, supervisor: &ActorRef<Caretaker>) {
        let mut inner = slot.lock();
        if self.closed.load(Ordering::Acquire) || !matches!(inner.life, Life::Gone | Life::Resting) || inner.is_idle() {
            return;
        }
        let state = WorkerState { shared: Arc::clone(self), slot: Arc::clone(slot), believed: None };
        match ActorRuntime::spawn_linked_instant(None, Worker::<D, B>::new(), state, supervisor.get_cell()) {
            Ok((actor, begun)) => {
                let id = actor.get_id();
                self.standing.insert(id, Arc::clone(slot));
                inner.stand(actor);
                drop(inner);
                let (shared, supervisor, fatal_signal) =
                    (Arc::clone(self), supervisor.clone(), self.fatal_signal.clone());
                task::spawn_or("beginning", move || fatal_signal.raise("beginning"), async move {
                    // Killed before it had begun: its supervisor never hears of it.
                    if !matches!(begun.await, Ok(Ok(_))) {
                        shared.ended(id, Death::Killed, &supervisor);
                    }
                });
            }
            // Only a name that is taken is refused, and ours have none.
            Err(error) => tracing::error!(%error, "an actor could not be spawned"),
        }
    }

    async fn wait_until_quiet(&self) {
        while !self.slots.iter().all(|slot| slot.lock().is_idle()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
