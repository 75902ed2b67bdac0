//! One JSON object as it was written: its members' raw text, so that a part can be kept byte for byte.

use super::node::Node;
use super::surrogates::without_lone_surrogates;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The members of one object, each as raw text; of a repeated name the last one counts.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// `None` when the text is not one JSON object.
    pub(crate) fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (name.as_str(), *raw))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(given, _)| given == name).map(|(_, raw)| *raw)
    }

    /// The member as text, where it is a string or a number with anything in it.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(scalar)
    }

    /// The members of an object within this one.
    pub(crate) fn object(&self, name: &str) -> Option<Members<'a>> {
        self.get(name).and_then(|raw| Members::of(raw.get()))
    }

    /// The elements of an array, each as raw text; `None` where it is no array.
    pub(crate) fn array(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// The same, with nothing in it where it is no array.
    pub(crate) fn list(&self, name: &str) -> Vec<&'a RawValue> {
        self.array(name).unwrap_or_default()
    }
}

/// A raw string or number as text, without U+0000; nothing where it is empty or something else.
fn scalar(raw: &RawValue) -> Option<String> {
    let value: Value = serde_json::from_str(&without_lone_surrogates(raw.get())).ok()?;
    Node::of(&value).filled()
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_repeated_name_the_last_counts_and_bad_neighbours_do_no_harm() {
        let members = Members::of(r#"{"id":"a","bad":"\ud800","n":12,"id":"b","list":[1,{"x":2}]}"#).unwrap();
        assert_eq!(members.text("id").as_deref(), Some("b"));
        assert_eq!(members.text("n").as_deref(), Some("12"));
        assert_eq!(members.text("bad").as_deref(), Some("\u{fffd}"));
        assert_eq!(members.list("list").iter().map(|raw| raw.get()).collect::<Vec<_>>(), ["1", r#"{"x":2}"#]);
        assert!(members.list("id").is_empty());
    }
}
