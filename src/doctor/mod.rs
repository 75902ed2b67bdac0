//! What is wrong with this installation, in words, with what to do about it.

mod database;
mod directory;
mod door;
mod finding;
mod graph;
mod media;
mod standing;
mod tables;
mod zones;

#[cfg(test)]
mod tests;

pub(crate) use finding::{Finding, Findings};

use crate::configuration::{Configuration, Loaded, Problems};
use crate::descriptors;
use crate::provisioning;
use crate::wiring::{Node, Running, media_dir, store_config};
use dashoffice_runtime::{Clock, SystemClock};
use dashoffice_store::examine::examine;
use std::sync::Arc;

/// The file that declares an office, where there is one.
fn office(configuration: &Configuration) -> Vec<Finding> {
    match provisioning::look(configuration) {
        Ok(_) if configuration.office_file().is_none() => Vec::new(),
        Ok(_) => vec![Finding::fine("the office's file can be read, and contradicts itself nowhere")],
        Err(Problems(problems)) => problems
            .into_iter()
            .map(|problem| Finding::problem(problem, "correct it; `config/office.example.toml` explains each key"))
            .collect(),
    }
}

/// Looks at everything; changes nothing.
pub(crate) async fn look(loaded: Result<Loaded, Problems>) -> Findings {
    let mut findings = Findings::default();
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(Problems(problems)) => {
            // What the rest would be looked for with is not known.
            findings.extend(problems.into_iter().map(|problem| {
                Finding::problem(
                    format!("configuration: {problem}"),
                    "correct this key; `config/default.toml` explains each. A server that runs goes on with what it has",
                )
            }));
            return findings;
        }
    };
    findings.add(Finding::fine("the configuration is legal"));
    findings.extend(loaded.warnings.iter().map(|warning| Finding::note(format!("configuration: {warning}"))));

    let configuration = &loaded.configuration;
    findings.extend(office(configuration));
    findings.extend(standing::look(&configuration.data.dir).await);
    findings.extend(directory::look(&configuration.data.dir));
    findings.extend(media::look(&media_dir(configuration)));
    findings.add(descriptors::look(configuration.server.connections));
    let now = SystemClock.now();
    let seen = examine(&store_config(configuration), Arc::new(|| SystemClock.now())).await;
    findings.add(graph::judge(&configuration.cloud.version, now));
    findings.add(zones::judge(dashoffice_domain::settings::hours::release(), now));
    let uses_postgres = !configuration.data.database_url.reveal().is_empty();
    findings.extend(database::judge(&seen, uses_postgres));
    if let Ok(seen) = &seen {
        match Node::lay(&Running::of(configuration.clone())) {
            Ok(node) => findings.extend(tables::judge(seen, now, &|name| node.channels.named(name).is_some())),
            Err(error) => findings.add(Finding::problem(
                format!("the channels to providers cannot be set up: {error:#}"),
                "install the system's certificates (Debian: ca-certificates)",
            )),
        }
    }
    findings.extend(door::look(configuration.server.listen));
    findings
}
