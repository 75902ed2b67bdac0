//! Where log lines go, and in which shape: standard error, for people or for machines.

use crate::configuration::{Configuration, LogFormat};
use anyhow::{Context, Result};
use std::io;
use tracing_subscriber::EnvFilter;

/// Begins logging as configured; once per process.
pub(crate) fn begin(configuration: &Configuration) -> Result<()> {
    let filter = EnvFilter::try_new(&configuration.log.level).context("cannot read log.level")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let begun = match configuration.log.format {
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_ansi(false).try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!("cannot begin logging: {error}"))
}
