//! The control socket: commands of this binary that need the running server speak to it here, one JSON line each way (E4).
//!
//! It lies in the data directory, which is ours alone, and is itself closed to others: whoever may write to it may read
//! everything anyway.

use crate::projections::Rebuild;
use crate::provisioning::Provisioner;
use crate::reloading::ConfigurationStateCell;
use crate::setup::NewUser;
use crate::sign_ins::SignIns;
use anyhow::{Context, Result, bail};
use dashoffice_runtime::{Ids, Upkeep, task};
use dashoffice_store::Store;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, Permissions, remove_file, set_permissions};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The longest line that is read.
const LONGEST: u64 = 64 * 1_024;
const WITHIN: Duration = Duration::from_secs(30);
/// When the machine has no more sockets to give, trying again at once would only burn a core.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(100);
/// In the data directory.
const NAME: &str = "control.sock";

/// What the running server may be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Request {
    CreateUser(NewUser),
    /// Somebody may sign in no more, or again, or is signed out.
    SignIns(SignIns),
    /// A projection is made anew.
    Rebuild(Rebuild),
    /// How the files on disk stand to what runs.
    Standing,
}

/// What requests are answered from.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) store: Store,
    pub(crate) ids: Arc<Ids>,
    pub(crate) standing: ConfigurationStateCell,
    pub(crate) provisioner: Arc<Provisioner>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
enum Answer<T> {
    Done { outcome: T },
    Failed { reason: String },
}

/// The open socket; it is gone when this is dropped.
pub(crate) struct Control {
    path: PathBuf,
    listening: JoinHandle<()>,
}

fn place(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// A way to the socket that is short however deep the data directory lies: the system takes no path of a socket that is longer
/// than 107 bytes. It leads there as long as the directory is held open.
struct ShortWay {
    path: PathBuf,
    _held: Option<File>,
}

impl ShortWay {
    fn to(data_dir: &Path) -> std::io::Result<Self> {
        let dir = File::open(data_dir)?;
        let descriptors = Path::new("/proc/self/fd");
        if !descriptors.is_dir() {
            return Ok(Self { path: place(data_dir), _held: None });
        }
        Ok(Self { path: descriptors.join(dir.as_raw_fd().to_string()).join(NAME), _held: Some(dir) })
    }
}

impl Control {
    /// Opens it. What a process that ended without a word left lying there is taken away.
    pub(crate) fn open(data_dir: &Path, asked: Asked) -> Result<Self> {
        let path = place(data_dir);
        match remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot take away {}", path.display()));
            }
            _ => {}
        }
        let bound = ShortWay::to(data_dir).and_then(|way| UnixListener::bind(&way.path));
        let listener = Arc::new(bound.with_context(|| format!("cannot open {}", path.display()))?);
        set_permissions(&path, Permissions::from_mode(0o600))
            .with_context(|| format!("cannot close {} to others", path.display()))?;
        let listening = task::keep("control", Upkeep::ForEver, move || listen(Arc::clone(&listener), asked.clone()));
        Ok(Self { path, listening })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.listening.abort();
        // If it stays, the next start takes it away.
        let _ = remove_file(&self.path);
    }
}

/// One at a time: an operator types these.
async fn listen(listener: Arc<UnixListener>, asked: Asked) {
    loop {
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a control request");
                sleep(AFTER_A_FAILED_ACCEPT).await;
                continue;
            }
        };
        match timeout(WITHIN, answer(socket, &asked)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), "a control request failed"),
            Err(_elapsed) => tracing::warn!("a control request took too long"),
        }
    }
}

async fn answer(socket: UnixStream, asked: &Asked) -> Result<()> {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    (&mut socket).take(LONGEST).read_line(&mut line).await.context("cannot read the request")?;
    let done = match serde_json::from_str(&line) {
        // The office hears from the store that somebody was set up.
        Ok(Request::CreateUser(user)) => {
            let _alone = asked.provisioner.hold().await;
            user.create(&asked.store, &asked.ids).await.and_then(told)
        }
        Ok(Request::SignIns(sign_ins)) => {
            let _alone = asked.provisioner.hold().await;
            sign_ins.change(&asked.store).await.and_then(told)
        }
        Ok(Request::Rebuild(rebuild)) => rebuild.order(&asked.store).await.and_then(told),
        Ok(Request::Standing) => told(asked.standing.now()),
        Err(_) => Err(anyhow::anyhow!("the request cannot be read")),
    };
    let answer = match done {
        Ok(outcome) => Answer::Done { outcome },
        Err(error) => Answer::Failed { reason: format!("{error:#}") },
    };
    let mut text = serde_json::to_string(&answer).context("cannot write the answer")?;
    text.push('\n');
    socket.write_all(text.as_bytes()).await.context("cannot send the answer")
}

fn told(outcome: impl Serialize) -> Result<Value> {
    serde_json::to_value(outcome).context("cannot write the answer")
}

/// Asks the server that runs on this data directory; `None`: none does.
pub(crate) async fn ask<T: DeserializeOwned>(data_dir: &Path, request: &Request) -> Result<Option<T>> {
    let way = match ShortWay::to(data_dir) {
        Ok(way) => way,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("cannot look into the data directory"),
    };
    let mut socket = match UnixStream::connect(&way.path).await {
        Ok(socket) => BufReader::new(socket),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => return Err(error).context("cannot reach the running server"),
    };
    let mut text = serde_json::to_string(request).context("cannot write the request")?;
    text.push('\n');
    socket.write_all(text.as_bytes()).await.context("cannot send the request")?;
    let mut line = String::new();
    timeout(WITHIN, socket.read_line(&mut line)).await.context("the running server gave no answer")??;
    match serde_json::from_str(&line).context("cannot read the running server's answer")? {
        Answer::Done { outcome } => Ok(Some(outcome)),
        Answer::Failed { reason } => bail!(reason),
    }
}

#[cfg(test)]
mod tests;
