//! A webhook of our own: checks the signature as the adapter does, and answers what the test wants.

use crate::elsewhere::{Elsewhere, Nowhere};
use crate::{Life, Postman, Simulator, SimulatorConfig, Statuses};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::{Piece, PieceStatus, Reading, Secret, Webhook as _};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(super) const SECRET: &str = "simulated-app-secret";

/// One webhook that was answered.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) signed: bool,
    pub(super) body: Bytes,
    pub(super) answered: u16,
}

/// What the receiver knows.
pub(super) struct Desk {
    got: watch::Sender<Vec<Got>>,
    answer: AtomicU16,
    channel: CloudChannel,
}

/// A receiver and a simulator that writes to it.
pub(super) struct Play {
    pub(super) simulator: Simulator,
    pub(super) desk: Arc<Desk>,
    pub(super) config: SimulatorConfig,
    pub(super) http: reqwest::Client,
    others: Arc<dyn Elsewhere>,
    _folder: TempDir,
    _receiver: JoinSet<()>,
}

impl Play {
    pub(super) async fn begin(change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        Self::begin_beside(Arc::new(Nowhere), change).await
    }

    pub(super) async fn begin_beside(others: Arc<dyn Elsewhere>, change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let desk = Arc::new(Desk {
            got: watch::Sender::new(Vec::new()),
            answer: AtomicU16::new(200),
            channel: CloudChannel::new(CloudConfig { post_timeout_ms: 500, ..CloudConfig::default() }).unwrap(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hook", get(verify).post(receive)).with_state(desk.clone());
        let mut receiver = JoinSet::new();
        receiver.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let mut config = SimulatorConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            control_listen: "127.0.0.1:0".parse().unwrap(),
            webhook_url: format!("http://{address}/hook"),
            ledger: folder.path().join("ledger.jsonl"),
            customers: 20,
            life: Life { answer_delay_ms: [0, 5], ..Life::default() },
            statuses: Statuses {
                sent_after_ms: [0, 2],
                delivered_after_ms: [0, 2],
                read_after_ms: [0, 2],
                read_probability: 1.0,
            },
            postman: Postman { first_retry_ms: 5, last_retry_ms: 20, ..Postman::default() },
            ..SimulatorConfig::default()
        };
        change(&mut config);
        let simulator = Simulator::start_beside(config.clone(), others.clone()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { simulator, desk, config, http, others, _folder: folder, _receiver: receiver }
    }

    /// Ends the simulator and starts another on the same ledger.
    pub(super) async fn restart(self) -> Self {
        self.simulator.stop().await;
        let simulator = Simulator::start_beside(self.config.clone(), self.others.clone()).await.unwrap();
        Self { simulator, ..self }
    }

    pub(super) async fn ask(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.simulator.control_url())).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    pub(super) async fn order(&self, path: &str, order: &Value) -> Value {
        let (status, answer) = self.try_order(path, order).await;
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }

    pub(super) async fn try_order(&self, path: &str, order: &Value) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.simulator.control_url());
        let answer = self.http.post(url).json(order).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Asks until the answer is as wanted.
    pub(super) async fn ask_until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let asking = async {
            loop {
                let answer = self.ask(path).await;
                if wanted(&answer) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asking)
            .await
            .unwrap_or_else(|_| panic!("{path} never came to it"))
    }

    /// Nothing waits any more.
    pub(super) async fn settled(&self) -> Value {
        let done = |sums: &Value| {
            sums["waiting"] == 0
                && sums["inbound"]["written"] == sums["inbound"]["acknowledged"]
                && sums["statuses"]["planned"] == sums["statuses"]["acknowledged"]
                && sums["loads"].as_array().unwrap().iter().all(|load| load["finished"] == true)
        };
        self.ask_until("/control/ledger", done).await
    }
}

impl Desk {
    pub(super) fn answers(&self, status: u16) {
        self.answer.store(status, Ordering::SeqCst);
    }

    /// Waits until what came in is as wanted.
    pub(super) async fn wait_for(&self, wanted: impl FnMut(&Vec<Got>) -> bool) -> Vec<Got> {
        let mut got = self.got.subscribe();
        let waiting = got.wait_for(wanted);
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it comes in time").unwrap().clone()
    }

    pub(super) fn all(&self) -> Vec<Got> {
        self.got.borrow().clone()
    }

    /// The pieces of every webhook that was answered 200.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let taken = |got: Got| (got.answered == 200).then(|| self.channel.split(&got.body).unwrap());
        self.all().into_iter().filter_map(taken).flatten().collect()
    }

    pub(super) fn statuses(&self) -> Vec<PieceStatus> {
        let status = |piece| if let Piece::Status(status) = piece { Some(*status) } else { None };
        self.pieces().into_iter().filter_map(status).collect()
    }

    pub(super) fn inbound(&self) -> Vec<Inbound> {
        let read = |piece| {
            let Piece::Item { raw, .. } = piece else { return None };
            match self.channel.decode(&raw) {
                Reading::Understood(inbound) | Reading::Partly(inbound) => Some(inbound),
                Reading::Unreadable { reason } => panic!("{reason}"),
            }
        };
        self.pieces().into_iter().filter_map(read).collect()
    }

    /// Texts by the customer's first identifier, in order of arrival, each message once.
    pub(super) fn texts(&self) -> HashMap<String, Vec<String>> {
        let mut seen = std::collections::HashSet::new();
        let mut texts: HashMap<String, Vec<String>> = HashMap::new();
        for inbound in self.inbound() {
            if let Said::Message { content: Content::Text { body } } = inbound.what
                && seen.insert(inbound.provider_message_id)
            {
                texts.entry(inbound.identifiers[0].value.clone()).or_default().push(body);
            }
        }
        texts
    }
}

async fn receive(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature-256").and_then(|header| header.to_str().ok());
    let signed = desk.channel.signed(&Secret(SECRET.to_owned()), signature, &body);
    let answered = desk.answer.load(Ordering::SeqCst);
    desk.got.send_modify(|got| got.push(Got { signed, body, answered }));
    StatusCode::from_u16(answered).unwrap()
}

async fn verify(Query(query): Query<HashMap<String, String>>) -> Result<String, StatusCode> {
    let ours = query["hub.mode"] == "subscribe" && query["hub.verify_token"] == "simulated-verify-token";
    if ours { Ok(query["hub.challenge"].clone()) } else { Err(StatusCode::FORBIDDEN) }
}
