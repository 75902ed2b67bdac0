//! A place in somebody else's JSON that may hold what we hope for, something else, or nothing.

use dashoffice_domain::Timestamp;
use serde_json::Value;

/// Above this a number of seconds would lie in the year 5138: it is milliseconds.
const SURELY_MILLISECONDS: i64 = 100_000_000_000;
/// The end of the year 9999 in milliseconds; later times are nonsense.
const LAST_MILLISECOND: i64 = 253_402_300_799_999;

/// A value, or the absence of one; every question may be asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a>(Option<&'a Value>);

impl<'a> Node<'a> {
    pub(crate) const fn of(value: &'a Value) -> Self {
        Self(Some(value))
    }

    pub(crate) fn get(self, name: &str) -> Self {
        Self(self.0.and_then(|value| value.get(name)))
    }

    /// The elements of an array; none where it is no array.
    pub(crate) fn items(self) -> impl Iterator<Item = Node<'a>> {
        self.0.and_then(Value::as_array).into_iter().flatten().map(Node::of)
    }

    pub(crate) fn first(self) -> Self {
        Self(self.0.and_then(|value| value.get(0)))
    }

    /// A string or a number as text, without U+0000, which no store takes.
    pub(crate) fn text(self) -> Option<String> {
        match self.0? {
            Value::String(text) => Some(text.replace('\0', "")),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Text with anything in it.
    pub(crate) fn filled(self) -> Option<String> {
        self.text().filter(|text| !text.is_empty())
    }

    /// Text, or the JSON itself where it is an object or a list.
    pub(crate) fn text_or_json(self) -> Option<String> {
        match self.0? {
            value @ (Value::Object(_) | Value::Array(_)) => Some(value.to_string()),
            _ => self.text(),
        }
    }

    /// A whole number, also from a numeric string or a `{low, high}` pair of 32-bit halves.
    pub(crate) fn integer(self) -> Option<i64> {
        match self.0? {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.trim().parse().ok(),
            Value::Object(halves) => {
                let low = halves.get("low")?.as_i64()? & 0xffff_ffff;
                let high = halves.get("high").and_then(Value::as_i64).unwrap_or_default();
                high.checked_shl(32).map(|high| high | low)
            }
            _ => None,
        }
    }

    /// A finite number, also from a numeric string.
    pub(crate) fn float(self) -> Option<f64> {
        let number = match self.0? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }

    pub(crate) fn flag(self) -> bool {
        self.maybe_flag().unwrap_or_default()
    }

    /// Yes, no, or neither.
    pub(crate) fn maybe_flag(self) -> Option<bool> {
        match self.0? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// An instant: seconds or milliseconds as number, numeric string or pair of halves, or RFC 3339.
    pub(crate) fn time(self) -> Option<Timestamp> {
        if let Some(number) = self.integer() {
            let milliseconds = if number > SURELY_MILLISECONDS { number } else { number.checked_mul(1_000)? };
            return (0..=LAST_MILLISECOND).contains(&milliseconds).then(|| Timestamp(milliseconds * 1_000));
        }
        let moment = chrono::DateTime::parse_from_rfc3339(self.0?.as_str()?.trim()).ok()?;
        let milliseconds = moment.timestamp_millis();
        (0..=LAST_MILLISECOND).contains(&milliseconds).then(|| Timestamp(moment.timestamp_micros()))
    }
}

/// A float that is a whole number of a size a float can hold exactly.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_is_read_in_every_shape_providers_use() {
        let wanted = Some(Timestamp::from_seconds(1_697_043_223));
        for shape in [
            json!("1697043223"),
            json!(1_697_043_223),
            json!(1_697_043_223.0),
            json!(1_697_043_223_000_i64),
            json!("1697043223000"),
            json!({"low": 1_697_043_223, "high": 0, "unsigned": true}),
            json!("2023-10-11T16:53:43Z"),
        ] {
            assert_eq!(Node::of(&shape).time(), wanted, "{shape}");
        }
        for nonsense in [json!(-5), json!("soon"), json!(null), json!(i64::MAX), json!({"high": 1}), json!([1])] {
            assert_eq!(Node::of(&nonsense).time(), None, "{nonsense}");
        }
    }

    #[test]
    fn numbers_may_be_strings_and_strings_numbers() {
        assert_eq!(Node::of(&json!("12.5")).float(), Some(12.5));
        assert_eq!(Node::of(&json!("NaN")).float(), None);
        assert_eq!(Node::of(&json!(131_051)).text().as_deref(), Some("131051"));
        assert_eq!(Node::of(&json!("131051")).integer(), Some(131_051));
        assert!(Node::of(&json!("true")).flag());
        assert_eq!(Node::of(&json!("a\u{0}b")).text().as_deref(), Some("ab"));
    }
}
