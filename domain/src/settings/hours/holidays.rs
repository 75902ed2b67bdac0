//! Days that are not like their weekday.

use super::interval::{Day, object};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Days of one list.
const MOST: usize = 2_000;
/// Characters of a holiday's name.
const LONGEST_NAME: usize = 100;

/// Each takes its day's place: closed, or open for what it says itself. One of a certain year goes before one of every year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    dated: BTreeMap<Date, Day>,
    yearly: BTreeMap<(i8, i8), Day>,
}

/// One holiday as people write it; without intervals it is closed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    open: Option<Json>,
}

impl Holidays {
    /// From an object whose members are called like their day: `2026-12-24`, or `12-25` for every year.
    ///
    /// # Errors
    /// The code of what is wrong with the first that is wrong.
    pub fn read(written: &Map<String, Json>) -> Result<Self, &'static str> {
        if written.len() > MOST {
            return Err("over_limit");
        }
        let mut holidays = Self::default();
        for (day, holiday) in written {
            let Holiday { name, open } = object(holiday).ok_or("wrong_type")?;
            if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
                return Err("no_name");
            }
            let open = open.as_ref().map(Day::read).transpose()?.unwrap_or_default();
            match day.len() {
                10 => drop(holidays.dated.insert(date(day).ok_or("no_date")?, open)),
                // Of a leap year: the 29th of February is a day, too.
                5 => {
                    let date = date(&format!("2000-{day}")).ok_or("no_date")?;
                    holidays.yearly.insert((date.month(), date.day()), open);
                }
                _ => return Err("no_date"),
            }
        }
        Ok(holidays)
    }

    /// What is open on a day that is a holiday; `None`: it is none.
    pub fn on(&self, date: Date) -> Option<&Day> {
        self.dated.get(&date).or_else(|| self.yearly.get(&(date.month(), date.day())))
    }

    /// Whether there is one on which anything is open.
    pub(super) fn opens(&self) -> bool {
        self.dated.values().chain(self.yearly.values()).any(|day| day.length() > 0)
    }
}

/// `YYYY-MM-DD` and nothing else.
pub fn date(text: &str) -> Option<Date> {
    let is_plain = text.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    text.parse().ok().filter(|_| is_plain)
}
