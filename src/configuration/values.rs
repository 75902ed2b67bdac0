//! The configuration as the rest of the binary reads it: one struct per section of the file.

use super::networks::Networks;
use super::quantity::{Period, Size};
use dashoffice_domain::ids::AgentId;
use serde::{Deserialize, Serialize, Serializer};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything an operator may set, checked.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) server: Server,
    pub(crate) data: Data,
    pub(crate) kernel: Kernel,
    pub(crate) retention: Retention,
    pub(crate) admission: Admission,
    pub(crate) live: Live,
    pub(crate) delivery: Delivery,
    pub(crate) media: Media,
    pub(crate) provisioning: Provisioning,
    pub(crate) answerer: AutoResponder,
    pub(crate) lease: Lease,
    pub(crate) cloud: Cloud,
    pub(crate) log: Log,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) webhook_timeout: Period,
    pub(crate) short_way: Period,
    pub(crate) body_limit: Size,
    pub(crate) body_room: Size,
    pub(crate) header_timeout: Period,
    pub(crate) body_timeout: Period,
    pub(crate) connections: u32,
    pub(crate) drain_timeout: Period,
    pub(crate) trusted_proxies: Networks,
    pub(crate) metrics: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) dir: PathBuf,
    /// Empty: SQLite in `dir`.
    pub(crate) database_url: Hidden,
    /// Read while loading; afterwards `database_url` holds what it said.
    pub(crate) database_url_file: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kernel {
    pub(crate) mailbox: u32,
    pub(crate) tries: u32,
    pub(crate) crash_tries: u32,
    pub(crate) command_timeout: Period,
    pub(crate) idle: Period,
    pub(crate) quarantine: Period,
    pub(crate) max_resident: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    pub(crate) dedupe: Period,
    pub(crate) command_results: Period,
    pub(crate) raw_items: Period,
    pub(crate) early_statuses: Period,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admission {
    pub(crate) oldest: Period,
    pub(crate) per_tenant: u32,
    pub(crate) in_all: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Live {
    pub(crate) ring_events: u32,
    pub(crate) ring_size: Size,
    pub(crate) console_frames: u32,
    pub(crate) console_size: Size,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivery {
    pub(crate) post_timeout: Period,
    /// Messages a second per number.
    pub(crate) per_second: u32,
    /// Posts per number under way.
    pub(crate) at_once: u32,
    pub(crate) unknown_holds: Period,
    pub(crate) gives_up_after: Period,
    pub(crate) read_marks: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Media {
    pub(crate) at_once: u32,
    pub(crate) tries: u32,
    pub(crate) fetch_timeout: Period,
    pub(crate) stall_timeout: Period,
    pub(crate) image: Size,
    pub(crate) audio: Size,
    pub(crate) video: Size,
    pub(crate) document: Size,
    pub(crate) sticker: Size,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provisioning {
    /// Relative to the data directory, or absolute; empty: none.
    pub(crate) file: PathBuf,
}

impl Configuration {
    /// The file that declares an office, where there is one.
    pub(crate) fn office_file(&self) -> Option<PathBuf> {
        let file = &self.provisioning.file;
        (!file.as_os_str().is_empty()).then(|| self.data.dir.join(file))
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AutoResponder {
    /// Empty: nobody answers by itself.
    pub(crate) words: String,
    pub(crate) agents: Vec<AgentId>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lease {
    pub(crate) ttl: Period,
    pub(crate) beat: Period,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cloud {
    pub(crate) api_base: String,
    pub(crate) version: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// A secret: neither `config show` nor a log line ever prints it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(String);

impl Hidden {
    /// The secret itself, for whoever must use it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "" } else { "***" })
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{self:?}"))
    }
}
