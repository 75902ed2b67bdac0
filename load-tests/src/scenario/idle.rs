//! Consoles that are open while nothing happens: what each costs in memory, and what all of them cost in time.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::meter::{Meter, Reading};
use crate::office::Office;
use crate::press::Who;
use crate::report::{Report, Target};
use crate::session::Session;
use anyhow::{Result, ensure};
use clap::Args;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Consoles that are opened at once.
const AT_ONCE: usize = 200;
/// What ten thousand may cost, in MB.
const FOR_TEN_THOUSAND: f64 = 150.0;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Consoles; each needs a file of ours and one of the server's (see `ulimit -n`).
    #[arg(long, default_value_t = 1_000)]
    pub consoles: usize,
    /// Seconds in which processor time is counted, without and with them.
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let office = Office::opens(&common.at).await?;
    let mut report = Report::new("idle");
    report.asked(format!("{} consoles", options.consoles));
    report.asked(format!("{} s", options.seconds));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    if let Some(ready_in) = office.ready_in {
        report.figure("start to ready", ready_in.as_secs_f64() * 1e3, "ms");
    }
    // Before anybody has signed in: that takes memory of its own.
    let alone = quiet(&office.meter, options.seconds).await?;
    report.aims("memory, nobody there", alone.1.resident as f64 / 1e6, "MB", Target::AtMost(30.0));
    report.figure("of it our own (anonymous)", alone.1.anonymous as f64 / 1e6, "MB");
    report.aims("processor, nobody there", share(&alone, options.seconds), "%", Target::AtMost(1.0));

    let mut run = Run::begins_in(office, common, Crew::default(), 10, 0).await?;
    // Whoever looks is a load, too.
    run.stops_counting();
    let mut sessions = Vec::new();
    for user in run.office.card.users.clone() {
        let session = Session::sign_in(&run.office.card.api_url, &user.email, &user.password).await?;
        sessions.push((Arc::new(session), user.role == "agent"));
    }
    // What they took to sign in must not count as the sockets'.
    let before = run.office.meter.reads().await?;
    for console in 0..options.consoles {
        let (session, _) = &sessions[console % sessions.len()];
        run.sits(Arc::clone(session), None, console as u32, vec!["inbox".to_owned()], None, false);
        if console % AT_ONCE == AT_ONCE - 1 {
            run.seated(console + 1).await?;
        }
    }
    run.seated(options.consoles).await?;
    let full = quiet(&run.office.meter, options.seconds).await?;
    let more = (full.1.resident as f64 - before.resident as f64) / 1e6;
    let target = FOR_TEN_THOUSAND * options.consoles as f64 / 10_000.0;
    report.figure("memory before they came", before.resident as f64 / 1e6, "MB");
    report.aims("memory they take", more, "MB", Target::AtMost(target));
    report.figure("memory of each", more * 1e3 / options.consoles.max(1) as f64, "kB");
    report.figure("processor, all there", share(&full, options.seconds), "%");

    let numbers = run.press.closed(Who::New, 1, 1, None, common.seed).await?;
    let unseen = run.arrived(numbers, TO_SETTLE).await;
    ensure!(options.consoles == 0 || unseen == 0, "a console that is idle is deaf");
    run.finishes(&mut report).await?;
    Ok(report)
}

/// Two readings with nothing between them but time.
async fn quiet(meter: &Meter, seconds: f64) -> Result<(Reading, Reading)> {
    let before = meter.still(TO_SETTLE).await?;
    sleep(Duration::from_secs_f64(seconds)).await;
    Ok((before, meter.reads().await?))
}

/// Processor time of one core, in percent.
fn share((before, after): &(Reading, Reading), seconds: f64) -> f64 {
    (after.server_cpu_s - before.server_cpu_s) / seconds * 100.0
}
