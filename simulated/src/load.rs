//! Load that does not wait: so many messages a second, whatever becomes of them; each customer's are numbered.

use crate::phrases::Moment;
use crate::world::{NotWritten, Words, World};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Loads that may run at the same time.
const MOST_AT_ONCE: usize = 16;
const TICK: Duration = Duration::from_millis(5);

/// What is asked for: a rate, and an end by time or by count.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadOrder {
    pub(crate) rate_per_s: f64,
    #[serde(default)]
    pub(crate) seconds: Option<f64>,
    #[serde(default)]
    pub(crate) count: Option<u64>,
    /// The first so many customers, in turn; all when absent.
    #[serde(default)]
    pub(crate) customers: Option<u32>,
}

impl LoadOrder {
    /// How many messages it comes to; `Err` says what is wrong with it.
    pub(crate) fn planned(&self, people: u32) -> Result<u64, &'static str> {
        if !(self.rate_per_s > 0.0 && self.rate_per_s <= 100_000.0) {
            return Err("rate_per_s lies above 0 and is at most 100000");
        }
        if self.customers.is_some_and(|customers| customers == 0 || customers > people) {
            return Err("customers is at least 1 and at most the number of customers there are");
        }
        match (self.seconds, self.count) {
            (Some(seconds), None) if seconds > 0.0 && seconds <= 86_400.0 => {
                Ok((self.rate_per_s * seconds).round() as u64)
            }
            (None, Some(count)) => Ok(count),
            _ => Err("either seconds (above 0, at most 86400) or count must be given"),
        }
    }
}

/// How far a load got.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct LoadReport {
    pub(crate) load: u64,
    pub(crate) planned: u64,
    pub(crate) written: u64,
    /// Not written because too much was waiting.
    pub(crate) missed: u64,
    pub(crate) finished: bool,
}

#[derive(Debug, Default)]
struct Progress {
    planned: u64,
    written: AtomicU64,
    missed: AtomicU64,
    finished: AtomicBool,
    stopped: AtomicBool,
}

#[derive(Debug, Default)]
pub(crate) struct Loads {
    all: Mutex<Vec<Arc<Progress>>>,
}

impl Loads {
    fn all(&self) -> MutexGuard<'_, Vec<Arc<Progress>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reports(&self) -> Vec<LoadReport> {
        let report = |(index, progress): (usize, &Arc<Progress>)| LoadReport {
            load: index as u64 + 1,
            planned: progress.planned,
            written: progress.written.load(Ordering::Relaxed),
            missed: progress.missed.load(Ordering::Relaxed),
            finished: progress.finished.load(Ordering::Acquire),
        };
        self.all().iter().enumerate().map(report).collect()
    }

    /// Ends every load that runs.
    pub(crate) fn stop(&self) {
        for progress in self.all().iter() {
            progress.stopped.store(true, Ordering::Relaxed);
        }
    }
}

/// Begins a load; returns its number and the work, which the caller runs. `Err` when too many run already.
pub(crate) fn begin(
    world: &Arc<World>,
    order: LoadOrder,
    planned: u64,
) -> Option<(u64, impl Future<Output = ()> + use<>)> {
    let mut all = world.loads.all();
    if all.iter().filter(|progress| !progress.finished.load(Ordering::Acquire)).count() >= MOST_AT_ONCE {
        return None;
    }
    let progress = Arc::new(Progress { planned, ..Progress::default() });
    all.push(progress.clone());
    let number = all.len() as u64;
    Some((number, run(world.clone(), order, progress)))
}

async fn run(world: Arc<World>, order: LoadOrder, progress: Arc<Progress>) {
    let customers = order.customers.unwrap_or_else(|| world.people.count()).max(1);
    let began = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut issued = 0_u64;
    while issued < progress.planned && !progress.stopped.load(Ordering::Relaxed) {
        tick.tick().await;
        let due = ((began.elapsed().as_secs_f64() * order.rate_per_s) as u64).min(progress.planned);
        while issued < due {
            let customer = (issued % u64::from(customers)) as u32 + 1;
            match write(&world, customer) {
                Ok(()) => progress.written.fetch_add(1, Ordering::Relaxed),
                Err(_) => progress.missed.fetch_add(1, Ordering::Relaxed),
            };
            issued += 1;
        }
    }
    progress.finished.store(true, Ordering::Release);
}

fn write(world: &World, customer: u32) -> Result<(), NotWritten> {
    let person = world.people.get(customer).ok_or(NotWritten::NoSuchCustomer)?;
    let phrase = *world.life_chance.one_of(person.language.phrases(Moment::FollowUp));
    world.write(customer, Words::Numbered(phrase.to_owned())).map(|_| ())
}
