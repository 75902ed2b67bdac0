//! The simulated WhatsApp through its control API: lets customers write, makes trouble, and tells what it remembers.

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a state is asked for while we wait for it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A customer who finds the queue full of what a server could not take yet waits for so long.
const TO_FIND_ROOM: Duration = Duration::from_secs(120);

/// Rows asked for at once.
const PAGE: usize = 5_000;

/// A simulator that runs.
#[derive(Clone, Debug)]
pub struct Simulator {
    client: reqwest::Client,
    /// The address of its control API, without a path.
    control: String,
}

/// So many messages a second until `count` are written, of the first `customers` in turn, whatever becomes of them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Load {
    pub rate_per_s: f64,
    pub count: u64,
    pub customers: u32,
}

/// A message that a customer wrote; instants are µs since 1970.
#[derive(Clone, Debug, Deserialize)]
pub struct Written {
    pub customer: u32,
    pub wamid: String,
    pub at_us: i64,
    pub attempts: u32,
    /// The first attempts; never empty once it was attempted.
    pub attempted_at_us: Vec<i64>,
    pub acknowledged_at_us: Option<i64>,
}

/// A message that the provider took.
#[derive(Clone, Debug, Deserialize)]
pub struct Taken {
    pub wamid: String,
    /// The correlation id it came with.
    pub message: Option<String>,
}

/// How much has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Sums {
    pub inbound: InboundSums,
    pub outbound: OutboundSums,
    pub statuses: StatusSums,
    /// Messages and statuses that are still to be acknowledged.
    pub waiting: usize,
    pub loads: Vec<LoadReport>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct InboundSums {
    pub written: usize,
    pub acknowledged: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct OutboundSums {
    pub accepted: usize,
    /// Accepted again under a correlation id that was accepted before.
    pub repeated: usize,
    pub without_correlation: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct StatusSums {
    pub planned: usize,
    pub acknowledged: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct LoadReport {
    pub planned: u64,
    pub written: u64,
    /// Not written because too much was waiting.
    pub missed: u64,
    pub finished: bool,
}

impl Sums {
    /// Whether everything that was asked for was written, and everything that was written or planned was acknowledged.
    pub fn all_acknowledged(&self) -> bool {
        let finished = self.loads.iter().all(|load| load.finished);
        let [messages, statuses] =
            [self.inbound.written == self.inbound.acknowledged, self.statuses.planned == self.statuses.acknowledged];
        finished && messages && statuses && self.waiting == 0
    }
}

#[derive(Deserialize)]
struct Page<T> {
    rows: Vec<T>,
    next: Option<usize>,
}

impl Simulator {
    pub fn new(client: reqwest::Client, control: impl Into<String>) -> Self {
        Self { client, control: control.into() }
    }

    /// Answers 200 as soon as it plays.
    pub fn health_url(&self) -> String {
        format!("{}/control/health", self.control)
    }

    /// Begins a load and returns at once.
    pub async fn begins(&self, load: Load) -> Result<()> {
        self.post("load", &load).await
    }

    /// Ends every load that runs; what is written is still brought.
    pub async fn stops_writing(&self) -> Result<()> {
        let url = format!("{}/control/load", self.control);
        let answer = self.client.delete(&url).send().await.with_context(|| format!("no answer from {url}"))?;
        answer.error_for_status().context("the simulator does not stop its loads")?;
        Ok(())
    }

    /// How badly it behaves from now on; what is not named behaves well.
    pub async fn misbehaves(&self, faults: &Value) -> Result<()> {
        self.post("faults", faults).await
    }

    /// A customer says something that may be no text; `content` is a message's own members. The provider's id of it.
    pub async fn says(&self, customer: u32, content: &Value) -> Result<String> {
        self.writes(&serde_json::json!({ "customer": customer, "content": content })).await
    }

    /// A customer sends a new file (`image`, `voice` or `document`); the provider's id of its message.
    pub async fn sends_file(&self, customer: u32, kind: &str) -> Result<String> {
        self.writes(&serde_json::json!({ "customer": customer, "file": kind })).await
    }

    async fn writes(&self, order: &Value) -> Result<String> {
        let url = format!("{}/control/write", self.control);
        let deadline = Instant::now() + TO_FIND_ROOM;
        let answer = loop {
            let answer = self.client.post(&url).json(order).send().await;
            let answer = answer.with_context(|| format!("no answer from {url}"))?;
            // A server that is killed all the time takes little: what waits for it fills the simulator's queue.
            if answer.status() != 503 || Instant::now() > deadline {
                break answer;
            }
            sleep(BETWEEN_LOOKS).await;
        };
        let wrote: Value = answer.error_for_status().context("nothing was written")?.json().await?;
        Ok(wrote["rows"][0]["wamid"].as_str().context("a message without an id")?.to_owned())
    }

    pub async fn sums(&self) -> Result<Sums> {
        self.get("ledger").await
    }

    /// Everything that customers wrote.
    pub async fn written(&self) -> Result<Vec<Written>> {
        self.pages("ledger/inbound").await
    }

    /// Everything that was taken from us.
    pub async fn taken(&self) -> Result<Vec<Taken>> {
        self.pages("ledger/outbound").await
    }

    /// Waits until `holds` says so of the sums; the deadline is an error that shows the last ones.
    pub async fn until(&self, what: &str, within: Duration, holds: impl Fn(&Sums) -> bool) -> Result<Sums> {
        let deadline = Instant::now() + within;
        loop {
            let sums = self.sums().await?;
            if holds(&sums) {
                return Ok(sums);
            }
            if Instant::now() > deadline {
                bail!("the simulator did not reach \"{what}\" within {within:?}: {sums:?}");
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Waits until everything is acknowledged and nothing has changed for `still`.
    pub async fn quiet(&self, still: Duration, within: Duration) -> Result<Sums> {
        let deadline = Instant::now() + within;
        let mut last = self.sums().await?;
        let mut since = Instant::now();
        loop {
            sleep(BETWEEN_LOOKS).await;
            let sums = self.sums().await?;
            if sums != last || !sums.all_acknowledged() {
                (last, since) = (sums, Instant::now());
            } else if since.elapsed() >= still {
                return Ok(last);
            }
            if Instant::now() > deadline {
                bail!("the simulator was not quiet within {within:?}: {last:?}");
            }
        }
    }

    async fn pages<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut after = Some(0);
        while let Some(position) = after {
            let page: Page<T> = self.get(&format!("{path}?after={position}&limit={PAGE}")).await?;
            all.extend(page.rows);
            after = page.next;
        }
        Ok(all)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let url = format!("{}/control/{path}", self.control);
        let answer = self.client.get(&url).send().await.with_context(|| format!("no answer from {url}"))?;
        let answer = answer.error_for_status().context("the simulator refused a question")?;
        answer.json().await.with_context(|| format!("cannot read the answer of {url}"))
    }

    async fn post(&self, path: &str, order: &impl Serialize) -> Result<()> {
        let url = format!("{}/control/{path}", self.control);
        let answer =
            self.client.post(&url).json(order).send().await.with_context(|| format!("no answer from {url}"))?;
        if !answer.status().is_success() {
            bail!("the simulator refused {path}: {}", answer.text().await.unwrap_or_default());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_read_as_the_simulator_writes_them() {
        let sums: Sums = serde_json::from_value(serde_json::json!({
            "inbound": { "written": 3, "acknowledged": 3, "attempts": 5, "duplicates": 0 },
            "outbound": { "accepted": 2, "distinct": 2, "repeated": 0, "without_correlation": 0 },
            "statuses": { "planned": 6, "acknowledged": 6 },
            "waiting": 0,
            "loads": [{ "load": 1, "planned": 3, "written": 3, "missed": 0, "finished": true }],
        }))
        .unwrap();
        assert!(sums.all_acknowledged());
        for spoil in [
            |sums: &mut Sums| sums.waiting = 1,
            |sums: &mut Sums| sums.inbound.acknowledged = 2,
            |sums: &mut Sums| sums.statuses.acknowledged = 5,
            |sums: &mut Sums| sums.loads[0].finished = false,
        ] {
            let mut spoilt = sums.clone();
            spoil(&mut spoilt);
            assert!(!spoilt.all_acknowledged(), "{spoilt:?}");
        }
    }
}
