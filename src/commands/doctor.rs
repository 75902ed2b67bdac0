//! `doctor` says what is wrong with this installation, and what to do about it.

use crate::configuration::{Loaded, Problems};
use crate::doctor;
use anyhow::{Context, Result, bail};
use std::io::{Write, stdout};

/// Writes what it found to standard output; an error if there is a problem.
pub(crate) fn run(loaded: Result<Loaded, Problems>) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    let findings = runtime.block_on(doctor::look(loaded));
    stdout().write_all(findings.to_string().as_bytes()).context("cannot write to standard output")?;
    if findings.problems() > 0 {
        bail!("something is wrong with this installation");
    }
    Ok(())
}
