//! Customers who write: each message on time in an open loop, or as fast as they are answered in a closed one, and again until it is taken.

use crate::book::Book;
use crate::envelope::Door;
use crate::line::Line;
use crate::now_us;
use crate::pace::Arrivals;
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

/// Messages that are due and wait for a free connection; more wait in the schedule, and their clock runs there, too.
const WAITING: usize = 8_192;
/// The longest pause before a message that was not taken is posted again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// So long a message is posted again and again before it is given up.
const PATIENCE_US: i64 = 60_000_000;

/// Who writes the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Any of the customers with these numbers.
    Any { first: u32, count: u32 },
    /// Somebody who never wrote before.
    New,
}

/// Customers of one run at one door.
#[derive(Debug)]
pub struct Press {
    door: Door,
    book: Arc<Book>,
    /// Makes this run's customers others than those of every other run.
    run: u32,
    connections: usize,
    /// The next customer who never wrote before.
    fresh: AtomicU32,
    refused: AtomicU64,
    given_up: AtomicU64,
}

impl Press {
    /// Customers of the run `run` who write through `connections` connections, into `book`.
    pub fn new(door: Door, book: Arc<Book>, run: u32, connections: usize) -> Arc<Self> {
        let [refused, given_up] = [AtomicU64::new(0), AtomicU64::new(0)];
        Arc::new(Self { door, book, run, connections, fresh: AtomicU32::new(0), refused, given_up })
    }

    /// What WhatsApp calls a customer: a phone number of nobody's.
    pub fn address(&self, customer: u32) -> String {
        format!("55{:05}{customer:06}", self.run % 100_000)
    }

    /// The customer behind an address; `None`: not of this run.
    pub fn customer(&self, address: &str) -> Option<u32> {
        address.strip_prefix(&format!("55{:05}", self.run % 100_000))?.parse().ok()
    }

    /// Posts that were answered with anything but 200, or not at all; each was posted again.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Messages that were never answered 200.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Relaxed)
    }

    /// Lets `count` new customers introduce themselves, one message each, in a closed loop; their numbers.
    pub async fn introduces(self: &Arc<Self>, count: u32) -> Result<Range<u32>> {
        let first = self.fresh.load(Relaxed);
        self.closed(Who::New, self.connections, count as usize, None, 0).await?;
        Ok(first..self.fresh.load(Relaxed))
    }

    /// Writes at the instants of `arrivals`, whatever becomes of what was written before; returns the messages' numbers when
    /// each is taken or given up.
    pub async fn open(self: &Arc<Self>, arrivals: Arrivals, who: Who, seed: u64) -> Result<Range<usize>> {
        let first = self.book.len();
        let (due, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut senders = JoinSet::new();
        for _ in 0..self.connections {
            let (press, waiting) = (Arc::clone(self), Arc::clone(&waiting));
            senders.spawn(async move {
                let mut line = Line::to(press.door.place.address);
                loop {
                    let next = waiting.lock().await.recv().await;
                    let Some((number, customer)) = next else { return };
                    press.bring(&mut line, number, customer).await;
                }
            });
        }
        // A thread of its own: the runtime's clock ticks in milliseconds, which is as long as what is measured.
        let press = Arc::clone(self);
        let clock = spawn_blocking(move || press.keeps_time(arrivals, who, seed, &due));
        clock.await.context("the schedule broke off")?;
        while let Some(ended) = senders.join_next().await {
            ended.context("a sender broke off")?;
        }
        Ok(first..self.book.len())
    }

    fn keeps_time(&self, arrivals: Arrivals, who: Who, seed: u64, due: &mpsc::Sender<(usize, u32)>) {
        let mut chance = StdRng::seed_from_u64(seed);
        let began = self.book.now();
        for after in arrivals {
            let at = began + after;
            let early = at - self.book.now();
            if early > 0 {
                std::thread::sleep(Duration::from_micros(early.unsigned_abs()));
            }
            let customer = self.chosen(who, &mut chance);
            let Some(number) = self.book.takes(customer, at) else { return };
            if due.blocking_send((number, customer)).is_err() {
                return;
            }
        }
    }

    /// Writes with `at_once` messages under way, the next as soon as one is taken, until `most` are written or `lasting` is
    /// over; returns the messages' numbers.
    pub async fn closed(
        self: &Arc<Self>,
        who: Who,
        at_once: usize,
        most: usize,
        lasting: Option<Duration>,
        seed: u64,
    ) -> Result<Range<usize>> {
        let first = self.book.len();
        let end = lasting.map(|lasting| self.book.now() + i64::try_from(lasting.as_micros()).unwrap_or(i64::MAX));
        let written = Arc::new(AtomicU64::new(0));
        let mut senders = JoinSet::new();
        for sender in 0..at_once {
            let (press, written) = (Arc::clone(self), Arc::clone(&written));
            senders.spawn(async move {
                let mut line = Line::to(press.door.place.address);
                let mut chance = StdRng::seed_from_u64(seed ^ (sender as u64 + 1));
                while end.is_none_or(|end| press.book.now() < end) && written.fetch_add(1, Relaxed) < most as u64 {
                    let customer = press.chosen(who, &mut chance);
                    let Some(number) = press.book.takes(customer, press.book.now()) else { return };
                    press.bring(&mut line, number, customer).await;
                }
            });
        }
        while let Some(ended) = senders.join_next().await {
            ended.context("a sender broke off")?;
        }
        Ok(first..self.book.len())
    }

    fn chosen(&self, who: Who, chance: &mut StdRng) -> u32 {
        match who {
            Who::Any { first, count } => first + chance.random_range(0..count.max(1)),
            Who::New => self.fresh.fetch_add(1, Relaxed),
        }
    }

    async fn bring(&self, line: &mut Line, number: usize, customer: u32) {
        let text = self.book.text(number);
        let words = text.as_str();
        let wamid = format!("wamid.{}", words.split_once(' ').map_or(words, |(mark, _)| mark));
        let body = self.door.text(&self.address(customer), &wamid, words, now_us() / 1_000_000);
        let request = self.door.brings(&body);
        self.book.posted(number);
        let until = self.book.now() + PATIENCE_US;
        let mut pause = Duration::from_millis(20);
        loop {
            let answer = line.ask(&request).await;
            if answer.as_ref().is_ok_and(|answer| answer.status == 200) {
                self.book.answered(number);
                return;
            }
            self.refused.fetch_add(1, Relaxed);
            if self.book.now() > until {
                self.given_up.fetch_add(1, Relaxed);
                return;
            }
            // As told, but not longer than we care to wait.
            let told = answer.ok().and_then(|answer| answer.retry_after_s).map(Duration::from_secs);
            sleep(told.unwrap_or(pause).min(LONGEST_PAUSE)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
