//! A day in small: customers write, agents on sockets think, answer and close, WhatsApp reports what became of the answers.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::desk::Habit;
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
    /// Messages of customers a second.
    #[arg(long, default_value_t = 20.0)]
    pub rate: f64,
    #[arg(long, default_value_t = 60.0)]
    pub seconds: f64,
    /// Customers who write them.
    #[arg(long, default_value_t = 200)]
    pub customers: u32,
    /// The longest time before an agent answers, in milliseconds; the shortest is a fifth of it.
    #[arg(long, default_value_t = 3_000)]
    pub thinks_ms: u64,
    /// One answer in so many ends the chat.
    #[arg(long, default_value_t = 5)]
    pub closes_one_in: u32,
}

impl Options {
    pub(super) fn habit(&self) -> Habit {
        let thinks = (Duration::from_millis(self.thinks_ms / 5), Duration::from_millis(self.thinks_ms));
        Habit { thinks, per_chat: None, closes_one_in: Some(self.closes_one_in) }
    }

    pub(super) fn most(&self) -> usize {
        (self.rate * self.seconds * 1.5) as usize + 1_000
    }
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let crew = Crew { agents: common.at.agents, habit: Some(options.habit()), boards: 1 };
    let run = Run::begins(common, crew, options.most(), options.most() * 4).await?;
    let mut report = Report::new("day");
    report.asked(format!("{} customers, {} messages/s for {} s", options.customers, options.rate, options.seconds));
    report.asked(format!("{} agents on sockets", common.at.agents));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    report.note("there are no bots yet: every customer goes to the queue at once");

    let before = run.still(TO_SETTLE).await?;
    let arrivals = Arrivals::new(common.seed, vec![Stretch { per_second: options.rate, seconds: options.seconds }]);
    let who = Who::Any { first: 0, count: options.customers };
    let numbers = run.press.open(arrivals, who, common.seed).await?;
    // Agents think, and go on answering what is left.
    tokio::time::sleep(Duration::from_millis(options.thinks_ms)).await;
    let after = run.still(TO_SETTLE).await?;

    report.traffic(&run.book, numbers.clone());
    report.latency("webhook answered", &run.book.latency(numbers.clone(), |entry| entry.answered));
    report.latency("webhook to a socket", &run.book.latency(numbers.clone(), |entry| entry.seen));
    tell_replies(&run, &mut report);
    let mut spent = Spent::default();
    spent.add(&before, &after);
    spent.tell(&mut report, numbers.len(), None, None);
    report.aims("memory of the day", after.most_resident as f64 / 1e6, "MB", Target::AtMost(100.0));
    run.finishes(&mut report).await?;
    Ok(report)
}

/// What became of the answers.
pub(super) fn tell_replies(run: &Run, report: &mut Report) {
    let all = 0..run.replies.len();
    let answered = run.replies.latency(all.clone(), |entry| entry.answered);
    report.figure("replies recorded", answered.count() as f64, "");
    report.latency("reply recorded", &answered);
    let arrived = run.replies.latency(all, |entry| entry.seen);
    if arrived.count() > 0 {
        report.figure("replies at WhatsApp", arrived.count() as f64, "");
        report.latency("reply at WhatsApp", &arrived);
    }
}
