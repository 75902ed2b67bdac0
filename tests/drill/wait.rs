//! Waiting for a state: asked for again and again, with a deadline that only a broken server meets.

use anyhow::{Result, bail};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Looks until there is something; how long that took, and what it is.
pub(crate) async fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<(Duration, T)> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok((began.elapsed(), found));
        }
        if began.elapsed() > within {
            bail!("it did not come to this within {within:?}: {what}");
        }
        sleep(BETWEEN_LOOKS).await;
    }
}
