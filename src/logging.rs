//! Where log lines go, and in which shape: standard error, for people or for machines.

use crate::configuration::{Configuration, LogFormat};
use anyhow::{Context, Result};
use std::io;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::reload;

/// What is told, changed while everything runs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Level(Arc<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>);

impl Level {
    /// From now on lines are told as `level` says.
    pub(crate) fn becomes(&self, level: &str) -> Result<()> {
        let filter = EnvFilter::try_new(level).context("cannot read log.level")?;
        (self.0)(filter).context("nobody logs any more")
    }
}

/// Begins logging as configured; once per process.
pub(crate) fn begin(configuration: &Configuration) -> Result<Level> {
    let filter = EnvFilter::try_new(&configuration.log.level).context("cannot read log.level")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let (level, begun) = match configuration.log.format {
        LogFormat::Text => {
            let is_terminal = io::IsTerminal::is_terminal(&io::stderr());
            let lines = lines.with_ansi(is_terminal).with_filter_reloading();
            let handle = lines.reload_handle();
            (Level(Arc::new(move |filter| handle.reload(filter))), lines.try_init())
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_ansi(false).with_filter_reloading();
            let handle = lines.reload_handle();
            (Level(Arc::new(move |filter| handle.reload(filter))), lines.try_init())
        }
    };
    begun.map_err(|error| anyhow::anyhow!("cannot begin logging: {error}"))?;
    Ok(level)
}
