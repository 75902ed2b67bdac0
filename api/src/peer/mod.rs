//! Where a request comes from, by the word of proxies that we trust or without one: found once for all paths, and told to REST, to the
//! live socket, to webhooks, and to every log line about the request.

mod forwarded;
mod proxies;

pub use proxies::{NoNetwork, TrustedProxies};

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use dashoffice_runtime::Current;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use tracing::Instrument as _;

/// The other end of the connection; put into each request by the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connected(pub(crate) SocketAddr);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) address: IpAddr,
    /// False: the address is a proxy's of ours, and somebody stands beyond it of whom it cannot be said who they are. Such a request
    /// counts as the proxy's where it is held back, and never where it is let through.
    pub(crate) is_sure: bool,
}

impl Origin {
    const fn sure(address: IpAddr) -> Self {
        Self { address, is_sure: true }
    }
}

/// Whose address counts. `None`: nobody says, as in a test without a socket.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peer(pub(crate) Option<Origin>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

/// Every path of `router`, told where each request comes from.
pub fn told_of_peers(router: Router, proxies: Current<TrustedProxies>) -> Router {
    router.layer(from_fn_with_state(proxies, tell))
}

async fn tell(State(proxies): State<Current<TrustedProxies>>, mut request: Request, next: Next) -> Response {
    let Some(Connected(connected)) = request.extensions().get().copied() else { return next.run(request).await };
    let origin = forwarded::client(connected.ip(), request.headers(), &proxies.now());
    request.extensions_mut().insert(Peer(Some(origin)));
    // Whatever is logged of the request names it, at whichever level.
    next.run(request).instrument(tracing::error_span!("request", client.address = %origin.address)).await
}
