//! PostgreSQL behind a pooler, as Debian brings it: sessions of our own are lived with, also through an outage of what is behind it, and
//! sessions that are shared are refused in words that say what to configure.

use crate::course::{Course, in_house, tell};
use crate::house::House;
use crate::postgres::{Postgres, Stop};
use crate::wait::until;
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::free_port;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

const RATE_PER_S: f64 = 25.0;
const DATABASE: &str = "drill";
const PATIENCE: Duration = Duration::from_secs(30);
/// As long as it was away where this was seen first.
const AWAY: Duration = Duration::from_secs(4);

/// A PgBouncer on a port of its own; gone when it is dropped.
struct PgBouncer {
    port: u16,
    _process: Child,
    _dir: TempDir,
}

impl PgBouncer {
    async fn before(postgres: &Postgres, told: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("dashoffice-drill-pgbouncer.").tempdir()?;
        // It gives up being root before it reads everything.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        let (port, users) = (free_port()?, dir.path().join("userlist.txt"));
        fs::write(&users, "\"postgres\" \"\"\n")?;
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let user = if is_root { "user = dashpg\n" } else { "" };
        let settings = dir.path().join("pgbouncer.ini");
        let lines = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\n{user}{told}\n",
            postgres.port(),
            users.display(),
        );
        fs::write(&settings, lines)?;
        let mut pgbouncer = Command::new("pgbouncer");
        pgbouncer.arg("-q").arg(settings).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = pgbouncer.kill_on_drop(true).spawn().context("scripts/setup-pgbouncer installs PgBouncer")?;
        until("PgBouncer answers", PATIENCE, async || Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())).await?;
        Ok(Self { port, _process: process, _dir: dir })
    }

    fn url(&self) -> String {
        Postgres::url_through(self.port, DATABASE)
    }
}

#[tokio::test]
async fn drill_a3_behind_a_pooler_of_sessions_everything_goes_on_also_after_an_outage() {
    let mut postgres = Postgres::running().await.unwrap();
    postgres.says(&format!("CREATE DATABASE {DATABASE}")).await.unwrap();
    let pooler = PgBouncer::before(&postgres, "pool_mode = session\nserver_login_retry = 1").await.unwrap();
    let house = House::new(Some(pooler.url())).await.unwrap();
    in_house(house, async |house| pooled(house, &mut postgres).await).await;
}

async fn pooled(house: &House, postgres: &mut Postgres) -> Result<()> {
    let server = house.server().await?;
    let course = Course::begins(house, RATE_PER_S).await?;
    let told = asked(house, "doctor", &[]).await?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.success() && text.contains("a pooler stands in between"), "{text}");

    postgres.stops(Stop::Immediate).await?;
    course.is_away().await?;
    sleep(AWAY).await;
    postgres.starts().await?;
    let back = course.is_back().await?;
    course.blames_nobody().await?;
    tell("pooler", &[back], &course.ends(server, Vec::new()).await?)
}

#[tokio::test]
async fn drill_a_pooler_of_transactions_is_refused_by_serve_and_found_by_doctor() {
    let postgres = Postgres::running().await.unwrap();
    postgres.says(&format!("CREATE DATABASE {DATABASE}")).await.unwrap();
    let house = House::new(Some(postgres.url(DATABASE))).await.unwrap();
    in_house(house, async |house| refused(house, &postgres).await).await;
}

async fn refused(house: &House, postgres: &Postgres) -> Result<()> {
    let words = "set pool_mode = session";
    for told in ["pool_mode = transaction", "pool_mode = statement"] {
        let pooler = PgBouncer::before(postgres, told).await?;
        let at = [("DASHOFFICE__DATA__DATABASE_URL", pooler.url())];
        let serve = asked(house, "serve", &at).await?;
        let said = String::from_utf8_lossy(&serve.stderr).into_owned();
        ensure!(serve.status.code() == Some(1) && said.contains(words), "{told}: {said}");
        let doctor = asked(house, "doctor", &at).await?;
        let found = String::from_utf8_lossy(&doctor.stdout).into_owned();
        ensure!(doctor.status.code() == Some(1) && found.contains("PROBLEM") && found.contains(words), "{found}");
    }
    Ok(())
}

/// A command of the binary's, to its end.
async fn asked(house: &House, order: &str, environment: &[(&str, String)]) -> Result<Output> {
    let program = house.program();
    let mut command = Command::new(&program.path);
    command.arg(order).envs(program.environment.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    tokio::time::timeout(PATIENCE, command.output()).await.context("it does not end")?.context("it cannot be started")
}
