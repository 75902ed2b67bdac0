//! What the writer publishes, as actors hear it.

use crate::Office;
use dashoffice_runtime::Published;
use futures_util::Stream;
use std::pin::Pin;
use tokio::sync::watch;

/// Committed batches, in the order of positions.
pub type Feed = Pin<Box<dyn Stream<Item = Heard> + Send>>;
/// The highest position of one tenant's inbox that anybody heard of, or may have: known here before they hear. That it rose is a hint,
/// and several are one; what is missed is found by a scan (F2).
pub type Arrivals = watch::Receiver<i64>;

#[derive(Clone, Debug)]
pub enum Heard {
    Batch(Published<Office>),
    /// Some batches were missed: read again what you keep.
    Missed,
}
