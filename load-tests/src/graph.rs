//! Meta's side of a run, played in our own process so that the server's memory and time are its own: takes replies at once and reports them sent, delivered and read.

use crate::book::Book;
use crate::envelope::Door;
use crate::line::Line;
use crate::now_us;
use anyhow::{Context, Result};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// What is told of each message, and how long after it was taken.
const STATUSES: [(&str, Duration); 3] = [
    ("sent", Duration::from_millis(20)),
    ("delivered", Duration::from_millis(100)),
    ("read", Duration::from_millis(250)),
];
/// Messages whose statuses are still to be told; more wait for their answer.
const WAITING: usize = 4_096;
/// Statuses under way at once.
const POSTMEN: usize = 8;
/// Before a status that was not taken is posted again.
const PAUSE: Duration = Duration::from_millis(100);

/// A Graph that answers. Dropped, it ends, at some time soon.
#[derive(Debug)]
pub struct Graph {
    play: Arc<Play>,
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Play {
    replies: Mutex<Option<Arc<Book>>>,
    taken: mpsc::Sender<Taken>,
    /// The correlation id of each message that was taken, in order.
    correlations: Mutex<Vec<String>>,
    count: AtomicUsize,
    told: AtomicU64,
}

#[derive(Clone, Debug)]
struct Taken {
    wamid: String,
    to: String,
    correlation: Option<String>,
    at: Instant,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    to: String,
    text: Option<Text>,
    biz_opaque_callback_data: Option<String>,
}

#[derive(Deserialize)]
struct Text {
    body: String,
}

impl Graph {
    /// Plays at `address`; statuses go through `door`.
    pub async fn plays(address: SocketAddr, door: Door) -> Result<Self> {
        let (taken, waiting) = mpsc::channel(WAITING);
        let play = Arc::new(Play {
            replies: Mutex::default(),
            taken,
            correlations: Mutex::default(),
            count: AtomicUsize::new(0),
            told: AtomicU64::new(0),
        });
        let listener = TcpListener::bind(address).await.context("cannot listen where WhatsApp is played")?;
        let router = Router::new().route("/{version}/{number}/messages", post(take)).with_state(Arc::clone(&play));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // It ends with this task; there is nobody to tell.
            let _ = axum::serve(listener, router).await;
        });
        let (statuses, parcels) = mpsc::channel(POSTMEN);
        tasks.spawn(tells(waiting, statuses));
        let parcels = Arc::new(tokio::sync::Mutex::new(parcels));
        for _ in 0..POSTMEN {
            tasks.spawn(brings(Arc::clone(&play), door.clone(), Arc::clone(&parcels)));
        }
        Ok(Self { play, tasks })
    }

    /// Ends it; its port is free when this returns.
    pub async fn ends(mut self) {
        self.tasks.shutdown().await;
    }

    /// Replies that come from now on are those of `replies`.
    pub fn expects(&self, replies: Arc<Book>) {
        *self.play.replies.lock().unwrap_or_else(PoisonError::into_inner) = Some(replies);
    }

    /// The correlation id of each message that was taken; twice, if it was posted twice.
    pub fn taken(&self) -> Vec<String> {
        self.play.correlations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Statuses that were acknowledged.
    pub fn told(&self) -> u64 {
        self.play.told.load(Relaxed)
    }

    /// Waits until every status of what was taken is acknowledged; `false`: not within this time.
    pub async fn quiet(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while self.told() < (self.play.count.load(Relaxed) * STATUSES.len()) as u64 {
            if Instant::now() > deadline {
                return false;
            }
            sleep(Duration::from_millis(20)).await;
        }
        true
    }
}

async fn take(
    State(play): State<Arc<Play>>,
    Path((_version, _number)): Path<(String, String)>,
    Json(asked): Json<Asked>,
) -> (StatusCode, Json<Value>) {
    // A read mark has no text: it is taken, and nothing is told of it.
    let Some(text) = asked.text else { return (StatusCode::OK, Json(json!({ "success": true }))) };
    if let Some(replies) = &*play.replies.lock().unwrap_or_else(PoisonError::into_inner)
        && let Some(number) = replies.number_in(&text.body)
    {
        replies.seen(number);
    }
    let count = play.count.fetch_add(1, Relaxed);
    if let Some(correlation) = &asked.biz_opaque_callback_data {
        play.correlations.lock().unwrap_or_else(PoisonError::into_inner).push(correlation.clone());
    }
    let wamid = format!("wamid.out-{}-{count}", now_us());
    let answer = json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": asked.to, "wa_id": asked.to }],
        "messages": [{ "id": wamid }],
    });
    let taken = Taken { wamid, to: asked.to, correlation: asked.biz_opaque_callback_data, at: Instant::now() };
    // Fails only when the play is over.
    let _ = play.taken.send(taken).await;
    (StatusCode::OK, Json(answer))
}

/// Hands each status to the postmen when its time has come. Every kind has one delay, hence each queue is in order.
async fn tells(mut waiting: mpsc::Receiver<Taken>, statuses: mpsc::Sender<(&'static str, Taken)>) {
    let mut queues: [VecDeque<Taken>; STATUSES.len()] = Default::default();
    loop {
        let due = |queue: &VecDeque<Taken>, delay: Duration| queue.front().map(|taken| taken.at + delay);
        let next = (0..queues.len()).filter_map(|kind| Some((due(&queues[kind], STATUSES[kind].1)?, kind))).min();
        let has_room = queues.iter().all(|queue| queue.len() < WAITING);
        tokio::select! {
            taken = waiting.recv(), if has_room => match taken {
                Some(taken) => queues[0].push_back(taken),
                None => return,
            },
            () = sleep_until(next.map_or_else(Instant::now, |(at, _)| at)), if next.is_some() => {
                let Some((_, kind)) = next else { continue };
                let Some(taken) = queues[kind].pop_front() else { continue };
                if let Some(after) = queues.get_mut(kind + 1) {
                    after.push_back(taken.clone());
                }
                if statuses.send((STATUSES[kind].0, taken)).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn brings(play: Arc<Play>, door: Door, parcels: Arc<tokio::sync::Mutex<mpsc::Receiver<(&'static str, Taken)>>>) {
    let mut line = Line::to(door.place.address);
    loop {
        let parcel = parcels.lock().await.recv().await;
        let Some((status, taken)) = parcel else { return };
        let body = door.status(status, &taken.to, &taken.wamid, taken.correlation.as_deref(), now_us() / 1_000_000);
        let request = door.brings(&body);
        while !line.ask(&request).await.is_ok_and(|answer| answer.status == 200) {
            sleep(PAUSE).await;
        }
        play.told.fetch_add(1, Relaxed);
    }
}
