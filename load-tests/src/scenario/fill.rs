//! Fills a house with many messages through the front door, for runs that want to know how it is with a million of them.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::meter::Spent;
use crate::press::Who;
use crate::report::Report;
use anyhow::Result;
use clap::Args;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Messages in all.
    #[arg(long, default_value_t = 10_000)]
    pub messages: usize,
    /// Customers who write them.
    #[arg(long, default_value_t = 1_000)]
    pub customers: u32,
    /// Messages always under way.
    #[arg(long, default_value_t = 128)]
    pub at_once: usize,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let most = options.messages.max(options.customers as usize) + options.at_once;
    let run = Run::begins(common, Crew::default(), most, 0).await?;
    let mut report = Report::new("fill");
    report.asked(format!("{} messages of {} customers", options.messages, options.customers));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    let before = run.office.meter.reads().await?;
    let known = run.press.introduces(options.customers).await?;
    let who = Who::Any { first: known.start, count: options.customers };
    let rest = options.messages.saturating_sub(run.book.len());
    run.press.closed(who, options.at_once, rest, None, common.seed).await?;
    let after = run.still(TO_SETTLE).await?;
    let (accepted, per_s) = run.book.throughput(0..run.book.len(), |entry| entry.answered);
    report.figure("messages accepted", accepted as f64, "");
    report.figure("accepted", per_s, "/s");
    let mut spent = Spent::default();
    spent.add(&before, &after);
    spent.tell(&mut report, accepted, None, None);
    report.figure("disk in all", after.disk as f64 / 1e6, "MB");
    run.finishes(&mut report).await?;
    Ok(report)
}
