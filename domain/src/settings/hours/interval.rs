//! What is open within one day.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Minutes of a day on the wall.
const DAY: u16 = 24 * 60;
/// Intervals of one day.
const MOST: usize = 12;

/// From `from` until just before `until`, in minutes since midnight; beyond 1,440 it is in the night that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    pub(super) from: u16,
    pub(super) until: u16,
}

/// Why something is no plan of a day; its code is what the API says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// Times are `HH:MM`, from 00:00; an end may be 24:00.
    NoTime,
    /// It ends when it begins.
    Empty,
    Overlaps,
    TooMany,
}

impl NoPlan {
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoTime => "no_time",
            Self::Empty => "empty_interval",
            Self::Overlaps => "overlaps",
            Self::TooMany => "over_limit",
        }
    }
}

/// An interval as people write it; an end that is not after its beginning is of the next day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: String,
    until: String,
}

impl Interval {
    /// Both in minutes since midnight; `None`: it holds no minute, begins after its day, or lasts longer than one.
    pub const fn new(from: u16, until: u16) -> Option<Self> {
        if from < DAY && from < until && until - from <= DAY { Some(Self { from, until }) } else { None }
    }

    fn read(written: &Written) -> Result<Self, NoPlan> {
        let from = minutes(&written.from).filter(|from| *from < DAY).ok_or(NoPlan::NoTime)?;
        let until = minutes(&written.until).ok_or(NoPlan::NoTime)?;
        let until = if until < from { until + DAY } else { until };
        Self::new(from, until).ok_or(NoPlan::Empty)
    }
}

/// What an object says; a list of its members in their order is none.
pub(super) fn object<T: DeserializeOwned>(written: &Json) -> Option<T> {
    written.is_object().then(|| serde_json::from_value(written.clone()).ok())?
}

/// `HH:MM`, up to 24:00.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse::<u16>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let whole = hours * 60 + minutes;
    (minutes < 60 && whole <= DAY).then_some(whole)
}

/// The intervals that begin on one day, in order, none within another; without any the day is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day(Vec<Interval>);

impl Day {
    /// # Errors
    /// Two of them overlap, or there are more than twelve.
    pub fn of(mut intervals: Vec<Interval>) -> Result<Self, NoPlan> {
        if intervals.len() > MOST {
            return Err(NoPlan::TooMany);
        }
        intervals.sort_unstable();
        if intervals.array_windows().any(|[one, next]| next.from < one.until) {
            return Err(NoPlan::Overlaps);
        }
        Ok(Self(intervals))
    }

    /// From a list of objects.
    pub(super) fn read(written: &Json) -> Result<Self, &'static str> {
        let written = written.as_array().ok_or("wrong_type")?;
        let intervals = written.iter().take(MOST + 1).map(|one| {
            let one = object(one).ok_or("wrong_type")?;
            Interval::read(&one).map_err(NoPlan::code)
        });
        Self::of(intervals.collect::<Result<_, _>>()?).map_err(NoPlan::code)
    }

    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }

    /// How many minutes of the wall's clock it is open.
    pub(super) fn length(&self) -> u32 {
        self.0.iter().map(|interval| u32::from(interval.until - interval.from)).sum()
    }

    /// Whether it is open at this second of its own day, or at the one that is as many seconds into the next when that is a day later.
    pub(super) fn holds(&self, second: u32) -> bool {
        let holds =
            |interval: &Interval| (u32::from(interval.from) * 60..u32::from(interval.until) * 60).contains(&second);
        self.0.iter().any(holds)
    }
}
