//! The fatal signal: something that everybody stands on cannot be kept up, and whoever opened it all must close it and open it anew.

use std::sync::Arc;
use tokio::sync::watch;

/// Raised once, for good. Cheap to clone: all clones are the same signal.
#[derive(Clone, Debug)]
pub struct FatalSignal(Arc<watch::Sender<Option<&'static str>>>);

impl Default for FatalSignal {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl FatalSignal {
    /// Says what fell; the first to raise it is the one who is heard.
    pub fn raise(&self, what: &'static str) {
        self.0.send_if_modified(|rung| {
            let is_first = rung.is_none();
            if is_first {
                tracing::error!(what, "something that everything stands on cannot be kept up");
                metrics::counter!("dashoffice_alarms_total", "what" => what).increment(1);
                *rung = Some(what);
            }
            is_first
        });
    }

    /// What fell, if anything did.
    pub fn heard(&self) -> Option<&'static str> {
        *self.0.borrow()
    }

    /// Returns once it is raised, with what fell.
    pub async fn raised(&self) -> &'static str {
        let mut rung = self.0.subscribe();
        match rung.wait_for(Option::is_some).await.map(|what| *what) {
            Ok(Some(what)) => what,
            // The sender lives as long as `self`, and only what is there ends the wait.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}
