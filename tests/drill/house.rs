//! A server and a simulated WhatsApp in processes of their own, with a database that is gone with the drill.

use crate::records;
use anyhow::{Context, Result, bail};
use dashoffice_load_tests::{Process, Program, Simulator, Webhook, free_port, webhook};
use dashoffice_store::Config;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any start takes, after a crash and on a busy machine, too.
const TO_START: Duration = Duration::from_secs(60);
/// Longer than any orderly end takes.
const TO_STOP: Duration = Duration::from_secs(60);

/// How long a post may take in a drill: a kill within it makes an unknown.
pub(crate) const POST_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) const APP_SECRET: &str = "drill-app-secret";
pub(crate) const VERIFY_TOKEN: &str = "drill-verify-token";
pub(crate) const ACCESS_TOKEN: &str = "drill-access-token";
pub(crate) const URL_TOKEN: &str = "drill";
pub(crate) const PHONE_NUMBER_ID: &str = "100000000000001";

/// Everything a drill starts and looks into.
pub(crate) struct House {
    /// Logs, data and ledger; removed at the end, unless the drill failed.
    dir: TempDir,
    pub(crate) database: Config,
    pub(crate) client: dashoffice_load_tests::Client,
    pub(crate) simulator: Simulator,
    server: Program,
    player: Program,
    url: String,
}

impl House {
    /// Prepares everything and starts nothing. `postgres`: the address of an empty database; without it SQLite.
    pub(crate) async fn new(postgres: Option<String>) -> Result<Self> {
        let dir = tempfile::tempdir().context("cannot make a directory for the drill")?;
        let data_dir = dir.path().join("data");
        let [port, graph, control] = [free_port()?, free_port()?, free_port()?];
        let url = format!("http://127.0.0.1:{port}");
        let client = webhook::client()?;

        let database = records::database(&data_dir, postgres.as_deref());
        records::provision(&database).await?;
        let server = server(dir.path(), &data_dir, port, graph, postgres.as_deref());
        let player = player(dir.path(), &url, graph, control)?;
        let simulator = Simulator::new(client.clone(), format!("http://127.0.0.1:{control}"));
        Ok(Self { dir, database, client, simulator, server, player, url })
    }

    /// Starts the server and waits until it is ready.
    pub(crate) async fn server(&self) -> Result<Process> {
        self.server_with(&[]).await
    }

    /// What the server is started with.
    pub(crate) fn program(&self) -> &Program {
        &self.server
    }

    /// Starts the server and does not wait: whoever kills it now kills it while it stands up.
    pub(crate) fn server_that_stands_up(&self) -> Result<Process> {
        self.server.start()
    }

    /// Asks a process to end; one that does not end well is an error.
    pub(crate) async fn ends(process: Process) -> Result<()> {
        let status = process.stop(TO_STOP).await?;
        if !status.success() {
            bail!("a process was told to end, and ended with {status}");
        }
        Ok(())
    }

    /// The same, with something added to its environment.
    pub(crate) async fn server_with(&self, environment: &[(&str, &str)]) -> Result<Process> {
        let mut program = self.server.clone();
        let added = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        program.environment.extend(added);
        self.ready(&program).await
    }

    /// Another program in the server's place: it is started as the server would be.
    pub(crate) async fn server_of(&self, path: PathBuf) -> Result<Process> {
        self.ready(&Program { path, ..self.server.clone() }).await
    }

    async fn ready(&self, program: &Program) -> Result<Process> {
        let mut process = program.start()?;
        process.ready(&self.client, &format!("{}/readyz", self.url), TO_START).await?;
        Ok(process)
    }

    /// Starts a second server on the same data and waits until it is ready, which it must never be.
    pub(crate) async fn server_on_another_port(&self) -> Result<Process> {
        let (program, url) = self.server_elsewhere("second")?;
        let mut process = program.start()?;
        process.ready(&self.client, &format!("{url}/readyz"), TO_START).await?;
        Ok(process)
    }

    /// Another place to serve from, on the same data: what to start, and where it then listens.
    pub(crate) fn server_elsewhere(&self, name: &str) -> Result<(Program, String)> {
        let port = free_port()?;
        let mut program = self.server.clone();
        name.clone_into(&mut program.name);
        program.environment.push(("DASHOFFICE__SERVER__LISTEN".to_owned(), format!("127.0.0.1:{port}")));
        Ok((program, format!("http://127.0.0.1:{port}")))
    }

    /// Where the simulated WhatsApp sends its webhooks.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Starts the simulated WhatsApp and waits until it plays.
    pub(crate) async fn player(&self) -> Result<Process> {
        let mut process = self.player.start()?;
        process.ready(&self.client, &self.simulator.health_url(), TO_START).await?;
        Ok(process)
    }

    /// Our own hand at the door.
    pub(crate) fn webhook(&self) -> Webhook {
        Webhook {
            url: format!("{}/webhooks/cloud/{URL_TOKEN}", self.url),
            app_secret: APP_SECRET.to_owned(),
            phone_number_id: PHONE_NUMBER_ID.to_owned(),
        }
    }

    /// Where the server listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What a process wrote so far.
    pub(crate) fn log(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.dir.path().join(format!("{name}.log"))).context("cannot read a log")
    }

    /// Where the server keeps everything but what is in PostgreSQL.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves logs and data where they are, and says where.
    pub(crate) fn keep(self) -> String {
        self.dir.keep().display().to_string()
    }
}

fn server(logs: &Path, data_dir: &Path, port: u16, graph: u16, postgres: Option<&str>) -> Program {
    let environment = [
        ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
        ("DATA__DIR", data_dir.display().to_string()),
        ("DATA__DATABASE_URL", postgres.unwrap_or_default().to_owned()),
        ("CLOUD__API_BASE", format!("http://127.0.0.1:{graph}")),
        ("DELIVERY__POST_TIMEOUT", format!("{}ms", POST_TIMEOUT.as_millis())),
        ("DELIVERY__PER_SECOND", "1000".to_owned()),
        ("DELIVERY__UNKNOWN_HOLDS", "1s".to_owned()),
        ("ANSWERER__WORDS", "We are on it.".to_owned()),
        ("ANSWERER__AGENTS", records::AGENT.0.to_string()),
        ("LOG__LEVEL", "info".to_owned()),
    ];
    Program {
        name: "server".to_owned(),
        path: env!("CARGO_BIN_EXE_dashoffice").into(),
        arguments: vec!["serve".to_owned()],
        environment: environment.map(|(key, value)| (format!("DASHOFFICE__{key}"), value)).into(),
        logs: logs.to_owned(),
    }
}

fn player(dir: &Path, server: &str, graph: u16, control: u16) -> Result<Program> {
    let settings = dir.join("simulated.json");
    let play = json!({
        "listen": format!("127.0.0.1:{graph}"),
        "control_listen": format!("127.0.0.1:{control}"),
        "webhook_url": format!("{server}/webhooks/cloud/{URL_TOKEN}"),
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
        "access_token": ACCESS_TOKEN,
        "phone_number_id": PHONE_NUMBER_ID,
        "customers": 60,
        "ledger": dir.join("ledger.jsonl"),
        // A server that is killed all the time is slow: what waits for it must not outgrow what it can still take in the end.
        "postman": { "first_retry_ms": 20, "last_retry_ms": 200, "timeout_ms": 5_000, "max_waiting": 2_000 },
        "statuses": { "sent_after_ms": [5, 50], "delivered_after_ms": [5, 100], "read_after_ms": [5, 200] },
        "faults": { "duplicate": 0.05, "reorder_statuses": 0.1 },
    });
    fs::write(&settings, play.to_string()).context("cannot write the simulator's settings")?;
    Ok(Program {
        name: "simulated".to_owned(),
        path: env!("CARGO_BIN_EXE_dashoffice").into(),
        arguments: vec!["simulated".to_owned(), "--play".to_owned(), settings.display().to_string()],
        environment: Vec::new(),
        logs: dir.to_owned(),
    })
}
