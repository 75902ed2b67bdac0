//! Where a request comes from, behind a proxy on this machine or without one.

use crate::state::Api;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// The other end of the connection; put into each request by the server.
#[derive(Clone, Copy, Debug)]
pub struct Connected(pub SocketAddr);

/// Whose address counts. `None`: nobody says, as in a test without a socket.
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl FromRequestParts<Api> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Infallible> {
        let connected = parts.extensions.get::<Connected>().map(|connected| connected.0.ip());
        let forwarded =
            parts.headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
        Ok(Self(address(connected, forwarded)))
    }
}

/// A proxy on this machine is believed, and of what it says only the last word, which is its own.
fn address(connected: Option<IpAddr>, forwarded: Option<&str>) -> Option<IpAddr> {
    let connected = connected?;
    if !connected.is_loopback() {
        return Some(connected);
    }
    let last = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
    Some(last.unwrap_or(connected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(address(ip("203.0.113.9"), Some("198.51.100.1")), ip("203.0.113.9"));
        assert_eq!(address(ip("127.0.0.1"), Some("6.6.6.6, 198.51.100.1")), ip("198.51.100.1"));
        assert_eq!(address(ip("127.0.0.1"), Some("nonsense")), ip("127.0.0.1"));
        assert_eq!(address(ip("::1"), None), ip("::1"));
        assert_eq!(address(None, Some("198.51.100.1")), None);
    }
}
