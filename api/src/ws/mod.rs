//! The live socket: `GET /api/v1/ws`. A console says hello, holds topics, gives commands, and is told what was committed (E3).

mod close;
mod incoming;
mod looks;
mod outgoing;
mod rate;
mod reads;
mod socket;
mod waiting;

pub use reads::StoreReads;

use crate::problem::Problem;
use crate::readiness::{Readiness, StartupState};
use crate::state::Api;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

/// Where sockets are opened.
pub(crate) const PATH: &str = "/api/v1/ws";
/// The longest frame of a client, in bytes; twice as much is still read, so that its sender can be told.
const LONGEST_FRAME: usize = 64 * 1_024;
/// Of what is written and not sent yet: more than the largest frame we make.
const LONGEST_WRITE: usize = 8 << 20;

/// How patient sockets are.
#[derive(Clone, Copy, Debug)]
pub struct SocketTimes {
    pub heartbeat: Duration,
    pub hello: Duration,
}

impl Default for SocketTimes {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(20), hello: Duration::from_secs(5) }
    }
}

/// Every live socket of this process. Cheap to clone.
#[derive(Clone)]
pub struct Sockets(Arc<Inner>);

struct Inner {
    api: Api,
    readiness: Readiness,
    times: SocketTimes,
    open: watch::Sender<usize>,
}

impl Sockets {
    pub fn new(api: Api, readiness: Readiness, times: SocketTimes) -> Self {
        Self(Arc::new(Inner { api, readiness, times, open: watch::Sender::new(0) }))
    }

    pub fn count(&self) -> usize {
        *self.0.open.borrow()
    }

    /// Returns once every socket has ended. Draining tells them to; whoever does not listen is cut with the process.
    pub async fn ended(&self) {
        let mut open = self.0.open.subscribe();
        // Fails only when the sender is gone, and we hold it.
        let _ = open.wait_for(|open| *open == 0).await;
    }
}

/// Counts a socket for as long as it lives.
struct Counted(Sockets);

impl Counted {
    fn new(sockets: &Sockets) -> Self {
        sockets.0.open.send_modify(|open| *open += 1);
        metrics::gauge!("dashoffice_api_sockets").increment(1.0);
        Self(sockets.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.open.send_modify(|open| *open -= 1);
        metrics::gauge!("dashoffice_api_sockets").decrement(1.0);
    }
}

/// Whether a page of this very server asks, or no page at all.
fn is_our_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// The path of the live socket.
pub fn routes(sockets: Sockets) -> Router {
    Router::new().route(PATH, get(upgrade)).with_state(sockets)
}

/// `GET /api/v1/ws`.
async fn upgrade(State(sockets): State<Sockets>, request: Request) -> Response {
    if !is_our_own(request.headers()) {
        return Problem::origin_refused().into_response();
    }
    if sockets.0.readiness.standing() == StartupState::Draining {
        return Problem::unavailable(1).into_response();
    }
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refused) => return no_handshake(&refused),
    };
    // What is logged of the socket names where it comes from, like what is logged of a request.
    let span = Span::current();
    upgrade
        .read_buffer_size(1_024)
        .write_buffer_size(4_096)
        .max_write_buffer_size(LONGEST_WRITE)
        .max_message_size(2 * LONGEST_FRAME)
        .max_frame_size(2 * LONGEST_FRAME)
        .on_upgrade(move |socket| {
            let carried = async move {
                let counted = Counted::new(&sockets);
                socket::carry(&sockets, socket).await;
                drop(counted);
            };
            carried.instrument(span)
        })
}

/// What is wrong with a handshake that cannot be taken, and what would be right (RFC 6455 §4.2.2, §4.4).
fn no_handshake(refused: &WebSocketUpgradeRejection) -> Response {
    use WebSocketUpgradeRejection::{InvalidUpgradeHeader, InvalidWebSocketVersionHeader};
    if !matches!(refused, InvalidUpgradeHeader(_) | InvalidWebSocketVersionHeader(_)) {
        return Problem::handshake_broken().into_response();
    }
    let mut response = Problem::upgrade_required().into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e3_only_our_own_pages_may_open_a_socket() {
        let asks = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("desk.example:8080"));
            headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
            is_our_own(&headers)
        };
        assert!(asks(None));
        assert!(asks(Some("https://desk.example:8080")));
        assert!(asks(Some("https://Desk.Example:8080")));
        for wrong in ["https://desk.example", "https://evil.example", "null", "https://evil.example/?desk.example:8080"]
        {
            assert!(!asks(Some(wrong)), "{wrong}");
        }
    }
}
