//! Hours and holidays as records.

use super::{Calendar, Forced, Holidays, Week, Zone, interval};
use crate::Timestamp;
use crate::identity::Permission;
use crate::record::{Fault, Field, Kind, Record, Unique, Value};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// `week`: members `mon` to `sun`, each a list of `{from, until}`. `forced`: `{open, until}`, whatever the plan says.
pub static HOURS: Kind = Kind {
    name: "hours",
    plural: "hours",
    table: "hours",
    fields: &[
        Field::text("name", 60).searched().sorted(),
        Field::text("zone", 64),
        Field::object("week"),
        Field::id("holidays", "holidays").optional(),
        Field::object("forced").optional(),
    ],
    uniques: &[Unique { fields: &["name"], everywhere: false }],
    is_wired: false,
    is_served: true,
    read: None,
    write: Permission::WriteSettings,
    check: check_hours,
    beyond: Kind::nothing_beyond,
    built_in: None,
};

/// `days`: members called like their day (`2026-12-24`, or `12-25` for every year), each `{name, open}`; `open` is a list as in a week, and
/// without it the day is closed.
pub static HOLIDAYS: Kind = Kind {
    name: "holidays",
    plural: "holidays",
    table: "holidays",
    fields: &[Field::text("name", 60).searched().sorted(), Field::object("days")],
    uniques: &[Unique { fields: &["name"], everywhere: false }],
    is_wired: false,
    is_served: true,
    read: None,
    write: Permission::WriteSettings,
    check: check_holidays,
    beyond: Kind::nothing_beyond,
    built_in: None,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenForced {
    open: bool,
    until: String,
}

fn forced(written: &Json) -> Result<Forced, &'static str> {
    let WrittenForced { open, until } = interval::object(written).ok_or("wrong_type")?;
    let until = until.parse::<jiff::Timestamp>().map_err(|_| "no_instant")?;
    Ok(Forced { is_open: open, until: Timestamp(until.as_microsecond()) })
}

fn object(value: &Value) -> Option<&Map<String, Json>> {
    match value {
        Value::Object(Json::Object(object)) => Some(object),
        _ => None,
    }
}

/// The plan of these values, without its holidays.
fn plan(values: &[Value]) -> Result<Calendar, Fault> {
    let [_, zone, week, _, force] = values else { return Err(Fault::new("week", "wrong_type")) };
    let zone = zone.as_text().and_then(Zone::named).ok_or(Fault::new("zone", "unknown"))?;
    let week = object(week).ok_or("wrong_type").and_then(Week::read).map_err(|code| Fault::new("week", code))?;
    let forced = match force {
        Value::Object(written) => Some(forced(written).map_err(|code| Fault::new("forced", code))?),
        _ => None,
    };
    Ok(Calendar { zone, week, holidays: Holidays::default(), forced })
}

fn days(values: &[Value]) -> Result<Holidays, Fault> {
    let days = values.get(1).and_then(object).ok_or("wrong_type");
    days.and_then(Holidays::read).map_err(|code| Fault::new("days", code))
}

fn check_hours(_: &Kind, values: &[Value]) -> Vec<Fault> {
    plan(values).err().into_iter().collect()
}

fn check_holidays(_: &Kind, values: &[Value]) -> Vec<Fault> {
    days(values).err().into_iter().collect()
}

impl Calendar {
    /// What a record of hours says, with its holidays where it names any; `None`: this version cannot read it.
    pub fn of(hours: &Record, holidays: Option<&Record>) -> Option<Self> {
        let holidays = holidays.map_or_else(|| Some(Holidays::default()), |record| days(&record.values).ok())?;
        Some(Self { holidays, ..plan(&hours.values).ok()? })
    }

    /// The record of the holidays that one of hours names.
    pub fn holidays_of(hours: &Record) -> Option<uuid::Uuid> {
        hours.get(&HOURS, "holidays")?.as_id()
    }
}
