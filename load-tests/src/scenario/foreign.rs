//! The same customers at another system's door, so that the same work can be compared: what it accepts, and how soon it says so.

use crate::book::Book;
use crate::envelope::Door;
use crate::line::Place;
use crate::now_us;
use crate::press::{Press, Who};
use crate::report::Report;
use crate::scenario::intake::{self, presses};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::time::Instant;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Where its webhook of WhatsApp's Cloud API is: `http://host:port/path`.
    #[arg(long)]
    pub url: String,
    /// The app's secret, with which Meta would sign.
    #[arg(long)]
    pub secret: String,
    #[arg(long, default_value = "100000000000001")]
    pub phone_number_id: String,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, default_value_t = 64)]
    pub connections: usize,
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(flatten)]
    pub intake: intake::Options,
}

pub async fn run(options: &Options) -> Result<Report> {
    let asked = &options.intake;
    let per_second = if asked.closed.is_some() { 50_000.0 } else { asked.rate * 1.5 };
    let seconds = asked.seconds * f64::from(asked.rounds);
    let customers = asked.customers.unwrap_or(100);
    let most = (per_second * seconds) as usize + customers as usize + 1_000;
    let run = (now_us() / 1_000) as u32;
    let book = Arc::new(Book::new(Instant::now(), format!("load-{run:08x}"), most));
    let door = Door {
        place: Place::of(&options.url).await?,
        app_secret: options.secret.clone(),
        phone_number_id: options.phone_number_id.clone(),
    };
    let press = Press::new(door, Arc::clone(&book), run, options.connections);
    let mut report = Report::new("foreign");
    match asked.closed {
        Some(at_once) => report.asked(format!("{at_once} always under way")),
        None => report.asked(format!("{} messages/s", asked.rate)),
    }
    report.asked(format!("{} rounds of {} s", asked.rounds, asked.seconds));
    report.note("what it keeps and shows must be looked up in it; here only its answers are heard");
    let known = press.introduces(customers).await?;
    let who = if asked.new { Who::New } else { Who::Any { first: known.start, count: customers } };
    let first = book.len();
    for round in 0..asked.rounds {
        presses(&press, asked, who, asked.seconds, options.seed.wrapping_add(u64::from(round))).await?;
    }
    let numbers = first..book.len();
    let (accepted, per_s) = book.throughput(numbers.clone(), |entry| entry.answered);
    report.figure("messages accepted", accepted as f64, "");
    report.figure("accepted", per_s, "/s");
    report.latency("webhook answered", &book.latency(numbers, |entry| entry.answered));
    report.figure("posts that were refused and came again", press.refused() as f64, "");
    report.fault("messages never taken", press.given_up());
    Ok(report)
}
