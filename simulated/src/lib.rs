//! A WhatsApp to play against: it plays Meta's Graph API over real HTTP, sends signed webhooks, and never forgets.
//!
//! It is a process of its own (`dashoffice simulated`), or a [`Simulator`] within a test. Its ledger outlives the crashes
//! of whoever it plays against, so that a drill can compare afterwards: what was acknowledged with 200 must be in the
//! store exactly once and in order; what the ledger took under one correlation id it must have taken once.
//!
//! # Graph, on `listen`
//!
//! `POST /{version}/{phone_number_id}/messages` (messages, read marks, typing), `GET /{version}/{phone_number_id}`,
//! `GET /{version}/{account_id}/message_templates` (pages of four), `GET /{version}/{media_id}` and the download it points to,
//! all with `Authorization: Bearer {access_token}`. Errors have Graph's shape: 401 code 190 (token), 400 code 100 subcode 33
//! (number), 400 code 100 (a malformed message, a read mark of an unknown message), 400 code 131009 (a link that is no
//! address, a reaction to an unknown message), 400 code 131047 (service window), 404 code 132001 (no such template in this
//! language), 400 code 132000 (another number of parameters), 429 code 130429 (too much waits to be sent). An address nobody
//! has is taken and ends as `failed` with 131026; somebody has it who is one of our customers, or who wrote by a webhook of somebody
//! else's ([`Elsewhere`], which a demo answers from its store): they can be answered, reacted to and marked as read like any other.
//!
//! # Control, on `control_listen`
//!
//! JSON in and out; what is refused is `{"error": "why"}`. Times are microseconds since 1970. Customers are called 1 to
//! `customers`; customer 17 has the phone `5511900000017` and the scoped id `BR.900000000017`.
//!
//! - `GET /control/health` → `{status:"ok", customers, chats, waiting, on_calendar, graph_open, verification, run}`.
//!   `waiting` counts messages and statuses not yet acknowledged; `verification` is `not asked`, `verified`,
//!   `wrong challenge`, `refused` or `not reached`.
//! - `POST /control/verify` → `{verification}`: asks the webhook (`GET` with `hub.mode`, `hub.verify_token`, `hub.challenge`).
//! - `GET /control/customers` → `{rows:[{customer, phone, user_id, name, language}]}`.
//! - `POST /control/write` with `{customer, text}` or `{customer, sequence:["…", …]}` (at most 1000) or
//!   `{customer, content:{type:"image", image:{id:"7", …}}}` (any message; id, time and sender are filled in)
//!   or `{customer, file:"image" | "voice" | "document"}` (a new file, with what Meta says of it)
//!   → `{rows:[{position, customer, sequence, wamid, text}]}`. 404 no such customer, 503 too much waits.
//!   `sequence` in the answer is the customer's running number, from 1.
//! - `POST /control/load` with `{rate_per_s, seconds | count, customers?}` → 202 `{load, planned}`: open-loop, the first
//!   `customers` customers in turn, each text `#{sequence} …`. `GET /control/load` →
//!   `{rows:[{load, planned, written, missed, finished}]}`; `missed` found too much waiting. `DELETE /control/load` stops all.
//! - `GET /control/faults`, `POST /control/faults` with a [`Faults`] object: replaces all of them, so `{}` is good behaviour.
//!   Answers when the Graph port is open or closed as ordered.
//! - `GET /control/life`, `POST /control/life` with a [`Life`] object (`mean_interval_ms` 0: nobody begins a conversation).
//! - `GET /control/ledger` → `{inbound:{written, acknowledged, attempts, duplicates}, outbound:{accepted, distinct, repeated,
//!   without_correlation}, statuses:{planned, acknowledged}, read_marks:{told, messages}, waiting, loads}`. `repeated` counts messages taken again under
//!   a correlation id that was taken before; it must stay 0.
//! - `GET /control/ledger/inbound?after=0&limit=1000&customer=&acknowledged=true|false` →
//!   `{rows:[{position, customer, sequence, wamid, at_us, text, content?, attempts, attempted_at_us:[…], acknowledged_at_us,
//!   duplicates, read_at_us}], next}`; `limit` at most 10000; of the times of attempts the first 32 are shown; `next` is the following page's `after`, null at the end.
//!   `GET /control/ledger/inbound/{position}` → one such row.
//! - `GET /control/ledger/outbound?after=0&limit=1000&customer=&to=&message=` →
//!   `{rows:[{position, wamid, message, to, customer, kind, text, reply_to, plan, answered, at_us,
//!   statuses:[{status, acknowledged_at_us}]}], next}`; `message` is the correlation id, `answered` is `ok` or the fault that
//!   hid the acceptance (`bare_500`, `hang`, `garbage`, `cut`), a status is `"sent"`, `"delivered"`, `"read"` or `{"failed": code}`.
//!
//! # What holds
//!
//! A customer's next message is sent only after the one before was answered 200; a webhook is repeated (0.2 s, doubling to
//! 5 s) until it is. What was not acknowledged when the simulator ended is sent again when it starts on the same ledger.
//! The file is JSON lines, each written before anything follows from it. Ids differ from run to run. Faults and customers
//! follow from `seed`, one stream of chance for Graph, webhooks and customers each.

mod calendar;
mod chance;
mod clock;
mod config;
mod control;
mod elsewhere;
mod escape;
mod files;
mod gate;
mod graph;
mod ledger;
mod life;
mod load;
mod office;
mod people;
mod phrases;
mod postman;
#[cfg(test)]
mod tests;
mod webhook;
mod world;

pub use config::{Faults, Languages, Life, Postman, SimulatorConfig, Statuses, WindowClosed};
pub use elsewhere::Elsewhere;
pub use phrases::customers_say;

use self::world::World;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Why the simulator could not begin.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error("the configuration is wrong: {0}")]
    Configuration(&'static str),
    #[error("cannot open the ledger")]
    Ledger(#[source] io::Error),
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// A simulated WhatsApp that runs; it ends when it is dropped, and its ledger stays.
pub struct Simulator {
    world: Arc<World>,
    graph: SocketAddr,
    control: SocketAddr,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Opens both ports and takes up the ledger; all customers are ours. The process must have installed rustls' provider.
    pub async fn start(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        Self::start_beside(config, Arc::new(elsewhere::Nowhere)).await
    }

    /// The same, where the number may hear of customers from others, too.
    pub async fn start_beside(mut config: SimulatorConfig, others: Arc<dyn Elsewhere>) -> Result<Self, SimulatorError> {
        check(&config)?;
        let graph_listener = listen(config.listen).await?;
        let control_listener = listen(config.control_listen).await?;
        let graph = local(&graph_listener, config.listen)?;
        let control = local(&control_listener, config.control_listen)?;
        config.listen = graph;
        let verify_first = config.verify_on_start;
        let world = Arc::new(World::new(config, others)?);
        let mut tasks = JoinSet::new();
        tasks.spawn(gate::guard(world.clone(), graph_listener, graph, graph::router(world.clone())));
        let control_router = control::router(world.clone());
        tasks.spawn(async move { gate::keep_open(&control_listener, &control_router).await });
        for _ in 0..world.config.postman.in_flight {
            tasks.spawn(postman::carry(world.clone()));
        }
        tasks.spawn(postman::watch_calendar(world.clone()));
        tasks.spawn(life::live(world.clone()));
        if verify_first {
            let world = world.clone();
            tasks.spawn(async move {
                let verification = verify(&world).await;
                tracing::info!(verification, "the webhook was asked for its verification");
            });
        }
        Ok(Self { world, graph, control, tasks })
    }

    /// The `api_base` of numbers that play here.
    pub fn graph_url(&self) -> String {
        format!("http://{}", self.graph)
    }

    /// Where `/control/…` is.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// Ends everything that runs and waits for its end.
    pub async fn stop(mut self) {
        self.world.end_tasks();
        self.tasks.shutdown().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.world.end_tasks();
    }
}

/// Plays until `shutdown` comes: what the command `dashoffice simulated` does.
pub async fn serve(config: SimulatorConfig, shutdown: impl Future<Output = ()>) -> Result<(), SimulatorError> {
    let simulator = Simulator::start(config).await?;
    tracing::info!(graph = %simulator.graph, control = %simulator.control, "a simulated WhatsApp is here to play");
    shutdown.await;
    simulator.stop().await;
    Ok(())
}

fn check(config: &SimulatorConfig) -> Result<(), SimulatorError> {
    let wrong = |what| Err(SimulatorError::Configuration(what));
    if !config.listen.ip().is_loopback() || !config.control_listen.ip().is_loopback() {
        return wrong("it listens on loopback addresses only");
    }
    if config.app_secret.is_empty() || config.access_token.is_empty() {
        return wrong("app_secret and access_token must not be empty");
    }
    if config.postman.in_flight == 0 || config.postman.in_flight > 1_000 {
        return wrong("postman.in_flight lies between 1 and 1000");
    }
    if config.customers > 1_000_000 {
        return wrong("there are at most 1000000 customers");
    }
    if reqwest::Url::parse(&config.webhook_url).is_err() {
        return wrong("webhook_url is no URL");
    }
    match config.faults.complaint() {
        Some(complaint) => wrong(complaint),
        None => Ok(()),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, SimulatorError> {
    TcpListener::bind(address).await.map_err(|source| SimulatorError::Listen { address, source })
}

fn local(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, SimulatorError> {
    listener.local_addr().map_err(|source| SimulatorError::Listen { address: asked, source })
}

/// Asks the webhook to prove that it knows the verify token, and remembers what came of it.
async fn verify(world: &World) -> &'static str {
    const LONGEST_WAIT: Duration = Duration::from_secs(5);
    let challenge = format!("simulated-{}", world.run);
    let query =
        [("hub.mode", "subscribe"), ("hub.verify_token", &world.config.verify_token), ("hub.challenge", &challenge)];
    let request = world.client.get(&world.config.webhook_url).query(&query).timeout(LONGEST_WAIT);
    let verification = match request.send().await {
        Ok(response) if response.status() == reqwest::StatusCode::OK => match response.text().await {
            Ok(answer) if answer == challenge => "verified",
            _ => "wrong challenge",
        },
        Ok(_) => "refused",
        Err(_) => "not reached",
    };
    *world.verification.lock().unwrap_or_else(PoisonError::into_inner) = verification;
    verification
}
