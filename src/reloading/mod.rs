//! Takes over what changes in the configuration's files while everything runs, whole or not at all (E5).
//!
//! Files are looked at again and again instead of being watched: what a look compares (which file it is, its size, its times) also
//! changes when an editor writes in place, when a new file is moved over the old one, and when a link of a link is turned to another
//! directory, as Kubernetes does it. A change counts once it has stood still from one look to the next, so that half a file is not
//! read. SIGHUP has everything read at once.

mod look;
mod state;

pub(crate) use look::{Look, Looks};
pub(crate) use state::{ConfigurationState, ConfigurationStateCell};

use crate::configuration::{Change, Problems, Sources, load_noting};
use crate::logging::Level;
use crate::wiring::Running;
use anyhow::{Context, Result};
use dashoffice_runtime::{Upkeep, task};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex, Notify};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

/// Between two looks at the files.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Who takes over what changes.
pub(crate) struct Reloader {
    pub(crate) sources: Sources,
    pub(crate) running: Running,
    pub(crate) level: Level,
    pub(crate) standing: ConfigurationStateCell,
    /// Told when settings changed, or were to be read again: whoever keeps an office looks to it.
    pub(crate) changed: Arc<Notify>,
}

impl Reloader {
    /// Listens for SIGHUP from this moment on, and begins to look.
    pub(crate) fn begin(self) -> Result<()> {
        let hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
        let kept = Arc::new(Mutex::new((self, hangup)));
        task::keep("reload", Upkeep::ForEver, move || {
            let kept = Arc::clone(&kept);
            async move {
                let (reloader, hangup) = &mut *kept.lock().await;
                reloader.watch(hangup).await;
            }
        });
        Ok(())
    }

    async fn watch(&self, hangup: &mut Signal) {
        let mut looks = Looks::default();
        let mut files = Vec::new();
        let mut turns = interval(BETWEEN_LOOKS);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                _ = turns.tick() => false,
                Some(()) = hangup.recv() => true,
            };
            let before = Look::at(files.clone()).await;
            if !asked && !looks.is_settled_change(&before) {
                continue;
            }
            files = self.take_over(asked).await;
            // What changed while it was read is read again.
            let after = Look::at(files.clone()).await;
            looks.took(&before, after);
            if asked {
                self.changed.notify_one();
            }
        }
    }

    /// Reads everything and takes what may be taken; answers with the files it looked for.
    async fn take_over(&self, asked: bool) -> Vec<PathBuf> {
        let sources = self.sources.clone();
        let reading = spawn_blocking(move || {
            let mut files = Vec::new();
            (load_noting(&sources, &mut files), files)
        });
        let (read, files) = reading.await.expect("reading does not panic, and blocking work is not aborted");
        tracing::debug!(files = files.len(), "the configuration was read again");
        let running = self.running.now();
        match read.and_then(|read| Change::between(&running, &read)) {
            Ok(change) => self.take(change, asked),
            Err(Problems(problems)) => self.refuse(&problems, asked),
        }
        files
    }

    fn take(&self, Change { runs, taken, waiting }: Change, asked: bool) {
        let before = self.standing.change(|state| {
            let before = state.clone();
            (state.refused, state.waiting) = (Vec::new(), waiting.clone());
            before
        });
        if !taken.is_empty() {
            let level = runs.log.level.clone();
            self.running.take(runs);
            // Before the level changes: whoever quietens us still hears of it.
            tracing::info!(keys = taken.join(", "), "the configuration changed, and runs");
            if taken.iter().any(|key| key == "log.level")
                && let Err(error) = self.level.becomes(&level)
            {
                tracing::error!(error = format!("{error:#}"), "lines are still told as before");
            }
            self.changed.notify_one();
        } else if asked || !before.refused.is_empty() {
            tracing::info!("the configuration was read again: it is what runs");
        }
        if !waiting.is_empty() && (asked || waiting != before.waiting) {
            tracing::warn!(keys = waiting.join(", "), "what changed here takes effect at the next start");
        }
    }

    fn refuse(&self, problems: &[String], asked: bool) {
        let is_new = self.standing.change(|state| {
            let is_new = state.refused != problems;
            problems.clone_into(&mut state.refused);
            is_new
        });
        if is_new || asked {
            let problems = problems.join("; ");
            tracing::warn!(
                problems,
                "the configuration on disk is not legal: nothing of it is taken, what ran goes on"
            );
        }
    }
}
