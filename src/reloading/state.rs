//! Whether what is on disk is what runs: told to metrics, and to whoever asks the running server.

use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// How the files on disk stand to what runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConfigurationState {
    /// Why nothing of the configuration on disk was taken, one line each; empty: it runs.
    pub(crate) refused: Vec<String>,
    /// Keys that changed and take effect at the next start.
    pub(crate) waiting: Vec<String>,
    /// Why nothing of the office's file was taken, one line each; empty: it is in force, or there is none.
    pub(crate) office_refused: Vec<String>,
}

/// A place for it. Cheap to clone: all clones are the same place.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigurationStateCell(Arc<Mutex<ConfigurationState>>);

impl ConfigurationStateCell {
    pub(crate) fn now(&self) -> ConfigurationState {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes it; metrics follow.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut ConfigurationState) -> T) -> T {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut standing);
        metrics::gauge!("dashoffice_configuration_refused").set(u8::from(!standing.refused.is_empty()));
        metrics::gauge!("dashoffice_configuration_waiting").set(standing.waiting.len() as f64);
        metrics::gauge!("dashoffice_provisioning_refused").set(u8::from(!standing.office_refused.is_empty()));
        changed
    }
}
