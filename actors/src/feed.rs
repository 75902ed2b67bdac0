//! What the writer publishes, as actors hear it.

use crate::Office;
use dashoffice_domain::ports::InboxRow;
use dashoffice_runtime::Published;
use futures_util::Stream;
use std::pin::Pin;

/// Committed batches, in the order of positions.
pub type Feed = Pin<Box<dyn Stream<Item = Heard> + Send>>;
/// Rows of one tenant's inbox, as they are accepted. A hint: what is missed is found by a scan.
pub type Arrivals = Pin<Box<dyn Stream<Item = Vec<InboxRow>> + Send>>;

#[derive(Clone, Debug)]
pub enum Heard {
    Batch(Published<Office>),
    /// Some batches were missed: read again what you keep.
    Missed,
}
