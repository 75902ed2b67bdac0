//! One piece of work on its way through a slot, and what its sender is told.

use crate::behaviour::Provenance;
use crate::commit::Take;
use crate::durable::Durable;
use crate::pass::Pass;
use crate::slot::Closed;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

/// Where an order comes from, and therefore what it consumes.
pub enum Origin<D: Durable> {
    /// A durable row: it stays in the store until a commit takes it.
    Taken { take: Take<D::Entity>, settled: Option<mpsc::UnboundedSender<Settled<D>>> },
    /// Something that is nowhere on disk yet, and that its commit alone puts there; its sender waits. Where that cannot be now, it leaves
    /// with all such behind it, and `departures` hears of them.
    Unstored {
        take: Take<D::Entity>,
        pass: Arc<Pass>,
        settled: Option<mpsc::UnboundedSender<Settled<D>>>,
        departures: mpsc::UnboundedSender<Departed<D>>,
    },
    /// A caller who waits, and who may ask again under the same key (A10).
    /// `principal` is their id.
    Asked { principal: Uuid, key: Uuid, fingerprint: [u8; 32], deadline: Instant, reply: Reply },
}

/// Work for one entity.
pub struct Order<D: Durable> {
    pub item: D::Item,
    pub provenance: Provenance<D::Principal>,
    pub origin: Origin<D>,
    /// Faults so far, where the store does not count them.
    pub(crate) tries: AtomicU32,
}

impl<D: Durable> Order<D> {
    /// An order for a durable row; `settled` hears when the row needs nobody's attention any more.
    pub fn taken(
        item: D::Item,
        provenance: Provenance<D::Principal>,
        take: Take<D::Entity>,
        settled: Option<mpsc::UnboundedSender<Settled<D>>>,
    ) -> Self {
        Self { item, provenance, origin: Origin::Taken { take, settled }, tries: AtomicU32::new(0) }
    }

    /// An order for what is nowhere on disk yet, and recorded under this key; `settled` hears what became of it here, and `departures`
    /// of it and all such behind it, when they leave.
    pub fn unstored(
        item: D::Item,
        provenance: Provenance<D::Principal>,
        key: String,
        pass: Arc<Pass>,
        settled: Option<mpsc::UnboundedSender<Settled<D>>>,
        departures: mpsc::UnboundedSender<Departed<D>>,
    ) -> Self {
        let origin = Origin::Unstored { take: Take::Unseen(key), pass, settled, departures };
        Self { item, provenance, origin, tries: AtomicU32::new(0) }
    }

    /// The row it consumes, if it consumes one.
    pub fn take(&self) -> Option<&Take<D::Entity>> {
        match &self.origin {
            Origin::Taken { take, .. } => Some(take),
            Origin::Unstored { .. } | Origin::Asked { .. } => None,
        }
    }

    /// Of something that is nowhere on disk yet.
    pub(crate) fn pass(&self) -> Option<&Arc<Pass>> {
        match &self.origin {
            Origin::Unstored { pass, .. } => Some(pass),
            Origin::Taken { .. } | Origin::Asked { .. } => None,
        }
    }

    /// When nobody waits any more; a durable row waits as long as it takes.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.origin {
            Origin::Taken { .. } => None,
            Origin::Unstored { pass, .. } => Some(pass.deadline()),
            Origin::Asked { deadline, .. } => Some(*deadline),
        }
    }

    pub(crate) fn count_fault(&self) -> u32 {
        self.tries.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Tells whoever waits what became of it. Saying it twice is harmless: the first word holds.
    pub(crate) fn settle(&self, entity: D::Entity, how: End) {
        match &self.origin {
            Origin::Taken { take, settled: Some(settled) } => {
                // The listener may be gone, and will rescan when it is back.
                let _ = settled.send(Settled { entity, take: take.clone(), how });
            }
            Origin::Taken { settled: None, .. } => {}
            Origin::Unstored { take, pass, settled, .. } => {
                // Whoever believed something of it hears first.
                let is_recorded = matches!(how, End::Done(_) | End::Gone);
                if let Some(settled) = settled {
                    let _ = settled.send(Settled { entity, take: take.clone(), how });
                }
                if is_recorded {
                    pass.is_recorded();
                }
            }
            Origin::Asked { reply, .. } => {
                let answer = match how {
                    End::Done(answer) => Ok(answer),
                    // Of rows alone; a command has no row.
                    End::Gone | End::Left => Err(AskError::TimedOut),
                    End::Parked => Err(AskError::Fault),
                    End::Held => Err(AskError::Quarantined),
                    End::Returned => Err(AskError::Busy),
                };
                reply.send(answer);
            }
        }
    }
}

impl<D: Durable> std::fmt::Debug for Order<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("take", &self.take()).finish_non_exhaustive()
    }
}

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Consumed; the answer of its decision.
    Done(Vec<u8>),
    /// Its row was not there any more: somebody else consumed it, and nothing of what was decided here was recorded.
    Gone,
    /// Put aside among the dead letters.
    Parked,
    /// Its entity is quarantined: the row stays, flagged.
    Held,
    /// It conflicts again and again with what others committed: whoever sent it must look where it belongs. Given back to the same
    /// entity a second time, its conflicts count as faults.
    Returned,
    /// It was nowhere on disk and does not become so here, or nobody knows: its sender stores it.
    Left,
}

/// What leaves a slot together, in its order: to be stored so, before anything else of its entity that is nowhere on disk is let in.
pub struct Departed<D: Durable> {
    pub entity: D::Entity,
    pub passes: Vec<Arc<Pass>>,
    pub(crate) _closed: Closed<D>,
}

/// Whoever was not told that it is stored hears that it is not, and stores it: also where nobody is there any more who would.
impl<D: Durable> Drop for Departed<D> {
    fn drop(&mut self) {
        for pass in &self.passes {
            pass.refuse();
        }
    }
}

/// The news of the end of a row, or of what had none.
#[derive(Clone, Debug)]
pub struct Settled<D: Durable> {
    pub entity: D::Entity,
    pub take: Take<D::Entity>,
    pub how: End,
}

/// What a caller hears.
type Answer = Result<Vec<u8>, AskError>;

/// Answers one caller, once.
pub struct Reply(Mutex<Option<oneshot::Sender<Answer>>>);

impl Reply {
    pub(crate) fn channel() -> (Self, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Mutex::new(Some(sender))), receiver)
    }

    pub(crate) fn send(&self, answer: Answer) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // The caller may have stopped waiting; the result is recorded and can be asked for again.
            let _ = sender.send(answer);
        }
    }
}

/// Why a caller has no answer. All but the last two may be asked again under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("the entity has too much to do")]
    Busy,
    #[error("no answer in time")]
    TimedOut,
    #[error("the entity is quarantined after repeated faults")]
    Quarantined,
    #[error("the process is shutting down")]
    Draining,
    #[error("the command failed each time it was tried")]
    Fault,
    #[error("this key was used for another command")]
    KeyReused,
}

/// Why an order was not taken into a slot; the durable row stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("the slot is full")]
    Busy,
    /// Of something that is nowhere on disk yet.
    #[error("something that came before it is being stored")]
    Closed,
    #[error("the entity is quarantined")]
    Quarantined,
    #[error("the process is shutting down")]
    Draining,
}

impl From<NotTaken> for AskError {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::Busy | NotTaken::Closed => Self::Busy,
            NotTaken::Quarantined => Self::Quarantined,
            NotTaken::Draining => Self::Draining,
        }
    }
}
