//! What drills of failures have in common: load all the time, something that breaks and is mended, then rest and a verdict.

use crate::house::House;
use crate::kill::{evidence, settled};
use crate::start::figures;
use crate::wait::until;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Evidence, Load, Process, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::time::Duration;

const CUSTOMERS: u32 = 40;
/// Written after everything is mended, so that what was left behind meets something new.
const AFTERWARDS: u64 = 40;
/// So many messages more show that it goes on.
const GOES_ON: usize = 20;
/// Longer than it takes until customers are heard again, on a busy machine, too.
const BACK_WITHIN: Duration = Duration::from_secs(60);
/// Longer than everything takes to come to rest.
const TO_SETTLE: Duration = Duration::from_secs(180);

/// What shows that somebody was blamed for what was the fault of a store that was away.
const BLAME: [&str; 5] = [
    "dashoffice_actor_parked_total",
    "dashoffice_actor_quarantines_total",
    "dashoffice_actors_quarantined",
    "dashoffice_intake_unreadable_total",
    "dashoffice_alarms_total",
];

/// A drill under way.
pub(crate) struct Course<'a> {
    house: &'a House,
    player: Process,
    rate_per_s: f64,
}

impl<'a> Course<'a> {
    /// Customers begin to write, so many messages a second; returns when the first are acknowledged, and the first answered.
    pub(crate) async fn begins(house: &'a House, rate_per_s: f64) -> Result<Self> {
        let course = Self { house, player: house.player().await?, rate_per_s };
        course.load(10_000_000).await?;
        course.goes_on().await?;
        course.answers().await?;
        Ok(course)
    }

    async fn load(&self, count: u64) -> Result<()> {
        self.house.simulator.begins(Load { rate_per_s: self.rate_per_s, count, customers: CUSTOMERS }).await
    }

    /// How many messages were acknowledged.
    pub(crate) async fn acknowledged(&self) -> Result<usize> {
        Ok(self.house.simulator.sums().await?.inbound.acknowledged)
    }

    /// Waits until further messages are acknowledged; how long that took.
    pub(crate) async fn goes_on(&self) -> Result<Duration> {
        let enough = self.acknowledged().await? + GOES_ON;
        let took = until("further messages are acknowledged", BACK_WITHIN, async || {
            Ok((self.acknowledged().await? >= enough).then_some(()))
        });
        Ok(took.await?.0)
    }

    /// Waits until further replies are taken by the provider; how long that took.
    pub(crate) async fn answers(&self) -> Result<Duration> {
        let accepted = async || Ok::<_, anyhow::Error>(self.house.simulator.sums().await?.outbound.accepted);
        let enough = accepted().await? + GOES_ON;
        let took =
            until("further replies are taken", BACK_WITHIN, async || Ok((accepted().await? >= enough).then_some(())));
        Ok(took.await?.0)
    }

    /// Waits until `/readyz` answers this; how long that took, and its body.
    pub(crate) async fn stands(&self, status: u16) -> Result<(Duration, Value)> {
        let what = format!("/readyz answers {status}");
        until(&what, BACK_WITHIN, async || {
            let (answered, body) = standing(self.house).await?;
            Ok((answered == status).then_some(body))
        })
        .await
    }

    /// The store is away, and `/readyz` says so and why.
    pub(crate) async fn is_away(&self) -> Result<()> {
        let (_, body) = self.stands(503).await?;
        ensure!(body["status"] == "store_away" && body["reason"].is_string(), "{body}");
        Ok(())
    }

    /// It is mended: ready again, and customers are heard. How long that took in all. Returns when they are answered, too.
    pub(crate) async fn is_back(&self) -> Result<Duration> {
        let took = self.stands(200).await?.0 + self.goes_on().await?;
        self.answers().await?;
        Ok(took)
    }

    /// Nobody was blamed. Asked of a server that was never restarted, for it counts from its start.
    pub(crate) async fn blames_nobody(&self) -> Result<()> {
        let counted = metrics(self.house).await?;
        let blamed = |(series, figure): &(&String, &f64)| {
            **figure > 0.0 && BLAME.iter().any(|name| series.split('{').next() == Some(*name))
        };
        let blamed: Vec<_> = counted.iter().filter(blamed).collect();
        ensure!(blamed.is_empty(), "somebody was blamed for the weather: {blamed:?}");
        Ok(())
    }

    /// Lets everything come to rest, ends everybody, and tells what was found. `stops`: when somebody was, for as long as a post
    /// takes, unable to say what became of a message.
    pub(crate) async fn rests(self, server: Process, stops: Vec<i64>) -> Result<Evidence> {
        self.house.simulator.stops_writing().await?;
        self.load(AFTERWARDS).await?;
        let records = settled(self.house, server, TO_SETTLE).await?;
        let evidence = evidence(self.house, stops, records).await?;
        House::ends(self.player).await?;
        Ok(evidence)
    }

    /// The same, judged.
    pub(crate) async fn ends(self, server: Process, stops: Vec<i64>) -> Result<Verdict> {
        Ok(Verdict::of(&self.rests(server, stops).await?))
    }
}

/// What `/readyz` answers.
pub(crate) async fn standing(house: &House) -> Result<(u16, Value)> {
    let answer = house.client.get(format!("{}/readyz", house.url())).send().await.context("/readyz is not answered")?;
    let status = answer.status().as_u16();
    Ok((status, answer.json().await?))
}

/// What is counted, by series.
pub(crate) async fn metrics(house: &House) -> Result<BTreeMap<String, f64>> {
    let answer = house.client.get(format!("{}/metrics", house.url())).send().await?;
    Ok(figures(&answer.error_for_status()?.text().await?))
}

/// Prints what a drill found, in one line; a verdict that does not hold is an error.
pub(crate) fn tell(drill: &str, seconds: &[Duration], verdict: &Verdict) -> Result<()> {
    let seconds: Vec<f64> = seconds.iter().map(Duration::as_secs_f64).collect();
    let line = format!("{{\"drill\":\"{drill}\",\"back_after_s\":{seconds:.1?},\"result\":{}}}", verdict.line());
    if !verdict.holds() || verdict.acknowledged == 0 || verdict.replies == 0 {
        bail!("{line}");
    }
    writeln!(stdout(), "{line}").context("cannot print the result")
}

/// Runs a drill in a house; where it fails, its logs are kept.
pub(crate) async fn in_house(house: House, drill: impl AsyncFnOnce(&House) -> Result<()>) {
    if let Err(error) = drill(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}
