//! Whether it is open at an instant, and when that changes.

use super::interval::Day;
use super::{Holidays, Zone};
use crate::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Days that are looked at together.
const STRETCH: i32 = 16;
/// A change that is further away is none.
const FURTHEST: i32 = 800;

/// What is open on each day of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(pub(super) [Day; 7]);

/// As the members of a week are called, from Monday on.
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Week {
    /// From Monday on.
    pub const fn of(days: [Day; 7]) -> Self {
        Self(days)
    }

    /// From an object with `mon` to `sun`; what is not named is closed.
    ///
    /// # Errors
    /// The code of what is wrong with the first that is wrong.
    pub fn read(written: &Map<String, Json>) -> Result<Self, &'static str> {
        let mut week = Self::default();
        for (name, day) in written {
            let place = NAMES.iter().position(|known| known == name).ok_or("unknown_day")?;
            week.0[place] = Day::read(day)?;
        }
        Ok(week)
    }

    fn on(&self, day: Weekday) -> &Day {
        &self.0[day.to_monday_zero_offset().unsigned_abs() as usize]
    }
}

/// Open or closed until an instant, whatever the plan says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    pub is_open: bool,
    pub until: Timestamp,
}

/// From an instant until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// When somebody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub zone: Zone,
    pub week: Week,
    pub holidays: Holidays,
    pub forced: Option<Forced>,
}

impl Calendar {
    pub fn is_open(&self, at: Timestamp) -> bool {
        if let Some(forced) = self.forced.filter(|forced| at < forced.until) {
            return forced.is_open;
        }
        let wall = self.zone.wall(at);
        let time = wall.time();
        let second = [(time.hour(), 3_600), (time.minute(), 60), (time.second(), 1)]
            .into_iter()
            .map(|(count, seconds)| u32::from(count.unsigned_abs()) * seconds)
            .sum::<u32>();
        let of_the_night_before = wall.date().yesterday().is_ok_and(|before| self.on(before).holds(second + 86_400));
        self.on(wall.date()).holds(second) || of_the_night_before
    }

    /// The first instant after this one at which it opens or closes; `None`: not within two years.
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let is_forced = self.forced.is_some_and(|forced| after < forced.until);
        let never_opens = self.week.0.iter().all(|day| day.length() == 0) && !self.holidays.opens();
        if never_opens && !is_forced {
            return None;
        }
        let is_open = self.is_open(after);
        let first = self.zone.wall(after).date();
        // The last days of a stretch are looked at again with the next: what a day says may come after what the next one says.
        (-2..FURTHEST).step_by(usize::try_from(STRETCH - 4).unwrap_or(1)).find_map(|days| {
            let begin = first.saturating_add(days.days());
            let known_until = self.zone.begins(begin.saturating_add((STRETCH - 2).days()));
            let candidates = self.candidates(begin, after, known_until);
            candidates.into_iter().find(|at| self.is_open(*at) != is_open)
        })
    }

    /// Every instant of a stretch of days, after one and up to another, at which it may open or close, in order.
    fn candidates(&self, begin: Date, after: Timestamp, until: Timestamp) -> BTreeSet<Timestamp> {
        let mut candidates: BTreeSet<Timestamp> = self.zone.changes(after, until).collect();
        candidates.extend(self.forced.map(|forced| forced.until));
        for days in 0..STRETCH {
            let date = begin.saturating_add(days.days());
            for interval in self.on(date).intervals() {
                for minute in [interval.from, interval.until] {
                    let wall =
                        date.to_datetime(jiff::civil::Time::midnight()).saturating_add(i64::from(minute).minutes());
                    candidates.extend(self.zone.instants(wall));
                }
            }
        }
        candidates.retain(|at| after < *at && *at <= until);
        candidates
    }

    /// When it is open on each of some days of its zone, from one on, without what is forced.
    pub fn preview(&self, first: Date, days: u32) -> impl Iterator<Item = (Date, Vec<Opening>)> + use<> {
        let planned = Self { forced: None, ..self.clone() };
        let days = usize::try_from(days).unwrap_or(usize::MAX);
        first.series(1.day()).take(days).map(move |date| (date, planned.openings(date)))
    }

    fn openings(&self, date: Date) -> Vec<Opening> {
        let tomorrow = date.tomorrow().unwrap_or(date);
        let (mut at, end) = (self.zone.begins(date), self.zone.begins(tomorrow));
        let mut openings = Vec::new();
        while at < end {
            let next = self.next_change(at).map_or(end, |next| next.min(end));
            if self.is_open(at) {
                openings.push(Opening { from: at, until: next });
            }
            at = next;
        }
        openings
    }

    /// The day that the calendar on the wall shows.
    pub fn date(&self, at: Timestamp) -> Date {
        self.zone.wall(at).date()
    }

    /// What is open of that which begins on a day.
    fn on(&self, date: Date) -> &Day {
        self.holidays.on(date).unwrap_or_else(|| self.week.on(date.weekday()))
    }
}
