//! Holds the arrows between our crates, who may name which library, and the length of files.

use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may stand on whom: (crate, crates of ours that it may name). What is not listed is forbidden.
const ARROWS: [(&str, &[&str]); 10] = [
    ("dashoffice-runtime", &[]),
    ("dashoffice-domain", &[]),
    ("dashoffice-store", &["dashoffice-runtime", "dashoffice-domain"]),
    ("dashoffice-adapters", &["dashoffice-domain"]),
    ("dashoffice-actors", &["dashoffice-runtime", "dashoffice-domain"]),
    ("dashoffice-supervisors", &["dashoffice-actors", "dashoffice-runtime", "dashoffice-domain"]),
    ("dashoffice-api", &["dashoffice-actors", "dashoffice-store", "dashoffice-runtime", "dashoffice-domain"]),
    ("dashoffice-simulated", &["dashoffice-domain"]),
    ("dashoffice-load-tests", &[]),
    (
        "dashoffice",
        &[
            "dashoffice-runtime",
            "dashoffice-domain",
            "dashoffice-store",
            "dashoffice-adapters",
            "dashoffice-actors",
            "dashoffice-supervisors",
            "dashoffice-api",
            "dashoffice-simulated",
        ],
    ),
];

/// Libraries that only some may name, and why.
const ONLY: [(&str, &[&str], &str); 10] = [
    // Load tests look at a database from outside: its size, and what a bare commit costs on this machine (decision 0005).
    ("sqlx", &["dashoffice-store", "dashoffice-load-tests"], "only the store speaks to a database"),
    ("rusqlite", &["dashoffice-store", "dashoffice-load-tests"], "only the store speaks to a database"),
    (
        "ractor",
        &["dashoffice-runtime", "dashoffice-actors", "dashoffice-supervisors"],
        "only what lives in the tree knows what it is made of",
    ),
    // Load tests play the provider, and a floor of the same make as the api to be compared with (decision 0005).
    (
        "axum",
        &["dashoffice-api", "dashoffice-simulated", "dashoffice-load-tests"],
        "only the api and the simulated provider answer HTTP",
    ),
    ("hyper", &["dashoffice-api", "dashoffice-simulated"], "only the api and the simulated provider answer HTTP"),
    (
        "reqwest",
        &["dashoffice-adapters", "dashoffice-simulated", "dashoffice-load-tests"],
        "only adapters, the simulated provider and load tests ask others",
    ),
    ("redis", &["dashoffice-adapters", "dashoffice-store"], "everybody else works without it"),
    ("clap", &["dashoffice", "dashoffice-load-tests"], "only a binary has a command line"),
    ("rust-embed", &["dashoffice"], "a new console is a reason to compile the binary and nothing else"),
    ("mimalloc", &["dashoffice"], "only a binary chooses an allocator"),
];

/// Business areas, the same on every floor that has a folder of theirs, and which others each may name. What is not listed is forbidden:
/// `conversation` and `routing` name none that hangs on them.
const MODULES: [(&str, &[&str]); 5] = [
    ("conversation", &["channel", "identity", "routing"]),
    ("routing", &["conversation", "identity"]),
    ("channel", &["conversation", "identity"]),
    ("settings", &["identity"]),
    ("identity", &["conversation"]),
];
/// Where modules have a folder each, and how one names another there.
const FLOORS: [(&str, &str); 1] = [("domain/src", "crate::")];

/// What pure rules must not be able to reach.
const NOT_IN_DOMAIN: [&str; 4] = ["tokio", "rand", "futures-util", "tracing"];

/// Past this a file holds a second story.
const LONGEST_FILE: usize = 400;
/// Tests of one subject read well together for longer.
const LONGEST_TEST: usize = 500;

/// A crate of the workspace with the crates it needs to be built; what its tests need is left out (F7).
struct Member {
    name: String,
    needs: Vec<String>,
}

/// One sentence for each broken rule.
fn broken_rules(members: &[Member]) -> Vec<String> {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut broken = Vec::new();
    for Member { name, needs } in members {
        let Some(allowed) = arrows.get(name.as_str()) else {
            broken.push(format!("{name} is new: say in tests/architecture.rs what it may stand on"));
            continue;
        };
        for needed in needs {
            if arrows.contains_key(needed.as_str()) && !allowed.contains(&needed.as_str()) {
                broken.push(format!("{name} must not depend on {needed}: this arrow is not in the picture"));
            }
            for (library, users, why) in ONLY {
                if needed == library && !users.contains(&name.as_str()) {
                    broken.push(format!("{name} must not name {library}: {why}"));
                }
            }
            if name == "dashoffice-domain" && NOT_IN_DOMAIN.contains(&needed.as_str()) {
                broken.push(format!(
                    "{name} must not name {needed}: rules decide without clock, chance, input or output"
                ));
            }
        }
    }
    broken
}

fn workspace() -> Vec<Member> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo describes this workspace");
    let members = metadata.packages.into_iter().map(|package| Member {
        name: package.name.to_string(),
        needs: package
            .dependencies
            .into_iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name)
            .collect(),
    });
    members.collect()
}

#[test]
fn no_crate_stands_on_one_it_must_not_know() {
    let members = workspace();
    assert_eq!(members.len(), ARROWS.len(), "every crate of the picture is in the workspace");
    let broken = broken_rules(&members);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_forbidden_arrow_or_library_is_told_in_a_sentence() {
    let member = |name: &str, needs: &[&str]| Member {
        name: name.to_owned(),
        needs: needs.iter().map(ToString::to_string).collect(),
    };
    let graph = [
        member("dashoffice-adapters", &["dashoffice-domain", "dashoffice-store", "reqwest", "axum"]),
        member("dashoffice-api", &["dashoffice-store", "axum", "sqlx"]),
        member("dashoffice-domain", &["serde", "tokio"]),
        member("dashoffice-load-tests", &["dashoffice-runtime", "ractor"]),
        member("dashoffice-mail", &[]),
    ];
    let expected = [
        "dashoffice-adapters must not depend on dashoffice-store",
        "dashoffice-adapters must not name axum",
        "dashoffice-api must not name sqlx",
        "dashoffice-domain must not name tokio",
        "dashoffice-load-tests must not depend on dashoffice-runtime",
        "dashoffice-load-tests must not name ractor",
        "dashoffice-mail is new",
    ];
    let broken = broken_rules(&graph);
    assert_eq!(broken.len(), expected.len(), "{broken:#?}");
    for (sentence, start) in broken.iter().zip(expected) {
        assert!(sentence.starts_with(start), "{sentence}");
    }
}

/// Features that are for tests alone: what they switch on must not be in a binary that anybody runs.
const FOR_TESTS: [&str; 1] = ["fail-points"];

/// One sentence for each crate that asks for such a feature otherwise than for its own tests.
fn asked_for_in_earnest(packages: &[Package]) -> Vec<String> {
    let mut broken = Vec::new();
    for package in packages {
        for dependency in package.dependencies.iter().filter(|one| one.kind != DependencyKind::Development) {
            for feature in dependency.features.iter().filter(|feature| FOR_TESTS.contains(&feature.as_str())) {
                broken.push(format!("{} asks {} for {feature}: tests alone may", package.name, dependency.name));
            }
        }
        for (feature, others) in &package.features {
            let leads_to = |other: &String| FOR_TESTS.iter().any(|ours| other.ends_with(ours));
            if others.iter().any(leads_to) {
                broken.push(format!("the feature {feature} of {} leads to one that is for tests alone", package.name));
            }
        }
    }
    broken
}

#[test]
fn what_makes_actors_fall_is_in_no_binary_that_anybody_runs() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo describes this workspace");
    let there = |package: &Package| FOR_TESTS.iter().any(|ours| package.features.contains_key(*ours));
    assert!(metadata.packages.iter().any(there), "the feature is called otherwise by now");
    let broken = asked_for_in_earnest(&metadata.packages);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let binary =
        metadata.packages.iter().find(|package| package.name.as_str() == "dashoffice").expect("the binary is here");
    let asks = |dependency: &Dependency| dependency.features.iter().any(|one| FOR_TESTS.contains(&one.as_str()));
    assert!(!binary.dependencies.iter().any(asks), "its own tests drill the binary that everybody runs");
}

/// Our own source files below `folder`; what is built or fetched is left out.
fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace is readable") {
        let path = entry.expect("an entry of the workspace is readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "dist", "data", "generated"].contains(&name) {
                source_files(&path, found);
            }
        } else if path
            .extension()
            .is_some_and(|kind| ["rs", "ts", "tsx", "sql", "c", "css", "mjs"].iter().any(|ours| kind == *ours))
        {
            found.push(path);
        }
    }
}

#[test]
fn no_file_is_longer_than_one_story() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    source_files(root, &mut files);
    assert!(files.iter().any(|file| file.ends_with("src/main.rs")), "the walk finds our files");
    let mut long: Vec<_> = files
        .into_iter()
        .filter_map(|file| {
            let lines = fs::read_to_string(&file).ok()?.lines().count();
            let is_test = file.iter().any(|part| ["tests", "tests.rs", "mock"].iter().any(|name| part == *name));
            (lines > if is_test { LONGEST_TEST } else { LONGEST_FILE })
                .then(|| format!("{lines} {}", file.strip_prefix(root).unwrap_or(&file).display()))
        })
        .collect();
    long.sort();
    assert!(
        long.is_empty(),
        "files past {LONGEST_FILE} lines (tests: {LONGEST_TEST}); look for the second story in them:\n{}",
        long.join("\n")
    );
}

/// Modules that `text` names on a floor where `of` leads to them.
fn modules_in(text: &str, of: &str) -> BTreeSet<&'static str> {
    let names = |module: &str| {
        text.split(of).skip(1).any(|rest| {
            rest.strip_prefix(module).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    MODULES.iter().map(|(module, _)| *module).filter(|module| names(module)).collect()
}

#[test]
fn no_module_names_one_that_hangs_on_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for ((floor, of), (module, allowed)) in FLOORS.iter().flat_map(|floor| MODULES.iter().map(move |one| (floor, one)))
    {
        let mut files = Vec::new();
        source_files(&root.join(floor).join(module), &mut files);
        assert!(!files.is_empty(), "{floor}/{module} is there");
        for file in files {
            let text = fs::read_to_string(&file).expect("a source file is readable");
            let named = modules_in(&text, of).into_iter().filter(|named| named != module && !allowed.contains(named));
            broken.extend(named.map(|named| format!("{} names {named}", file.display())));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let text = "use crate::routing::Agent; use crate::channels; let conversation = crate::conversation::X;";
    assert_eq!(modules_in(text, "crate::"), BTreeSet::from(["conversation", "routing"]));
}
