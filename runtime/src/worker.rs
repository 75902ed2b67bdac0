//! The actor in a slot: loads its state, takes one order after the other, decides, records, and only then believes.

use crate::behaviour::{Behaviour, Decision};
use crate::commit::{CommandResult, Commit, Draft, Outcome, StateRow};
use crate::durable::Durable;
use crate::fail_point::reach;
use crate::host::Shared;
use crate::journal::Unavailable;
use crate::order::{AskError, End, Order, Origin};
use crate::slot::Slot;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::marker::PhantomData;
use std::sync::Arc;
use tokio::time::Instant;

/// "There is something in your slot."
#[derive(Debug)]
pub(crate) struct Wake;

/// Orders handled per wake, so that one busy entity leaves room for the others.
const ORDERS_PER_WAKE: usize = 32;
/// Conflicts in a row after which an order is given back: its sender must look where it belongs.
const MOST_RELOADS: u32 = 8;
/// Events read at a time when a state is folded anew.
const FOLD_PAGE: u32 = 500;

pub(crate) struct Worker<D, B>(PhantomData<fn() -> (D, B)>);

impl<D, B> Worker<D, B> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

pub(crate) struct WorkerState<D: Durable, B: Behaviour<D>> {
    pub(crate) shared: Arc<Shared<D, B>>,
    pub(crate) slot: Arc<Slot<D>>,
    pub(crate) believed: Option<Believed<B::State>>,
}

/// The state we believe, and how many events made it.
pub(crate) struct Believed<State> {
    state: State,
    sequence: i64,
}

/// What handling one order came to.
enum Step {
    Ended(Vec<u8>),
    /// Forget what is believed, read again, look at the order again.
    Reload,
    /// The store is away.
    Wait,
    /// The same order would do it again: a try (A3).
    Fault(String),
    /// The same key was used for another command.
    KeyReused,
    /// It left while it was looked at.
    Left,
    /// It is nowhere on disk, and does not come there from here.
    Leaves,
}

impl<D: Durable, B: Behaviour<D>> Actor for Worker<D, B> {
    type Msg = Wake;
    type State = WorkerState<D, B>;
    type Arguments = WorkerState<D, B>;

    async fn pre_start(
        &self,
        _: ActorRef<Wake>,
        state: WorkerState<D, B>,
    ) -> Result<WorkerState<D, B>, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<Wake>,
        _: Wake,
        state: &mut WorkerState<D, B>,
    ) -> Result<(), ActorProcessingErr> {
        state.slot.woke();
        for _ in 0..ORDERS_PER_WAKE {
            if state.slot.lock().is_idle() {
                return Ok(());
            }
            state.next_order().await.map_err(ActorProcessingErr::from)?;
        }
        // Ourselves again, behind whoever waits for this thread.
        let _ = myself.cast(Wake);
        Ok(())
    }
}

impl<D: Durable, B: Behaviour<D>> WorkerState<D, B> {
    fn kind(&self) -> &'static str {
        self.shared.behaviour.kind()
    }

    /// Brings one order to its end. An error is a fault of that order, and the end of this actor.
    async fn next_order(&mut self) -> Result<(), String> {
        if self.believed.is_none() {
            self.load().await?;
        }
        let Some(order) = self.slot.begin() else { return Ok(()) };
        reach(self.kind(), "handle");
        let began = Instant::now();
        let mut reloads = 0;
        loop {
            if has_expired(&order) {
                self.slot.finish();
                if let Some(pass) = order.pass() {
                    order.settle(self.slot.key.1, End::Left);
                    pass.refuse();
                }
                return Ok(());
            }
            match self.handle_once(&order).await {
                Step::Ended(answer) => {
                    reach(self.kind(), "reply");
                    self.shared.counters.handled(self.shared.behaviour.kind(), began.elapsed());
                    self.slot.lock().failures_in_a_row = 0;
                    self.slot.finish();
                    order.settle(self.slot.key.1, End::Done(answer));
                    return Ok(());
                }
                Step::KeyReused => {
                    self.slot.finish();
                    if let Origin::Asked { reply, .. } = &order.origin {
                        reply.send(Err(AskError::KeyReused));
                    }
                    return Ok(());
                }
                Step::Left => {
                    self.slot.finish();
                    return Ok(());
                }
                Step::Fault(reason) => return Err(reason),
                Step::Leaves => {
                    self.slot.depart_all();
                    return Ok(());
                }
                Step::Reload if reloads >= MOST_RELOADS && order.pass().is_some() => {
                    self.slot.depart_all();
                    return Ok(());
                }
                Step::Reload if reloads >= MOST_RELOADS => {
                    if !self.slot.give_back(&order) {
                        return Err("what it causes conflicts each time, also after it was given back".to_owned());
                    }
                    // What was let in behind it would go before it.
                    self.slot.depart_all();
                    order.settle(self.slot.key.1, End::Returned);
                    return Ok(());
                }
                Step::Reload => {
                    reloads += 1;
                    self.look_again(&order).await?;
                }
                Step::Wait => {
                    self.wait_for_store(&order).await;
                    self.look_again(&order).await?;
                }
            }
            if self.slot.lock().in_flight.is_none() {
                return Ok(());
            }
        }
    }

    /// Decide and record; believe what was recorded.
    async fn handle_once(&mut self, order: &Order<D>) -> Step {
        let Some(believed) = &self.believed else { return Step::Reload };
        let Some(term) = self.shared.journal.term() else { return Step::Wait };
        let now = self.shared.time.now(self.slot.key.0);
        let behaviour = &self.shared.behaviour;
        let decision = behaviour.decide(&believed.state, &order.item, now);
        let mut next = believed.state.clone();
        for (event, _) in &decision.events {
            reach(self.kind(), "apply");
            behaviour.apply(&mut next, event, now);
        }
        let answer = decision.answer.clone();
        let sequence = believed.sequence + decision.events.len() as i64;
        let commit = self.commit(order, decision, &next, believed.sequence, sequence, term, now);
        reach(self.kind(), "before_commit");
        if order.pass().is_some_and(|pass| !pass.is_handed_over()) {
            return Step::Left;
        }
        match self.shared.journal.commit(commit).await {
            Outcome::Committed { .. } => {
                reach(self.kind(), "after_commit");
                self.believed = Some(Believed { state: next, sequence });
                Step::Ended(answer)
            }
            Outcome::Conflict => self.after_conflict(order).await,
            // Weather both, and never counted: a lost answer is looked into behind the barrier.
            Outcome::Unknown | Outcome::Unavailable => Step::Wait,
            // Its row will be: then somebody may look at it, and retry it.
            Outcome::Rejected { .. } if order.pass().is_some() => Step::Leaves,
            Outcome::Rejected { reason } => Step::Fault(reason),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one value is put together here, in one place")]
    fn commit(
        &self,
        order: &Order<D>,
        decision: Decision<D>,
        next: &B::State,
        expected: i64,
        sequence: i64,
        term: i64,
        at: i64,
    ) -> Commit<D> {
        let behaviour = &self.shared.behaviour;
        let (tenant, entity) = self.slot.key;
        let mut rows = behaviour.views(next, &decision);
        // What the decision itself remembers comes first: a view may stand on it.
        rows.splice(0..0, decision.rows);
        let state = (!decision.events.is_empty()).then(|| {
            let (schema_version, body) = behaviour.freeze(next);
            StateRow { sequence, schema_version, body }
        });
        let (take, command_result) = match &order.origin {
            Origin::Taken { take, .. } | Origin::Unstored { take, .. } => (vec![take.clone()], None),
            Origin::Asked { principal, key, fingerprint, .. } => {
                let result = CommandResult {
                    principal: *principal,
                    key: *key,
                    fingerprint: *fingerprint,
                    answer: decision.answer,
                };
                (Vec::new(), Some(result))
            }
        };
        let drafts = decision.events.into_iter();
        let events = drafts.map(|(event, owner_epoch)| Draft { id: self.shared.ids.next(), owner_epoch, event });
        Commit {
            tenant,
            entity,
            expected_sequence: Some(expected),
            term,
            take,
            guard: decision.guard,
            events: events.collect(),
            state,
            rows,
            timers: decision.timers,
            tells: decision.tells,
            command_result,
            at,
            actor: order.provenance.actor.clone(),
            cause: order.provenance.cause,
            correlation: order.provenance.correlation,
        }
    }

    /// A command that was recorded before has its answer; anything else is looked at again.
    async fn after_conflict(&self, order: &Order<D>) -> Step {
        let Origin::Asked { principal, key, fingerprint, .. } = &order.origin else { return Step::Reload };
        match self.shared.journal.recorded(self.slot.key.0, *principal, *key).await {
            Err(Unavailable { .. }) => Step::Wait,
            Ok(None) => Step::Reload,
            Ok(Some(recorded)) if recorded.fingerprint == *fingerprint => Step::Ended(recorded.answer),
            Ok(Some(_)) => Step::KeyReused,
        }
    }

    /// Loads behind the barrier, and lets go of an order whose row has gone in the meantime.
    async fn look_again(&mut self, order: &Arc<Order<D>>) -> Result<(), String> {
        self.believed = None;
        self.slot.lock().needs_barrier = true;
        self.load().await?;
        loop {
            match self.came_to_an_end(order).await {
                Ok(None) => return Ok(()),
                Ok(Some(end)) => {
                    self.slot.finish();
                    order.settle(self.slot.key.1, end);
                    return Ok(());
                }
                Err(Unavailable { .. }) if has_expired(order) => return Ok(()),
                Err(Unavailable { .. }) => self.wait_for_store(order).await,
            }
        }
    }

    /// Whether it was recorded without our hearing of it.
    async fn came_to_an_end(&self, order: &Order<D>) -> Result<Option<End>, Unavailable> {
        let (journal, tenant) = (&self.shared.journal, self.slot.key.0);
        match &order.origin {
            Origin::Taken { take, .. } => Ok((!journal.still_there(tenant, take.clone()).await?).then_some(End::Gone)),
            Origin::Unstored { take, .. } => {
                if journal.still_there(tenant, take.clone()).await? {
                    return Ok(None);
                }
                // What put it on disk was perhaps told to nobody yet: its sender hears after everybody who is told of that.
                journal.barrier().await?;
                Ok(Some(End::Gone))
            }
            Origin::Asked { principal, key, fingerprint, .. } => {
                let recorded = journal.recorded(tenant, *principal, *key).await?;
                Ok(recorded.filter(|known| known.fingerprint == *fingerprint).map(|known| End::Done(known.answer)))
            }
        }
    }

    /// A durable row waits as long as it takes; whoever waits for an answer only until they have stopped.
    async fn wait_for_store(&self, order: &Order<D>) {
        let availability = self.shared.availability.wait();
        match order.deadline() {
            None => availability.await,
            Some(deadline) => {
                let _ = tokio::time::timeout_at(deadline, availability).await;
            }
        }
    }

    async fn load(&mut self) -> Result<(), String> {
        self.slot.lock().loading = true;
        reach(self.kind(), "load");
        let believed = loop {
            match self.read_state().await {
                Ok(believed) => break believed,
                Err(Unavailable { .. }) => self.shared.availability.wait().await,
            }
        };
        self.believed = Some(believed);
        let mut inner = self.slot.lock();
        inner.loading = false;
        inner.needs_barrier = false;
        Ok(())
    }

    /// One read; the journal is folded anew only where the row's version is foreign (C2).
    async fn read_state(&self) -> Result<Believed<B::State>, Unavailable> {
        let Shared { journal, behaviour, .. } = &*self.shared;
        let (tenant, entity) = self.slot.key;
        let needs_barrier = self.slot.lock().needs_barrier;
        if needs_barrier {
            journal.barrier().await?;
        }
        if !self.shared.time.knows(tenant) {
            self.shared.time.begin(tenant, journal.last_at(tenant).await?);
        }
        let Some(row) = journal.load(tenant, entity).await? else {
            return Ok(Believed { state: behaviour.fresh(entity), sequence: 0 });
        };
        if let Some(state) = behaviour.thaw(entity, &row) {
            return Ok(Believed { state, sequence: row.sequence });
        }
        // The sequence is the row's, whatever is known of the events: an unknown kind may be the last, or fill a page.
        let mut state = behaviour.fresh(entity);
        let mut after = 0;
        while after < row.sequence {
            let page = journal.events(tenant, entity, after, FOLD_PAGE).await?;
            for envelope in page.iter().filter(|envelope| envelope.sequence <= row.sequence) {
                behaviour.apply(&mut state, &envelope.event, envelope.at);
            }
            after += i64::from(FOLD_PAGE);
        }
        Ok(Believed { state, sequence: row.sequence })
    }
}

fn has_expired<D: Durable>(order: &Order<D>) -> bool {
    order.deadline().is_some_and(|deadline| deadline <= Instant::now())
}
