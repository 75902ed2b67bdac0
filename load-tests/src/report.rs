//! What a run says in the end: figures beside their targets for people, the same as JSON for programs.

use crate::book::{Book, Latency};
use anyhow::{Context, Result};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// One measured value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// A whole run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub scenario: String,
    /// What it was asked for, such as `rate 1000/s`.
    pub asked: Vec<String>,
    pub figures: Vec<Figure>,
    /// What must be nothing, by name.
    pub faults: Vec<(String, u64)>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

impl Report {
    pub fn new(scenario: &str) -> Self {
        Self { scenario: scenario.to_owned(), ..Self::default() }
    }

    pub fn asked(&mut self, what: impl Into<String>) {
        self.asked.push(what.into());
    }

    pub fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }

    pub fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.into(), value, unit, target: None });
    }

    pub fn aims(&mut self, name: impl Into<String>, value: f64, unit: &'static str, target: Target) {
        self.figures.push(Figure { name: name.into(), value, unit, target: Some(target) });
    }

    pub fn fault(&mut self, name: impl Into<String>, count: u64) {
        self.faults.push((name.into(), count));
    }

    /// p50, p95, p99 and the longest, without targets.
    pub fn latency(&mut self, name: &str, latency: &Latency) {
        for (share, word) in [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")] {
            self.figure(format!("{name} {word}"), latency.at(share), "ms");
        }
        self.figure(format!("{name} max"), latency.max(), "ms");
    }

    /// What was accepted and delivered of these numbers.
    pub fn traffic(&mut self, book: &Book, numbers: Range<usize>) {
        let (accepted, accepted_per_s) = book.throughput(numbers.clone(), |entry| entry.answered);
        let (delivered, delivered_per_s) = book.throughput(numbers, |entry| entry.seen);
        self.figure("messages accepted", accepted as f64, "");
        self.figure("accepted", accepted_per_s, "/s");
        self.figure("messages seen on sockets", delivered as f64, "");
        self.figure("delivered", delivered_per_s, "/s");
    }

    pub fn value(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }

    /// Whether nothing happened that must never happen. How fast it was is another question.
    pub fn is_correct(&self) -> bool {
        self.faults.iter().all(|(_, count)| *count == 0)
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut table = format!("\n{} ({})\n\n", self.scenario, self.asked.join(", "));
        for figure in &self.figures {
            let value = format!("{} {}", readable(figure.value), figure.unit);
            let _ = match figure.target {
                None => writeln!(table, "  {:<48}{value:>18}", figure.name),
                Some(target) => {
                    let (sign, bound) = match target {
                        Target::AtMost(most) => ("≤", most),
                        Target::AtLeast(least) => ("≥", least),
                    };
                    let held = if target.holds(figure.value) { "met" } else { "MISSED" };
                    let name = &figure.name;
                    writeln!(table, "  {name:<48}{value:>18}   target {sign} {:<12}{held}", readable(bound))
                }
            };
        }
        table.push('\n');
        for (name, count) in &self.faults {
            let _ = writeln!(
                table,
                "  {name:<48}{count:>12}       {}",
                if *count == 0 { "as it must be" } else { "WRONG" }
            );
        }
        for note in &self.notes {
            let _ = writeln!(table, "  ({note})");
        }
        table
    }

    /// For programs.
    pub fn writes(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).context("figures have a JSON form")?;
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Three digits that matter.
fn readable(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_told_and_a_fault_makes_the_run_wrong() {
        let mut report = Report::new("intake");
        report.asked("rate 10/s");
        report.aims("answered p50", 3.456, "ms", Target::AtMost(3.0));
        report.aims("accepted", 4_500.0, "/s", Target::AtLeast(4_000.0));
        report.fault("lost", 0);
        assert!(report.is_correct(), "slow is not wrong");
        let table = report.table();
        assert!(table.contains("3.46 ms   target ≤ 3") && table.contains("MISSED"), "{table}");
        assert!(table.contains("4500 /s   target ≥ 4000") && table.contains("met"), "{table}");
        report.fault("duplicated", 1);
        assert!(!report.is_correct());
        assert!(report.table().contains("WRONG"));
    }

    #[test]
    fn the_json_has_every_figure_and_its_target() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        let mut report = Report::new("idle");
        report.aims("resident", 12.5, "MB", Target::AtMost(30.0));
        report.fault("lost", 0);
        report.writes(&path).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!(read["figures"][0]["target"]["at_most"], 30.0);
        assert_eq!(read["faults"][0], serde_json::json!(["lost", 0]));
    }
}
