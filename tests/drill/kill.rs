//! Killed again and again under load and every kind of traffic, at moments drawn from a seed: what became of every message?

use crate::house::{House, POST_TIMEOUT};
use crate::length::given;
use crate::mixture::{self, Mixture};
use crate::records::{self, Records};
use anyhow::{Context, Result, bail};
use dashoffice_load_tests::ledger::{Taken, Written};
use dashoffice_load_tests::verdict::{Acknowledged, Evidence};
use dashoffice_load_tests::{Load, Process, Verdict, now_us};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::time::Duration;
use tokio::time::sleep;

/// In `make test`; `KILLS=1000 make drill` for more.
const KILLS: usize = 5;
const RATE_PER_S: f64 = 60.0;
const CUSTOMERS: u32 = 40;
/// Written after the last restart, so that what was left behind meets something new.
const AFTERWARDS: u64 = 40;
/// Nothing moves for so long: then the server is stopped and looked into. Where something is still under way, it gets another chance, and
/// each is longer than the one before: a busy machine takes its time to stand a server up, and what the provider refused again and again
/// (each life of a server begins with a burst) waits for minutes, and so does all that was said after it in its chat.
const STILL: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(30), Duration::from_secs(300)];
/// What is not settled so long after the last kill never will be: each kill leaves a little more to catch up with.
fn to_settle(kills: usize) -> Duration {
    Duration::from_secs(180 + 2 * kills as u64)
}

#[tokio::test]
async fn drill_a1_nothing_acknowledged_is_lost_doubled_or_answered_twice_by_kills_on_sqlite() {
    drill("sqlite", None).await.unwrap();
}

#[tokio::test]
async fn drill_a1_nothing_acknowledged_is_lost_doubled_or_answered_twice_by_kills_on_postgres() {
    let postgres = records::empty_postgres().await.unwrap();
    drill("postgres", Some(postgres)).await.unwrap();
}

async fn drill(store: &str, postgres: Option<String>) -> Result<()> {
    let (kills, seed) = (given("KILLS", KILLS), given("SEED", 1) as u64);
    let house = House::new(postgres).await?;
    match killed(&house, kills, seed).await {
        Ok(verdict) if verdict.holds() => {
            let line =
                format!("{{\"drill\":\"kill\",\"store\":\"{store}\",\"seed\":{seed},\"result\":{}}}", verdict.line());
            writeln!(stdout(), "{line}").context("cannot print the result")
        }
        Ok(verdict) => bail!("seed {seed}, kept in {}: {}", house.keep(), verdict.line()),
        Err(error) => Err(error.context(format!("seed {seed}, kept in {}", house.keep()))),
    }
}

async fn killed(house: &House, kills: usize, seed: u64) -> Result<Verdict> {
    let mut secure_random = StdRng::seed_from_u64(seed);
    mixture::prepare(house).await?;
    let simulator = house.player().await?;
    let endless = Load { rate_per_s: RATE_PER_S, count: 10_000_000, customers: CUSTOMERS };
    let mut server = house.server().await?;
    house.simulator.begins(endless).await?;
    let mixture = Mixture::begins(house, seed);

    let mut moments = Vec::new();
    while moments.len() < kills {
        // The moment of the kill is drawn, not waited for: any is as good as any other.
        sleep(Duration::from_millis(secure_random.random_range(20..700))).await;
        moments.push(now_us());
        server.kill().await?;
        if secure_random.random_ratio(1, 4) {
            // Once more, while it stands up.
            let standing_up = house.server_that_stands_up()?;
            sleep(Duration::from_millis(secure_random.random_range(0..200))).await;
            moments.push(now_us());
            standing_up.kill().await?;
        }
        server = house.server().await?;
    }
    house.simulator.stops_writing().await?;
    let done = mixture.ends().await?;
    house.simulator.begins(Load { count: AFTERWARDS, ..endless }).await?;

    let records = settled(house, server, to_settle(kills)).await?;
    let written = done.messages_of(house.simulator.written().await?);
    let evidence = evidence_of(house, moments, records, written).await?;
    let server = house.server().await?;
    done.is_there(house).await?;
    House::ends(server).await?;
    House::ends(simulator).await?;
    Ok(Verdict::of(&evidence))
}

/// Lets everything come to rest, stops the server, and looks.
pub(crate) async fn settled(house: &House, mut server: Process, within: Duration) -> Result<Records> {
    let [most @ .., last] = STILL;
    for still in most {
        house.simulator.quiet(still, within + still).await?;
        House::ends(server).await?;
        let records = records::read(&house.database).await?;
        if records.under_way() == 0 {
            return Ok(records);
        }
        server = house.server().await?;
    }
    house.simulator.quiet(last, within + last).await?;
    House::ends(server).await?;
    records::read(&house.database).await
}

/// What was seen from outside and inside, for the verdict.
pub(crate) async fn evidence(house: &House, kills: Vec<i64>, records: Records) -> Result<Evidence> {
    let written = house.simulator.written().await?;
    evidence_of(house, kills, records, written).await
}

async fn evidence_of(house: &House, kills: Vec<i64>, records: Records, written: Vec<Written>) -> Result<Evidence> {
    if written.len() < kills.len() {
        bail!("the drill had no load: {} messages for {} kills", written.len(), kills.len());
    }
    let customers: BTreeMap<String, u32> =
        written.iter().map(|message| (message.wamid.clone(), message.customer)).collect();
    let mut stored: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for wamid in records.received {
        let customer = customers.get(&wamid).with_context(|| format!("nobody wrote {wamid}"))?;
        stored.entry(customer.to_string()).or_default().push(wamid);
    }
    if records.replies.is_empty() {
        bail!("nobody was answered: a drill without replies shows nothing about them");
    }
    let posted = house.simulator.taken().await?.into_iter().filter_map(|Taken { message, .. }| message).collect();
    Ok(Evidence {
        kills,
        acknowledged: acknowledged(written)?,
        stored,
        replies: records.replies,
        posted,
        owners: records.owners,
        post_timeout: POST_TIMEOUT.as_micros() as i64,
        put_aside: records.put_aside,
    })
}

fn acknowledged(written: Vec<Written>) -> Result<BTreeMap<String, Vec<Acknowledged>>> {
    let mut by_customer: BTreeMap<String, Vec<Acknowledged>> = BTreeMap::new();
    for message in written {
        let Some(acknowledged_at) = message.acknowledged_at_us else { continue };
        let posted_at = *message.attempted_at_us.first().context("acknowledged, and never posted")?;
        let posted = Acknowledged { id: message.wamid, posted_at, acknowledged_at };
        by_customer.entry(message.customer.to_string()).or_default().push(posted);
    }
    Ok(by_customer)
}
