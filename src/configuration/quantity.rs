//! Lengths of time and sizes as people write them: `24h`, `4MB`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time: a whole number and `ms`, `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Period(pub(crate) Duration);

/// A number of bytes: a whole number and `B`, `kB`, `MB`, `GB` (powers of ten) or `KiB`, `MiB`, `GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(crate) u64);

const MILLISECONDS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const BYTES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// A whole number followed by one of `units`, in the smallest of them.
fn parsed(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that leaves a whole number.
fn written(amount: u64, units: &[(&str, u64)], smallest: &str) -> String {
    let fitting = units.iter().find(|(_, factor)| amount > 0 && amount.is_multiple_of(*factor));
    let (unit, factor) = fitting.copied().unwrap_or((smallest, 1));
    format!("{}{unit}", amount / factor)
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parsed(text, &MILLISECONDS)
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(|| format!("\"{text}\" is no length of time; write 500ms, 2s, 5m, 24h or 9d"))
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parsed(text, &BYTES).map(Self).ok_or_else(|| format!("\"{text}\" is no size; write 64kB, 4MB or 1GiB"))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        f.write_str(&written(ms, &MILLISECONDS, "ms"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, &BYTES, "B"))
    }
}

macro_rules! as_text {
    ($($quantity:ident),+) => {$(
        impl<'de> Deserialize<'de> for $quantity {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(D::Error::custom)
            }
        }

        impl Serialize for $quantity {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
    )+};
}

as_text!(Period, Size);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_written_back_in_their_largest_whole_unit() {
        for (text, ms, back) in [
            ("500ms", 500, "500ms"),
            ("24h", 86_400_000, "1d"),
            ("90s", 90_000, "90s"),
            ("0s", 0, "0ms"),
            ("5 m", 300_000, "5m"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.0, Duration::from_millis(ms));
            assert_eq!(period.to_string(), back);
        }
    }

    #[test]
    fn sizes_tell_powers_of_ten_from_powers_of_two() {
        for (text, bytes, back) in [("4MB", 4_000_000, "4MB"), ("4MiB", 4_194_304, "4MiB"), ("1000B", 1_000, "1kB")] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, back));
        }
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in ["", "5", "s", "-5s", "1.5h", "5 weeks", "99999999999999999999d", "18446744073709551615d"] {
            assert!(text.parse::<Period>().unwrap_err().contains("24h"), "{text}");
        }
        for text in ["", "4", "4mb", "-4MB", "18446744073709551615GB"] {
            assert!(text.parse::<Size>().unwrap_err().contains("4MB"), "{text}");
        }
    }
}
