//! The page of metrics, read as strictly as a server of Prometheus may read it.

use anyhow::{Context, Result, ensure};
use dashoffice_api::watch::described::{ALL, Kind, Metric};
use openmetrics_parser::prometheus::parse_prometheus;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Whether it is legal, and shows each series that is described, with its kind and meaning, and no other.
pub(crate) fn holds(page: &str) -> Result<()> {
    let shown = shown(page).with_context(|| format!("the page of metrics cannot be read:\n{page}"))?;
    let described: BTreeSet<String> = ALL.iter().flat_map(series).collect();
    let (missing, strange) = (described.difference(&shown), shown.difference(&described));
    let (missing, strange): (Vec<_>, Vec<_>) = (missing.collect(), strange.collect());
    ensure!(missing.is_empty() && strange.is_empty(), "missing: {missing:#?}\nnot described: {strange:#?}");
    Ok(())
}

/// One line for each series of a metric.
fn series(metric: &Metric) -> Vec<String> {
    let kind = match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    let line = format!("{kind} {} ({})", metric.name, metric.help);
    match metric.label {
        None => vec![line],
        Some((label, values)) => values.iter().map(|value| format!("{line} {label}={value}")).collect(),
    }
}

fn shown(page: &str) -> Result<BTreeSet<String>> {
    let read = parse_prometheus(page).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut shown = BTreeSet::new();
    for family in read.families.values() {
        for sample in family.iter_samples() {
            let mut line = format!("{} {} ({})", family.family_type, family.family_name, family.help);
            for (label, value) in sample.get_labelset().map_err(|error| anyhow::anyhow!("{error}"))?.iter() {
                write!(line, " {label}={value}")?;
            }
            shown.insert(line);
        }
    }
    Ok(shown)
}
