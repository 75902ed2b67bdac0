//! `config check` says whether the configuration is legal; `config show` prints the one in force, secrets hidden.

use crate::configuration::Loaded;
use crate::provisioning;
use anyhow::{Context, Result};
use clap::Subcommand;
use std::io::{Write, stdout};

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Look {
    /// Say whether it is legal, and what is risky about it.
    Check,
    /// Print it as TOML, each key with where its value comes from; secrets hidden.
    Show,
}

/// Writes the answer to standard output; an illegal configuration never gets this far. A check also reads the office's file.
pub(crate) fn run(look: Look, loaded: &Loaded) -> Result<()> {
    let text = match look {
        Look::Check => {
            provisioning::look(&loaded.configuration).context("the office's file is not right")?;
            let warnings = loaded.warnings.iter().map(|warning| format!("warning: {warning}\n"));
            warnings.chain(["the configuration is legal\n".to_owned()]).collect()
        }
        Look::Show => loaded.shown(),
    };
    stdout().write_all(text.as_bytes()).context("cannot write to standard output")
}
