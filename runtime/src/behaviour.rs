//! What the kernel needs of whoever knows what an entity means: pure functions from state and item to a decision.

use crate::commit::{Guard, Micros, StateRow, Tell, TimerChange};
use crate::durable::Durable;
use uuid::Uuid;

/// Decide, record, believe: `decide` proposes, the kernel commits, and only then `apply` is believed (F1).
///
/// All of it is pure: no clock, no chance, no input or output. A panic in it is a fault of the item.
pub trait Behaviour<D: Durable>: Send + Sync + 'static {
    type State: Clone + Send + Sync + 'static;

    /// The kind of actor, for metrics and logs.
    fn kind(&self) -> &'static str;

    /// The state of an entity nobody has heard of.
    fn fresh(&self, entity: D::Entity) -> Self::State;

    /// The state from its row; `None` where the row's version is foreign, and the journal is folded instead (C2).
    fn thaw(&self, entity: D::Entity, row: &StateRow) -> Option<Self::State>;

    /// The version and bytes of the state's row.
    fn freeze(&self, state: &Self::State) -> (i64, Vec<u8>);

    /// Total: history is never refused.
    fn apply(&self, state: &mut Self::State, event: &D::Event, at: Micros);

    /// What `item` causes.
    fn decide(&self, state: &Self::State, item: &D::Item, now: Micros) -> Decision<D>;

    /// Rows drawn from the state after the decision's events: the views that go with every commit.
    fn views(&self, _state: &Self::State, _decision: &Decision<D>) -> Vec<D::Row> {
        Vec::new()
    }
}

/// All that one item causes. Empty is a decision too: the item is consumed and nothing else happens.
#[derive(Clone, Debug)]
pub struct Decision<D: Durable> {
    /// Each with the owner epoch it happens in.
    pub events: Vec<(D::Event, i64)>,
    pub rows: Vec<D::Row>,
    pub timers: Vec<TimerChange<D::Entity>>,
    pub tells: Vec<Tell<D::Entity, D::Item>>,
    pub guard: Option<Guard>,
    /// What the one who asked is told; recorded with the command. A refusal is an answer too.
    pub answer: Vec<u8>,
}

impl<D: Durable> Default for Decision<D> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            rows: Vec::new(),
            timers: Vec::new(),
            tells: Vec::new(),
            guard: None,
            answer: Vec::new(),
        }
    }
}

/// Who wants something done, and where it comes from: ends in the envelope of every event (C3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance<Principal> {
    pub actor: Principal,
    pub cause: Uuid,
    pub correlation: Uuid,
}
