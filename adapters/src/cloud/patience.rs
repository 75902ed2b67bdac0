//! How long Meta asks to be left alone, as its headers say it.

use dashoffice_domain::Span;
use dashoffice_domain::channel::outgoing::Posted;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Meta counts in hours: what asks for more is taken for this.
const LONGEST_SECONDS: i64 = 60 * 60;

/// `posted`, put off for as long as the headers ask, if they ask for longer.
pub(super) fn heed(posted: Posted, headers: &HeaderMap) -> Posted {
    match posted {
        Posted::TryLater { after, error } => {
            Posted::TryLater { after: asked(headers).map_or(after, |asked| asked.max(after)), error }
        }
        Posted::Throttled { after, error } => {
            Posted::Throttled { after: asked(headers).map_or(after, |asked| asked.max(after)), error }
        }
        other => other,
    }
}

/// The longest wait that `Retry-After` or the usage headers name.
pub(super) fn asked(headers: &HeaderMap) -> Option<Span> {
    let text = |name: &str| headers.get(name).and_then(|header| header.to_str().ok());
    let retry_after = text("retry-after").and_then(|seconds| seconds.trim().parse::<i64>().ok());
    let usage = text("x-business-use-case-usage").and_then(|usage| serde_json::from_str::<Value>(usage).ok());
    let regain = usage.as_ref().and_then(minutes_to_regain_access).map(|minutes| minutes.saturating_mul(60));
    let seconds = retry_after.max(regain)?.clamp(0, LONGEST_SECONDS);
    Some(Span::seconds(seconds))
}

/// Meta lists its limits by account: the longest counts.
fn minutes_to_regain_access(usage: &Value) -> Option<i64> {
    let accounts = usage.as_object()?.values();
    let limits = accounts.flat_map(|limits| limits.as_array().into_iter().flatten());
    limits.filter_map(|limit| limit["estimated_time_to_regain_access"].as_i64()).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::channel::outgoing::{ErrorClass, SendError};

    fn after(name: &'static str, header: &str) -> Span {
        let mut headers = HeaderMap::new();
        headers.insert(name, header.parse().unwrap());
        let error = SendError::new(4, ErrorClass::Wait, "x");
        let after = Span::seconds(60);
        let later = heed(Posted::TryLater { after, error: error.clone() }, &headers);
        let throttled = heed(Posted::Throttled { after, error }, &headers);
        match (later, throttled) {
            (Posted::TryLater { after, .. }, Posted::Throttled { after: same, .. }) if after == same => after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_longer_wait_is_heeded_and_a_shorter_one_is_not() {
        assert_eq!(after("retry-after", "90"), Span::seconds(90));
        assert_eq!(after("retry-after", "5"), Span::seconds(60));
        assert_eq!(after("retry-after", "999999999"), Span::hours(1));
        assert_eq!(after("retry-after", "Sat, 21 Nov 2026 10:00:00 GMT"), Span::seconds(60));
    }

    #[test]
    fn the_usage_header_names_minutes_by_account() {
        let usage = r#"{"1":[{"type":"a","estimated_time_to_regain_access":0},{"estimated_time_to_regain_access":3}]}"#;
        assert_eq!(after("x-business-use-case-usage", usage), Span::minutes(3));
        assert_eq!(after("x-business-use-case-usage", "nonsense"), Span::seconds(60));
    }

    #[test]
    fn what_is_settled_stays_so() {
        assert_eq!(heed(Posted::Unknown, &HeaderMap::new()), Posted::Unknown);
    }
}
