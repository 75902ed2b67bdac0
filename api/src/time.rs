//! Instants as outsiders read them.

use chrono::{DateTime, SecondsFormat};
use dashoffice_domain::Timestamp;

/// RFC 3339 in UTC with six decimals.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    DateTime::from_timestamp_micros(at.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}
