//! The doors: connections are served until somebody shuts them; Graph's can be shut, and can cut a connection instead of answering.

use crate::world::World;
use axum::Router;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Connections at the same time; more are closed at once.
const MOST_CONNECTIONS: usize = 4_096;

/// Put into a response's extensions: do not send it, cut the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut;

/// The connection is to be cut.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct OnPurpose;

/// Serves Graph for ever, shut while the faults say so.
pub(crate) async fn guard(world: Arc<World>, mut listener: TcpListener, address: SocketAddr, router: Router) {
    let mut faults = world.watch_faults();
    loop {
        tokio::select! {
            () = keep_open(&listener, &router) => {}
            told = async { faults.wait_for(|faults| faults.refuse_connections).await.map(drop) } => {
                if told.is_err() {
                    return;
                }
            }
        }
        drop(listener);
        world.gate_is_open.send_replace(false);
        if faults.wait_for(|faults| !faults.refuse_connections).await.map(drop).is_err() {
            return;
        }
        listener = bind_again(address).await;
        world.gate_is_open.send_replace(true);
    }
}

/// Serves for ever; when it is dropped, every connection ends.
pub(crate) async fn keep_open(listener: &TcpListener, router: &Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(serve_connection(stream, router.clone()));
                }
                Ok(_) => {}
                // Out of file descriptors, say: the next attempt may do better.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    let service = TowerToHyperService::new(router);
    let answer = service_fn(move |request: Request<Incoming>| {
        let answering = service.call(request);
        async move {
            let response: Response<axum::body::Body> = answering.await.map_err(|never| match never {})?;
            if response.extensions().get::<Cut>().is_some() { Err(OnPurpose) } else { Ok(response) }
        }
    });
    // A connection that breaks concerns its two ends alone.
    let _ = stream.set_nodelay(true);
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn bind_again(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) => {
                tracing::warn!(%error, "the simulated Graph cannot open its port again; it keeps trying");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
