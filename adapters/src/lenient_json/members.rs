//! One JSON object as it was written: its members' raw text, so that a part can be kept byte for byte.

use super::node::Node;
use super::surrogates::without_lone_surrogates;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// More names than any object that a provider sends; one with more cannot be taken apart, so that it costs no memory either.
const MOST_MEMBERS: usize = 256;

/// The members of one object, each as raw text; of a repeated name the last one counts.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// `None` when the text is not one JSON object, or one with hundreds of members.
    pub(crate) fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (name.as_str(), *raw))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, raw)| *raw)
    }

    /// The member as text, where it is a string or a number with anything in it.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(scalar)
    }

    /// The members of an object within this one.
    pub(crate) fn object(&self, name: &str) -> Option<Members<'a>> {
        self.get(name).and_then(|raw| Members::of(raw.get()))
    }

    /// The elements of an array, each as raw text, read as they are asked for; `None` where it is no array.
    pub(crate) fn array(&self, name: &str) -> Option<Elements<'a>> {
        Elements::of(self.get(name)?)
    }

    /// The same, with nothing in it where it is no array.
    pub(crate) fn list(&self, name: &str) -> Elements<'a> {
        self.array(name).unwrap_or_default()
    }
}

/// The elements of one array, each as raw text. Nothing is kept of them: an array may have millions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Elements<'a>(&'a str);

impl<'a> Elements<'a> {
    fn of(array: &'a RawValue) -> Option<Self> {
        array.get().strip_prefix('[').map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.clone().next().is_none()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a RawValue;

    /// The text is well-formed JSON: it was read as one raw value.
    fn next(&mut self) -> Option<&'a RawValue> {
        let rest = self.0.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&'a RawValue>();
        let element = values.next().and_then(Result::ok);
        self.0 = if element.is_some() { &rest[values.byte_offset()..] } else { "" };
        element
    }
}

/// A raw string or number as text, without U+0000; nothing where it is empty or something else.
fn scalar(raw: &RawValue) -> Option<String> {
    if raw.get().starts_with(['{', '[']) {
        return None;
    }
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
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
                    match members.iter().position(|(given, _)| *given == name) {
                        Some(place) => members[place].1 = raw,
                        None if members.len() == MOST_MEMBERS => return Err(A::Error::custom("too many members")),
                        None => members.push((name, raw)),
                    }
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
        assert_eq!(members.list("list").map(RawValue::get).collect::<Vec<_>>(), ["1", r#"{"x":2}"#]);
        assert!(members.list("id").is_empty());
    }

    #[test]
    fn an_array_is_read_element_by_element_whatever_they_are() {
        let of = |json: &'static str| Members::of(json).unwrap().list("a").map(RawValue::get).collect::<Vec<_>>();
        assert_eq!(of(r#"{"a":[ "x,]" , null,-1.5e3,true ,[[],{}],{"b":"]"}, "\\"]}"#).len(), 7);
        assert_eq!(of("{\"a\":[\n1\t,\r\n2 ]}"), ["1", "2"]);
        assert_eq!(of(r#"{"a":["\ud800",2]}"#).len(), 2);
        assert!(of(r#"{"a":[]}"#).is_empty() && of(r#"{"a":[ ]}"#).is_empty());
        assert!(Members::of(r#"{"a":{}}"#).unwrap().array("a").is_none());
    }

    #[test]
    fn an_object_with_hundreds_of_names_is_not_taken_apart_and_one_name_may_come_as_often_as_it_likes() {
        let object = |name: &dyn Fn(usize) -> String| {
            let members: Vec<String> = (0..1_000).map(|n| format!(r#""{}":{n}"#, name(n))).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(Members::of(&object(&|n| format!("n{n}"))).is_none());
        assert_eq!(Members::of(&object(&|_| "n".to_owned())).unwrap().text("n").as_deref(), Some("999"));
    }
}
