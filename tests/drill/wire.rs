//! A wire between the server and its database that takes its time.

use anyhow::{Context, Result};
use dashoffice_runtime::task;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// Listens for itself, and passes everything on to another port of this machine.
pub(crate) struct Wire {
    port: u16,
    delay_ms: Arc<AtomicU64>,
    carrying: JoinHandle<()>,
}

impl Wire {
    /// Without any delay.
    pub(crate) async fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen for a wire")?;
        let listening = listener.local_addr().context("cannot read the wire's address")?.port();
        let delay_ms = Arc::<AtomicU64>::default();
        let carrying = task::spawn("wire", carry(listener, port, Arc::clone(&delay_ms)));
        Ok(Self { port: listening, delay_ms, carrying })
    }

    /// Where it listens.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// From now on whatever is asked through it takes so much longer.
    pub(crate) fn slows(&self, by: Duration) {
        self.delay_ms.store(by.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry(listener: TcpListener, to: u16, delay_ms: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let delay_ms = Arc::clone(&delay_ms);
        connections.spawn(async move {
            let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else { return };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let ((mut asks, mut hears), (mut answers, mut takes)) = (near.into_split(), far.into_split());
            let asking = async {
                let mut piece = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = asks.read(&mut piece).await {
                    sleep(Duration::from_millis(delay_ms.load(Ordering::Relaxed))).await;
                    if takes.write_all(&piece[..read]).await.is_err() {
                        return;
                    }
                }
            };
            // Whichever side ends, both are told: the wire goes with its ends.
            tokio::select! {
                () = asking => {}
                _ = copy(&mut answers, &mut hears) => {}
            }
        });
    }
}
