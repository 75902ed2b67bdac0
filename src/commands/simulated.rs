//! `simulated` plays a WhatsApp: Graph over HTTP, customers who write, signed webhooks; its ledger survives our crashes.

use crate::serving::told_to_end;
use anyhow::{Context, Result};
use clap::Args;
use dashoffice_simulated::{SimulatorConfig, serve};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Play {
    /// A JSON file that says how to play; absent keys have their defaults.
    #[arg(long, value_name = "FILE")]
    play: PathBuf,
}

/// Plays until SIGTERM or SIGINT.
pub(crate) fn run(play: &Play) -> Result<()> {
    let text = std::fs::read(&play.play).with_context(|| format!("cannot read {}", play.play.display()))?;
    let config: SimulatorConfig =
        serde_json::from_slice(&text).with_context(|| format!("{} does not say how to play", play.play.display()))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(async {
        let end = told_to_end()?;
        serve(config, end).await.context("the simulated WhatsApp ended")
    })
}
