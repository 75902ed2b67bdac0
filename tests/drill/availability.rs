//! PostgreSQL stopped, restarted as by a crash, cut off and slowed, under load: everything waits, nobody is to blame, nothing is
//! lost or sent twice (A3, A4).

use crate::course::{Course, in_house, metrics, tell};
use crate::house::House;
use crate::length::length;
use crate::postgres::{Postgres, Stop};
use crate::wait::until;
use crate::wire::Wire;
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::sleep;

const RATE_PER_S: f64 = 25.0;
/// Longer than some dozen answers of a slow database take.
const TO_CRAWL: Duration = Duration::from_secs(60);
const DATABASE: &str = "drill";

/// How long PostgreSQL is away.
fn away() -> Duration {
    length(Duration::from_secs(3), Duration::from_secs(10))
}

async fn ours() -> Result<(Postgres, House)> {
    let postgres = Postgres::running().await?;
    postgres.says(&format!("CREATE DATABASE {DATABASE}")).await?;
    let house = House::new(Some(postgres.url(DATABASE))).await?;
    Ok((postgres, house))
}

#[tokio::test]
async fn drill_a3_everything_waits_for_a_postgres_that_is_stopped_or_crashes_and_nothing_is_lost() {
    let (mut postgres, house) = ours().await.unwrap();
    in_house(house, async |house| stopped(house, &mut postgres).await).await;
}

async fn stopped(house: &House, postgres: &mut Postgres) -> Result<()> {
    let server = house.server().await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    let mut back = Vec::new();
    for how in [Stop::Fast, Stop::Immediate] {
        postgres.stops(how).await?;
        course.is_away().await?;
        // However long it is away, nothing but time is lost.
        sleep(away()).await;
        course.is_away().await?;
        postgres.starts().await?;
        back.push(course.is_back().await?);
    }
    course.blames_nobody().await?;
    tell("postgres-stopped", &back, &course.ends(server, Vec::new()).await?)
}

#[tokio::test]
async fn drill_a4_connections_of_postgres_that_are_cut_one_by_one_lose_and_repeat_nothing() {
    let (postgres, house) = ours().await.unwrap();
    in_house(house, async |house| cut(house, &postgres).await).await;
}

/// Any of them: the writer's in the midst of a transaction, the readers', the lease's.
async fn cut(house: &House, postgres: &Postgres) -> Result<()> {
    let server = house.server().await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    let sql = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity \
         WHERE datname = '{DATABASE}' AND application_name = 'dashoffice' ORDER BY random() LIMIT 1) one"
    );
    let mut cuts = 0_usize;
    while cuts < length(12, 250) {
        cuts += postgres.says(&sql).await?.parse::<usize>()?;
        // Cuts that come at any moment of a transaction: the pause has no meaning.
        sleep(Duration::from_millis(40)).await;
    }
    let back = course.is_back().await?;
    course.blames_nobody().await?;
    tell("postgres-cut", &[back], &course.ends(server, Vec::new()).await?)
}

#[tokio::test]
async fn drill_a3_a_postgres_that_answers_each_query_late_is_slow_and_loses_nothing() {
    let postgres = Postgres::running().await.unwrap();
    postgres.says(&format!("CREATE DATABASE {DATABASE}")).await.unwrap();
    let wire = Wire::to(postgres.port()).await.unwrap();
    let house = House::new(Some(Postgres::url_through(wire.port(), DATABASE))).await.unwrap();
    in_house(house, async |house| slowed(house, &wire).await).await;
}

/// So slow that a webhook is answered before its transaction has ended, and that a transaction takes longer than a lease lives.
async fn slowed(house: &House, wire: &Wire) -> Result<()> {
    let server = house.server().await?;
    let course = Course::begins(house, RATE_PER_S / 4.0).await?;
    wire.slows(Duration::from_millis(200));
    for _ in 0..length(2, 6) {
        let (accepted, committed) = (answered(house, "accepted").await?, answered(house, "committed").await?);
        until("messages come in, and are worked on", TO_CRAWL, async || {
            let goes_on =
                answered(house, "accepted").await? > accepted && answered(house, "committed").await? > committed;
            Ok(goes_on.then_some(()))
        })
        .await?;
    }
    wire.slows(Duration::ZERO);
    let back = course.is_back().await?;
    ensure!(!house.log("server")?.contains("ownership was lost"), "the lease went to nobody, and was lost");
    course.blames_nobody().await?;
    tell("postgres-slow", &[back], &course.ends(server, Vec::new()).await?)
}

/// How often the store came to this.
async fn answered(house: &House, answer: &str) -> Result<f64> {
    let series = format!("dashoffice_store_answers_total{{answer=\"{answer}\"}}");
    Ok(metrics(house).await?.get(&series).copied().unwrap_or_default())
}
