//! How long a start takes, in an orderly way and after a crash, with whatever is in the house.

use super::run::Common;
use crate::book::Latency;
use crate::office::Office;
use crate::report::{Report, Target};
use anyhow::{Context, Result, ensure};
use clap::Args;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Starts of each kind.
    #[arg(long, default_value_t = 5)]
    pub starts: u32,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    ensure!(common.at.data_dir.is_some(), "say which house: --program and --data-dir (see fill)");
    let mut report = Report::new("start");
    report.asked(format!("{} starts of each kind", options.starts));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    // The first one may have to set the house up.
    Office::opens(&common.at).await?.closes().await?;
    let (mut orderly, mut crashed) = (Latency::default(), Latency::default());
    for _ in 0..options.starts {
        let office = Office::opens(&common.at).await?;
        record(&mut orderly, &office)?;
        office.crashes().await?;
        let office = Office::opens(&common.at).await?;
        record(&mut crashed, &office)?;
        let disk = office.meter.reads().await?.disk;
        office.closes().await?;
        if report.value("disk").is_none() {
            report.figure("disk", disk as f64 / 1e6, "MB");
        }
    }
    report.aims("start to ready p50", orderly.at(0.5), "ms", Target::AtMost(100.0));
    report.figure("start to ready max", orderly.max(), "ms");
    report.aims("start to ready after kill -9 p50", crashed.at(0.5), "ms", Target::AtMost(1_000.0));
    report.figure("start to ready after kill -9 max", crashed.max(), "ms");
    Ok(report)
}

fn record(latency: &mut Latency, office: &Office) -> Result<()> {
    let took = office.ready_in.context("a house of ours was started by us")?;
    latency.record(i64::try_from(took.as_micros()).unwrap_or(i64::MAX));
    Ok(())
}
