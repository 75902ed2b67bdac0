//! The command `dashoffice-load-tests`: loads a running server through a running simulator and says what came of it.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use dashoffice_load_tests::{Load, Simulator, webhook};
use serde_json::json;
use std::io::{Write, stdout};
use std::time::Duration;

/// Loads DashOffice as the world does.
#[derive(Debug, Parser)]
#[command(name = "dashoffice-load-tests", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Let customers write at a steady rate, wait until everything is acknowledged and quiet, and print the sums as JSON.
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
async fn main() -> Result<()> {
    let CommandLine { command } = CommandLine::parse();
    match command {
        Command::Load { control, rate, count, customers, within } => {
            let simulator = Simulator::new(webhook::client()?, control);
            simulator.begins(Load { rate_per_s: rate, count, customers }).await?;
            let sums = simulator.quiet(Duration::from_secs(2), Duration::from_secs(within)).await?;
            let line = json!({
                "written": sums.inbound.written,
                "acknowledged": sums.inbound.acknowledged,
                "replies": sums.outbound.accepted,
                "replies_repeated": sums.outbound.repeated,
                "statuses": sums.statuses.acknowledged,
            });
            writeln!(stdout(), "{line}").context("cannot write to standard output")
        }
    }
}
