//! Crash-loop mode: when the process itself keeps dying, the rows found at a start are handled one at a time, alone, and counted
//! durably first; the third time a row is put aside (A3).

use crate::commit::{Micros, Take};
use crate::durable::Durable;
use crate::journal::{Journal, ParkReason, Unavailable};
use std::sync::Arc;
use uuid::Uuid;

/// Starts that count.
const WITHIN: Micros = 10 * 60 * 1_000_000;
/// Unclean ends among them that begin the mode.
const UNCLEAN: u32 = 2;

/// Whether this process has to be careful, and with what.
pub struct Rescue<D: Durable> {
    journal: Arc<dyn Journal<D>>,
    careful: bool,
    tries: i64,
}

/// What may be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Handle it, and nothing else meanwhile.
    Handle,
    /// It was put aside: the process died of it too often.
    Parked,
}

impl<D: Durable> Rescue<D> {
    /// Records this start, and looks how the last ones ended.
    pub async fn at_start(
        journal: Arc<dyn Journal<D>>,
        instance: Uuid,
        now: Micros,
        tries: i64,
    ) -> Result<Self, Unavailable> {
        let careful = journal.started(instance, now, WITHIN).await? >= UNCLEAN;
        if careful {
            tracing::error!("the process ended uncleanly again: rows found at this start are handled one at a time");
        }
        Ok(Self { journal, careful, tries })
    }

    /// Whether rows found at this start are to be admitted one by one.
    pub const fn is_careful(&self) -> bool {
        self.careful
    }

    /// Counts the attempt on disk before anything else happens.
    pub async fn admit(&self, tenant: Uuid, position: i64) -> Result<Admission, Unavailable> {
        if self.journal.count_try(tenant, position).await? < self.tries {
            return Ok(Admission::Handle);
        }
        let detail = "the process died while handling it".to_owned();
        self.journal.park(tenant, Take::Inbox(position), None, ParkReason::Crashed, detail).await?;
        Ok(Admission::Parked)
    }
}
