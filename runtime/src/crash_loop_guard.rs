//! Crash-loop mode: when the process itself keeps dying, the rows found at a start are counted durably before they are handled, and
//! nothing else goes beside them; a row with which it has died too often is put aside at the next start (A3).
//!
//! A row that was in hand at a death is suspect from then on, and is handled alone. Those nobody suspects go a few at a time, so that
//! a long backlog does not take all day: should one of them be deadly, those few are the suspects of the next start.

use crate::commit::{Micros, Take};
use crate::durable::Durable;
use crate::journal::{Journal, ParkReason, Unavailable};
use futures_util::future::try_join_all;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Starts that count.
const WITHIN: Micros = 10 * 60 * 1_000_000;
/// Unclean ends among them that begin the mode.
const UNCLEAN: u32 = 2;

/// Whether this process has to be careful, and with what.
pub struct CrashLoopGuard<D: Durable> {
    journal: Arc<dyn Journal<D>>,
    safe_mode: bool,
    /// How many times a row may be handled. More than the tries of a fault: who kills from outside hits whatever is in hand.
    tries: i64,
    /// Rows counted in this process: however often one is looked at here, the process can die of it once.
    counted: Mutex<HashMap<(Uuid, i64), i64>>,
    /// Whoever has it is alone in the process with a row.
    turn: Arc<tokio::sync::Mutex<()>>,
    is_taken: Arc<AtomicBool>,
}

/// Alone in the process, until dropped.
#[derive(Debug)]
pub struct Turn {
    is_taken: Arc<AtomicBool>,
    _turn: tokio::sync::OwnedMutexGuard<()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.is_taken.store(false, Release);
    }
}

/// What may be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Handle it, and nothing else meanwhile.
    Handle,
    /// It was put aside: the process died of it too often.
    Parked,
}

impl<D: Durable> CrashLoopGuard<D> {
    /// Records this start, and looks how the last ones ended.
    pub async fn at_start(
        journal: Arc<dyn Journal<D>>,
        instance: Uuid,
        now: Micros,
        tries: i64,
    ) -> Result<Self, Unavailable> {
        let safe_mode = journal.started(instance, now, WITHIN).await? >= UNCLEAN;
        if safe_mode {
            tracing::error!(
                "the process ended uncleanly again: rows found at this start are counted first, and suspects go alone"
            );
        }
        Ok(Self {
            journal,
            safe_mode,
            tries,
            counted: Mutex::default(),
            turn: Arc::default(),
            is_taken: Arc::default(),
        })
    }

    /// Whether rows found at this start are to be admitted one by one.
    pub const fn is_safe_mode(&self) -> bool {
        self.safe_mode
    }

    /// Waits until no row of another tenant is in hand.
    pub async fn turn(&self) -> Turn {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        self.is_taken.store(true, Release);
        Turn { is_taken: Arc::clone(&self.is_taken), _turn: turn }
    }

    /// Whether somebody has the turn: whatever else would begin waits, or goes where it can.
    pub fn is_anybody_alone(&self) -> bool {
        self.is_taken.load(Acquire)
    }

    /// Counts the attempts on disk before anything else happens; what may be done with each row, in the same order.
    pub async fn admit(&self, tenant: Uuid, positions: &[i64]) -> Result<Vec<Admission>, Unavailable> {
        let counts = self.count(tenant, positions).await?;
        let mut admissions = Vec::with_capacity(positions.len());
        for (position, count) in positions.iter().zip(counts) {
            if count <= self.tries {
                admissions.push(Admission::Handle);
                continue;
            }
            let detail = "the process died while handling it".to_owned();
            self.journal.park(tenant, Take::Inbox(*position), None, ParkReason::Crashed, detail).await?;
            admissions.push(Admission::Parked);
        }
        Ok(admissions)
    }

    /// How often each row has been tried, this time included: a row is counted once in a process.
    async fn count(&self, tenant: Uuid, positions: &[i64]) -> Result<Vec<i64>, Unavailable> {
        let known = |position: &i64| {
            self.counted.lock().unwrap_or_else(PoisonError::into_inner).get(&(tenant, *position)).copied()
        };
        let new: Vec<i64> = positions.iter().copied().filter(|position| known(position).is_none()).collect();
        if !new.is_empty() {
            // Asked together, they are counted together.
            let counts = new.iter().map(|position| self.journal.count_try(tenant, *position));
            let counts = try_join_all(counts).await?;
            let counted = new.into_iter().map(|position| (tenant, position)).zip(counts);
            self.counted.lock().unwrap_or_else(PoisonError::into_inner).extend(counted);
        }
        Ok(positions.iter().map(|position| known(position).unwrap_or(0)).collect())
    }
}
