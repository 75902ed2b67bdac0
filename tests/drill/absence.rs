//! The server goes and comes back: for a moment in the middle of the day, and for hours by its own clock. Consoles come back by
//! themselves, chats stay where they are, and only the law's clock went on.

use crate::length::length;
use crate::load::{common, is_right};
use crate::records;
use crate::shim::{self, Dial};
use anyhow::{Result, ensure};
use dashoffice_load_tests::scenario::{absence, restart};
use std::io::{Write, stdout};

const US_PER_HOUR: i64 = 3_600_000_000;
/// Seconds within which every console is back once the server is ready: three on a machine that does nothing else.
const BACK_WITHIN: f64 = 20.0;

async fn a_restart_is_gentle(postgres: Option<String>) -> Result<()> {
    let options = restart::Options { rate: 20.0, seconds: length(6.0, 30.0), customers: 12 };
    let report = restart::run(&common(postgres), &options).await?;
    is_right(&report, "looked up: messages", 60.0)?;
    let back = report.value("every console back after").unwrap_or(f64::MAX);
    ensure!(back < BACK_WITHIN, "consoles were back after {back} s");
    writeln!(stdout(), "{{\"drill\":\"restart\",\"consoles_back_after_s\":{back:.2}}}")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_f3_a_restart_under_load_loses_nothing_moves_no_chat_and_consoles_come_back_on_sqlite() {
    a_restart_is_gentle(None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_f3_a_restart_under_load_loses_nothing_moves_no_chat_and_consoles_come_back_on_postgres() {
    a_restart_is_gentle(Some(records::empty_postgres().await.unwrap())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_b5_after_hours_of_absence_no_clock_on_people_has_run_out_and_the_day_of_the_law_has() {
    hours().await.unwrap();
}

async fn hours() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (library, dial) = (shim::build("odd-clock", dir.path()).await?, Dial::new(dir.path(), "clock")?);
    let mut common = common(None);
    common.at.environment =
        vec![("LD_PRELOAD".to_owned(), library.display().to_string()), ("ODD_CLOCK_DIAL".to_owned(), dial.path())];
    let report = absence::run(&common, 12, |hours| dial.turn(hours * US_PER_HOUR)).await?;
    is_right(&report, "looked up: messages", 12.0)
}
