//! The floor: what a webhook costs on its way to a socket on this machine when nothing is decided and nothing is stored.

use crate::book::Book;
use crate::desk::{open, say};
use crate::envelope::Door;
use crate::frame::Frame;
use crate::line::Place;
use crate::press::Press;
use crate::process::{Process, Program, free_port};
use crate::webhook::{self, signed};
use crate::witness::Witness;
use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What webhooks are signed with; everybody knows it.
const SECRET: &str = "floor";
/// Frames that may wait for a socket; more are not sent, and then the floor is no floor any more.
const WAITING: usize = 65_536;
const TO_START: Duration = Duration::from_secs(20);
/// Meta sends up to 3 MB.
const LONGEST_BODY: usize = 4_000_000;

#[derive(Debug, Default)]
struct Ground {
    sockets: Mutex<Vec<mpsc::Sender<String>>>,
    position: AtomicUsize,
}

/// Serves until the process ends: `POST /webhooks/floor`, `GET /ws`, `GET /healthz`.
pub async fn serve(address: SocketAddr) -> Result<()> {
    let ground = Arc::new(Ground::default());
    let router = Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "alive" })) }))
        .route("/webhooks/floor", post(pass))
        .route("/ws", get(join))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(ground);
    let listener = TcpListener::bind(address).await.context("cannot listen")?;
    let listener = listener.tap_io(|stream| {
        // Without it a frame waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await.context("the floor broke off")
}

/// Verifies, reads, and hands each message to one of the sockets, as an event of the same shape as the product's.
async fn pass(State(ground): State<Arc<Ground>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let given = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given != format!("sha256={}", hex::encode(signed(SECRET, &body))) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let messages = &body["entry"][0]["changes"][0]["value"]["messages"];
    for message in messages.as_array().into_iter().flatten() {
        let position = ground.position.fetch_add(1, Relaxed) + 1;
        let created = json!({
            "id": message["id"], "position": position, "direction": "inbound", "status": "received",
            "content": { "type": "text", "body": message["text"]["body"] },
        });
        let changes = [json!({ "name": "message.created", "body": created })];
        let event = json!({ "type": "event", "position": position, "changes": changes }).to_string();
        let sockets = ground.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(socket) = sockets.get(position % sockets.len().max(1)) {
            // A socket that is gone or too slow: the message is missing at the other end, where it is counted.
            let _ = socket.try_send(event);
        }
    }
    StatusCode::OK
}

async fn join(State(ground): State<Arc<Ground>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(4_096).write_buffer_size(4_096).on_upgrade(move |socket| carry(ground, socket))
}

async fn carry(ground: Arc<Ground>, mut socket: WebSocket) {
    let (frames, mut waiting) = mpsc::channel(WAITING);
    ground.sockets.lock().unwrap_or_else(PoisonError::into_inner).push(frames);
    if socket.send(Message::text(r#"{"type":"welcome"}"#)).await.is_err() {
        return;
    }
    while let Some(frame) = waiting.recv().await {
        if socket.send(Message::text(frame)).await.is_err() {
            return;
        }
    }
}

/// A floor that runs in a process of its own, with sockets on it.
pub struct Floor {
    process: Process,
    logs: TempDir,
    pub press: Arc<Press>,
    sockets: JoinSet<Result<()>>,
}

impl Floor {
    /// Starts `program` (this very program) as a floor, opens `sockets` on it, and prepares customers who write into `book`.
    pub async fn starts(program: &Path, sockets: usize, book: Arc<Book>, run: u32, connections: usize) -> Result<Self> {
        let logs = tempfile::tempdir().context("cannot make a directory for the floor")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let url = format!("http://{address}");
        let floor = Program {
            name: "floor".to_owned(),
            path: program.to_owned(),
            arguments: vec!["floor-server".to_owned(), "--listen".to_owned(), address.clone()],
            environment: Vec::new(),
            logs: logs.path().to_owned(),
        };
        let mut process = floor.start()?;
        process.ready(&webhook::client()?, &format!("{url}/healthz"), TO_START).await?;
        let witness =
            Witness::new(Arc::clone(&book), Arc::new(Book::new(tokio::time::Instant::now(), "none".into(), 0)));
        let mut tasks = JoinSet::new();
        for _ in 0..sockets {
            let (url, witness) = (format!("ws://{address}/ws"), Arc::clone(&witness));
            tasks.spawn(async move { listens(&url, &witness).await });
        }
        witness.seated(sockets).await;
        let door = Door {
            place: Place::of(&format!("{url}/webhooks/floor")).await?,
            app_secret: SECRET.to_owned(),
            phone_number_id: "1".to_owned(),
        };
        Ok(Self { process, logs, press: Press::new(door, book, run, connections), sockets: tasks })
    }

    pub async fn ends(mut self) -> Result<()> {
        self.sockets.abort_all();
        self.process.kill().await?;
        drop(self.logs);
        Ok(())
    }
}

async fn listens(url: &str, witness: &Witness) -> Result<()> {
    let mut socket = open(url).await?;
    say(&mut socket, &json!({ "type": "hello" })).await?;
    let mut last_position = 0;
    while let Some(heard) = socket.next().await {
        let Ok(text) = heard.context("the floor broke off")?.into_text() else { continue };
        let frame: Frame<'_> = serde_json::from_str(&text).context("the floor speaks in frames")?;
        if frame.kind == "welcome" {
            witness.one_more_sits();
        }
        witness.sees(&text, &frame, &mut last_position, |_| ());
    }
    Ok(())
}
