//! The binary from outside: what it prints, and how it ends.

use std::fs;
use std::process::{Command, Output};

fn dashoffice(data_dir: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dashoffice"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the binary prints UTF-8")
}

#[test]
fn e5_config_check_says_that_it_is_legal_and_what_is_risky() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("dashoffice.toml"), "[server]\nlisten = \"0.0.0.0:8080\"").unwrap();
    let output = dashoffice(dir.path(), &["config", "check"]);
    assert!(output.status.success());
    let said = text(&output.stdout);
    assert!(said.contains("warning: server.listen") && said.ends_with("the configuration is legal\n"), "{said}");
}

#[test]
fn e5_an_illegal_configuration_ends_every_command_with_all_its_problems() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("dashoffice.toml"), "[server]\nlisten = 5\nlisening = \"x\"").unwrap();
    for look in ["check", "show"] {
        let output = dashoffice(dir.path(), &["config", look]);
        assert!(!output.status.success() && output.stdout.is_empty());
        let said = text(&output.stderr);
        assert!(said.contains("server.listen:") && said.contains("server.lisening: there is no such key"), "{said}");
    }
}

#[test]
fn e5_config_show_is_a_configuration_that_config_check_takes() {
    let dir = tempfile::tempdir().unwrap();
    let shown = dashoffice(dir.path(), &["config", "show"]);
    assert!(shown.status.success());
    let file = dir.path().join("shown.toml");
    fs::write(&file, &shown.stdout).unwrap();
    let checked = dashoffice(dir.path(), &["--config", file.to_str().unwrap(), "config", "check"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn a_projection_is_made_anew_by_its_name_where_no_server_runs() {
    let dir = tempfile::tempdir().unwrap();
    let known = dashoffice(dir.path(), &["projection", "rebuild", "audit"]);
    assert!(known.status.success(), "{}", text(&known.stderr));
    assert_eq!(text(&known.stdout), "audit is made anew, for 0 tenants\n");
    let unknown = dashoffice(dir.path(), &["projection", "rebuild", "weather"]);
    let said = text(&unknown.stderr);
    assert!(!unknown.status.success() && said.contains("no projection is called weather; there are: audit"), "{said}");
}

#[test]
fn c2_migrate_run_twice_brings_the_tables_up_to_date_and_then_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    for _ in 0..2 {
        let migrated = dashoffice(dir.path(), &["migrate"]);
        assert!(migrated.status.success(), "{}", text(&migrated.stderr));
        assert_eq!(text(&migrated.stdout), "the tables are up to date\n");
        let looked = dashoffice(dir.path(), &["doctor"]);
        let of_tables = |line: &&str| line.contains("table") || line.contains("migration");
        told.push(text(&looked.stdout).lines().filter(of_tables).map(str::to_owned).collect::<Vec<_>>());
    }
    assert!(!told[0].is_empty() && told[0].iter().all(|line| !line.contains("PROBLEM")), "{told:?}");
    assert_eq!(told[0], told[1]);
}
