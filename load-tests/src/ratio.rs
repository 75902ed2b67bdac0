//! Two builds that ran by turns: the ratio of each figure, beside the ratio of the same build to itself.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A report of a run, as far as it is compared; see [`crate::report::Report`].
#[derive(Debug, Deserialize)]
struct Ran {
    figures: Vec<Figure>,
    faults: Vec<(String, u64)>,
}

#[derive(Debug, Deserialize)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
}

/// Every run of one scenario on one store, by build, in the order in which they ran.
#[derive(Debug, Default)]
struct Runs {
    old: Vec<Ran>,
    new: Vec<Ran>,
}

/// What became of one figure.
#[derive(Debug, PartialEq)]
struct Ratio {
    name: String,
    unit: String,
    old: f64,
    new: f64,
    /// The least and the most that halves of one build's runs differ by: what a ratio must leave to mean something.
    noise: (f64, f64),
}

impl Ratio {
    fn ratio(&self) -> f64 {
        self.new / self.old
    }

    /// Whether the builds differ by more than one of them differs from itself.
    fn is_beyond_noise(&self) -> bool {
        !(self.noise.0..=self.noise.1).contains(&self.ratio())
    }
}

/// Reads `directory/*/{old,new}-N.json` and tells the ratios of each of its folders as a table; and whether every run was right.
///
/// # Errors
/// Where a file cannot be read, or a folder holds runs of one build only.
pub fn table(directory: &Path) -> Result<(String, bool)> {
    let mut text = String::new();
    let mut is_correct = true;
    for folder in entries(directory)? {
        let path = directory.join(&folder);
        if !path.is_dir() {
            continue;
        }
        let runs = read(&path)?;
        ensure!(!runs.old.is_empty() && !runs.new.is_empty(), "{} has no runs of both builds", path.display());
        let _ = writeln!(
            text,
            "\n{folder} ({} runs of the old build, {} of the new one)\n",
            runs.old.len(),
            runs.new.len()
        );
        let _ = writeln!(text, "  {:<48}{:>12}{:>12}{:>9}   same build against itself", "", "old", "new", "ratio");
        for ratio in ratios(&runs) {
            let mark = if ratio.is_beyond_noise() { "*" } else { " " };
            let name =
                if ratio.unit.is_empty() { ratio.name.clone() } else { format!("{} ({})", ratio.name, ratio.unit) };
            let _ = writeln!(
                text,
                "  {name:<48}{:>12.3}{:>12.3}{:>9.3} {mark} {:.3} to {:.3}",
                ratio.old,
                ratio.new,
                ratio.ratio(),
                ratio.noise.0,
                ratio.noise.1
            );
        }
        for (build, faults) in [("old", faults(&runs.old)), ("new", faults(&runs.new))] {
            for (name, count) in faults {
                is_correct = false;
                let _ = writeln!(text, "  {build}: {name}: {count}   WRONG");
            }
        }
    }
    text.push_str("\n  (medians; * is a ratio beyond what the same build shows against itself)\n");
    Ok((text, is_correct))
}

fn entries(directory: &Path) -> Result<BTreeSet<String>> {
    let read = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    Ok(read.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

fn read(folder: &Path) -> Result<Runs> {
    let mut runs = Runs::default();
    for name in entries(folder)? {
        let Some(stem) = name.strip_suffix(".json") else { continue };
        let build = match stem.split_once('-') {
            Some(("old", _)) => &mut runs.old,
            Some(("new", _)) => &mut runs.new,
            _ => continue,
        };
        let path = folder.join(&name);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        build.push(serde_json::from_slice(&bytes).with_context(|| format!("{} is no report", path.display()))?);
    }
    Ok(runs)
}

/// In the order of the report; a figure that is nothing in one build has no ratio.
fn ratios(runs: &Runs) -> Vec<Ratio> {
    let Some(first) = runs.new.first() else { return Vec::new() };
    first
        .figures
        .iter()
        .filter_map(|figure| {
            let values = |ran: &[Ran]| -> Vec<f64> {
                ran.iter()
                    .filter_map(|ran| ran.figures.iter().find(|f| f.name == figure.name))
                    .map(|f| f.value)
                    .collect()
            };
            let (old, new) = (values(&runs.old), values(&runs.new));
            let ratio = Ratio {
                name: figure.name.clone(),
                unit: figure.unit.clone(),
                old: median(&old)?,
                new: median(&new)?,
                noise: noise([&old, &new]),
            };
            (ratio.old > 0.0 && ratio.new > 0.0).then_some(ratio)
        })
        .collect()
}

/// The least and the most ratio of the medians of two halves of one build's runs, over every way to halve them.
fn noise(builds: [&[f64]; 2]) -> (f64, f64) {
    let mut range = (1.0_f64, 1.0_f64);
    for values in builds {
        for mask in 0_u32..1 << values.len().min(16) {
            let (one, other): (Vec<_>, Vec<_>) = values.iter().enumerate().partition(|(at, _)| mask >> at & 1 == 1);
            if one.len() != values.len() / 2 {
                continue;
            }
            let half =
                |half: Vec<(usize, &f64)>| median(&half.into_iter().map(|(_, value)| *value).collect::<Vec<_>>());
            let (Some(one), Some(other)) = (half(one), half(other)) else { continue };
            if one > 0.0 && other > 0.0 {
                let ratio = one / other;
                range = (range.0.min(ratio).min(1.0 / ratio), range.1.max(ratio).max(1.0 / ratio));
            }
        }
    }
    range
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[sorted.len() / 2 - 1], upper) })
}

fn faults(runs: &[Ran]) -> BTreeMap<&str, u64> {
    let mut sums = BTreeMap::new();
    for (name, count) in runs.iter().flat_map(|ran| &ran.faults).filter(|(_, count)| *count > 0) {
        *sums.entry(name.as_str()).or_default() += count;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    fn keeps(folder: &Path, file: &str, p50: f64, lost: u64) {
        let mut report = Report::new("intake");
        report.figure("answered p50", p50, "ms");
        report.figure("conflicts", 0.0, "");
        report.fault("lost", lost);
        fs::create_dir_all(folder).unwrap();
        report.writes(&folder.join(file)).unwrap();
    }

    #[test]
    fn a_figure_is_told_as_the_ratio_of_medians_beside_the_noise_of_each_build() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("sqlite-paced");
        for (turn, (old, new)) in [(2.0, 1.0), (2.2, 1.1), (1.8, 5.0), (2.0, 1.0)].into_iter().enumerate() {
            keeps(&folder, &format!("old-{turn}.json"), old, 0);
            keeps(&folder, &format!("new-{turn}.json"), new, 0);
        }
        let ratios = ratios(&read(&folder).unwrap());
        assert_eq!(ratios.len(), 1, "what is nothing has no ratio");
        assert_eq!((ratios[0].old, ratios[0].new), (2.0, 1.05));
        // The new build's own halves: {1, 1} and {1.1, 5}.
        assert!((ratios[0].noise.1 - 3.05).abs() < 1e-9 && (ratios[0].noise.0 - 1.0 / 3.05).abs() < 1e-9);
        assert!(
            !ratios[0].is_beyond_noise(),
            "half as much is nothing beside a build that differs threefold from itself"
        );
        let (table, is_correct) = table(dir.path()).unwrap();
        assert!(is_correct);
        assert!(
            table.contains("sqlite-paced") && table.contains("answered p50 (ms)") && table.contains("0.525"),
            "{table}"
        );
    }

    #[test]
    fn steady_builds_that_differ_are_marked_and_a_fault_of_either_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("postgres-most");
        for turn in 0..4 {
            keeps(&folder, &format!("old-{turn}.json"), 2.0, 0);
            keeps(&folder, &format!("new-{turn}.json"), 2.2, u64::from(turn == 3));
        }
        let (table, is_correct) = table(dir.path()).unwrap();
        assert!(table.contains("1.100 *"), "{table}");
        assert!(!is_correct && table.contains("new: lost: 1   WRONG"), "{table}");
    }

    #[test]
    fn runs_of_one_build_alone_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        keeps(&dir.path().join("sqlite-paced"), "old-0.json", 1.0, 0);
        assert!(table(dir.path()).is_err());
    }
}
