//! The load tests in small: a few seconds each, and whether everything is right. How fast it is, is no question here.

use crate::records;
use anyhow::{Result, ensure};
use dashoffice_load_tests::office::Where;
use dashoffice_load_tests::report::Report;
use dashoffice_load_tests::scenario::{Common, api, commits, day, intake};

/// A server of its own with six agents; `postgres`: the address of an empty database, without it SQLite.
pub(crate) fn common(postgres: Option<String>) -> Common {
    let at = Where {
        program: Some(env!("CARGO_BIN_EXE_dashoffice").into()),
        data_dir: None,
        database_url: postgres,
        card: None,
        process: None,
        agents: 6,
        environment: Vec::new(),
    };
    Common { at, seed: 7, json: None, connections: 16 }
}

fn intake() -> intake::Options {
    intake::Options {
        rate: 60.0,
        closed: None,
        seconds: 3.0,
        rounds: 1,
        new: false,
        customers: None,
        without_bare_costs: true,
        // Tests run beside others: where the intake has no processor for five milliseconds, the inbox is the right way.
        least_on_short_way: 50.0,
        own_program: None,
    }
}

/// Nothing is wrong, and there was something that could have been.
pub(crate) fn is_right(report: &Report, counted: &str, at_least: f64) -> Result<()> {
    let table = report.table();
    ensure!(report.is_correct(), "{table}");
    ensure!(report.faults.len() > 10, "hardly anything was looked at:\n{table}");
    ensure!(report.value(counted).is_some_and(|count| count >= at_least), "too little happened:\n{table}");
    Ok(())
}

async fn an_intake_is_right(postgres: Option<String>) -> Result<()> {
    let report = intake::run(&common(postgres), &intake()).await?;
    // What was introduced, and about three seconds of sixty.
    is_right(&report, "looked up: messages", 100.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_load_an_intake_loses_repeats_and_reorders_nothing_on_sqlite() {
    an_intake_is_right(None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_load_an_intake_loses_repeats_and_reorders_nothing_on_postgres() {
    an_intake_is_right(Some(records::empty_postgres().await.unwrap())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_load_a_day_has_one_owner_per_chat_and_every_reply_is_sent_once_and_read() {
    let options = day::Options { rate: 15.0, seconds: 5.0, customers: 40, thinks_ms: 600, closes_one_in: 4 };
    let report = day::run(&common(None), &options).await.unwrap();
    is_right(&report, "replies", 10.0).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_load_the_api_answers_every_request_of_a_mix() {
    let options = api::Options { rate: 60.0, seconds: 3.0, writes: 0.1, messages: 60, customers: 40, at_once: 4 };
    let report = api::run(&common(None), &options).await.unwrap();
    is_right(&report, "reads", 80.0).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_load_a_message_costs_the_commits_that_it_may_cost() {
    let report = commits::run(&common(None), &commits::Options { messages: 10 }).await.unwrap();
    is_right(&report, "looked up: messages", 20.0).unwrap();
    for (kind, most) in
        [("new customer's message", 3.0), ("known customer's message", 2.1), ("reply with three statuses", 6.0)]
    {
        let each = report.value(&format!("commits per {kind}")).unwrap();
        assert!((1.0..=most).contains(&each), "{kind}: {each}\n{}", report.table());
    }
}
