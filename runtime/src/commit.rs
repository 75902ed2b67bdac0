//! A commit is one value: all of it happens, or nothing (A4).

use crate::durable::Durable;
use uuid::Uuid;

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// What a commit consumes. Each must still be there, or the whole commit is a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Take<Entity> {
    /// A row of the tenant's inbox, by its position.
    Inbox(i64),
    /// Something that is nowhere yet: there for as long as nothing under this key was recorded, which the commit does.
    Unseen(String),
    /// The live timer of this entity and kind, if it still has this token (A9).
    Timer { entity: Entity, kind: String, token: Uuid },
}

/// An event about to be recorded, with the owner epoch it happens in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft<Event> {
    pub id: Uuid,
    pub owner_epoch: i64,
    pub event: Event,
}

/// The small row an entity wakes from, written in each of its commits (C2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// How many events the entity has had; the fence against a second writer.
    pub sequence: i64,
    /// Of the shape of `body`; foreign versions are folded anew from the journal.
    pub schema_version: i64,
    pub body: Vec<u8>,
}

/// Sets, replaces or removes the one live timer of (entity, kind).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimerChange<Entity> {
    Set { entity: Entity, kind: String, token: Uuid, due_at: Micros },
    Clear { entity: Entity, kind: String },
}

/// A durable order to another entity of the tenant: an inbox row, deduplicated by `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell<Entity, Item> {
    pub id: Uuid,
    pub to: Entity,
    pub item: Item,
}

/// What a command came to, recorded once and repeated for ever (A10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandResult {
    /// The id of whoever asked.
    pub principal: Uuid,
    /// What they called it.
    pub key: Uuid,
    /// Of the command's body: the same key with another body is refused.
    pub fingerprint: [u8; 32],
    /// The caller's words for the result; ids only (C1).
    pub answer: Vec<u8>,
}

/// A value that must be current for the commit to happen: a router's incarnation, for one (B2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub name: String,
    pub value: i64,
}

/// One decision, recorded.
#[derive(Clone, Debug)]
pub struct Commit<D: Durable> {
    pub tenant: Uuid,
    pub entity: D::Entity,
    /// The sequence the entity was at when this was decided; `None` where no state is kept and the rows are their own fence.
    pub expected_sequence: Option<i64>,
    /// The ownership under which this was decided; an older one commits nothing.
    pub term: i64,
    /// At most 32.
    pub take: Vec<Take<D::Entity>>,
    pub guard: Option<Guard>,
    pub events: Vec<Draft<D::Event>>,
    /// The state after the events; `sequence` is `expected_sequence` plus their number.
    pub state: Option<StateRow>,
    pub rows: Vec<D::Row>,
    pub timers: Vec<TimerChange<D::Entity>>,
    pub tells: Vec<Tell<D::Entity, D::Item>>,
    pub command_result: Option<CommandResult>,
    pub at: Micros,
    /// Who did it.
    pub actor: D::Principal,
    /// The item that caused it.
    pub cause: Uuid,
    /// Follows the work from webhook to console.
    pub correlation: Uuid,
}

impl<D: Durable> Commit<D> {
    /// A fact about an entity that keeps no state, told by the kernel itself: its rows are their own fence. Says nothing yet.
    pub fn of_fact(tenant: Uuid, entity: D::Entity, term: i64, at: Micros, cause: Uuid) -> Self {
        Self {
            tenant,
            entity,
            expected_sequence: None,
            term,
            take: Vec::new(),
            guard: None,
            events: Vec::new(),
            state: None,
            rows: Vec::new(),
            timers: Vec::new(),
            tells: Vec::new(),
            command_result: None,
            at,
            actor: D::Principal::default(),
            cause,
            correlation: cause,
        }
    }
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// On disk. `position` is the tenant's position of its last event (or the tenant's current one, if it had none).
    Committed { position: i64 },
    /// Somebody else was there first: forget what is believed, read again, look at the item again.
    Conflict,
    /// Nothing happened, and this very commit will be refused each time: a fault of the item that caused it (A3).
    Rejected { reason: String },
    /// Nothing happened; trying again later can help.
    Unavailable,
    /// The answer was lost: it may or may not be on disk. Never repeat it blindly.
    Unknown,
}

/// An event as the journal keeps it and as everybody reads it (C3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<D: Durable> {
    pub id: Uuid,
    pub tenant: Uuid,
    /// Of the tenant, without gaps.
    pub position: i64,
    pub entity: D::Entity,
    /// Of the entity, without gaps, from 1.
    pub sequence: i64,
    pub at: Micros,
    pub actor: D::Principal,
    pub cause: Uuid,
    pub correlation: Uuid,
    pub owner_epoch: i64,
    pub term: i64,
    pub event: D::Event,
}
