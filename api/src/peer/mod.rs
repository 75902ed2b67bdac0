//! Where a request comes from, by the word of proxies that we trust or without one: found once for all paths, and told to REST, to the
//! live socket, to webhooks, and to every log line about the request.

mod forwarded;
mod proxies;

pub use proxies::{NoNetwork, TrustedProxies};

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use dashoffice_runtime::Current;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use tower::ServiceExt as _;
use tracing::field::{DisplayValue, display};
use tracing::{Instrument as _, Span};

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

impl Peer {
    /// As a field of a log line, `client.address`.
    pub(crate) fn named(&self) -> Option<DisplayValue<IpAddr>> {
        self.0.map(|origin| display(origin.address))
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

/// A router whose every path is told where each request comes from, where it is known whom to believe.
#[derive(Clone)]
pub struct WithPeer {
    router: Router,
    proxies: Option<Current<TrustedProxies>>,
}

/// Every path of `router`, told where each request comes from.
pub fn with_peers(router: Router, proxies: Current<TrustedProxies>) -> WithPeer {
    WithPeer { router, proxies: Some(proxies) }
}

impl From<Router> for WithPeer {
    fn from(router: Router) -> Self {
        Self { router, proxies: None }
    }
}

/// What log lines about the requests of one connection are told within: nearly always all of them come from the same place.
#[derive(Default)]
pub(crate) struct Named(Mutex<Option<(IpAddr, Span)>>);

impl Named {
    fn from(&self, address: IpAddr) -> Span {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, span)) = last.as_ref().filter(|(of, _)| *of == address) {
            return span.clone();
        }
        let span = tracing::error_span!("request", client.address = %address);
        *last = Some((address, span.clone()));
        span
    }
}

impl WithPeer {
    /// `connected` is the other end of the connection.
    pub(crate) async fn answer(
        self,
        connected: SocketAddr,
        named: &Named,
        request: Request,
    ) -> Result<Response, Infallible> {
        let Self { router, proxies: Some(proxies) } = self else { return self.router.oneshot(request).await };
        let mut request = request;
        let origin = forwarded::client(connected.ip(), request.headers(), &proxies.now());
        request.extensions_mut().insert(Peer(Some(origin)));
        // There are as many of them as messages, and hardly ever anything to log: then they name it themselves.
        if request.uri().path().starts_with("/webhooks/") {
            return router.oneshot(request).await;
        }
        // Whatever is logged of the request names it, at whichever level.
        router.oneshot(request).instrument(named.from(origin.address)).await
    }
}
