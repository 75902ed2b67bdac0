//! Where Meta listens, and how long we wait for it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Settings of the Cloud API adapter, the same for all numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CloudConfig {
    /// Scheme and host, without version; a number may override it.
    pub api_base: String,
    pub version: String,
    pub connect_timeout_ms: u64,
    /// From the first byte sent to the last byte read.
    pub post_timeout_ms: u64,
    /// The whole of a file that a customer sent.
    pub fetch_timeout_ms: u64,
    /// A file of which nothing comes for so long is given up for now.
    pub stall_timeout_ms: u64,
}

/// How long we wait for Meta; read anew for each question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub post_timeout_ms: u64,
    pub fetch_timeout_ms: u64,
    pub stall_timeout_ms: u64,
}

impl CloudConfig {
    pub(super) const fn post_timeout(&self) -> Duration {
        Duration::from_millis(self.post_timeout_ms)
    }

    pub(super) fn with(&self, patience: Patience) -> Self {
        let Patience { post_timeout_ms, fetch_timeout_ms, stall_timeout_ms } = patience;
        Self { post_timeout_ms, fetch_timeout_ms, stall_timeout_ms, ..self.clone() }
    }
}

impl Default for CloudConfig {
    fn default() -> Self {
        Self {
            api_base: "https://graph.facebook.com".to_owned(),
            version: "v26.0".to_owned(),
            connect_timeout_ms: 5_000,
            post_timeout_ms: 20_000,
            fetch_timeout_ms: 600_000,
            stall_timeout_ms: 30_000,
        }
    }
}
