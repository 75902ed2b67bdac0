//! A store as projections need it: where it owns, what stands in its journal, and how far each of them has come.

use super::Projected;
use crate::Office;
use crate::writer::Subscription;
use dashoffice_runtime::{Envelope, Outcome, Unavailable};
use uuid::Uuid;

/// A position, the instant in µs, and the event; nothing where this version does not know its kind.
pub(crate) type Recorded = (i64, i64, Option<Envelope<Office>>);

pub(crate) trait Source: Clone + Send + Sync + 'static {
    fn is_ours(&self) -> bool;
    /// Each tenant, with the position of its last event.
    fn heads(&self) -> impl Future<Output = Result<Vec<(Uuid, i64)>, Unavailable>> + Send;
    /// How far a projection has come.
    fn cursor(&self, projection: &'static str, tenant: Uuid) -> impl Future<Output = Result<i64, Unavailable>> + Send;
    /// At most so many events after a position, in order.
    fn journal(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Recorded>, Unavailable>> + Send;
    fn project(&self, projected: Projected) -> impl Future<Output = Outcome> + Send;
    /// Until everything that was handed in before is decided.
    fn settled(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
    fn subscribe(&self) -> Subscription;
    /// In µs.
    fn now(&self) -> i64;
}
