//! What of a configuration may be taken over while everything runs, and what waits for the next start.

use super::checks;
use super::layers::flattened;
use super::load::{Loaded, Problems};
use super::values::{Configuration, Kernel, Log, Server};
use toml::Table;

/// What a configuration that was read again changes.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What is to run from now on: the new values of those keys that may change, the old ones of all others.
    pub(crate) runs: Configuration,
    /// Keys whose new value is taken.
    pub(crate) taken: Vec<String>,
    /// Keys whose new value takes effect at the next start.
    pub(crate) waiting: Vec<String>,
}

impl Change {
    /// From what runs to what was read.
    ///
    /// # Errors
    /// What can be taken now does not go together with what must wait.
    pub(crate) fn between(running: &Configuration, read: &Loaded) -> Result<Self, Problems> {
        let runs = taken_over(running, &read.configuration);
        let problems = checks::problems(&runs);
        if !problems.is_empty() {
            let told = |problem| format!("{problem} (together with what takes effect at the next start)");
            return Err(Problems(problems.into_iter().map(told).collect()));
        }
        let (taken, waiting) = (differing(running, &runs), differing(&runs, &read.configuration));
        Ok(Self { runs, taken, waiting })
    }
}

/// `read`, with those keys as they run that are only read at a start.
fn taken_over(running: &Configuration, read: &Configuration) -> Configuration {
    let Configuration { server, kernel, log, .. } = read.clone();
    Configuration {
        server: Server {
            webhook_timeout: server.webhook_timeout,
            short_way: server.short_way,
            body_limit: server.body_limit,
            body_timeout: server.body_timeout,
            trusted_proxies: server.trusted_proxies,
            ..running.server.clone()
        },
        data: running.data.clone(),
        kernel: Kernel { crash_tries: running.kernel.crash_tries, ..kernel },
        lease: running.lease.clone(),
        cloud: running.cloud.clone(),
        log: Log { level: log.level, format: running.log.format },
        ..read.clone()
    }
}

/// Keys whose values differ, secrets among them, by name alone.
fn differing(one: &Configuration, other: &Configuration) -> Vec<String> {
    let values = |of| flattened(Table::try_from(of).expect("every value has a TOML form"));
    let (left, right) = (values(one), values(other));
    let shown = left.iter().filter(|(key, value)| right.get(*key) != Some(*value)).map(|(key, _)| key.clone());
    // Hidden values all look alike.
    let hidden = (one.data.database_url != other.data.database_url).then(|| "data.database_url".to_owned());
    let mut keys: Vec<String> = shown.chain(hidden).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULTS, Sources, load};
    use super::*;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    fn loaded(environment: &[(&str, &str)]) -> Loaded {
        let own = |(name, value): &(&str, &str)| (format!("DASHOFFICE__{name}"), (*value).to_owned());
        let environment = environment.iter().map(own).collect();
        load(&Sources { environment, data_dir: Some(PathBuf::from("/nowhere")), ..Sources::default() }).unwrap()
    }

    /// Another legal value for each key, and what must be set beside it.
    const OTHERS: &[(&str, &str)] = &[
        ("server.listen", "127.0.0.1:1"),
        ("server.webhook_timeout", "3s"),
        ("server.short_way", "20ms"),
        ("server.body_limit", "5MB"),
        ("server.body_room", "65MB"),
        ("server.header_timeout", "11s"),
        ("server.body_timeout", "11s"),
        ("server.connections", "7"),
        ("server.drain_timeout", "21s"),
        ("server.trusted_proxies", "10.0.0.0/8"),
        ("server.metrics", "false"),
        ("data.dir", "/elsewhere"),
        ("data.database_url", "postgres://somewhere/else"),
        ("data.database_url_file", "/dev/null"),
        ("kernel.mailbox", "65"),
        ("kernel.tries", "4"),
        ("kernel.crash_tries", "7"),
        ("kernel.command_timeout", "6s"),
        ("kernel.idle", "6m"),
        ("kernel.quarantine", "2m"),
        ("kernel.max_resident", "10001"),
        ("retention.dedupe", "10d"),
        ("retention.command_results", "8d"),
        ("retention.raw_items", "31d"),
        ("retention.early_statuses", "10d"),
        ("admission.oldest", "31s"),
        ("admission.per_tenant", "50001"),
        ("admission.in_all", "200001"),
        ("live.ring_events", "20001"),
        ("live.ring_size", "17MiB"),
        ("live.console_frames", "1025"),
        ("live.console_size", "5MiB"),
        ("delivery.post_timeout", "21s"),
        ("delivery.per_second", "81"),
        ("delivery.at_once", "65"),
        ("delivery.unknown_holds", "31s"),
        ("delivery.gives_up_after", "25h"),
        ("delivery.read_marks", "false"),
        ("media.at_once", "5"),
        ("media.tries", "6"),
        ("media.fetch_timeout", "11m"),
        ("media.stall_timeout", "31s"),
        ("media.image", "6MB"),
        ("media.audio", "17MB"),
        ("media.video", "17MB"),
        ("media.document", "101MB"),
        ("media.sticker", "501kB"),
        ("answerer.agents", "00000000-0000-0000-0000-000000000001"),
        ("answerer.words", "hello"),
        ("lease.ttl", "3s"),
        ("lease.beat", "501ms"),
        ("cloud.api_base", "https://example.com"),
        ("cloud.version", "v1.0"),
        ("log.level", "debug"),
        ("log.format", "json"),
        ("provisioning.file", "office.toml"),
    ];

    /// The mark above each key of the default file: whether it is reloaded at run time.
    fn marks() -> BTreeMap<String, bool> {
        let (mut section, mut above, mut marks) = (String::new(), String::new(), BTreeMap::new());
        for line in DEFAULTS.lines() {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_owned();
            } else if line.starts_with('#') {
                above = line.to_owned();
            } else if let Some((key, _)) = line.split_once(" = ") {
                let mark = match (above.ends_with("[at run time]"), above.ends_with("[at the next start]")) {
                    (true, false) => true,
                    (false, true) => false,
                    _ => panic!("{section}.{key} says neither or both of [at run time] and [at the next start]"),
                };
                marks.insert(format!("{section}.{key}"), mark);
            }
        }
        marks
    }

    #[test]
    fn e5_each_key_is_taken_at_run_time_or_at_the_next_start_and_the_default_file_says_truly_which() {
        let before = loaded(&[("ANSWERER__AGENTS", "00000000-0000-0000-0000-000000000002")]);
        let mut told = BTreeMap::new();
        for (key, value) in OTHERS {
            let name = key.replace('.', "__").to_ascii_uppercase();
            // There already in both, so that only one key differs.
            let mut changed = vec![("ANSWERER__AGENTS", "00000000-0000-0000-0000-000000000002")];
            changed.retain(|(known, _)| *known != name);
            changed.push((&name, value));
            let mut read = loaded(&changed);
            if *key == "data.dir" {
                read.configuration.data.dir = PathBuf::from(value);
            }
            let change = Change::between(&before.configuration, &read).unwrap();
            match (change.taken.as_slice(), change.waiting.as_slice()) {
                ([taken], []) if taken == key => told.insert((*key).to_owned(), true),
                ([], [waiting]) if waiting == key => told.insert((*key).to_owned(), false),
                other => panic!("{key}: {other:?}"),
            };
        }
        assert_eq!(told, marks());
    }

    #[test]
    fn e5_what_waits_for_the_next_start_is_named_and_the_others_are_taken() {
        let before = loaded(&[]).configuration;
        let read = loaded(&[("SERVER__LISTEN", "127.0.0.1:9"), ("DELIVERY__PER_SECOND", "7"), ("LEASE__TTL", "4s")]);
        let change = Change::between(&before, &read).unwrap();
        assert_eq!(change.taken, ["delivery.per_second"]);
        assert_eq!(change.waiting, ["lease.ttl", "server.listen"]);
        assert_eq!((change.runs.delivery.per_second, change.runs.server.listen), (7, before.server.listen));
        let again = Change::between(&change.runs, &read).unwrap();
        assert!(again.taken.is_empty());
    }

    #[test]
    fn e5_a_secret_that_changed_is_named_and_never_told() {
        let before = loaded(&[("DATA__DATABASE_URL", "postgres://me:old@host/db")]).configuration;
        let read = loaded(&[("DATA__DATABASE_URL", "postgres://me:hunter2@host/db")]);
        let change = Change::between(&before, &read).unwrap();
        assert_eq!(change.waiting, ["data.database_url"]);
        assert!(!format!("{change:?}").contains("hunter2"));
    }

    #[test]
    fn e5_what_does_not_go_together_with_what_runs_is_not_taken() {
        let before = loaded(&[("SERVER__BODY_LIMIT", "1MB"), ("SERVER__BODY_ROOM", "2MB")]).configuration;
        let read = loaded(&[("SERVER__BODY_LIMIT", "5MB"), ("SERVER__BODY_ROOM", "9MB")]);
        let Problems(problems) = Change::between(&before, &read).unwrap_err();
        assert!(problems[0].contains("server.body_room") && problems[0].contains("next start"), "{problems:?}");
    }
}
