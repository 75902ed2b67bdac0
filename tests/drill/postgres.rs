//! A PostgreSQL of a drill's own, which may be stopped, cut and slowed without hurting anybody else.

use crate::wait::until;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::free_port;
use std::fs::OpenOptions;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longer than it takes to stand up after a crash on a busy machine.
const TO_START: Duration = Duration::from_secs(60);
const TO_STOP: Duration = Duration::from_secs(30);
/// PostgreSQL does not run as root: `scripts/with-postgres` makes this user.
const USER: &str = "dashpg";

/// How it is stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// Sessions are ended, everything is written.
    Fast,
    /// As by a crash: whoever starts it next recovers from the log.
    Immediate,
}

/// A server, running or not. Dropped, it is gone with its data.
pub(crate) struct Postgres {
    dir: TempDir,
    port: u16,
    /// Who it runs as, if we are root.
    user: Option<(u32, u32)>,
    environment: Vec<(String, String)>,
    process: Option<Child>,
}

impl Postgres {
    /// Prepared, and not started.
    pub(crate) async fn prepared() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("dashoffice-drill-postgres.").tempdir()?;
        let user = if number("-u", None).await? == 0 {
            let user = (number("-u", Some(USER)).await?, number("-g", Some(USER)).await?);
            chown(dir.path(), Some(user.0), Some(user.1)).context("cannot give PostgreSQL its directory")?;
            Some(user)
        } else {
            None
        };
        let postgres = Self { dir, port: free_port()?, user, environment: Vec::new(), process: None };
        let mut initdb = postgres.command("initdb");
        initdb.args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "-D"]).arg(postgres.data());
        let made = initdb.output().await.context("cannot run initdb; run this through scripts/with-postgres")?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        Ok(postgres)
    }

    /// Running, with nothing in it.
    pub(crate) async fn running() -> Result<Self> {
        let mut postgres = Self::prepared().await?;
        postgres.starts().await?;
        Ok(postgres)
    }

    /// What its processes find in their environment from the next start on.
    pub(crate) fn finds(&mut self, environment: &[(&str, &str)]) {
        self.environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    }

    /// Where what it is to preload may lie: its own user reads there.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The database of that name, through whatever listens on `port`.
    pub(crate) fn url_through(port: u16, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/{database}")
    }

    pub(crate) fn url(&self, database: &str) -> String {
        Self::url_through(self.port, database)
    }

    /// Starts it, and waits until it answers.
    pub(crate) async fn starts(&mut self) -> Result<()> {
        let log = self.dir.path().join("server.log");
        let log = OpenOptions::new().create(true).append(true).open(log).context("cannot open a log")?;
        let mut command = self.command("postgres");
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.dir.path().display()),
            "shared_buffers=32MB".to_owned(),
        ];
        command.arg("-D").arg(self.data()).args(settings.iter().flat_map(|setting| ["-c", setting]));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(log.try_clone()?).stderr(log).stdin(Stdio::null()).kill_on_drop(true);
        self.process = Some(command.spawn().context("cannot start PostgreSQL")?);
        let answers = async || Ok(self.says("SELECT 1").await.ok());
        until("PostgreSQL answers", TO_START, answers).await.map(drop)
    }

    /// Stops it, and waits for its end.
    pub(crate) async fn stops(&mut self, how: Stop) -> Result<()> {
        let mut process = self.process.take().context("PostgreSQL does not run")?;
        let signal = match how {
            Stop::Fast => "-INT",
            Stop::Immediate => "-QUIT",
        };
        let pid = process.id().context("PostgreSQL ended by itself")?.to_string();
        ensure!(Command::new("kill").args([signal, &pid]).status().await?.success(), "cannot signal PostgreSQL");
        match timeout(TO_STOP, process.wait()).await {
            Ok(ended) => ended.map(drop).context("cannot wait for PostgreSQL"),
            Err(_elapsed) => bail!("PostgreSQL did not stop ({how:?})"),
        }
    }

    /// What it answers, each column of each row on its own.
    pub(crate) async fn says(&self, sql: &str) -> Result<String> {
        let mut psql = Command::new("psql");
        psql.args([&self.url("postgres"), "-X", "-q", "-At", "-c", sql]).kill_on_drop(true);
        let answer = psql.output().await.context("cannot run psql")?;
        ensure!(answer.status.success(), "psql: {}", String::from_utf8_lossy(&answer.stderr));
        Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command.current_dir(self.dir.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its children end when they are told, or when they find it gone; the directory is removed behind them.
        let Some(pid) = self.process.as_ref().and_then(Child::id) else { return };
        let _ = std::process::Command::new("kill").args(["-QUIT", &pid.to_string()]).status();
        while self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None))) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What `id` says of somebody, or of ourselves.
async fn number(what: &str, user: Option<&str>) -> Result<u32> {
    let answer = Command::new("id").arg(what).args(user).output().await.context("cannot run id")?;
    let text = String::from_utf8_lossy(&answer.stdout);
    text.trim().parse().context("no such user; run this through scripts/with-postgres")
}
