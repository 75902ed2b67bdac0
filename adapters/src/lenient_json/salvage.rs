//! Reads JSON that may be damaged: first as it is, then with half emojis mended, then member by member.

use super::members::Members;
use super::surrogates::without_lone_surrogates;
use serde_json::{Map, Value};

/// How deep salvage goes looking for readable members.
const SALVAGE_DEPTH: usize = 2;

/// Longer than any message or status. A tree of values takes up to eighty times as much memory as its text.
const LONGEST: usize = 256 * 1_024;

/// What could be read, and whether something had to be left out.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) value: Value,
    pub(crate) whole: bool,
}

/// `None` when the text is not even one JSON object, or far too long for what is read here.
pub(crate) fn read(json: &str) -> Option<Read> {
    if json.len() > LONGEST {
        return None;
    }
    if let Ok(value) = serde_json::from_str(json) {
        return Some(Read { value, whole: true });
    }
    let mended = without_lone_surrogates(json);
    if let Ok(value) = serde_json::from_str(&mended) {
        return Some(Read { value, whole: true });
    }
    Some(Read { value: readable_members(&mended, SALVAGE_DEPTH)?, whole: false })
}

/// The object with those members that can be read on their own.
fn readable_members(json: &str, depth: usize) -> Option<Value> {
    let mut readable = Map::new();
    for (name, raw) in Members::of(json)?.iter() {
        let value = serde_json::from_str(raw.get()).ok();
        let value = value.or_else(|| (depth > 0).then(|| readable_members(raw.get(), depth - 1)).flatten());
        if let Some(value) = value {
            readable.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(readable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_read_is_left_out_and_said() {
        let read = read(r#"{"message":{"id":"wamid.1","location":{"latitude":1e999,"name":"x"}},"n":1}"#).unwrap();
        assert_eq!(read.value, json!({"message": {"id": "wamid.1", "location": {"name": "x"}}, "n": 1}));
        assert!(!read.whole);
    }

    #[test]
    fn a_half_emoji_alone_loses_nothing_else() {
        let read = read(r#"{"text":"oi \ud83d"}"#).unwrap();
        assert_eq!(read.value, json!({"text": "oi \u{fffd}"}));
        assert!(read.whole);
    }

    #[test]
    fn what_is_no_object_is_nothing() {
        assert!(read("").is_none());
        assert!(read("[1").is_none());
    }

    #[test]
    fn what_is_far_too_long_is_not_even_looked_at() {
        let of = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        assert!(read(&of(LONGEST)).is_some_and(|read| read.whole));
        assert!(read(&of(LONGEST + 1)).is_none());
    }
}
