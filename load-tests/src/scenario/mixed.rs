//! Everything at once: a day's traffic, and a mix of requests over REST beside it.

use super::api::{self, Menu};
use super::day;
use super::reads::open_reads;
use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::meter::Spent;
use crate::pace::{Arrivals, Stretch};
use crate::press::Who;
use crate::report::{Report, Target};
use anyhow::Result;
use clap::Args;
use std::time::Duration;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    #[command(flatten)]
    pub day: day::Options,
    /// Requests over REST a second.
    #[arg(long, default_value_t = 100.0)]
    pub requests: f64,
    /// Supervisors with the board before them.
    #[arg(long, default_value_t = 5)]
    pub boards: usize,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let day = &options.day;
    let crew = Crew { agents: common.at.agents, habit: Some(day.habit()), boards: options.boards };
    let most = day.most() + day.customers as usize;
    let run = Run::begins(common, crew, most, most * 4).await?;
    let mut report = Report::new("mixed");
    report.asked(format!("{} messages/s and {} requests/s for {} s", day.rate, options.requests, day.seconds));
    report.asked(format!("{} agents, {} boards", common.at.agents, options.boards));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });

    let known = run.press.introduces(day.customers).await?;
    let menu = Menu::of(&run, 0.0).await?;
    let address = run.office.card.door().await?.place.address;
    let before = run.office.meter.reads().await?;
    let at = |per_second| Arrivals::new(common.seed, vec![Stretch { per_second, seconds: day.seconds }]);
    let order = menu.order(common.seed);
    let who = Who::Any { first: known.start, count: day.customers };
    let (numbers, answers) = tokio::join!(
        run.press.open(at(day.rate), who, common.seed),
        open_reads(address, common.connections, at(options.requests), order),
    );
    let (numbers, answers) = (numbers?, answers?);
    tokio::time::sleep(Duration::from_millis(day.thinks_ms)).await;
    let after = run.still(TO_SETTLE).await?;

    report.traffic(&run.book, numbers.clone());
    report.latency("webhook answered", &run.book.latency(numbers.clone(), |entry| entry.answered));
    report.latency("webhook to a socket", &run.book.latency(numbers.clone(), |entry| entry.seen));
    day::tell_replies(&run, &mut report);
    api::tell(&answers, &mut report);
    let mut spent = Spent::default();
    spent.add(&before, &after);
    spent.tell(&mut report, numbers.len(), None, None);
    report.aims("memory of the day", after.most_resident as f64 / 1e6, "MB", Target::AtMost(100.0));
    run.finishes(&mut report).await?;
    Ok(report)
}
