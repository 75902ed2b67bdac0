//! `serve` runs everything until it is told to end.

use crate::configuration::Loaded;
use crate::serving::{self, Unfurnished};
use anyhow::Result;

/// Runs until SIGTERM or SIGINT; what is risky about the configuration is logged first.
pub(crate) fn run(loaded: &Loaded) -> Result<()> {
    loaded.tell_warnings();
    serving::run(&loaded.configuration, Unfurnished)
}
