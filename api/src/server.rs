//! Carries the router over sockets: so many connections, headers in time, and an orderly end.

use crate::connections::{Connections, Place, Placed};
use crate::peer::{Named, WithPeer};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

/// When the machine has no more sockets to give, trying again at once would only burn a core.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// What one connection may hold in memory of what was not read yet; also the bound on its headers.
const READ_AHEAD: usize = 64 * 1024;

/// An answer of which the client takes nothing for so many header timeouts ends its connection.
const UNREAD_FOR: u32 = 3;

/// What one connection may take of us.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Open at once, live sockets among them. Further ones are let in for those that are idle, or wait in the system's backlog; some
    /// of them are kept for webhooks and operators.
    pub connections: usize,
    /// From the first byte awaited to the last byte of the headers; idle connections end after it, too, and answers that nobody reads
    /// after three times as long.
    pub header_timeout: Duration,
    /// How long connections may take to finish once we drain.
    pub drain_timeout: Duration,
}

/// How the end went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that had to be cut because they did not finish in time.
    pub cut: usize,
}

/// Serves until `stop`, then takes no new connection, lets each finish its request, and returns.
pub async fn serve(
    listener: TcpListener,
    router: impl Into<WithPeer>,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) -> Drained {
    let router = router.into();
    let places = Connections::of(limits.connections);
    let (going, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = connections.join_next() => report(&ended),
            ((socket, peer), place) = accepted(&listener, &places) => {
                connections.spawn(carry((socket, peer), router.clone(), limits.header_timeout, going.subscribe(), place));
            }
        }
    }
    drop(listener);
    going.send_replace(true);
    let finish = async {
        while let Some(ended) = connections.join_next().await {
            report(&ended);
        }
    };
    let cut = match timeout(limits.drain_timeout, finish).await {
        Ok(()) => 0,
        Err(_elapsed) => connections.len(),
    };
    connections.shutdown().await;
    Drained { cut }
}

/// The next connection, once there is a slot for it.
async fn accepted(listener: &TcpListener, places: &Connections) -> ((TcpStream, SocketAddr), Arc<Place>) {
    let slot = places.slot().await;
    loop {
        match listener.accept().await {
            Ok(accepted) => return (accepted, places.enter(slot)),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(AFTER_A_FAILED_ACCEPT).await;
            }
        }
    }
}

/// One connection, from its first byte to its last.
async fn carry(
    (socket, peer): (TcpStream, SocketAddr),
    router: WithPeer,
    header_timeout: Duration,
    mut going: watch::Receiver<bool>,
    place: Arc<Place>,
) {
    // Only latency is at stake: a socket that refuses is served all the same.
    let _ = socket.set_nodelay(true);
    let connected = Arc::new(Connected { place: Arc::clone(&place), peer, named: Named::default() });
    let service = service_fn(move |request| answer(Arc::clone(&connected), router.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(Placed::new(socket, Arc::clone(&place), header_timeout * UNREAD_FOR)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = going.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = place.is_to_end() => {
            // Nothing was asked on it, so nothing is cut off.
            if !place.has_asked() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            // An answer that nobody reads does not hold the place of others.
            timeout(header_timeout, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// What all requests of a connection have in common.
struct Connected {
    place: Arc<Place>,
    peer: SocketAddr,
    named: Named,
}

/// One request, where there is a connection to spare for it.
async fn answer(
    connected: Arc<Connected>,
    router: WithPeer,
    request: hyper::Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let Connected { place, peer, named } = &*connected;
    let permit = match place.asks(request.uri()) {
        Ok(permit) => permit,
        Err(problem) => {
            place.is_answered();
            return Ok(problem.into_response());
        }
    };
    let answer = router.answer(*peer, named, request.map(Body::new)).await?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        place.becomes_a_socket(permit);
    } else {
        place.is_answered();
    }
    Ok(answer)
}

fn report(ended: &Result<(), JoinError>) {
    if ended.as_ref().is_err_and(JoinError::is_panic) {
        tracing::error!("a connection panicked");
    }
}
