//! Twenty times as much for five seconds: what waits, for how long, and whether anything is lost.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::desk::Habit;
use crate::meter::Spent;
use crate::pace::{Arrivals, Stretch};
use crate::press::Who;
use crate::report::Report;
use anyhow::Result;
use clap::Args;
use std::time::Duration;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Messages a second before and after.
    #[arg(long, default_value_t = 100.0)]
    pub rate: f64,
    /// So many times as much…
    #[arg(long, default_value_t = 20.0)]
    pub times: f64,
    /// … for so many seconds.
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
    /// Seconds before it and after it.
    #[arg(long, default_value_t = 5.0)]
    pub around: f64,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let most = options.rate * (options.times * options.seconds + 2.0 * options.around) * 1.5;
    let habit = Habit {
        thinks: (Duration::from_millis(100), Duration::from_millis(500)),
        per_chat: Some(1),
        closes_one_in: None,
    };
    let crew = Crew { agents: common.at.agents, habit: Some(habit), boards: 0 };
    let run = Run::begins(common, crew, most as usize + 10_000, 10_000).await?;
    let mut report = Report::new("burst");
    report.asked(format!("{} messages/s", options.rate));
    report.asked(format!("times {} for {} s", options.times, options.seconds));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    let known = run.introduces(5 * common.at.agents as u32).await?;
    run.still(TO_SETTLE).await?;

    let around = Stretch { per_second: options.rate, seconds: options.around };
    let burst = Stretch { per_second: options.rate * options.times, seconds: options.seconds };
    let before = run.office.meter.reads().await?;
    let began = run.book.now();
    let arrivals = Arrivals::new(common.seed, vec![around, burst, around]);
    let who = Who::Any { first: known.start, count: known.end - known.start };
    let numbers = run.press.open(arrivals, who, common.seed).await?;
    let unseen = run.arrived(numbers.clone(), TO_SETTLE).await;
    let after = run.still(TO_SETTLE).await?;

    report.traffic(&run.book, numbers.clone());
    report.latency("webhook answered", &run.book.latency(numbers.clone(), |entry| entry.answered));
    report.latency("webhook to agent's socket", &run.book.latency(numbers.clone(), |entry| entry.seen));
    let end = began + ((options.around + options.seconds) * 1e6) as i64;
    let last = run.book.entries(numbers.clone()).filter(|entry| entry.due < end).filter_map(|entry| entry.seen).max();
    report.figure(
        "from the burst's end to its last message seen",
        (last.unwrap_or(end) - end).max(0) as f64 / 1e3,
        "ms",
    );
    let mut spent = Spent::default();
    spent.add(&before, &after);
    spent.tell(&mut report, numbers.len(), None, None);
    report.fault("answered and never seen on a socket", unseen as u64);
    run.finishes(&mut report).await?;
    Ok(report)
}
