//! One busy tenant and many who watch all of it: how late the last of them is.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::meter::Spent;
use crate::pace::{Arrivals, Stretch};
use crate::press::Who;
use crate::report::Report;
use anyhow::Result;
use clap::Args;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Supervisors with the board and every chat before them.
    #[arg(long, default_value_t = 50)]
    pub boards: usize,
    /// Messages of customers a second.
    #[arg(long, default_value_t = 100.0)]
    pub rate: f64,
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Customers who write them.
    #[arg(long, default_value_t = 500)]
    pub customers: u32,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let most = (options.rate * options.seconds * 1.5) as usize + options.customers as usize + 1_000;
    let run = Run::begins(common, Crew { agents: 0, habit: None, boards: options.boards }, most, 0).await?;
    let mut report = Report::new("fanout");
    report.asked(format!("{} boards", options.boards));
    report.asked(format!("{} messages/s for {} s", options.rate, options.seconds));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    let known = run.press.introduces(options.customers).await?;
    let before = run.still(TO_SETTLE).await?;
    let (frames_before, bytes_before) = run.witness.received();
    // Introductions are a closed loop: they would only blur it.
    run.witness.takes_everywhere();

    let arrivals = Arrivals::new(common.seed, vec![Stretch { per_second: options.rate, seconds: options.seconds }]);
    let who = Who::Any { first: known.start, count: options.customers };
    let numbers = run.press.open(arrivals, who, common.seed).await?;
    run.arrived(numbers.clone(), TO_SETTLE).await;
    let after = run.still(TO_SETTLE).await?;
    let (frames, bytes) = run.witness.received();

    report.traffic(&run.book, numbers.clone());
    report.latency("webhook answered", &run.book.latency(numbers.clone(), |entry| entry.answered));
    report.latency("webhook to the first socket", &run.book.latency(numbers.clone(), |entry| entry.seen));
    let everywhere = run.witness.takes_everywhere();
    report.latency("webhook to every socket", &everywhere);
    let shown = everywhere.count() as f64 / (numbers.len().max(1) * options.boards.max(1)) as f64;
    report.figure("messages shown by themselves, of all sockets", shown * 100.0, "%");
    report.figure("frames", (frames - frames_before) as f64 / options.seconds, "/s");
    report.figure("bytes", (bytes - bytes_before) as f64 / options.seconds / 1e6, "MB/s");
    let mut spent = Spent::default();
    spent.add(&before, &after);
    spent.tell(&mut report, numbers.len(), None, None);
    run.finishes(&mut report).await?;
    Ok(report)
}
