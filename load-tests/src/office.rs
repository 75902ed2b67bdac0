//! The office under test: started by ourselves with nothing else in its process, or one that runs already.

use crate::card::{Card, CardUser};
use crate::graph::Graph;
use crate::line::{Line, Place};
use crate::meter::Meter;
use crate::process::{Process, Program, free_port};
use crate::webhook;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

/// Longer than any start takes on a busy machine.
const TO_START: Duration = Duration::from_secs(120);
const TO_STOP: Duration = Duration::from_secs(60);
/// The demo's queue.
const QUEUE: &str = "Atendimento";
/// Password of agents we add; the house is gone with the run.
const PASSWORD: &str = "a password of a load test";

/// Which server to load.
#[derive(Clone, Debug, Args)]
pub struct Where {
    /// The `dashoffice` to start; without it, one that runs (see --card).
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,
    /// Its data directory, kept and used again by the next run; without it a temporary one.
    #[arg(long, value_name = "DIR", requires = "program")]
    pub data_dir: Option<PathBuf>,
    /// `postgres://…` of an empty database, or of the one that belongs to --data-dir; without it `SQLite`.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// demo.json of a demo that runs.
    #[arg(long, value_name = "FILE", conflicts_with = "program")]
    pub card: Option<PathBuf>,
    /// Its process, for its memory and its time.
    #[arg(long, value_name = "PID", requires = "card")]
    pub process: Option<u32>,
    /// Agents in all; the demo has twenty, further ones are added (with --program).
    #[arg(long, default_value_t = 20)]
    pub agents: usize,
    /// Added to the server's environment: a drill has it preload something.
    #[arg(skip)]
    pub environment: Vec<(String, String)>,
}

/// A server that is ready, with everybody in it.
pub struct Office {
    pub card: Card,
    pub meter: Meter,
    /// WhatsApp as we play it; `None`: the demo plays it itself.
    pub graph: Option<Graph>,
    /// From the start of the process to its first `ready`; `None`: it ran already.
    pub ready_in: Option<Duration>,
    server: Option<Process>,
    /// How the server is started; `None`: it ran already.
    program: Option<Program>,
    /// Gone with the run.
    temporary: Option<TempDir>,
}

impl Office {
    pub async fn opens(at: &Where) -> Result<Self> {
        match (&at.program, &at.card) {
            (Some(program), _) => Self::starts(at, program).await,
            (None, Some(card)) => Self::visits(at, card).await,
            (None, None) => bail!("say which server: --program to start one, --card for one that runs"),
        }
    }

    async fn visits(at: &Where, card: &Path) -> Result<Self> {
        let card = Card::read(card)?;
        let meter = meter(&card, at.process, None, at.database_url.as_deref()).await?;
        Ok(Self { card, meter, graph: None, ready_in: None, server: None, program: None, temporary: None })
    }

    /// Sets the house up with `demo`, ends that, and serves the same house with WhatsApp played by us.
    async fn starts(at: &Where, program: &Path) -> Result<Self> {
        let temporary = match at.data_dir {
            Some(_) => None,
            None => Some(tempfile::tempdir().context("cannot make a directory for the run")?),
        };
        let home = at.data_dir.clone().or_else(|| Some(temporary.as_ref()?.path().join("data")));
        let home = home.context("there is a directory of one kind or the other")?;
        std::fs::create_dir_all(&home).context("cannot make the data directory")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let file = home.join("demo.json");
        if !file.exists() {
            let arguments = ["demo", "--listen", &address, "--auto-agents", "0", "--customers", "0"];
            let mut demo = the(program, &home, &arguments, &address, at, "demo").start()?;
            demo.ready(&webhook::client()?, &format!("http://{address}/readyz"), TO_START).await?;
            ensure!(demo.stop(TO_STOP).await?.success(), "the demo did not end well");
        }
        let mut card = Card::read(&file)?.at(&address)?;
        // Bound before the server starts, so that it finds somebody there.
        let graph = Graph::plays(Place::of(&card.graph_url).await?.address, card.door().await?).await?;
        let began = Instant::now();
        let serve = the(program, &home, &["serve"], &address, at, "serve");
        let server = serve.start()?;
        ready(&address, &server).await?;
        let ready_in = Some(began.elapsed());
        for number in card.with_role("agent").count()..at.agents {
            let user = CardUser {
                email: format!("agent{number}@aurora.example"),
                password: PASSWORD.to_owned(),
                role: "agent".to_owned(),
            };
            hire(program, &home, &user, at).await?;
            card.users.push(user);
        }
        let meter = meter(&card, server.id(), Some(home), at.database_url.as_deref()).await?;
        let (server, program) = (Some(server), Some(serve));
        Ok(Self { card, meter, graph: Some(graph), ready_in, server, program, temporary })
    }

    /// Ends what we started; a server that does not end well is an error.
    pub async fn closes(self) -> Result<()> {
        if let Some(server) = self.server {
            let status = server.stop(TO_STOP).await?;
            ensure!(status.success(), "the server was told to end, and ended with {status}");
        }
        if let Some(graph) = self.graph {
            graph.ends().await;
        }
        drop(self.temporary);
        Ok(())
    }

    /// Asks the server to end, and starts it anew when it has. How long its end took, and how long it then took to be ready.
    pub async fn restarts(&mut self) -> Result<(Duration, Duration)> {
        self.restarts_after(|| Ok(())).await
    }

    /// The same; `meanwhile` happens while nothing runs.
    pub async fn restarts_after(&mut self, meanwhile: impl FnOnce() -> Result<()>) -> Result<(Duration, Duration)> {
        let server = self.server.take().context("there is nothing of ours to restart")?;
        let program = self.program.as_ref().context("whoever runs already is not ours to start")?;
        let began = Instant::now();
        let status = server.stop(TO_STOP).await?;
        ensure!(status.success(), "the server was told to end, and ended with {status}");
        let ended = began.elapsed();
        meanwhile()?;
        let began = Instant::now();
        let mut server = program.start()?;
        server
            .ready(&webhook::client()?, &format!("{}/readyz", self.card.console_url.trim_end_matches('/')), TO_START)
            .await?;
        self.meter.process = server.id();
        self.server = Some(server);
        Ok((ended, began.elapsed()))
    }

    /// Kills what we started (`kill -9`); what it kept stays.
    pub async fn crashes(self) -> Result<()> {
        if let Some(server) = self.server {
            server.kill().await?;
        }
        if let Some(graph) = self.graph {
            graph.ends().await;
        }
        Ok(())
    }

    /// Leaves the data where it is, for whoever wants to know why the run failed; the server is killed.
    pub fn keeps(self) -> Option<PathBuf> {
        self.temporary.map(TempDir::keep)
    }
}

async fn meter(
    card: &Card,
    process: Option<u32>,
    data_dir: Option<PathBuf>,
    database_url: Option<&str>,
) -> Result<Meter> {
    let metrics = Place::of(&card.console_url).await?.at("/metrics");
    Meter::new(metrics, process, data_dir, database_url).await
}

fn environment(at: &Where, address: &str) -> Vec<(String, String)> {
    let mut environment = vec![
        ("DASHOFFICE__SERVER__LISTEN".to_owned(), address.to_owned()),
        // A run measures us, not the limits that Meta sets.
        ("DASHOFFICE__DELIVERY__PER_SECOND".to_owned(), "10000".to_owned()),
        ("DASHOFFICE__LOG__LEVEL".to_owned(), "warn".to_owned()),
    ];
    let url = at.database_url.iter().map(|url| ("DASHOFFICE__DATA__DATABASE_URL".to_owned(), url.clone()));
    environment.extend(url);
    environment.extend(at.environment.iter().cloned());
    environment
}

/// The server's program, as it is started here.
fn the(program: &Path, home: &Path, arguments: &[&str], address: &str, at: &Where, name: &str) -> Program {
    let home_text = home.display().to_string();
    let given = ["--data-dir", &home_text].into_iter().chain(arguments.iter().copied());
    Program {
        name: name.to_owned(),
        path: program.to_owned(),
        arguments: given.map(str::to_owned).collect(),
        environment: environment(at, address),
        logs: home.to_owned(),
    }
}

/// Asks every millisecond: how long a start takes is measured, too.
async fn ready(address: &str, server: &Process) -> Result<()> {
    let place = Place::of(&format!("http://{address}/readyz")).await?;
    let request = place.request("GET", "", b"");
    let deadline = Instant::now() + TO_START;
    let mut line = Line::to(place.address);
    while !line.ask(&request).await.is_ok_and(|answer| answer.status == 200) {
        if Instant::now() > deadline {
            bail!("the server was not ready within {TO_START:?}:\n{}", server.end_of_log());
        }
        sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// Adds an agent through the command that operators use.
async fn hire(program: &Path, home: &Path, user: &CardUser, at: &Where) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("--data-dir").arg(home).args(["user", "create", "--email", &user.email, "--name", "Agente"]);
    command.args(["--role", "agent", "--queue", QUEUE, "--password-stdin"]);
    let mut child = command
        .envs(environment(at, "127.0.0.1:0"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start user create")?;
    let mut stdin = child.stdin.take().context("a child has a standard input")?;
    stdin.write_all(user.password.as_bytes()).await.context("cannot tell a password")?;
    drop(stdin);
    let status = child.wait().await.context("cannot wait for user create")?;
    ensure!(status.success(), "user create ended with {status}");
    Ok(())
}
