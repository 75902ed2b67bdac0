//! The rules of E5, held against the real defaults.

use super::DEFAULTS;
use super::layers::{Origin, flattened};
use super::load::{Loaded, Problems, SECRETS, Sources, defaults, load};
use super::values::Configuration;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use toml::Table;

/// A data directory, and sources that look into it.
struct Desk {
    dir: TempDir,
    sources: Sources,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sources = Sources { data_dir: Some(dir.path().to_owned()), ..Sources::default() };
        Self { dir, sources }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn with_file(mut self, text: &str) -> Self {
        let path = self.file(&format!("{}.toml", self.sources.files.len()), text);
        self.sources.files.push(path);
        self
    }

    fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn loads(&self) -> Loaded {
        load(&self.sources).unwrap()
    }

    fn is_refused(&self) -> String {
        let Problems(problems) = load(&self.sources).unwrap_err();
        problems.join("\n")
    }
}

fn keys_of(configuration: &Configuration) -> BTreeSet<String> {
    flattened(Table::try_from(configuration).unwrap()).into_keys().collect()
}

#[test]
fn e5_every_key_stands_in_the_default_file_and_the_file_has_no_other() {
    let loaded = Desk::new().loads();
    let in_file: BTreeSet<String> = defaults().into_keys().collect();
    assert_eq!(keys_of(&loaded.configuration), in_file);
}

#[test]
fn e5_every_key_of_the_default_file_has_a_comment_of_its_own() {
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    for (above, line) in lines.iter().zip(&lines[1..]) {
        let is_key = line.contains(" = ") && !line.starts_with('#');
        assert!(!is_key || above.starts_with("# "), "no comment above: {line}");
    }
}

#[test]
fn e5_every_secret_can_come_from_a_file_of_its_own() {
    let keys = defaults();
    for secret in SECRETS {
        assert!(keys.contains_key(&format!("{secret}_file")), "{secret}");
    }
}

#[test]
fn the_defaults_are_legal_and_give_no_warning() {
    let loaded = Desk::new().loads();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    assert_eq!(loaded.configuration.server.webhook_timeout.0, Duration::from_secs(2));
    assert_eq!(loaded.configuration.kernel.idle.0, Duration::from_mins(5));
}

#[test]
fn e5_a_file_wins_over_defaults_a_later_file_over_it_and_the_environment_over_all() {
    let desk = Desk::new()
        .with_file("[kernel]\ntries = 4\nmailbox = 5\n[server]\nlisten = \"127.0.0.1:1\"")
        .with_file("[kernel]\nmailbox = 6\n[server]\nlisten = \"127.0.0.1:2\"")
        .with_environment("DASHOFFICE__SERVER__LISTEN", "127.0.0.1:3");
    let loaded = desk.loads();
    assert_eq!(loaded.configuration.kernel.tries, 4);
    assert_eq!(loaded.configuration.kernel.mailbox, 6);
    assert_eq!(loaded.configuration.server.listen.port(), 3);
    assert_eq!(loaded.configuration.kernel.command_timeout.0, Duration::from_secs(5));
    assert_eq!(loaded.origins["server.listen"], Origin::Environment);
    assert_eq!(loaded.origins["kernel.command_timeout"], Origin::Default);
}

#[test]
fn e5_what_a_command_is_given_wins_over_everything() {
    let mut desk = Desk::new().with_environment("DASHOFFICE__SERVER__LISTEN", "127.0.0.1:3");
    desk.sources.given.push(("server.listen", "127.0.0.1:4".to_owned()));
    let loaded = desk.loads();
    assert_eq!(loaded.configuration.server.listen.port(), 4);
    assert_eq!(loaded.origins["server.listen"], Origin::CommandLine);
    desk.sources.given.push(("server.listen", "nowhere".to_owned()));
    assert!(desk.is_refused().contains("command line: server.listen"));
}

#[test]
fn the_file_in_the_data_directory_is_read_unless_others_are_named() {
    let desk = Desk::new();
    desk.file("dashoffice.toml", "[kernel]\ntries = 7");
    assert_eq!(desk.loads().configuration.kernel.tries, 7);
    let desk = desk.with_file("[kernel]\nmailbox = 8");
    assert_eq!(desk.loads().configuration.kernel.tries, 3);
}

#[test]
fn the_file_in_the_data_directory_cannot_move_it() {
    let desk = Desk::new();
    desk.file("dashoffice.toml", "[data]\ndir = \"/elsewhere\"");
    assert!(desk.is_refused().contains("DASHOFFICE__DATA__DIR"));
}

#[test]
fn numbers_in_the_environment_are_read_as_numbers() {
    let desk = Desk::new().with_environment("DASHOFFICE__KERNEL__MAILBOX", "128");
    assert_eq!(desk.loads().configuration.kernel.mailbox, 128);
    let desk = Desk::new().with_environment("DASHOFFICE__KERNEL__MAILBOX", "many");
    assert!(desk.is_refused().contains("DASHOFFICE__KERNEL__MAILBOX"));
}

#[test]
fn lists_in_the_environment_are_parted_by_commas() {
    let agents = "00000000-0000-0000-0000-000000000001, 00000000-0000-0000-0000-000000000002";
    let desk = Desk::new().with_environment("DASHOFFICE__ANSWERER__AGENTS", agents);
    assert_eq!(desk.loads().configuration.answerer.agents.len(), 2);
    let desk = Desk::new().with_environment("DASHOFFICE__ANSWERER__AGENTS", "ana");
    assert!(desk.is_refused().contains("DASHOFFICE__ANSWERER__AGENTS"));
}

#[test]
fn e5_unknown_keys_are_errors_wherever_they_stand() {
    let desk = Desk::new()
        .with_file("stray = 1\n[server]\nlissten = \"x\"\n[kernel]\nper_second = 3\n[empty]\n[odd.deeper]\nkey = 1")
        .with_environment("DASHOFFICE__SERVER__PORT", "80")
        .with_environment("DASHOFFICE__LISTEN", "80")
        .with_environment("DASHOFFICE_HOME", "not ours: one underscore");
    let problems = desk.is_refused();
    for key in
        ["stray: there is no such key", "server.lissten: there is no such key", "odd.deeper: there is no such key"]
    {
        assert!(problems.contains(key), "{key} in {problems}");
    }
    assert!(problems.contains("kernel.per_second: there is no such key; did you mean delivery.per_second?"));
    assert!(problems.contains("environment: DASHOFFICE__SERVER__PORT: there is no such key"));
    assert!(problems.contains("environment: DASHOFFICE__LISTEN: there is no such key; did you mean server.listen?"));
    assert!(problems.contains("empty: there is no such section"), "{problems}");
    assert!(!problems.contains("HOME"));
}

#[test]
fn e5_all_problems_are_told_at_once() {
    let desk = Desk::new()
        .with_file("[server]\nlisten = \"nowhere\"\nbody_limit = \"4\"\n[lease]\nbeat = \"2s\"\n[kernel]\ntries = -1")
        .with_file("[log\nlevel = 3");
    let problems = desk.is_refused();
    for part in ["server.listen", "server.body_limit", "lease.beat", "kernel.tries", "1.toml: line 1"] {
        assert!(problems.contains(part), "{part} in {problems}");
    }
}

#[test]
fn values_that_cannot_be_right_are_refused() {
    for (key, value) in [
        ("SERVER__BODY_LIMIT", "1B"),
        ("SERVER__BODY_LIMIT", "1GB"),
        ("SERVER__BODY_ROOM", "1MB"),
        ("SERVER__CONNECTIONS", "0"),
        ("SERVER__WEBHOOK_TIMEOUT", "0s"),
        ("KERNEL__MAILBOX", "0"),
        ("KERNEL__TRIES", "21"),
        ("KERNEL__IDLE", "0s"),
        ("DELIVERY__PER_SECOND", "0"),
        ("DELIVERY__AT_ONCE", "0"),
        ("ANSWERER__WORDS", "nobody to say it"),
        ("LEASE__BEAT", "1500ms"),
        ("CLOUD__API_BASE", "graph.facebook.com"),
        ("LOG__LEVEL", "a=b=c"),
        ("LOG__FORMAT", "xml"),
        ("DATA__DATABASE_URL", "mysql://x"),
    ] {
        let desk = Desk::new().with_environment(&format!("DASHOFFICE__{key}"), value);
        assert!(load(&desk.sources).is_err(), "{key}={value}");
    }
}

#[test]
fn legal_but_risky_combinations_are_warned_about() {
    for (key, value, part) in [
        ("SERVER__WEBHOOK_TIMEOUT", "10s", "giv"),
        ("SERVER__SHORT_WAY", "3s", "counts as half"),
        ("SERVER__WEBHOOK_TIMEOUT", "200ms", "counts as half"),
        ("SERVER__BODY_LIMIT", "1MB", "3 MB"),
        ("CLOUD__API_BASE", "http://graph.example", "in the clear"),
        ("DELIVERY__PER_SECOND", "5000", "no provider"),
    ] {
        let loaded = Desk::new().with_environment(&format!("DASHOFFICE__{key}"), value).loads();
        assert_eq!(loaded.warnings.len(), 1, "{key}: {:?}", loaded.warnings);
        assert!(loaded.warnings[0].contains(part), "{:?}", loaded.warnings);
    }
    let simulated = Desk::new().with_environment("DASHOFFICE__CLOUD__API_BASE", "http://127.0.0.1:9000").loads();
    assert!(simulated.warnings.is_empty());
}

#[test]
fn whoever_listens_to_other_machines_is_told_of_tls_and_of_proxies_until_one_is_named() {
    let open = || Desk::new().with_environment("DASHOFFICE__SERVER__LISTEN", "0.0.0.0:80");
    let warnings = open().loads().warnings;
    assert!(warnings.len() == 2 && warnings[0].contains("TLS") && warnings[1].contains("server.trusted_proxies"));
    let named = open().with_environment("DASHOFFICE__SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8").loads();
    assert_eq!(named.warnings.len(), 1, "{:?}", named.warnings);
    let wrong = Desk::new().with_environment("DASHOFFICE__SERVER__TRUSTED_PROXIES", "10.0.0.0/33");
    let told = load(&wrong.sources).unwrap_err().to_string();
    assert!(told.contains("TRUSTED_PROXIES") && told.contains("is no network"), "{told}");
}

#[test]
fn a_secret_comes_from_its_file_and_the_stronger_source_of_the_two_wins() {
    let desk = Desk::new();
    let secret = desk.file("url", "postgres://from-file\n");
    let named = format!("[data]\ndatabase_url_file = {:?}", secret.to_str().unwrap());
    let desk = desk.with_file(&named);
    assert_eq!(desk.loads().configuration.data.database_url.reveal(), "postgres://from-file");

    let desk = desk.with_environment("DASHOFFICE__DATA__DATABASE_URL", "postgres://from-environment");
    assert_eq!(desk.loads().configuration.data.database_url.reveal(), "postgres://from-environment");
}

#[test]
fn a_secret_and_its_file_in_one_source_or_a_file_that_is_not_there_are_problems() {
    let both = Desk::new().with_file("[data]\ndatabase_url = \"postgres://x\"\ndatabase_url_file = \"/y\"");
    assert!(both.is_refused().contains("exclude each other"));
    let missing = Desk::new().with_file("[data]\ndatabase_url_file = \"/there/is/none\"");
    assert!(missing.is_refused().contains("cannot read /there/is/none"));
}

#[test]
fn e5_what_is_shown_hides_secrets_and_says_where_each_value_comes_from() {
    let desk = Desk::new()
        .with_environment("DASHOFFICE__DATA__DATABASE_URL", "postgres://me:hunter2@host/db")
        .with_environment("DASHOFFICE__KERNEL__TRIES", "5");
    let loaded = desk.loads();
    let shown = loaded.shown();
    assert!(!shown.contains("hunter2") && !format!("{loaded:?}").contains("hunter2"));
    assert!(shown.contains("database_url = \"***\"  # environment"), "{shown}");
    assert!(shown.contains("tries = 5  # environment"));
    assert!(shown.contains("mailbox = 64  # default"));
    let keys: BTreeSet<String> = flattened(shown.parse().unwrap()).into_keys().collect();
    assert_eq!(keys, keys_of(&loaded.configuration));
}

#[test]
fn a_broken_file_is_told_by_its_line_without_the_words_on_it() {
    let desk = Desk::new().with_file("[data]\ndatabase_url = \"postgres://me:hunter2@host\" extra");
    let problems = desk.is_refused();
    assert!(problems.contains("line 2") && !problems.contains("hunter2"), "{problems}");
}

#[test]
fn f6_numbers_that_cannot_be_meant_are_refused_with_their_reason() {
    for (text, reason) in [
        ("[kernel]\nmax_resident = 0", "kernel.max_resident must be from 100 to 1000000"),
        ("[retention]\ndedupe = \"6d\"", "retention.dedupe must be from 7d to 3650d: providers bring a message again"),
        ("[retention]\nraw_items = \"0s\"", "retention.raw_items must be from 1d to 3650d"),
        ("[admission]\nin_all = 10", "admission.in_all must hold what one tenant may have"),
        ("[live]\nring_events = 0", "live.ring_events and console_frames must be at least 1"),
        ("[live]\nring_size = \"1kB\"", "live.ring_size must be from 64KiB to 1GiB"),
    ] {
        let problem = Desk::new().with_file(text).is_refused();
        assert!(problem.contains(reason), "{problem}");
    }
    let warnings = Desk::new().with_file("[retention]\ncommand_results = \"2d\"").loads().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("promises its callers a week")), "{warnings:?}");
}
