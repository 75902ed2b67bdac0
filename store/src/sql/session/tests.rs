//! Sessions through a PgBouncer of the test's own, in each of its ways to share out what it has.

use super::*;
use crate::ownership::LeaseTimes;
use crate::sql::{LONGEST_READ, describe, is_refusal};
use crate::{Config, OpenError, Store};
use dashoffice_domain::ports::Secret;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// A PgBouncer before the server of the tests, on a port of its own; gone when it is dropped.
struct PgBouncer {
    process: Child,
    port: u16,
    _dir: TempDir,
}

impl PgBouncer {
    /// As Debian brings it, but for where it listens and what is told.
    fn before(server: &PgConnectOptions, told: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // It gives up being root before it reads everything.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let users = dir.path().join("userlist.txt");
        std::fs::write(&users, format!("\"{}\" \"\"\n", server.get_username())).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = dir.path().join("pgbouncer.ini");
        let mut file = std::fs::File::create(&settings).unwrap();
        let (host, at) = (server.get_host(), server.get_port());
        writeln!(
            file,
            "[databases]\n* = host={host} port={at}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}"
        )
        .unwrap();
        writeln!(file, "unix_socket_dir =\nauth_type = trust\nauth_file = {}\n{told}", users.display()).unwrap();
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|us| std::os::unix::fs::MetadataExt::uid(&us) == 0);
        if is_root {
            // Made by `scripts/with-postgres`, which is root as we are.
            writeln!(file, "user = dashpg").unwrap();
        }
        let process =
            Command::new("pgbouncer").arg("-q").arg(settings).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("scripts/setup-pgbouncer installs it");
        let here = Self { process, port, _dir: dir };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        here
    }

    fn url(&self, server: &PgConnectOptions, database: &str) -> String {
        format!("postgres://{}@127.0.0.1:{}/{database}", server.get_username(), self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn server() -> PgConnectOptions {
    #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
    let server = std::env::var("DASHOFFICE_TEST_POSTGRES").expect("`make test` starts one");
    plain(&server).unwrap()
}

async fn database(server: &PgConnectOptions) -> String {
    let name = format!("pooled_{}", std::process::id());
    let mut admin = PgConnection::connect_with(server).await.unwrap();
    admin.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))).await.unwrap();
    name
}

async fn open(url: &str) -> Result<Store, OpenError> {
    let config = Config::Postgres { url: Secret(url.to_owned()), lease: LeaseTimes::default() };
    Store::open(config, Uuid::from_u128(1), Arc::new(|| 1_800_000_000_000_000)).await
}

#[tokio::test]
async fn a_pooler_that_lends_sessions_for_less_than_their_life_is_refused_with_what_to_configure() {
    let server = server();
    for told in [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_round_robin = 1",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = transaction\nignore_startup_parameters = extra_float_digits,options",
        "pool_mode = statement",
    ] {
        let pooler = PgBouncer::before(&server, told);
        let url = pooler.url(&server, "postgres");
        let refused = open(&url).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("pool_mode = session") && refused.contains("data.database_url"), "{told}: {refused}");
    }
}

#[tokio::test]
async fn a_pooler_may_stand_in_between_as_it_comes_where_sessions_are_ours_and_our_settings_hold_in_them() {
    let server = server();
    let database = database(&server).await;
    let pooler = PgBouncer::before(&server, "pool_mode = session");
    let url = pooler.url(&server, &database);
    let store = open(&url).await.unwrap();
    assert_eq!(store.own().await.unwrap(), 1);
    store.takes_writes().await.unwrap();
    store.close().await;

    let through = plain(&url).unwrap();
    assert!(!is_direct(&through).await && is_direct(&server).await);
    // One server's session in turn for each: what it was for before does not matter.
    for purpose in [Purpose::Owning, Purpose::Reading, Purpose::Owning, Purpose::Looking, Purpose::Reading] {
        has_settings(&through, purpose).await.unwrap();
    }
    let pool = pool(1, Purpose::Reading).connect_with(through).await.unwrap();
    let refused = pool.execute("CREATE TABLE t ()").await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("25006"), "readers only read");
}

#[tokio::test]
async fn sessions_straight_to_the_server_are_ours_whatever_others_do() {
    let server = server();
    is_ours_alone(&server).await.unwrap();
    has_settings(&server, Purpose::Owning).await.unwrap();
    has_settings(&server, Purpose::Reading).await.unwrap();
}

#[test]
fn each_purpose_says_for_itself_what_another_sets() {
    let limit = format!("{}", LONGEST_READ.as_millis());
    assert_eq!(set(Purpose::Reading, "statement_timeout"), Some(limit.as_str()));
    assert_eq!(set(Purpose::Owning, "statement_timeout"), Some("5000"));
    assert_eq!(set(Purpose::Looking, "jit"), None);
    for setting in ["default_transaction_read_only", "statement_timeout", "enable_indexscan"] {
        let named = |purpose| set(purpose, setting).is_some();
        assert!(named(Purpose::Owning) && named(Purpose::Reading), "{setting} of one is left to the other");
    }
}

/// What poolers and servers that are on their way say.
#[derive(Debug)]
struct Said(&'static str);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("server login has been failing, try again later (server_login_retry)")
    }
}

impl std::error::Error for Said {}

impl DatabaseError for Said {
    fn message(&self) -> &'static str {
        "server login has been failing, try again later (server_login_retry)"
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

#[test]
fn class_08_as_a_whole_is_weather() {
    for code in ["08000", "08001", "08003", "08004", "08006", "08007", "08P01"] {
        let error = Error::Database(Box::new(Said(code)));
        assert!(!is_refusal(&error) && is_of_the_connection(&error), "{code}");
        assert!(describe(&error).contains(code));
    }
    assert!(is_refusal(&Error::Database(Box::new(Said("23505")))));
}
