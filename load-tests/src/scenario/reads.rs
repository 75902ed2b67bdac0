//! Requests over REST, at a rate or as fast as they are answered.

use crate::book::Latency;
use crate::line::Line;
use crate::pace::Arrivals;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::Instant;

/// Requests that are due and wait for a free connection.
const WAITING: usize = 8_192;

/// Something to ask, and what it is counted as.
#[derive(Clone, Debug)]
pub struct Ask {
    pub kind: &'static str,
    pub request: Arc<Vec<u8>>,
}

/// What came of asking.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// By kind, from when each was due.
    pub latency: BTreeMap<&'static str, Latency>,
    /// Answers that were not 2xx, by kind and status; 0: none came.
    pub failed: BTreeMap<(&'static str, u16), u64>,
}

impl Answers {
    fn add(&mut self, other: &Self) {
        for (kind, latency) in &other.latency {
            self.latency.entry(kind).or_default().add(latency);
        }
        for (what, count) in &other.failed {
            *self.failed.entry(*what).or_default() += count;
        }
    }

    /// All kinds that `counts` together.
    pub fn together(&self, counts: impl Fn(&str) -> bool) -> Latency {
        let mut all = Latency::default();
        for (_, latency) in self.latency.iter().filter(|(kind, _)| counts(kind)) {
            all.add(latency);
        }
        all
    }
}

/// Asks at the instants of `arrivals`, whatever becomes of what was asked before; the nth asks `next(n)`.
pub async fn open_reads(
    address: SocketAddr,
    connections: usize,
    arrivals: Arrivals,
    mut next: impl FnMut(usize) -> Ask + Send + 'static,
) -> Result<Answers> {
    let began = Instant::now();
    let (due, waiting) = mpsc::channel::<(Duration, Ask)>(WAITING);
    let waiting = Arc::new(Mutex::new(waiting));
    let mut askers = JoinSet::new();
    for _ in 0..connections {
        let waiting = Arc::clone(&waiting);
        askers.spawn(async move {
            let (mut line, mut answers) = (Line::to(address), Answers::default());
            loop {
                let next = waiting.lock().await.recv().await;
                let Some((at, ask)) = next else { return answers };
                let status = line.ask(&ask.request).await.map_or(0, |answer| answer.status);
                let took = began.elapsed().saturating_sub(at);
                answers.latency.entry(ask.kind).or_default().record(took.as_micros() as i64);
                if !(200..300).contains(&status) {
                    *answers.failed.entry((ask.kind, status)).or_default() += 1;
                }
            }
        });
    }
    let clock = spawn_blocking(move || {
        for (turn, at) in arrivals.enumerate() {
            let at = Duration::from_micros(at.unsigned_abs());
            std::thread::sleep(at.saturating_sub(began.elapsed()));
            if due.blocking_send((at, next(turn))).is_err() {
                return;
            }
        }
    });
    clock.await.context("the schedule broke off")?;
    let mut all = Answers::default();
    while let Some(answers) = askers.join_next().await {
        all.add(&answers.context("an asker broke off")?);
    }
    Ok(all)
}

/// Asks with `at_once` requests under way, one after the other of `requests`; how long each took and how many a second there
/// were. An answer that is not 2xx is an error.
pub async fn closed_reads(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    at_once: usize,
    lasting: Duration,
) -> Result<(Latency, f64)> {
    let requests = Arc::new(requests);
    let began = Instant::now();
    let mut askers = JoinSet::new();
    for asker in 0..at_once {
        let requests = Arc::clone(&requests);
        askers.spawn(async move {
            let (mut line, mut latency) = (Line::to(address), Latency::default());
            let mut turn = asker;
            while began.elapsed() < lasting {
                let start = Instant::now();
                let answer = line.ask(&requests[turn % requests.len()]).await?;
                anyhow::ensure!((200..300).contains(&answer.status), "answered {}", answer.status);
                latency.record(start.elapsed().as_micros() as i64);
                turn += 1;
            }
            anyhow::Ok(latency)
        });
    }
    let mut all = Latency::default();
    while let Some(latency) = askers.join_next().await {
        all.add(&latency.context("an asker broke off")??);
    }
    Ok((all.clone(), all.count() as f64 / began.elapsed().as_secs_f64()))
}
