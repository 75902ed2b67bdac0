//! Small libraries that are preloaded into a process and make its disk slow or full, or its clock wrong, as a dial says.

use anyhow::{Context, Result, bail};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Builds `scripts/{name}.c` into `dir`.
pub(crate) async fn build(name: &str, dir: &Path) -> Result<PathBuf> {
    let source = format!("{}/scripts/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let library = dir.join(format!("{name}.so"));
    let mut gcc = Command::new("gcc");
    gcc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&source).arg("-ldl");
    let status = gcc.status().await.context("cannot run gcc; scripts/setup-build installs it")?;
    if !status.success() {
        bail!("cannot build {source}");
    }
    Ok(library)
}

/// What a library looks at each time: a number in a file that both sides see.
pub(crate) struct Dial(PathBuf);

impl Dial {
    /// At 0.
    pub(crate) fn new(dir: &Path, name: &str) -> Result<Self> {
        let path = dir.join(format!("{name}.dial"));
        fs::write(&path, 0_i64.to_ne_bytes()).context("cannot make a dial")?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> String {
        self.0.display().to_string()
    }

    /// From now on this stands there: written in place, for the other side has it before its eyes.
    pub(crate) fn turn(&self, to: i64) -> Result<()> {
        let file = OpenOptions::new().write(true).open(&self.0).context("cannot open a dial")?;
        file.write_all_at(&to.to_ne_bytes(), 0).context("cannot turn a dial")
    }
}
