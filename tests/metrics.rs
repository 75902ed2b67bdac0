//! Holds that what the code counts, what is described, and what operators read are the same metrics.

use dashoffice_adapters::cloud;
use dashoffice_api::watch::described::{ALARMS, ALL, Kind, NEWS, TASKS};
use metrics::Unit;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Our crates that are in the binary.
const CRATES: [&str; 8] = ["", "runtime", "domain", "store", "actors", "supervisors", "adapters", "api"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources is readable") {
        let path = entry.expect("an entry of it is readable").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// All that is in the binary, but for the list of what is counted and for tests.
fn code() -> String {
    let mut files = Vec::new();
    for name in CRATES {
        rust_files(&root().join(name).join("src"), &mut files);
    }
    files.retain(|file| !file.ends_with("watch/described.rs"));
    let texts = files.iter().map(|file| fs::read_to_string(file).expect("a source file is readable"));
    texts.map(|text| text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()).collect()
}

/// What stands in `text` behind each `before`, up to the next `after`.
fn between<'a>(text: &'a str, before: &str, after: char) -> BTreeSet<&'a str> {
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once(after)?.0)).collect()
}

/// Names of metrics in `text`, each between two of `quote`, with the label that is written behind it.
fn metrics_in(text: &str, quote: char) -> BTreeMap<&str, Option<&str>> {
    let quoted = text.split(quote).filter(|piece| piece.starts_with("dashoffice_"));
    let named = quoted.map(|piece| match piece.split_once('{') {
        Some((name, label)) => (name, label.split(['}', '=']).next()),
        None => (piece, None),
    });
    named.filter(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect()
}

#[test]
fn e6_every_metric_that_is_counted_is_described_and_no_other() {
    let code = code();
    let counted: BTreeSet<_> = metrics_in(&code, '"').into_keys().collect();
    let described: BTreeSet<_> = ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(counted, described, "left: in the code; right: in api/src/watch/described.rs");
    assert_eq!(described.len(), ALL.len(), "one is described twice");
    for (kind, makes) in [(Kind::Counter, "counter!("), (Kind::Gauge, "gauge!("), (Kind::Histogram, "histogram!(")] {
        for name in between(&code, &format!("{makes}\""), '"') {
            let metric = ALL.iter().find(|metric| metric.name == name);
            assert_eq!(metric.map(|metric| metric.kind), Some(kind), "{name} is made by {makes}…)");
        }
    }
}

#[test]
fn e6_every_metric_is_explained_to_operators_and_no_other() {
    let page = fs::read_to_string(root().join("docs/operations.md")).expect("there is a page for operators");
    let (_, table) = page.split_once("## Every metric").expect("it has a chapter on metrics");
    let described = ALL.iter().map(|metric| (metric.name, metric.label.map(|(label, _)| label)));
    assert_eq!(described.collect::<BTreeMap<_, _>>(), metrics_in(table, '`'), "left: described; right: in the table");
    for name in ["README.md", "docs/operations.md", "docs/architecture.md", "docs/performance.md", "docs/api-design.md"]
    {
        let text = fs::read_to_string(root().join(name)).expect("a page is readable");
        for (named, label) in metrics_in(&text, '`') {
            let metric = ALL.iter().find(|metric| metric.name == named);
            let has_label = metric.is_some_and(|metric| label.is_none() || metric.label.map(|(name, _)| name) == label);
            assert!(has_label, "{name} names {named} with the label {label:?}: there is no such metric");
        }
    }
}

#[test]
fn e6_names_of_metrics_keep_the_conventions() {
    for metric in ALL {
        let name = metric.name;
        assert_eq!(
            name.ends_with("_total"),
            metric.kind == Kind::Counter,
            "{name}: counters, and no others, end in _total"
        );
        let measured = name.trim_end_matches("_total");
        for unit in [Unit::Seconds, Unit::Bytes] {
            let is_told = measured.ends_with(&format!("_{}", unit.as_str()));
            assert_eq!(is_told, metric.unit == Some(unit), "{name}: its unit is its ending");
        }
        assert!(metric.unit.is_none_or(|unit| matches!(unit, Unit::Seconds | Unit::Bytes)), "{name}: no base unit");
        assert!(!metric.help.is_empty() && !metric.help.ends_with('.'), "{name}: {}", metric.help);
    }
    let reasons = ALL.iter().filter_map(|metric| metric.label).filter(|(label, _)| *label == "reason");
    assert_eq!(reasons.count(), 0, "a reason is called `why` everywhere");
}

#[test]
fn e6_what_a_label_may_be_is_what_the_code_calls_it() {
    let code = code();
    let mut kept = between(&code, "task::keep(\"", '"');
    // The lease's thread counts its own falls.
    kept.extend(between(&code, "\"task\" => \"", '"'));
    assert_eq!(kept, TASKS.iter().copied().collect(), "left: tasks that are kept; right: described");
    let told = between(&code, "task::keep(\"", ',').into_iter().filter_map(|name| name.strip_suffix('"'));
    let raises = |name: &&str| code.contains(&format!("task::keep(\"{name}\", Upkeep::OrRaise"));
    let raised: Vec<_> = told.filter(raises).chain(between(&code, ".raise(\"", '"')).collect();
    assert!(raised.len() > 5, "the walk finds who raises it: {raised:?}");
    for name in raised {
        assert!(ALARMS.contains(&name), "{name} may raise the fatal signal, and is not described");
    }
    assert_eq!(NEWS, cloud::NEWS, "left: described; right: what an account may be told");
}
