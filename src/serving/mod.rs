//! Listens at once, lets the office stand up behind the doors, and ends in order when told to.

mod control;
mod data_dir;
mod late;
mod run;
mod signals;

#[cfg(test)]
mod tests;

pub(crate) use control::{Asked, Control, Request, ask as ask_control};
pub(crate) use data_dir::make as make_data_dir;
pub(crate) use late::LateApps;
pub(crate) use run::{Seed, Start, Unseeded, run};
pub(crate) use signals::told_to_end;

use crate::wiring::Running;
use crate::{console, descriptors};
use anyhow::{Context, Result};
use dashoffice_api::body::BodyReader;
use dashoffice_api::watch::Metrics;
use dashoffice_api::{ConnectionLimits, Doors, LateApi, Readiness, Stamps, TrustedProxies, router, serve, with_peers};
use dashoffice_domain::ports::Channels;
use dashoffice_runtime::Current;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The one port, open: whoever asks hears that we live, and that we are not ready.
pub(crate) struct Doorway {
    listener: TcpListener,
    doors: Doors,
    proxies: Current<TrustedProxies>,
    limits: ConnectionLimits,
}

/// What `doors` need besides the configuration.
pub(crate) struct Behind {
    pub(crate) apps: Arc<LateApps>,
    pub(crate) channels: Channels,
    pub(crate) readiness: Readiness,
    pub(crate) stamps: Stamps,
    pub(crate) api: LateApi,
    pub(crate) metrics: Option<Metrics>,
}

impl Doorway {
    /// Binds the port.
    pub(crate) async fn open(running: &Running, behind: Behind) -> Result<Self> {
        let configuration = running.now();
        let server = &configuration.server;
        let listener =
            TcpListener::bind(server.listen).await.with_context(|| format!("cannot listen on {}", server.listen))?;
        let doors = Doors {
            apps: behind.apps,
            channels: behind.channels,
            readiness: behind.readiness,
            stamps: behind.stamps,
            bodies: BodyReader::within(running.bodies(), bytes(server.body_room.0)),
            webhook_timeout: running.webhook_timeout(),
            api: behind.api,
            metrics: behind.metrics,
            console: console::file,
        };
        let limits = ConnectionLimits {
            connections: bytes(descriptors::make_room(server.connections).into()),
            header_timeout: server.header_timeout.0,
            drain_timeout: server.drain_timeout.0,
        };
        Ok(Self { listener, doors, proxies: running.trusted_proxies(), limits })
    }

    /// Who reads bodies here: all of them share its room.
    pub(crate) fn bodies(&self) -> BodyReader {
        self.doors.bodies.clone()
    }

    pub(crate) fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().context("cannot read our own address")
    }

    /// Answers until `end`, then lets every request that has begun finish.
    pub(crate) async fn carry(self, end: impl Future<Output = ()>) {
        let readiness = self.doors.readiness.clone();
        let end = async move {
            end.await;
            readiness.drain();
        };
        let router = with_peers(router(self.doors), self.proxies);
        let drained = serve(self.listener, router, self.limits, end).await;
        if drained.cut > 0 {
            tracing::warn!(connections.cut = drained.cut, "connections did not finish in time");
        }
    }
}

/// A size as this machine counts it.
fn bytes(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
