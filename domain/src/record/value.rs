//! What stands in a field, whichever its kind.

use super::{Field, Holds};
use crate::wording;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// Words of a set, in its order; behind them those that only another version knows.
    Set(Vec<String>),
    Id(Uuid),
    Object(Json),
}

/// A value as it comes from outside.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    Json(&'a Json),
    /// A cell of a table, or a parameter; empty for null.
    Text(&'a str),
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn id(id: impl Into<Uuid>) -> Self {
        Self::Id(id.into())
    }

    /// The words, where it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The words, where it is a set.
    pub fn as_set(&self) -> Option<&[String]> {
        match self {
            Self::Set(words) => Some(words),
            _ => None,
        }
    }

    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(yes) => Some(*yes),
            _ => None,
        }
    }

    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(yes) => (*yes).into(),
            Self::Set(words) => words.as_slice().into(),
            Self::Id(id) => id.to_string().into(),
            Self::Object(object) => object.clone(),
        }
    }

    /// As a cell of a table; empty for null.
    pub fn to_cell(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Set(words) => words.join(" "),
            other => other.to_json().to_string().trim_matches('"').to_owned(),
        }
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl Field {
    /// The value that is given for it, tidied: text without white space around it, and nothing for one in which nothing can be seen.
    ///
    /// # Errors
    /// The code of what is wrong.
    pub fn read(&self, given: Given<'_>) -> Result<Value, &'static str> {
        let value = match given {
            Given::Json(Json::Null) => Value::Null,
            Given::Text(text) if text.trim().is_empty() => Value::Null,
            given => self.holds.read(given)?,
        };
        self.fault(&value).map_or(Ok(value), Err)
    }

    /// The code of what is wrong with a value of it.
    pub fn fault(&self, value: &Value) -> Option<&'static str> {
        match (self.holds, value) {
            (_, Value::Null) => (!self.is_optional()).then_some("required"),
            (Holds::Text { longest }, Value::Text(text)) => {
                if wording::visible(text).is_none() {
                    return (!self.is_optional()).then_some("required");
                }
                (text.chars().count() > longest).then_some("too_long")
            }
            (Holds::Integer { least, most }, Value::Integer(number)) => {
                (!(least..=most).contains(number)).then_some("out_of_range")
            }
            (Holds::Boolean, Value::Boolean(_)) | (Holds::Id { .. }, Value::Id(_)) => None,
            (Holds::Choice(words), Value::Text(word)) => (!words.contains(&word.as_str())).then_some("unknown"),
            (Holds::Set(_), Value::Set(words)) if words.is_empty() => (!self.is_optional()).then_some("required"),
            (Holds::Set(known), Value::Set(words)) => {
                words.iter().any(|word| !known.contains(&word.as_str())).then_some("unknown")
            }
            (Holds::Object, Value::Object(Json::Object(_))) => None,
            _ => Some("wrong_type"),
        }
    }
}

impl Holds {
    fn read(self, given: Given<'_>) -> Result<Value, &'static str> {
        match (self, given) {
            (Self::Text { .. } | Self::Choice(_), Given::Json(Json::String(text))) => Ok(tidied(text)),
            (Self::Text { .. } | Self::Choice(_), Given::Text(text)) => Ok(tidied(text)),
            (Self::Integer { .. }, Given::Json(Json::Number(number))) => {
                number.as_i64().map(Value::Integer).ok_or("out_of_range")
            }
            (Self::Integer { .. }, Given::Text(text)) => {
                text.trim().parse().map(Value::Integer).map_err(|_| "wrong_type")
            }
            (Self::Boolean, Given::Json(Json::Bool(yes))) => Ok(Value::Boolean(*yes)),
            (Self::Boolean, Given::Text(text)) => match text.trim() {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err("wrong_type"),
            },
            (Self::Id { .. }, Given::Json(Json::String(text))) => id(text),
            (Self::Id { .. }, Given::Text(text)) => id(text),
            (Self::Set(known), Given::Json(Json::Array(words))) => {
                let words = words.iter().map(Json::as_str).collect::<Option<Vec<_>>>();
                words.map(|words| set(known, words)).ok_or("wrong_type")
            }
            (Self::Set(known), Given::Text(text)) => Ok(set(known, text.split_whitespace())),
            (Self::Object, Given::Json(json @ Json::Object(_))) => Ok(Value::Object(json.clone())),
            (Self::Object, Given::Text(text)) => {
                serde_json::from_str(text).map(Value::Object).map_err(|_| "wrong_type")
            }
            _ => Err("wrong_type"),
        }
    }
}

fn tidied(text: &str) -> Value {
    wording::visible(text).map_or(Value::Null, Value::text)
}

/// Each word once: those of the set in its order, then the others in theirs.
fn set<'a>(known: &[&str], words: impl IntoIterator<Item = &'a str>) -> Value {
    let place = |word: &str| known.iter().position(|known| *known == word).unwrap_or(known.len());
    let words: BTreeSet<(usize, &str)> = words.into_iter().map(|word| (place(word), word)).collect();
    Value::Set(words.into_iter().map(|(_, word)| word.to_owned()).collect())
}

fn id(text: &str) -> Result<Value, &'static str> {
    text.trim().parse().map(Value::Id).map_err(|_| "wrong_type")
}
