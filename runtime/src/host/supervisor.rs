//! Who hears of every end: files the fault, counts the try, parks the item or quarantines the entity, and brings the next actor (F3).

use super::Shared;
use crate::behaviour::Behaviour;
use crate::durable::Durable;
use crate::fail_point::reach;
use crate::slot::{Life, Slot};
use crate::task::{self, Upkeep};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use std::marker::PhantomData;
use std::sync::Arc;

/// The supervisor is told nothing; it hears.
#[derive(Debug)]
pub(crate) enum Caretaker {}

pub(crate) struct SlotSupervisor<D, B>(PhantomData<fn() -> (D, B)>);

impl<D, B> SlotSupervisor<D, B> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

/// What ractor says of an actor that was drained, and of no other.
const DRAINED: &str = "Drained";

/// How an actor ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Drained: it was idle, or we are shutting down.
    Clean,
    /// From outside, in the middle of anything; no item's fault.
    Killed,
    Fault(String),
}

impl<D: Durable, B: Behaviour<D>> Actor for SlotSupervisor<D, B> {
    type Msg = Caretaker;
    type State = Arc<Shared<D, B>>;
    type Arguments = Arc<Shared<D, B>>;

    async fn pre_start(
        &self,
        _: ActorRef<Caretaker>,
        shared: Arc<Shared<D, B>>,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(shared)
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Caretaker>,
        event: SupervisionEvent,
        shared: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(actor, error) => {
                shared.ended(actor.get_id(), Death::Fault(error.to_string()), &myself);
            }
            SupervisionEvent::ActorTerminated(actor, _, reason) => {
                // Whether killed or drained, an actor hands its state over: only the reason tells.
                let death = if reason.as_deref() == Some(DRAINED) { Death::Clean } else { Death::Killed };
                shared.ended(actor.get_id(), death, &myself);
            }
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

impl<D: Durable, B: Behaviour<D>> Shared<D, B> {
    /// An actor is seen gone.
    pub(super) fn ended(self: &Arc<Self>, actor: ActorId, death: Death, supervisor: &ActorRef<Caretaker>) {
        let Some((_, slot)) = self.standing.remove(&actor) else { return };
        {
            let mut inner = slot.lock();
            debug_assert!(death != Death::Clean || inner.in_flight.is_none(), "a drained actor finishes what it began");
            if death == Death::Clean && !inner.has_work() {
                inner.life = Life::Retired;
                drop(inner);
                self.slots.remove_if(&slot.key, |_, standing| Arc::ptr_eq(standing, &slot));
                return;
            }
            if death == Death::Clean {
                // Something arrived while it drained.
                inner.life = Life::Gone;
                drop(inner);
                self.stand(&slot, supervisor);
                return;
            }
            inner.life = Life::Resting;
            // A killed handler's commit may still land.
            inner.needs_barrier = true;
        }
        self.counters.restarted();
        let (shared, supervisor) = (Arc::clone(self), supervisor.clone());
        // Until it is done, nobody stands in the slot.
        let fatal_signal = self.fatal_signal.clone();
        task::keep("recovery", Upkeep::OrRaise(fatal_signal), move || {
            Arc::clone(&shared).recover(Arc::clone(&slot), death.clone(), supervisor.clone())
        });
    }

    async fn recover(self: Arc<Self>, slot: Arc<Slot<D>>, death: Death, supervisor: ActorRef<Caretaker>) {
        {
            // Fallen in the midst of a quarantine, we begin anew.
            let mut inner = slot.lock();
            if matches!(inner.life, Life::Quarantined) {
                inner.life = Life::Resting;
            }
        }
        reach(self.behaviour.kind(), "recover");
        if let Death::Fault(reason) = death {
            if self.file_fault(&slot, reason).await {
                self.quarantine(&slot, supervisor).await;
                return;
            }
            let failures = {
                let mut inner = slot.lock();
                inner.failures_in_a_row += 1;
                inner.failures_in_a_row
            };
            tokio::time::sleep(self.settings.now().restarts.delay(failures, self.ids.fraction())).await;
        }
        {
            let mut inner = slot.lock();
            if inner.is_idle() {
                inner.life = Life::Gone;
                return;
            }
        }
        self.stand(&slot, &supervisor);
    }
}
