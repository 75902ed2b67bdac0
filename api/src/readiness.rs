//! Whether this process may be given work: the one handle that wiring turns and that health and webhooks read.

use std::sync::Arc;
use tokio::sync::watch;

/// How far this process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartupState {
    /// Not the owner yet, or no longer: webhooks are answered 503 and come again.
    Starting,
    /// Owns its shards, and the actors stand.
    Ready,
    /// Everything stands, and the store does not answer or takes nothing: what comes is tried all the same.
    Away,
    /// Going away: finishes what has begun.
    Draining,
}

impl StartupState {
    /// As `/readyz` says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Away => "store_away",
            Self::Draining => "draining",
        }
    }

    /// Why not, for whoever reads what `/readyz` answers; `None`: it may be given work.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Starting => Some("this process does not own the store yet, or is still standing up"),
            Self::Ready => None,
            Self::Away => Some("the store does not answer, or takes nothing that is written"),
            Self::Draining => Some("this process was told to end"),
        }
    }
}

/// A shared switch. Draining is for ever: nothing makes a process ready again after it.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<watch::Sender<StartupState>>);

impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(StartupState::Starting)))
    }
}

impl Readiness {
    pub fn standing(&self) -> StartupState {
        *self.0.borrow()
    }

    /// Owned and standing.
    pub fn ready(&self) {
        self.turn(StartupState::Ready);
    }

    /// Ownership was lost, or a part that all work needs is away.
    pub fn not_ready(&self) {
        self.turn(StartupState::Starting);
    }

    /// The store is away. Only of one that is ready: nobody else was to be given work.
    pub fn away(&self) {
        self.0.send_if_modified(|standing| {
            let changes = *standing == StartupState::Ready;
            if changes {
                *standing = StartupState::Away;
            }
            changes
        });
    }

    pub fn drain(&self) {
        self.turn(StartupState::Draining);
    }

    /// Returns when this process is asked to drain.
    pub async fn draining(&self) {
        let mut standing = self.0.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = standing.wait_for(|standing| *standing == StartupState::Draining).await;
    }

    fn turn(&self, to: StartupState) {
        self.0.send_if_modified(|standing| {
            let changes = *standing != to && *standing != StartupState::Draining;
            if changes {
                *standing = to;
            }
            changes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_drains_is_never_ready_again() {
        let readiness = Readiness::default();
        assert_eq!(readiness.standing(), StartupState::Starting);
        readiness.ready();
        readiness.not_ready();
        readiness.ready();
        assert_eq!(readiness.standing(), StartupState::Ready);
        readiness.drain();
        readiness.away();
        readiness.ready();
        assert_eq!(readiness.standing(), StartupState::Draining);
    }
    #[test]
    fn only_a_process_that_was_ready_has_a_store_that_is_away() {
        let readiness = Readiness::default();
        readiness.away();
        assert_eq!(readiness.standing(), StartupState::Starting);
        readiness.ready();
        readiness.away();
        assert_eq!((readiness.standing().name(), readiness.standing().reason().is_some()), ("store_away", true));
        readiness.ready();
        assert_eq!(readiness.standing().reason(), None);
    }
}
