//! Which bytes of a file are asked for: all, or one part, so that sound and film can be played from anywhere.

use axum::http::{HeaderMap, header};

/// What to answer with; places are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    /// From the first byte to the last, both of them included.
    Part(u64, u64),
    /// There are no such bytes.
    Nowhere,
}

/// Several parts at once, and what is no range of bytes, are answered with the whole, as the protocol allows.
pub(super) fn asked(headers: &HeaderMap, size: u64, etag: &str) -> Asked {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Asked::Whole;
    }
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else { return Asked::Whole };
    let Some((first, last)) = range.split_once('-') else { return Asked::Whole };
    match (end_of(first), end_of(last)) {
        (End::Open, End::At(length)) if length > 0 && size > 0 => Asked::Part(size.saturating_sub(length), size - 1),
        (End::Open, End::At(_)) => Asked::Nowhere,
        (End::At(first), End::At(last)) if last < first => Asked::Whole,
        (End::At(first), End::At(_) | End::Open) if first >= size => Asked::Nowhere,
        (End::At(first), End::At(last)) => Asked::Part(first, last.min(size - 1)),
        (End::At(first), End::Open) => Asked::Part(first, size - 1),
        _ => Asked::Whole,
    }
}

/// One side of a range.
enum End {
    At(u64),
    /// Nothing stands there.
    Open,
    Unreadable,
}

fn end_of(text: &str) -> End {
    match text.trim() {
        "" => End::Open,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => End::At(digits.parse().unwrap_or(u64::MAX)),
        _ => End::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        asked(&headers, 100, "\"a\"")
    }

    #[test]
    fn a_part_is_cut_to_what_there_is() {
        for (range, wanted) in [
            ("bytes=0-9", Asked::Part(0, 9)),
            ("bytes=90-", Asked::Part(90, 99)),
            ("bytes=90-900", Asked::Part(90, 99)),
            ("bytes=-10", Asked::Part(90, 99)),
            ("bytes=-900", Asked::Part(0, 99)),
            ("bytes=0-99999999999999999999999", Asked::Part(0, 99)),
            ("bytes=100-", Asked::Nowhere),
            ("bytes=-0", Asked::Nowhere),
            ("bytes=9-3", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("lines=1-2", Asked::Whole),
        ] {
            assert_eq!(of(range), wanted, "{range}");
        }
    }

    #[test]
    fn a_part_of_another_file_than_was_known_is_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-9".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"b\"".parse().unwrap());
        assert_eq!(asked(&headers, 100, "\"a\""), Asked::Whole);
        headers.insert(header::IF_RANGE, "\"a\"".parse().unwrap());
        assert_eq!(asked(&headers, 100, "\"a\""), Asked::Part(0, 9));
        assert_eq!(asked(&headers, 0, "\"a\""), Asked::Nowhere);
    }
}
