//! The kernel's port: what it asks of a store. Three living implementations pass one contract suite (F7).

use crate::commit::{Commit, Envelope, Micros, Outcome, StateRow, Take};
use crate::durable::Durable;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use uuid::Uuid;

/// The store is away, or not ours at the moment. Weather: never counted against an item (A3).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal is unavailable while {doing}: {reason}")]
pub struct Unavailable {
    pub doing: &'static str,
    pub reason: String,
}

/// A timer that has run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueTimer<Entity> {
    pub tenant: Uuid,
    pub entity: Entity,
    pub kind: String,
    pub token: Uuid,
    pub due_at: Micros,
}

/// The result a command had, if it was asked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub fingerprint: [u8; 32],
    pub answer: Vec<u8>,
}

/// A committed batch, published in the order of positions.
#[derive(Clone, Debug)]
pub struct Published<D: Durable> {
    pub tenant: Uuid,
    /// The events with the positions they were given.
    pub events: Vec<Envelope<D>>,
    /// The rows that were written with them.
    pub rows: Arc<Vec<D::Row>>,
    /// When the first of the clocks that were set with them runs out; `None`: none was set.
    pub due: Option<Micros>,
}

/// Why something was put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkReason {
    /// A fault of this very item, three times (A3).
    Fault,
    /// The process died while handling it, three times (crash-loop mode).
    Crashed,
    /// No entity could be found that it belongs to.
    Unreadable,
}

impl ParkReason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Crashed => "crashed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The store, as the kernel sees it.
pub trait Journal<D: Durable>: Send + Sync + 'static {
    /// Records one decision. Cancelling the future does not take the commit back: it may still land.
    fn commit(&self, commit: Commit<D>) -> BoxFuture<'static, Outcome>;

    /// Returns once every commit handed in before has been decided (A4).
    fn barrier(&self) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// The row an entity wakes from; `None`: it has never committed anything.
    fn load(&self, tenant: Uuid, entity: D::Entity) -> BoxFuture<'_, Result<Option<StateRow>, Unavailable>>;

    /// Of the entity's next `limit` events after `after`, those whose kind this version knows, in order: for refolding a state of a
    /// foreign version. Sequences have no gaps, so the next page begins at `after + limit`, however few were known.
    fn events(
        &self,
        tenant: Uuid,
        entity: D::Entity,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Envelope<D>>, Unavailable>>;

    /// The instant of the tenant's last event; `None`: it has none.
    fn last_at(&self, tenant: Uuid) -> BoxFuture<'_, Result<Option<Micros>, Unavailable>>;

    /// Whether what an item would take is still there.
    fn still_there(&self, tenant: Uuid, take: Take<D::Entity>) -> BoxFuture<'_, Result<bool, Unavailable>>;

    /// What a command came to, if it was recorded.
    fn recorded(
        &self,
        tenant: Uuid,
        principal: Uuid,
        key: Uuid,
    ) -> BoxFuture<'_, Result<Option<Recorded>, Unavailable>>;

    /// Counts one try against an inbox row, durably, and says how many there have been (A3); 0: the row is not there any more.
    fn count_try(&self, tenant: Uuid, position: i64) -> BoxFuture<'_, Result<i64, Unavailable>>;

    /// Moves an inbox row to the dead letters; a timer is removed. Nothing there: nothing happens.
    fn park(
        &self,
        tenant: Uuid,
        take: Take<D::Entity>,
        entity: Option<D::Entity>,
        reason: ParkReason,
        detail: String,
    ) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// Flags the inbox rows of a quarantined entity as held, or takes the flag back (A6).
    fn suspend(&self, tenant: Uuid, positions: Vec<i64>, held: bool) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// Raises the tenant's guard of this name by one, so that commits under its earlier values are conflicts; its new value.
    fn bump_fencing_token(&self, tenant: Uuid, name: String) -> BoxFuture<'_, Result<i64, Unavailable>>;

    /// Timers due at or before `until`, earliest first, and the instant of the next one after them.
    #[expect(clippy::type_complexity, reason = "one look-up, one shape")]
    fn due_timers(
        &self,
        until: Micros,
        limit: u32,
    ) -> BoxFuture<'_, Result<(Vec<DueTimer<D::Entity>>, Option<Micros>), Unavailable>>;

    /// Records that we are at work at this instant; what time passes until the next word of it is known to be lost (B5).
    fn alive(&self, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// Moves every timer of these kinds by the time from the last [`Journal::alive`] to `at`, which is the next one; in one
    /// moment, so that no time is given back twice. The time they were moved by, in µs.
    fn shift_timers(&self, kinds: &'static [&'static str], at: Micros) -> BoxFuture<'_, Result<Micros, Unavailable>>;

    /// Records that a process took ownership, and how many of the starts in the last `window` µs did not end cleanly,
    /// this one not counted (A3, crash-loop mode).
    fn started(&self, instance: Uuid, at: Micros, window: Micros) -> BoxFuture<'_, Result<u32, Unavailable>>;

    /// Records that this process ended cleanly.
    fn stopped(&self, instance: Uuid, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// The term of our ownership; `None` while we do not own.
    fn term(&self) -> Option<i64>;
}
