//! How the simulated WhatsApp is set up, and how badly it behaves.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything the simulator needs. Not `Debug`: it holds secrets, if only played ones.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulatorConfig {
    /// Where Graph is played; loopback only.
    pub listen: SocketAddr,
    /// Where the control API listens: apart, so that Graph can refuse connections; loopback only.
    pub control_listen: SocketAddr,
    /// Where webhooks are sent.
    pub webhook_url: String,
    pub app_secret: String,
    pub verify_token: String,
    /// What a sender must show.
    pub access_token: String,
    pub phone_number_id: String,
    pub display_phone_number: String,
    /// `entry[].id` of webhooks.
    pub account_id: String,
    /// Ask the webhook for its verification at the start.
    pub verify_on_start: bool,
    pub seed: u64,
    /// They are called 1 to this number.
    pub customers: u32,
    pub languages: Languages,
    /// Share of customers that have no phone number, only a business-scoped id.
    pub phoneless_share: f64,
    /// JSON lines, appended to; a ledger that exists is taken up again.
    pub ledger: PathBuf,
    pub life: Life,
    pub statuses: Statuses,
    pub postman: Postman,
    /// How long after a customer's last message free text is taken.
    pub service_window_s: u64,
    /// How long the address of a customer's file holds.
    pub media_url_lives_s: u64,
    pub window_closed: WindowClosed,
    pub faults: Faults,
}

/// How customers' languages are mixed: parts of the whole.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Languages {
    pub es: u32,
    pub pt: u32,
    pub en: u32,
}

/// Customers who write by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Life {
    /// Mean time between conversations that begin, over all customers; 0: nobody writes unasked.
    pub mean_interval_ms: u64,
    /// Whether a customer answers a reply.
    pub answer_probability: f64,
    pub answer_delay_ms: [u64; 2],
    /// Customer messages in one conversation, the first included.
    pub turns: u32,
    /// How often a customer sends a picture, a voice note or a document instead of words.
    pub file_probability: f64,
    /// A customer nobody answers is free for a new conversation after this.
    pub patience_ms: u64,
}

/// When statuses of a message that was taken are sent: each after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Statuses {
    pub sent_after_ms: [u64; 2],
    pub delivered_after_ms: [u64; 2],
    pub read_after_ms: [u64; 2],
    pub read_probability: f64,
}

/// How webhooks are sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Postman {
    /// Webhooks under way at the same time.
    pub in_flight: usize,
    /// Messages and statuses in one body, at most.
    pub batch: usize,
    pub first_retry_ms: u64,
    pub last_retry_ms: u64,
    pub timeout_ms: u64,
    /// Messages and statuses that may wait; what is above is not written.
    pub max_waiting: usize,
}

/// What happens to free text outside the service window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowClosed {
    /// HTTP 400 with code 131047.
    Refuse,
    /// Taken, then a `failed` status with code 131047, as Meta mostly does.
    FailLater,
}

/// How badly everything behaves; probabilities are between 0 and 1, `{}` is good behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// A webhook that was answered 200 is sent once more, up to 2 s later.
    pub duplicate: f64,
    /// The statuses of a message are sent in the wrong order.
    pub reorder_statuses: f64,
    /// A customer's message waits this long before it is first sent; whoever comes after it waits too.
    pub delay_ms: [u64; 2],
    /// A message that was taken ends with a `failed` status (131026).
    pub failed: f64,
    /// HTTP 500 with an error body of Graph's (code 2): not taken.
    pub graph_error_500: f64,
    /// HTTP 429 with code 130429: not taken.
    pub graph_throttled: f64,
    /// With which `Retry-After`; 0: without.
    pub retry_after_s: u64,
    /// HTTP 500 with HTML.
    pub graph_bare_500: f64,
    /// No answer for `hang_ms`, then the connection is cut.
    pub graph_hang: f64,
    /// HTTP 200 with no JSON.
    pub graph_garbage: f64,
    /// Taken; then the connection is cut without an answer.
    pub graph_cut: f64,
    /// Of the unclear answers (bare 500, hang, garbage) the share behind which the message was taken.
    pub unclear_accepts: f64,
    pub hang_ms: u64,
    /// A customer's file is not there (HTTP 400, code 100, subcode 33).
    pub media_missing: f64,
    /// Asking for a customer's file is answered HTTP 500 with an error body of Graph's (code 2).
    pub media_error_500: f64,
    /// A customer's file is said to be larger than anybody takes.
    pub media_too_large: f64,
    /// A customer's file comes with other bytes than were announced.
    pub media_other_bytes: f64,
    /// A customer's file comes after `media_slow_ms`.
    pub media_slow: f64,
    pub media_slow_ms: u64,
    /// Every request is answered that the token has expired (401, code 190): not taken.
    pub token_expired: bool,
    /// Graph's port is closed; connections that are open are cut.
    pub refuse_connections: bool,
}

impl Faults {
    /// Says what is wrong with these numbers, if anything is.
    pub fn complaint(&self) -> Option<&'static str> {
        let kinds = [
            self.graph_error_500,
            self.graph_throttled,
            self.graph_bare_500,
            self.graph_hang,
            self.graph_garbage,
            self.graph_cut,
        ];
        let others = [self.duplicate, self.reorder_statuses, self.failed, self.unclear_accepts];
        let media = [self.media_missing, self.media_error_500, self.media_too_large, self.media_other_bytes];
        let others: Vec<f64> = others.into_iter().chain(media).chain([self.media_slow]).collect();
        if kinds.iter().chain(&others).any(|probability| !(0.0..=1.0).contains(probability)) {
            return Some("a probability lies between 0 and 1");
        }
        (kinds.iter().sum::<f64>() > 1.0).then_some("the probabilities of graph_* add up to more than 1")
    }
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            control_listen: SocketAddr::from(([127, 0, 0, 1], 8091)),
            webhook_url: "http://127.0.0.1:8080/webhooks/cloud/simulated".to_owned(),
            app_secret: "simulated-app-secret".to_owned(),
            verify_token: "simulated-verify-token".to_owned(),
            access_token: "simulated-access-token".to_owned(),
            phone_number_id: "100000000000001".to_owned(),
            display_phone_number: "+55 11 90000-0000".to_owned(),
            account_id: "200000000000001".to_owned(),
            verify_on_start: false,
            seed: 1,
            customers: 50,
            languages: Languages::default(),
            phoneless_share: 0.0,
            ledger: PathBuf::from("simulated-ledger.jsonl"),
            life: Life::default(),
            statuses: Statuses::default(),
            postman: Postman::default(),
            service_window_s: 24 * 60 * 60,
            media_url_lives_s: 5 * 60,
            window_closed: WindowClosed::Refuse,
            faults: Faults::default(),
        }
    }
}

impl Default for Languages {
    fn default() -> Self {
        Self { es: 45, pt: 45, en: 10 }
    }
}

impl Default for Life {
    fn default() -> Self {
        Self {
            mean_interval_ms: 0,
            answer_probability: 0.8,
            answer_delay_ms: [2_000, 12_000],
            turns: 4,
            file_probability: 0.15,
            patience_ms: 120_000,
        }
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            sent_after_ms: [50, 200],
            delivered_after_ms: [100, 800],
            read_after_ms: [500, 5_000],
            read_probability: 0.9,
        }
    }
}

impl Default for Postman {
    fn default() -> Self {
        Self {
            in_flight: 16,
            batch: 1,
            first_retry_ms: 200,
            last_retry_ms: 5_000,
            timeout_ms: 10_000,
            max_waiting: 200_000,
        }
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            duplicate: 0.0,
            reorder_statuses: 0.0,
            delay_ms: [0, 0],
            failed: 0.0,
            graph_error_500: 0.0,
            graph_throttled: 0.0,
            retry_after_s: 0,
            graph_bare_500: 0.0,
            graph_hang: 0.0,
            graph_garbage: 0.0,
            graph_cut: 0.0,
            unclear_accepts: 0.5,
            hang_ms: 25_000,
            media_missing: 0.0,
            media_error_500: 0.0,
            media_too_large: 0.0,
            media_other_bytes: 0.0,
            media_slow: 0.0,
            media_slow_ms: 5_000,
            token_expired: false,
            refuse_connections: false,
        }
    }
}
