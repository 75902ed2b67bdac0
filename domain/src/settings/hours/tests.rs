use super::*;
use crate::{Span, Timestamp};
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// Zones whose clocks are set in every way there is: at midnight, before it, by half an hour, over a whole day, twice for a fast, never.
const ZONES: [&str; 12] = [
    "America/Santiago",
    "America/Asuncion",
    "America/Sao_Paulo",
    "America/Havana",
    "America/New_York",
    "America/St_Johns",
    "America/Bogota",
    "America/Mexico_City",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Beirut",
];

fn object(json: Json) -> Map<String, Json> {
    let Json::Object(object) = json else { panic!("an object") };
    object
}

fn calendar(zone: &str, week: Json, holidays: Json) -> Calendar {
    Calendar {
        zone: Zone::named(zone).unwrap(),
        week: Week::read(&object(week)).unwrap(),
        holidays: Holidays::read(&object(holidays)).unwrap(),
        forced: None,
    }
}

/// The same on each day of the week.
fn daily(zone: &str, day: &Json) -> Calendar {
    let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|name| (name.to_owned(), day.clone()));
    calendar(zone, Json::Object(week.into_iter().collect()), json!({}))
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn openings(calendar: &Calendar, day: &str) -> Vec<Opening> {
    calendar.preview(date(day), 1).flat_map(|(_, openings)| openings).collect()
}

/// The openings of a day as the clock of Greenwich shows them.
fn shown(calendar: &Calendar, day: &str) -> Vec<String> {
    let text = |at: Timestamp| jiff::Timestamp::from_microsecond(at.0).unwrap().strftime("%d %H:%M").to_string();
    openings(calendar, day)
        .into_iter()
        .map(|opening| format!("{} - {}", text(opening.from), text(opening.until)))
        .collect()
}

fn hours_of(calendar: &Calendar, day: &str) -> f64 {
    let all = openings(calendar, day).into_iter().map(|opening| opening.until.since(opening.from).0);
    all.sum::<i64>() as f64 / 3_600_000_000.0
}

#[test]
fn several_intervals_a_day_are_open_and_what_is_between_them_is_not() {
    let day = json!([{"from": "14:00", "until": "18:30"}, {"from": "09:00", "until": "13:00"}]);
    let bogota = calendar("America/Bogota", json!({"mon": day}), json!({}));
    assert_eq!(shown(&bogota, "2026-11-30"), ["30 14:00 - 30 18:00", "30 19:00 - 30 23:30"]);
    assert_eq!(shown(&bogota, "2026-12-01"), [""; 0]);
    assert!(!bogota.is_open(at("2026-11-30T13:59:59.999999Z")) && bogota.is_open(at("2026-11-30T14:00:00Z")));
    assert!(bogota.is_open(at("2026-11-30T17:59:59.999999Z")) && !bogota.is_open(at("2026-11-30T18:00:00Z")));
    assert_eq!(bogota.next_change(at("2026-11-30T23:30:00Z")), Some(at("2026-12-07T14:00:00Z")));
}

#[test]
fn a_night_belongs_to_the_day_it_begins_on() {
    let bar = json!({"sat": [{"from": "20:00", "until": "03:00"}]});
    let bar = calendar("America/Sao_Paulo", bar, json!({"2026-12-06": {"name": "Fechado"}}));
    assert!(bar.is_open(at("2026-12-06T05:59:00Z")), "sunday at 02:59 is saturday's night, holiday or not");
    assert!(!bar.is_open(at("2026-12-06T06:00:00Z")));
    assert_eq!(bar.next_change(at("2026-12-06T02:00:00Z")), Some(at("2026-12-06T06:00:00Z")));
}

#[test]
fn a_missing_midnight_begins_with_the_first_minute_there_is() {
    // Santiago, 2026-09-06: after 23:59 comes 01:00.
    let early = daily("America/Santiago", &json!([{"from": "00:00", "until": "08:00"}]));
    assert_eq!(shown(&early, "2026-09-06"), ["06 04:00 - 06 11:00"]);
    let within = daily("America/Santiago", &json!([{"from": "00:15", "until": "00:45"}]));
    assert_eq!(shown(&within, "2026-09-06"), [""; 0], "nobody's wall shows it");
    assert_eq!(shown(&within, "2026-09-07"), ["07 03:15 - 07 03:45"]);
    // Asunción had the same until 2024: on 2023-10-01 there was no midnight either.
    let asuncion = daily("America/Asuncion", &json!([{"from": "00:30", "until": "02:00"}]));
    assert_eq!(shown(&asuncion, "2023-10-01"), ["01 04:00 - 01 05:00"]);
}

#[test]
fn a_doubled_hour_is_open_twice() {
    // Santiago, 2026-04-04: after 23:59 comes 23:00 of the same day.
    let late = daily("America/Santiago", &json!([{"from": "23:00", "until": "23:30"}]));
    assert_eq!(shown(&late, "2026-04-04"), ["05 02:00 - 05 02:30", "05 03:00 - 05 03:30"]);
    let through = daily("America/Santiago", &json!([{"from": "22:00", "until": "24:00"}]));
    assert_eq!(shown(&through, "2026-04-04"), ["05 01:00 - 05 04:00"]);
}

#[test]
fn a_day_of_23_or_25_hours_is_open_as_long_as_it_is() {
    for (zone, day, hours) in [
        ("America/Santiago", "2026-09-06", 23.0),
        ("America/Santiago", "2026-04-04", 25.0),
        ("America/New_York", "2026-03-08", 23.0),
        ("America/New_York", "2026-11-01", 25.0),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Bogota", "2026-11-01", 24.0),
    ] {
        let always = daily(zone, &json!([{"from": "00:00", "until": "24:00"}]));
        assert!((hours_of(&always, day) - hours).abs() < 1e-9, "{zone} {day}: {}", hours_of(&always, day));
        assert_eq!(always.next_change(at("2026-01-01T00:00:00Z")), None, "{zone} never closes");
    }
}

#[test]
fn holidays_are_days_of_the_zone_and_one_of_a_year_goes_before_one_of_every_year() {
    let holidays = json!({
        "12-25": {"name": "Navidad"},
        "12-24": {"name": "Nochebuena", "open": [{"from": "09:00", "until": "12:00"}]},
        "2027-12-24": {"name": "Inventario"},
        "02-29": {"name": "Bisiesto"},
    });
    let plan = json!([{"from": "08:00", "until": "23:00"}]);
    let mut shop = daily("America/Bogota", &plan);
    shop.holidays = Holidays::read(&object(holidays)).unwrap();
    // In Greenwich it is the 26th already.
    assert!(!shop.is_open(at("2026-12-26T03:30:00Z")));
    assert!(shop.is_open(at("2026-12-27T03:30:00Z")));
    assert_eq!(shown(&shop, "2026-12-24"), ["24 14:00 - 24 17:00"]);
    assert_eq!(shown(&shop, "2027-12-24"), [""; 0]);
    assert_eq!(shown(&shop, "2028-12-24"), ["24 14:00 - 24 17:00"]);
    assert_eq!(shown(&shop, "2028-02-29"), [""; 0]);
    assert_eq!(shown(&shop, "2027-03-01").len(), 1);
}

#[test]
fn what_is_forced_counts_until_its_instant_and_is_in_no_preview() {
    let mut desk = daily("America/Bogota", &json!([{"from": "09:00", "until": "17:00"}]));
    let until = at("2026-12-01T16:00:00Z");
    desk.forced = Some(Forced { is_open: false, until });
    assert!(!desk.is_open(at("2026-12-01T15:59:59Z")) && desk.is_open(until));
    assert_eq!(desk.next_change(at("2026-12-01T10:00:00Z")), Some(until));
    assert_eq!(shown(&desk, "2026-12-01"), ["01 14:00 - 01 22:00"]);
    desk.forced = Some(Forced { is_open: true, until: at("2026-12-01T12:00:00Z") });
    assert_eq!(desk.next_change(at("2026-12-01T10:00:00Z")), Some(at("2026-12-01T12:00:00Z")));
    let closed = Calendar { week: Week::default(), ..desk };
    assert!(closed.is_open(at("2026-12-01T11:00:00Z")));
    assert_eq!(closed.next_change(at("2026-12-01T11:00:00Z")), Some(at("2026-12-01T12:00:00Z")));
    assert_eq!(closed.next_change(at("2026-12-01T12:00:00Z")), None);
}

#[test]
fn what_is_no_plan_is_refused_by_name() {
    let day = |from: &str, until: &str| json!({"mon": [{"from": from, "until": until}]});
    for (week, code) in [
        (day("09:00", "09:00"), "empty_interval"),
        (day("9:00", "10:00"), "no_time"),
        (day("09:60", "10:00"), "no_time"),
        (day("24:00", "10:00"), "no_time"),
        (day("09:00", "24:01"), "no_time"),
        (day("+9:00", "10:00"), "no_time"),
        (json!({"mon": [{"from": "09:00", "until": "12:00"}, {"from": "11:59", "until": "13:00"}]}), "overlaps"),
        (json!({"monday": []}), "unknown_day"),
        (json!({"mon": [["09:00", "10:00"]]}), "wrong_type"),
        (json!({"mon": vec![json!({"from": "09:00", "until": "10:00"}); 13]}), "over_limit"),
    ] {
        assert_eq!(Week::read(&object(week.clone())), Err(code), "{week}");
    }
    for (holidays, code) in [
        (json!({"2026-02-29": {"name": "x"}}), "no_date"),
        (json!({"13-01": {"name": "x"}}), "no_date"),
        (json!({"2026-1-1": {"name": "x"}}), "no_date"),
        (json!({"20260101T0": {"name": "x"}}), "no_date"),
        (json!({"12-25": {"name": " "}}), "no_name"),
        (json!({"12-25": {}}), "wrong_type"),
        (json!({"12-25": {"name": "x", "open": [{"from": "10:00", "until": "10:00"}]}}), "empty_interval"),
    ] {
        assert_eq!(Holidays::read(&object(holidays.clone())), Err(code), "{holidays}");
    }
    let ten_thousand = (0..10_000).map(|day| {
        let day = date("2026-01-01").checked_add(jiff::ToSpan::days(day)).unwrap();
        (day.to_string(), json!({"name": "x"}))
    });
    assert_eq!(Holidays::read(&ten_thousand.collect()), Err("over_limit"));
    for name in ["Brasilia", "", "Etc/Unknown", "../etc/passwd", "-05:00"] {
        assert_eq!(Zone::named(name), None, "{name}");
    }
    assert_eq!(Zone::named("america/bogota").unwrap().name(), "America/Bogota");
}

fn intervals() -> impl Strategy<Value = Day> {
    // Quarters of hours, so that edges meet the clocks' changes.
    let interval = (0_u16..96, 1_u16..=96).prop_map(|(from, length)| Interval::new(from * 15, (from + length) * 15));
    prop::collection::vec(interval, 0..4)
        .prop_filter_map("they overlap", |day| Day::of(day.into_iter().flatten().collect()).ok())
}

fn weeks() -> impl Strategy<Value = Week> {
    prop::array::uniform7(intervals()).prop_map(Week::of)
}

/// Whether it is open by counting seconds: no calendar and no clock but the zone's distance from Greenwich.
fn counted(week: &[Vec<Interval>; 7], zone: &str, at: Timestamp) -> bool {
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let offset = zone.to_offset(jiff::Timestamp::from_microsecond(at.0).unwrap()).seconds();
    let wall = at.0.div_euclid(1_000_000) + i64::from(offset);
    let (day, second) = (wall.div_euclid(86_400), wall.rem_euclid(86_400));
    // The first of January 1970 was a Thursday.
    let of = |day: i64| &week[usize::try_from((day + 3).rem_euclid(7)).unwrap()];
    let holds = |day: i64, second: i64| {
        of(day).iter().any(|one| (i64::from(one.from) * 60..i64::from(one.until) * 60).contains(&second))
    };
    holds(day, second) || holds(day - 1, second + 86_400)
}

/// An instant within two days of a change of the zone's clocks, or anywhere where they are never set.
fn near_a_change(zone: &str, which: usize, minutes: i64) -> Timestamp {
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let begin: jiff::Timestamp = "2009-01-01T00:00:00Z".parse().unwrap();
    let change = zone.following(begin).nth(which).map_or(begin, |change| change.timestamp());
    Timestamp(change.as_microsecond()).plus(Span::minutes(minutes))
}

proptest! {
    #[test]
    fn it_is_open_when_the_wall_says_so_and_the_next_change_is_the_first(
        week in weeks(), zone in prop::sample::select(&ZONES[..]), which in 0_usize..30, minutes in -3_000_i64..3_000,
    ) {
        let days = week.0.each_ref().map(|day| day.intervals().to_vec());
        let calendar = Calendar { zone: Zone::named(zone).unwrap(), week, holidays: Holidays::default(), forced: None };
        let begin = near_a_change(zone, which, minutes);
        let is_open = calendar.is_open(begin);
        prop_assert_eq!(is_open, counted(&days, zone, begin));
        let next = calendar.next_change(begin);
        let within = 4 * 24 * 60;
        let first = (1..within).map(|minute| begin.plus(Span::minutes(minute)).floor(Span::minutes(1)))
            .find(|at| counted(&days, zone, *at) != is_open);
        match first {
            Some(first) => prop_assert_eq!(next, Some(first)),
            None => prop_assert!(next.is_none_or(|next| next.since(begin) >= Span::minutes(within - 1))),
        }
    }
}

#[test]
fn zones_are_those_of_today_and_not_of_the_machine() {
    let noon = at("2026-12-01T12:00:00Z");
    let cities = ["America/Havana", "America/Vancouver", "America/Edmonton", "America/Winnipeg", "Africa/Casablanca"];
    let times = cities.map(|city| Zone::named(city).unwrap().time(noon));
    // Until IANA 2025b each was an hour away from that.
    assert_eq!(times, ["08:00", "05:00", "06:00", "07:00", "12:00"]);
    assert!(release() >= "2026f");
}

#[test]
fn the_first_and_the_last_day_of_the_calendar_end_a_preview_and_break_nothing() {
    for zone in ["Pacific/Kiritimati", "America/Bogota", "Pacific/Pago_Pago"] {
        let night = daily(zone, &json!([{"from": "20:00", "until": "04:00"}]));
        assert!(night.preview(Date::MAX, 62).count() == 1 && night.preview(Date::MIN, 62).count() == 62);
        assert_eq!(shown(&night, "9999-12-28").len(), shown(&night, "2026-12-30").len(), "{zone}");
        for end in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
            night.is_open(end);
            night.next_change(end);
        }
    }
}
