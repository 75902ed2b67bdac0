//! `serve` runs everything until it is told to end.

use crate::serving::{self, Start, Unseeded};
use anyhow::Result;

/// Runs until SIGTERM or SIGINT.
pub(crate) fn run(start: Start) -> Result<()> {
    serving::run(start, Unseeded)
}
