//! The control socket: commands of this binary that need the running server speak to it here, one JSON line each way (E4).
//!
//! It lies in the data directory, which is ours alone, and is itself closed to others: whoever may write to it may read
//! everything anyway.

use crate::setup::{NewUser, Outcome};
use anyhow::{Context, Result, bail};
use dashoffice_api::HandlesCell;
use dashoffice_runtime::{Ids, task};
use dashoffice_store::Store;
use serde::{Deserialize, Serialize};
use std::fs::{Permissions, remove_file, set_permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The longest line that is read.
const LONGEST: u64 = 64 * 1_024;
const WITHIN: Duration = Duration::from_secs(30);

/// What the running server may be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Request {
    CreateUser(NewUser),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
enum Answer {
    Done { outcome: Outcome },
    Failed { reason: String },
}

/// The open socket; it is gone when this is dropped.
pub(crate) struct Control {
    path: PathBuf,
    listening: JoinHandle<()>,
}

fn place(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

impl Control {
    /// Opens it. What a process that ended without a word left lying there is taken away.
    pub(crate) fn open(data_dir: &Path, store: Store, ids: Arc<Ids>, handles: HandlesCell) -> Result<Self> {
        let path = place(data_dir);
        match remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot take away {}", path.display()));
            }
            _ => {}
        }
        let listener = UnixListener::bind(&path).with_context(|| format!("cannot open {}", path.display()))?;
        set_permissions(&path, Permissions::from_mode(0o600))
            .with_context(|| format!("cannot close {} to others", path.display()))?;
        let listening = task::spawn("control", async move {
            // One at a time: an operator types these.
            while let Ok((socket, _)) = listener.accept().await {
                match timeout(WITHIN, answer(socket, &store, &ids, &handles)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), "a control request failed"),
                    Err(_elapsed) => tracing::warn!("a control request took too long"),
                }
            }
        });
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

async fn answer(socket: UnixStream, store: &Store, ids: &Ids, handles: &HandlesCell) -> Result<()> {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    (&mut socket).take(LONGEST).read_line(&mut line).await.context("cannot read the request")?;
    let done = match serde_json::from_str(&line) {
        Ok(Request::CreateUser(user)) => user.create(store, ids).await,
        Err(_) => Err(anyhow::anyhow!("the request cannot be read")),
    };
    let answer = match done {
        Ok(outcome) => {
            // The router reads agents and queues anew.
            if let Ok(handles) = handles.get() {
                handles.routers.values().for_each(dashoffice_actors::router::Router::settings_changed);
            }
            Answer::Done { outcome }
        }
        Err(error) => Answer::Failed { reason: format!("{error:#}") },
    };
    let mut text = serde_json::to_string(&answer).context("cannot write the answer")?;
    text.push('\n');
    socket.write_all(text.as_bytes()).await.context("cannot send the answer")
}

/// Asks the server that runs on this data directory; `None`: none does.
pub(crate) async fn ask(data_dir: &Path, request: &Request) -> Result<Option<Outcome>> {
    let mut socket = match UnixStream::connect(place(data_dir)).await {
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
