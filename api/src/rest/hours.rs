//! When a company answers: what the plan of some hours comes to.

use super::input::{Id, Params};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::instant;
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use dashoffice_domain::record::Record;
use dashoffice_domain::settings::hours::{Calendar, HOLIDAYS, HOURS, Opening, Zone, date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Days of one answer.
const MOST_DAYS: u32 = 62;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The first day, `YYYY-MM-DD`; today in the zone of these hours if absent.
    on: Option<String>,
    /// 1 to 62; 1 if absent.
    #[param(minimum = 1, maximum = 62)]
    days: Option<u32>,
}

/// What some hours come to.
#[derive(Serialize, ToSchema)]
pub(super) struct Openings {
    /// The zone of these hours.
    zone: String,
    /// Whether it is open now, by the plan or because it is forced.
    is_open: bool,
    /// When that changes; `null`: not within two years.
    next_change: Option<String>,
    /// Each day by the plan alone, without what is forced.
    days: Vec<OpeningDay>,
}

/// A day of the zone.
#[derive(Serialize, ToSchema)]
pub(super) struct OpeningDay {
    date: String,
    is_holiday: bool,
    openings: Vec<OpeningShape>,
}

/// What is past the day's midnight is of the next day.
#[derive(Serialize, ToSchema)]
pub(super) struct OpeningShape {
    from: String,
    until: String,
    /// The same as the clock on the wall shows it, `HH:MM`.
    opens: String,
    /// `24:00` for the end of the day.
    closes: String,
}

impl OpeningShape {
    fn of(zone: &Zone, Opening { from, until }: Opening) -> Self {
        let closes = zone.time(until);
        let closes = if closes == "00:00" { "24:00".to_owned() } else { closes };
        Self { from: instant(from), until: instant(until), opens: zone.time(from), closes }
    }
}

/// When it is open on some days, and now.
#[utoipa::path(get, path = "/hours/{id}/openings", tag = "hours", params(("id" = uuid::Uuid, Path), Wanted),
    responses((status = 200, body = Openings), (status = 404), (status = 422)))]
pub(super) async fn openings(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<Uuid>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Openings>, Problem> {
    let count = wanted.days.unwrap_or(1);
    if !(1..=MOST_DAYS).contains(&count) {
        return Err(Problem::invalid("days", "out_of_range"));
    }
    let on = wanted.on.map(|text| date(&text).ok_or_else(|| Problem::invalid("on", "no_date"))).transpose()?;
    let calendar = read(&api, &signed, id).await?;
    let now = (api.stamps().now)();
    let days = calendar.preview(on.unwrap_or_else(|| calendar.date(now)), count);
    Ok(Json(Openings {
        zone: calendar.zone.name().to_owned(),
        is_open: calendar.is_open(now),
        next_change: calendar.next_change(now).map(instant),
        days: days
            .map(|(date, openings)| OpeningDay {
                date: date.to_string(),
                is_holiday: calendar.holidays.on(date).is_some(),
                openings: openings.into_iter().map(|opening| OpeningShape::of(&calendar.zone, opening)).collect(),
            })
            .collect(),
    }))
}

/// The calendar of some hours with their holidays, archived or not.
async fn read(api: &Api, signed: &Signed, id: Uuid) -> Result<Calendar, Problem> {
    let record = async |kind, id| -> Result<Option<Record>, Problem> {
        Ok(api.store().record(signed.scope, kind, id).await?.what)
    };
    let hours = record(&HOURS, id).await?.ok_or(Problem::not_found())?;
    let holidays = match Calendar::holidays_of(&hours) {
        Some(id) => record(&HOLIDAYS, id).await?,
        None => None,
    };
    Calendar::of(&hours, holidays.as_ref()).ok_or(Problem::internal())
}
