//! What the writer publishes, as actors hear it.

use crate::Office;
use dashoffice_domain::ports::Announced;
use dashoffice_runtime::Published;
use futures_util::Stream;
use std::pin::Pin;
use tokio::sync::watch;

/// Committed batches, in the order of positions.
pub type Feed = Pin<Box<dyn Stream<Item = FeedItem> + Send>>;
/// What anybody heard of one tenant's inbox, or may have: known here before they hear. That it changed is a hint, and several are one; what is
/// missed is found by a scan (F2).
pub type Arrivals = watch::Receiver<Announced>;

#[derive(Clone, Debug)]
pub enum FeedItem {
    Batch(Published<Office>),
    /// Some batches were missed: read again what you keep.
    Missed,
}
