//! Child processes under test: each with a log file of its own, waited for by what it answers, and gone with the test.

use crate::now_us;
use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// Below the ports that Linux gives to whoever connects.
const FIRST_PORT: u16 = 12_000;
const LAST_PORT: u16 = 32_000;
/// So that two who ask within a moment are told different ones.
static PORTS_ASKED: AtomicU32 = AtomicU32::new(0);

/// How often a state is asked for while we wait for it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A process we started. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Child,
}

/// What to start.
#[derive(Clone, Debug)]
pub struct Program {
    /// Names the log file.
    pub name: String,
    pub path: PathBuf,
    pub arguments: Vec<String>,
    /// Added to our own environment, from which everything of DashOffice's is taken away.
    pub environment: Vec<(String, String)>,
    /// Where the log file lies; a restarted program goes on writing to the same one.
    pub logs: PathBuf,
}

impl Program {
    /// Starts it; returns before it is ready.
    pub fn start(&self) -> Result<Process> {
        let log = self.logs.join(format!("{}.log", self.name));
        let out = appending(&log)?;
        let err = out.try_clone().context("cannot share a log file")?;
        let mut command = Command::new(&self.path);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DASHOFFICE__") {
                command.env_remove(name);
            }
        }
        let child = command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", self.path.display()))?;
        Ok(Process { name: self.name.clone(), log, child })
    }
}

impl Process {
    /// Waits until `url` answers 200, asking again and again; an early death or the deadline is an error with the log's end.
    pub async fn ready(&mut self, client: &reqwest::Client, url: &str, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        loop {
            let answer = timeout(Duration::from_secs(1), client.get(url).send()).await;
            if answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status() == 200)) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().context("cannot ask after a child")? {
                bail!("{} ended with {status} instead of answering {url}:\n{}", self.name, self.end_of_log());
            }
            if Instant::now() > deadline {
                bail!("{} did not answer {url} within {within:?}:\n{}", self.name, self.end_of_log());
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Its number, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How much of the machine's memory it has now, in bytes.
    pub fn memory(&self) -> Result<u64> {
        self.told_of_memory("VmRSS:")
    }

    /// The most it has had at once, since it began or since [`Self::forget_peak`].
    pub fn peak_memory(&self) -> Result<u64> {
        self.told_of_memory("VmHWM:")
    }

    /// The most it has had from now on is told.
    pub fn forget_peak(&self) -> Result<()> {
        std::fs::write(format!("/proc/{}/clear_refs", self.pid()?), "5").context("cannot forget a process's peak")
    }

    fn told_of_memory(&self, line: &str) -> Result<u64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid()?)).context("cannot look at a process")?;
        let told = status.lines().find_map(|told| told.strip_prefix(line)).context("no memory is told")?;
        let kilobytes = told.trim().trim_end_matches("kB").trim();
        Ok(kilobytes.parse::<u64>().context("a size that is no number")? * 1_024)
    }

    fn pid(&self) -> Result<u32> {
        self.child.id().with_context(|| format!("{} ended by itself", self.name))
    }

    /// `kill -9`: no handler runs, nothing is flushed. Returns when it is gone.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("cannot kill {}", self.name))
    }

    /// Stops its time (SIGSTOP): everything it holds stays, and it notices nothing.
    pub async fn freeze(&self) -> Result<()> {
        self.signal("-STOP").await
    }

    /// Lets its time go on (SIGCONT).
    pub async fn thaw(&self) -> Result<()> {
        self.signal("-CONT").await
    }

    async fn signal(&self, signal: &str) -> Result<()> {
        let pid = self.child.id().with_context(|| format!("{} ended by itself", self.name))?;
        let asked = Command::new("kill").arg(signal).arg(pid.to_string()).status().await;
        if !asked.context("cannot run kill")?.success() {
            bail!("cannot send {signal} to {}", self.name);
        }
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits; past the deadline it is killed, which is an error.
    pub async fn stop(mut self, within: Duration) -> Result<ExitStatus> {
        self.signal("-TERM").await?;
        match timeout(within, self.child.wait()).await {
            Ok(ended) => ended.with_context(|| format!("cannot wait for {}", self.name)),
            Err(_elapsed) => {
                let end = self.end_of_log();
                let name = self.name.clone();
                self.kill().await?;
                bail!("{name} did not end within {within:?}:\n{end}")
            }
        }
    }

    /// The last lines it wrote.
    pub fn end_of_log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// A port of this machine that is free now. Whoever asks starts a program on it at once.
///
/// It is none of those that the system gives to whoever connects: while a program is down somebody may connect to its port
/// again and again, and would one day be given that very port for their own end, and speak to themselves.
pub fn free_port() -> Result<u16> {
    let seed = u32::try_from(now_us() & 0xffff).unwrap_or_default().wrapping_mul(31).wrapping_add(std::process::id());
    for _ in 0..1_000 {
        let turn = PORTS_ASKED.fetch_add(1, Ordering::Relaxed).wrapping_mul(7);
        let number = seed.wrapping_mul(2_654_435_761).wrapping_add(turn) % u32::from(LAST_PORT - FIRST_PORT);
        let port = FIRST_PORT + u16::try_from(number).unwrap_or_default();
        if TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_ok() {
            return Ok(port);
        }
    }
    bail!("cannot find a free port")
}

fn appending(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot open the log {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, logs: &Path) -> Program {
        Program {
            name: "shell".into(),
            path: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: vec![("GREETING".into(), "hello".into())],
            logs: logs.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_program_that_dies_early_is_told_with_the_end_of_its_log() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("echo $GREETING; exit 3", logs.path()).start().unwrap();
        let client = crate::webhook::client().unwrap();
        let url = format!("http://127.0.0.1:{}/readyz", free_port().unwrap());
        let error = process.ready(&client, &url, Duration::from_secs(20)).await.unwrap_err().to_string();
        assert!(error.contains("hello") && error.contains('3'), "{error}");
    }

    #[tokio::test]
    async fn a_program_is_asked_to_end_and_one_that_will_not_is_killed() {
        let logs = tempfile::tempdir().unwrap();
        let polite = shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done", logs.path()).start().unwrap();
        while !polite.end_of_log().contains("up") {
            sleep(BETWEEN_LOOKS).await;
        }
        assert_eq!(polite.stop(Duration::from_secs(20)).await.unwrap().code(), Some(7));

        let deaf = shell("trap '' TERM; echo deaf; while :; do sleep 0.05; done", logs.path()).start().unwrap();
        while !deaf.end_of_log().contains("deaf") {
            sleep(BETWEEN_LOOKS).await;
        }
        assert!(deaf.stop(Duration::from_millis(200)).await.unwrap_err().to_string().contains("did not end"));
    }
}
