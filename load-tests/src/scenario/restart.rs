//! An upgrade in the middle of the day: the server is told to end and starts anew, while customers write and agents answer.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::desk::Habit;
use crate::pace::{Arrivals, Stretch};
use crate::press::Who;
use crate::report::Report;
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Messages of customers a second.
    #[arg(long, default_value_t = 20.0)]
    pub rate: f64,
    /// How long they write; the server ends after a third of it.
    #[arg(long, default_value_t = 30.0)]
    pub seconds: f64,
    /// Customers who write them, each in a chat of their own that an agent has.
    #[arg(long, default_value_t = 20)]
    pub customers: u32,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let thinks = (Duration::from_millis(200), Duration::from_millis(800));
    let habit = Habit { thinks, per_chat: None, closes_one_in: None };
    let crew = Crew { agents: common.at.agents, habit: Some(habit), boards: 1 };
    let most = (options.rate * options.seconds * 1.5) as usize + options.customers as usize + 1_000;
    let mut run = Run::begins(common, crew, most, most * 4).await?;
    let mut report = Report::new("restart");
    report.asked(format!("{} chats, {} messages/s for {} s", options.customers, options.rate, options.seconds));
    report.asked(format!("{} agents on sockets", common.at.agents));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    let known = run.introduces(options.customers).await?;
    run.still(TO_SETTLE).await?;
    let before = hands(&run).await?;
    ensure!(before.len() >= options.customers as usize, "not every chat has an owner: {before:?}");

    let arrivals = Arrivals::new(common.seed, vec![Stretch { per_second: options.rate, seconds: options.seconds }]);
    let who = Who::Any { first: known.start, count: options.customers };
    let press = Arc::clone(&run.press);
    let restarting = async {
        sleep(Duration::from_secs_f64(options.seconds / 3.0)).await;
        let welcomes = run.witness.welcomes();
        let (ended, ready) = run.office.restarts().await?;
        let began = Instant::now();
        let everybody = welcomes + (crew.agents + crew.boards) as u64;
        ensure!(run.until(TO_SETTLE, |run| run.witness.welcomes() >= everybody).await, "a console did not come back");
        Ok((ended, ready, began.elapsed()))
    };
    let (numbers, restarted) = tokio::join!(press.open(arrivals, who, common.seed), restarting);
    let (numbers, (ended, ready, back)) = (numbers?, restarted?);
    run.arrived(numbers.clone(), TO_SETTLE).await;
    run.still(TO_SETTLE).await?;
    let after = hands(&run).await?;
    let moved = before.iter().filter(|(chat, owner)| after.get(*chat) != Some(owner)).count();

    report.traffic(&run.book, numbers.clone());
    report.latency("webhook answered", &run.book.latency(numbers, |entry| entry.answered));
    report.figure("ended after", ended.as_secs_f64(), "s");
    report.figure("ready after", ready.as_secs_f64(), "s");
    report.figure("every console back after", back.as_secs_f64(), "s");
    report.fault("chats that changed hands", moved as u64);
    super::day::tell_replies(&run, &mut report);
    run.finishes(&mut report).await?;
    Ok(report)
}

/// Who has each chat, and how often it has changed hands.
pub(super) async fn hands(run: &Run) -> Result<BTreeMap<String, (String, i64)>> {
    let mut line = run.supervisor.line();
    let chats: Vec<Value> = run.supervisor.all(&mut line, "/conversations?state=active&limit=200").await?;
    let owner = |chat: &Value| {
        let (id, owner) = (chat["id"].as_str()?.to_owned(), chat["owner"]["id"].as_str()?.to_owned());
        Some((id, (owner, chat["owner_epoch"].as_i64()?)))
    };
    chats.iter().map(|chat| owner(chat).with_context(|| format!("nobody owns {chat}"))).collect()
}
