//! What a server uses: memory and time by the kernel's books, commits by its own counters, and bytes on disk.

use crate::line::{Line, Place};
use crate::report::{Report, Target};
use anyhow::{Context, Result};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Row};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Ticks a second in `/proc`: fixed by the kernel's interface, whatever the timer is.
const TICKS_PER_S: f64 = 100.0;

/// Of SQLite and of the kernel, bytes.
const PAGE: f64 = 4_096.0;

/// So long without a commit means that nothing is under way.
const STILL: Duration = Duration::from_secs(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What to look at.
#[derive(Debug)]
pub struct Meter {
    /// The server's process, where it runs on this machine and is known.
    pub process: Option<u32>,
    /// `http://host:port/metrics`.
    pub metrics: Place,
    /// Of SQLite.
    pub data_dir: Option<PathBuf>,
    pub postgres: Option<PgPool>,
}

/// How it stood at one moment; what is unknown is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// Memory of the process, bytes: now, and at most so far.
    pub resident: u64,
    /// Of `resident`, what is not a page of a file.
    pub anonymous: u64,
    pub most_resident: u64,
    /// Seconds of processor time, of the server and of PostgreSQL.
    pub server_cpu_s: f64,
    pub postgres_cpu_s: f64,
    /// Transactions of the store; each that wrote something was one fsync.
    pub transactions: f64,
    /// Commits that were asked for and made: those of actors and those of webhooks.
    pub commits: f64,
    pub conflicts: f64,
    /// Items of webhooks, by the way they came to be on disk; a server that knows one way counts none.
    pub short_way: f64,
    pub by_inbox: f64,
    /// Bytes that the server had written to its disk: SQLite's log and its checkpoints.
    pub written: u64,
    /// Bytes on disk; for PostgreSQL the database, and what it wrote ahead since its beginning.
    pub disk: u64,
    pub written_ahead: u64,
}

impl Meter {
    /// Of a server whose metrics are at `metrics`; `database_url` of PostgreSQL, if that is its store.
    pub async fn new(
        metrics: Place,
        process: Option<u32>,
        data_dir: Option<PathBuf>,
        database_url: Option<&str>,
    ) -> Result<Self> {
        let postgres = match database_url {
            Some(url) => {
                Some(PgPoolOptions::new().max_connections(1).connect(url).await.context("cannot ask PostgreSQL")?)
            }
            None => None,
        };
        Ok(Self { process, metrics, data_dir, postgres })
    }

    /// Looks once.
    pub async fn reads(&self) -> Result<Reading> {
        let mut reading = Reading::default();
        if let Some(process) = self.process {
            let memory = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
            reading.resident = told(&memory, "VmRSS:") * 1024;
            reading.anonymous = told(&memory, "RssAnon:") * 1024;
            reading.most_resident = told(&memory, "VmHWM:") * 1024;
            reading.server_cpu_s = processor_time(process, false);
            let io = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
            reading.written = told(&io, "write_bytes:");
        }
        let answer = Line::to(self.metrics.address).ask(&self.metrics.request("GET", "", b"")).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let answers = |name: &str| counter(&text, &format!("dashoffice_store_answers_total{{answer=\"{name}\"}}"));
        reading.transactions = counter(&text, "dashoffice_store_transactions_total");
        reading.commits = answers("committed") + answers("accepted");
        reading.conflicts = answers("conflict");
        let items = |way: &str| counter(&text, &format!("dashoffice_webhook_items_total{{way=\"{way}\"}}"));
        (reading.short_way, reading.by_inbox) = (items("short"), items("inbox"));
        if let Some(postgres) = &self.postgres {
            let row = sqlx::query(
                "SELECT pg_database_size(current_database()), (pg_current_wal_lsn() - '0/0')::bigint, pg_backend_pid()",
            );
            let row = row.fetch_one(postgres).await.context("cannot ask PostgreSQL for its size")?;
            reading.disk = row.get::<i64, _>(0).unsigned_abs();
            reading.written_ahead = row.get::<i64, _>(1).unsigned_abs();
            reading.postgres_cpu_s = family_time(row.get::<i32, _>(2).unsigned_abs());
        } else if let Some(data_dir) = &self.data_dir {
            reading.disk = size(data_dir);
        }
        Ok(reading)
    }

    /// Waits until the store has made no commit for a second: nothing is under way any more.
    pub async fn still(&self, within: Duration) -> Result<Reading> {
        let deadline = Instant::now() + within;
        let mut last = self.reads().await?;
        let mut since = Instant::now();
        while since.elapsed() < STILL && Instant::now() < deadline {
            sleep(BETWEEN_LOOKS).await;
            let now = self.reads().await?;
            if now.commits > last.commits {
                since = Instant::now();
            }
            last = now;
        }
        Ok(last)
    }
}

/// What was used between two readings, for so many messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub transactions: f64,
    pub commits: f64,
    pub conflicts: f64,
    pub server_cpu_s: f64,
    pub postgres_cpu_s: f64,
    pub short_way: f64,
    pub by_inbox: f64,
    pub written: f64,
    /// Bytes that the disk holds more, or that were written ahead, whichever is more.
    pub disk: f64,
}

impl Spent {
    /// Adds what happened between two readings.
    pub fn add(&mut self, before: &Reading, after: &Reading) {
        self.transactions += after.transactions - before.transactions;
        self.commits += after.commits - before.commits;
        self.conflicts += after.conflicts - before.conflicts;
        self.server_cpu_s += after.server_cpu_s - before.server_cpu_s;
        self.postgres_cpu_s += after.postgres_cpu_s - before.postgres_cpu_s;
        self.short_way += after.short_way - before.short_way;
        self.by_inbox += after.by_inbox - before.by_inbox;
        self.written += after.written.saturating_sub(before.written) as f64;
        let ahead = after.written_ahead.saturating_sub(before.written_ahead);
        self.disk += (after.disk as f64 - before.disk as f64) + ahead as f64;
    }

    /// How many of a hundred items went the short way; `None`: nobody counts.
    pub fn short_way(&self) -> Option<f64> {
        let all = self.short_way + self.by_inbox;
        (all > 0.0).then(|| 100.0 * self.short_way / all)
    }

    /// Tells it per message, beside targets where there are any.
    pub fn tell(&self, report: &mut Report, messages: usize, commits: Option<f64>, cpu_s: Option<f64>) {
        let each = 1.0 / messages.max(1) as f64;
        let cpu = (self.server_cpu_s + self.postgres_cpu_s) * each * 1e3;
        match commits {
            Some(most) => report.aims("commits per message", self.commits * each, "", Target::AtMost(most)),
            None => report.figure("commits per message", self.commits * each, ""),
        }
        report.figure("transactions per message", self.transactions * each, "");
        report.figure("conflicts", self.conflicts, "");
        if let Some(share) = self.short_way() {
            report.figure("on the short way", share, "%");
        }
        if self.written > 0.0 {
            report.figure("pages written per message", self.written * each / PAGE, "");
        }
        match cpu_s {
            Some(most) => report.aims("processor per 1,000 messages", cpu, "s", Target::AtMost(most)),
            None => report.figure("processor per 1,000 messages", cpu, "s"),
        }
        report.figure("of it PostgreSQL's", self.postgres_cpu_s * each * 1e3, "s");
        // Nothing at all: we were not told where it is.
        if self.disk != 0.0 {
            report.figure("disk per message", self.disk * each, "B");
        }
    }
}

/// A counter of Prometheus's text form; 0 where it has not been counted yet.
fn counter(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}

/// The number behind a name, in whatever unit the kernel tells it.
fn told(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Seconds of processor time, with those of children that ended if `with_ended`.
fn processor_time(process: u32, with_ended: bool) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may hold anything; the fields after it are numbered from 3.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |number: usize| fields.get(number - 3).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    let ended = if with_ended { ticks(16) + ticks(17) } else { 0.0 };
    (ticks(14) + ticks(15) + ended) / TICKS_PER_S
}

fn parent(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    Some(told(&status, "PPid:") as u32)
}

/// Seconds of processor time of the server that this backend belongs to, all of its processes together; 0 where it does not run here.
fn family_time(backend: u32) -> f64 {
    let is_postgres = |process: u32| {
        fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim().starts_with("postgres"))
    };
    let Some(head) = parent(backend).filter(|head| is_postgres(*head)) else { return 0.0 };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let children = processes.filter(|process| parent(*process) == Some(head));
    processor_time(head, true) + children.map(|child| processor_time(child, false)).sum::<f64>()
}

/// Bytes of all files below a directory, without the logs that we write ourselves.
fn size(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) if !entry.file_name().to_string_lossy().ends_with(".log") => metadata.len(),
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_read_by_its_whole_name_and_labels() {
        let text = "# TYPE a counter\na_total 12\na_total{answer=\"x\"} 3\na_total{answer=\"xy\"} 4\n";
        let read = |name: &str| counter(text, name) as u64;
        assert_eq!([read("a_total"), read("a_total{answer=\"x\"}"), read("a")], [12, 3, 0]);
    }

    #[test]
    fn our_own_process_has_memory_and_has_used_time() {
        let mut sum = 0_u64;
        let own = std::process::id();
        while processor_time(own, false) < 0.02 {
            sum = sum.wrapping_mul(31).wrapping_add(7);
        }
        assert_ne!(sum, 1);
        let status = fs::read_to_string("/proc/self/status").unwrap();
        assert!(told(&status, "VmHWM:") >= told(&status, "VmRSS:"));
        assert!(told(&status, "VmRSS:") > 500);
        assert_eq!(parent(own), Some(std::os::unix::process::parent_id()));
    }

    #[test]
    fn a_directory_is_as_large_as_its_files_without_our_logs() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("deep")).unwrap();
        fs::write(dir.path().join("a"), [0; 10]).unwrap();
        fs::write(dir.path().join("deep/b"), [0; 5]).unwrap();
        fs::write(dir.path().join("serve.log"), [0; 100]).unwrap();
        assert_eq!(size(dir.path()), 15);
    }
}
