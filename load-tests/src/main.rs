//! The command `dashoffice-load-tests`: presses a server as the world would, and says what it did, what it cost, and whether it was right.

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use dashoffice_load_tests::bare::Bare;
use dashoffice_load_tests::book::Latency;
use dashoffice_load_tests::report::Report;
use dashoffice_load_tests::scenario::{
    Common, api, burst, commits, day, fanout, fill, foreign, idle, intake, mixed, restart, start,
};
use dashoffice_load_tests::{Load, Simulator, floor, ratio, webhook};
use serde_json::json;
use std::io::{Write, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Loads DashOffice as the world does.
#[derive(Debug, Parser)]
#[command(name = "dashoffice-load-tests", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// A scenario with what every scenario is asked.
#[derive(Clone, Debug, Args)]
struct Pressed<T: Args> {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    options: T,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Customers write, agents listen: throughput, latency and cost beside the machine's own.
    Intake(Pressed<intake::Options>),
    /// Customers write, agents think, answer and close.
    Day(Pressed<day::Options>),
    /// Consoles that are open while nothing happens.
    Idle(Pressed<idle::Options>),
    /// Twenty times as much for five seconds.
    Burst(Pressed<burst::Options>),
    /// Reads and writes over REST.
    Api(Pressed<api::Options>),
    /// One busy tenant, many who watch.
    Fanout(Pressed<fanout::Options>),
    /// A day with requests over REST beside it.
    Mixed(Pressed<mixed::Options>),
    /// What each kind of message costs in commits, one at a time.
    Commits(Pressed<commits::Options>),
    /// Put many messages into a house through the front door.
    Fill(Pressed<fill::Options>),
    /// The server is told to end and starts anew while customers write and agents answer.
    Restart(Pressed<restart::Options>),
    /// How long a start takes.
    Start(Pressed<start::Options>),
    /// The same customers at another system's door.
    Foreign(foreign::Options),
    /// A webhook straight to a socket, with nothing stored: what runs beside the server as its floor.
    FloorServer {
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    /// One small insert per transaction, on disk before the next one.
    BareCommit {
        /// Commits a second, at most.
        #[arg(long, default_value_t = 1_000.0)]
        rate: f64,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// `PostgreSQL`; without it `SQLite`.
        #[arg(long)]
        database_url: Option<String>,
        /// On this disk; without it where temporary files are.
        #[arg(long)]
        beside: Option<PathBuf>,
    },
    /// Tell the figures of two builds that ran by turns as ratios (scripts/compare leaves the runs).
    Ratios {
        /// Holds a folder for each scenario and store, with `old-N.json` and `new-N.json`.
        directory: PathBuf,
    },
    /// Let the simulator's customers write at a steady rate, wait until all is quiet, and print the sums as JSON.
    Load {
        /// The address of the simulator's control API.
        #[arg(long, default_value = "http://127.0.0.1:8091")]
        control: String,
        /// Messages a second.
        #[arg(long, default_value_t = 50.0)]
        rate: f64,
        /// Messages in all.
        #[arg(long, default_value_t = 500)]
        count: u64,
        /// They are written by the first so many customers in turn.
        #[arg(long, default_value_t = 50)]
        customers: u32,
        /// How long all of it may take, in seconds.
        #[arg(long, default_value_t = 600)]
        within: u64,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).init();
    let CommandLine { command } = CommandLine::parse();
    let (report, json) = match command {
        Command::Intake(asked) => (intake::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Day(asked) => (day::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Idle(asked) => (idle::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Burst(asked) => (burst::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Api(asked) => (api::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Fanout(asked) => (fanout::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Mixed(asked) => (mixed::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Commits(asked) => (commits::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Fill(asked) => (fill::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Restart(asked) => (restart::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Start(asked) => (start::run(&asked.common, &asked.options).await?, asked.common.json),
        Command::Foreign(options) => (foreign::run(&options).await?, options.json),
        Command::FloorServer { listen } => {
            floor::serve(listen).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::BareCommit { rate, seconds, database_url, beside } => {
            let bare = Bare::opens(beside.as_deref(), database_url.as_deref()).await?;
            let mut latency = Latency::default();
            let count = bare.presses(rate, Duration::from_secs_f64(seconds), 1, &mut latency).await?;
            bare.closes().await;
            let mut report = Report::new("bare commit");
            report.asked(format!("{rate}/s at most"));
            report.figure("commits", count as f64 / seconds, "/s");
            report.latency("commit", &latency);
            (report, None)
        }
        Command::Ratios { directory } => {
            let (table, is_correct) = ratio::table(&directory)?;
            stdout().write_all(table.as_bytes()).context("cannot write to standard output")?;
            return Ok(if is_correct { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Load { control, rate, count, customers, within } => {
            load(control, Load { rate_per_s: rate, count, customers }, Duration::from_secs(within)).await?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    stdout().write_all(report.table().as_bytes()).context("cannot write to standard output")?;
    if let Some(path) = json {
        report.writes(&path)?;
    }
    // Slow is a figure; wrong is a failure.
    Ok(if report.is_correct() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn load(control: String, load: Load, within: Duration) -> Result<()> {
    let simulator = Simulator::new(webhook::client()?, control);
    simulator.begins(load).await?;
    let sums = simulator.quiet(Duration::from_secs(2), within).await?;
    let line = json!({
        "written": sums.inbound.written,
        "acknowledged": sums.inbound.acknowledged,
        "replies": sums.outbound.accepted,
        "replies_repeated": sums.outbound.repeated,
        "statuses": sums.statuses.acknowledged,
    });
    writeln!(stdout(), "{line}").context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_has_no_name_twice() {
        CommandLine::command().debug_assert();
    }
}
