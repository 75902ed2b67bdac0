//! Each check with something that is wrong, and something that is not.

use super::{Finding, Findings, database, directory, door, look, media, standing, tables};
use crate::configuration::{Problems, Sources, load};
use crate::reloading::ConfigurationState;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::NumberId;
use dashoffice_store::examine::{Counts, Engine, Examination, Holder, LineSeen, Tables, Unseen, examine};
use dashoffice_store::{Config, Store};
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

const NOW: i64 = 1_800_000_000_000_000;
const CURRENT: Tables = Tables { version: 5, known_version: 5, min_reader: 1, reader: 1 };

fn problems(findings: &[Finding]) -> Vec<String> {
    findings.iter().filter(|finding| finding.is_problem()).map(ToString::to_string).collect()
}

fn is_one_problem(findings: &[Finding], part: &str) {
    let problems = problems(findings);
    assert!(problems.len() == 1 && problems[0].contains(part) && problems[0].contains('→'), "{part}: {findings:?}");
}

fn is_well(findings: &[Finding]) {
    assert!(!findings.is_empty() && problems(findings).is_empty(), "{findings:?}");
}

#[expect(clippy::unnecessary_wraps, reason = "as the doctor is told it")]
fn on(engine: Engine) -> Result<Examination, Unseen> {
    Ok(Examination { engine, tables: None, counts: None })
}

fn holding(counts: Counts) -> Examination {
    let engine = Engine::Sqlite { in_use: false, complaints: Some(Vec::new()) };
    Examination { engine, tables: Some(CURRENT), counts: Some(counts) }
}

fn sqlite(dir: &Path) -> Config {
    Config::Sqlite { data_dir: dir.to_owned() }
}

async fn opened(dir: &Path) -> Store {
    Store::open(sqlite(dir), Uuid::from_u128(1), Arc::new(|| NOW)).await.unwrap()
}

async fn examined(dir: &Path) -> Result<Examination, Unseen> {
    examine(&sqlite(dir), Arc::new(|| NOW)).await
}

#[tokio::test]
async fn an_illegal_configuration_is_told_whole() {
    let findings = look(Err(Problems(vec!["server.listen: no".to_owned(), "log.level: no".to_owned()]))).await;
    assert_eq!(findings.problems(), 2);
    assert!(findings.to_string().contains("server.listen") && findings.to_string().ends_with("2 problems\n"));
}

#[test]
fn e5_a_file_that_is_not_what_runs_is_a_problem_and_what_waits_for_the_next_start_is_none() {
    is_well(&standing::judge(&ConfigurationState::default()));
    let waits = ConfigurationState { waiting: vec!["server.listen".to_owned()], ..ConfigurationState::default() };
    let findings = standing::judge(&waits);
    assert!(findings[0].to_string().contains("at the next start: server.listen"), "{findings:?}");
    is_well(&findings);
    let refused = ConfigurationState { refused: vec!["dashoffice.toml: kernel.tries: no".to_owned()], ..waits };
    is_one_problem(&standing::judge(&refused), "kernel.tries: no");
}

#[tokio::test]
async fn what_is_risky_about_the_configuration_is_told_and_is_no_problem() {
    let dir = tempfile::tempdir().unwrap();
    let given = [("SERVER__WEBHOOK_TIMEOUT", "9s"), ("SERVER__LISTEN", "127.0.0.1:0")];
    let environment = given.map(|(name, value)| (format!("DASHOFFICE__{name}"), value.to_owned())).into();
    let data_dir = Some(dir.path().join("data"));
    let findings = look(load(&Sources { data_dir, environment, ..Sources::default() })).await;
    let told = findings.to_string();
    assert!(told.contains("note     configuration: server.webhook_timeout"), "{told}");
    assert!(told.ends_with("nothing is wrong\n"), "{told}");
}

#[test]
fn a_data_directory_that_others_may_enter_is_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
    let mut open = directory::look(dir.path());
    open.retain(|finding| !finding.to_string().contains("disk"));
    is_well(&open);
    fs::write(dir.path().join("dashoffice.db"), "").unwrap();
    fs::set_permissions(dir.path().join("dashoffice.db"), Permissions::from_mode(0o640)).unwrap();
    assert!(problems(&directory::look(dir.path()))[0].contains("dashoffice.db is open to other users (mode 640)"));
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    assert!(problems(&directory::look(dir.path()))[0].contains("mode 755"));
}

#[test]
fn a_data_directory_of_somebody_else_is_a_problem() {
    is_one_problem(&[directory::owned_by(Path::new("/data"), 10, 11)], "belongs to user 10");
    is_well(&[directory::owned_by(Path::new("/data"), 11, 11)]);
}

#[test]
fn a_data_directory_that_is_a_file_is_a_problem_and_one_that_is_not_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    is_one_problem(&directory::look(&file), "is no directory");
    is_well(&directory::look(&dir.path().join("later")));
}

#[test]
fn a_disk_that_is_nearly_full_is_a_problem() {
    is_one_problem(&[directory::room(400_000_000)], "400 MB");
    assert!(matches!(directory::room(1_500_000_000), Finding::Note(_)));
    assert!(matches!(directory::room(50_000_000_000), Finding::Fine(_)));
}

#[tokio::test]
async fn a_sqlite_database_is_found_absent_whole_or_in_use() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(examined(dir.path()).await, Err(Unseen::NotThere)));
    is_well(&database::judge(&examined(dir.path()).await, false));

    let store = opened(dir.path()).await;
    let seen = examined(dir.path()).await.unwrap();
    assert_eq!(seen.engine, Engine::Sqlite { in_use: true, complaints: None });
    assert!(seen.tables.is_some_and(|tables| tables.is_current() && tables.is_understood()));
    store.close().await;

    let seen = examined(dir.path()).await.unwrap();
    assert_eq!(seen.engine, Engine::Sqlite { in_use: false, complaints: Some(Vec::new()) });
    assert_eq!(seen.counts, Some(Counts::default()));
    is_well(&database::judge(&Ok(seen), false));
    // Looking has left nothing behind that would keep a server out.
    opened(dir.path()).await.close().await;
}

#[tokio::test]
async fn a_damaged_sqlite_database_is_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    opened(dir.path()).await.close().await;
    let file = dir.path().join("dashoffice.db");
    let mut bytes = fs::read(&file).unwrap();
    // From the third page on: the schema is still read, the tables are not.
    bytes[8_192..].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    is_one_problem(&database::judge(&examined(dir.path()).await, false), "database");
    fs::write(&file, "not a database at all, only some words that happen to lie here").unwrap();
    is_one_problem(&database::judge(&examined(dir.path()).await, false), "cannot be read");
}

#[tokio::test]
async fn a_postgres_that_cannot_be_reached_is_a_problem_without_its_password() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = dashoffice_domain::ports::Secret(format!("postgres://me:hunter2@{closed}/db"));
    let config = Config::Postgres { url, lease: dashoffice_store::LeaseTimes::default() };
    let found = database::judge(&examine(&config, Arc::new(|| NOW)).await, true);
    is_one_problem(&found, "cannot be read");
    assert!(!problems(&found)[0].contains("hunter2"));
}

#[test]
fn an_old_or_careless_postgres_is_a_problem() {
    let engine = |version, fsync: &str, commit: &str, clock_ahead_us, holder| {
        let (fsync, synchronous_commit) = (fsync.to_owned(), commit.to_owned());
        let is_direct = true;
        let engine = Engine::Postgres { version, fsync, synchronous_commit, is_direct, clock_ahead_us, holder };
        database::judge(&on(engine), true)
    };
    is_well(&engine(140_000, "on", "on", -100, Holder::Alive));
    is_well(&engine(150_004, "on", "local", 100, Holder::Gone));
    is_one_problem(&engine(130_011, "on", "on", 0, Holder::Nobody), "13.11 is too old");
    is_one_problem(&engine(150_004, "off", "on", 0, Holder::Nobody), "fsync = off");
    is_one_problem(&engine(150_004, "on", "off", 0, Holder::Nobody), "synchronous_commit = off");
    is_one_problem(&engine(150_004, "on", "on", 3_000_000, Holder::Nobody), "3000 ms ahead of");
    is_one_problem(&engine(150_004, "on", "on", -3_000_000, Holder::Nobody), "3000 ms behind");
    is_one_problem(&engine(150_004, "on", "on", 0, Holder::Stuck), "does not renew");
}

#[test]
fn tables_that_only_a_newer_program_reads_are_a_problem() {
    let judged = |tables| {
        let engine = Engine::Sqlite { in_use: false, complaints: Some(Vec::new()) };
        tables::judge(&Examination { engine, tables: Some(tables), counts: None }, NOW, &|_| true)
    };
    is_one_problem(&judged(Tables { min_reader: 2, ..CURRENT }), "reads version 2");
    is_well(&judged(CURRENT));
    is_well(&judged(Tables { version: 0, ..CURRENT }));
    is_well(&judged(Tables { version: 2, ..CURRENT }));
}

#[test]
fn what_waits_too_long_or_was_put_aside_is_a_problem() {
    let judged = |counts| tables::judge(&holding(counts), NOW, &|_| true);
    let since = |us| Some(Timestamp(NOW - us));
    is_well(&judged(Counts { backlog: 9, oldest_received_at: since(1_000_000), ..Counts::default() }));
    is_one_problem(
        &judged(Counts { backlog: 9, oldest_received_at: since(90_000_000), ..Counts::default() }),
        "for 90 s",
    );
    is_one_problem(&judged(Counts { dead_letters: 2, ..Counts::default() }), "2 messages were put aside");
    is_one_problem(&judged(Counts { held: 3, ..Counts::default() }), "3 messages are held");
}

#[test]
fn sends_of_unknown_outcome_and_strays_are_told_and_are_no_problem() {
    let findings = tables::judge(
        &holding(Counts { unknown_sends: 4, unmatched: 5, unparsed_items: 6, ..Counts::default() }),
        NOW,
        &|_| true,
    );
    is_well(&findings);
    let mut told = Findings::default();
    told.extend(findings);
    assert!(
        told.to_string().contains("note     of 4 sends") && told.to_string().contains("note     5 items"),
        "{told}"
    );
    assert!(told.to_string().contains("note     6 items were not fully understood"), "{told}");
}

#[test]
fn news_of_the_account_are_told_by_kind_and_are_nobodys_strays() {
    let account_news = vec![("account_update".to_owned(), 2), ("history".to_owned(), 7)];
    let findings = tables::judge(&holding(Counts { account_news, ..Counts::default() }), NOW, &|_| true);
    is_well(&findings);
    let mut told = Findings::default();
    told.extend(findings);
    assert!(
        told.to_string().contains("note     news of the account in the last 30 days: account_update 2, history 7"),
        "{told}"
    );
    assert!(!told.to_string().contains("not connected"), "{told}");
}

#[test]
fn a_clock_that_went_back_is_a_problem() {
    let judged = |started_at| {
        tables::judge(
            &holding(Counts { last_start_at: Some(Timestamp(started_at)), ..Counts::default() }),
            NOW,
            &|_| true,
        )
    };
    is_one_problem(&judged(NOW + 120_000_000), "clock went back");
    is_well(&judged(NOW - 120_000_000));
}

#[test]
fn a_number_without_a_channel_or_an_app_is_a_problem() {
    let number = NumberId(Uuid::from_u128(7));
    let judged = |provider: Option<&str>| {
        let lines = vec![LineSeen { number, provider: provider.map(str::to_owned) }];
        tables::judge(&holding(Counts { lines, ..Counts::default() }), NOW, &|name| name == "cloud")
    };
    is_well(&judged(Some("cloud")));
    is_one_problem(&judged(Some("pigeon")), "is at pigeon");
    is_one_problem(&judged(None), "no provider's app");
}

/// Answers every connection with this, until the test ends.
fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let _ = socket.read(&mut [0; 1_024]);
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn a_port_is_free_ours_or_somebody_elses() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    is_well(&door::look(free));
    let ours = "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"status\":\"alive\"}";
    is_well(&door::look(answering(ours)));
    is_one_problem(&door::look(answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")), "another program");
    is_one_problem(&door::look(answering("")), "another program");
    is_one_problem(&door::look(SocketAddr::from(([203, 0, 113, 1], 80))), "nobody can listen");
}

#[test]
fn a_folder_of_files_that_is_none_or_is_open_to_others_is_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("media");
    is_well(&media::look(&folder));
    fs::write(&folder, "").unwrap();
    is_one_problem(&media::look(&folder), "no directory");
    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    is_one_problem(&media::look(&folder), "open to other users");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    is_well(&media::look(&folder));
}
