//! The doorway before, during and after an office stands behind it.

use super::*;
use crate::configuration::{Loaded, Sources, load};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::{Apps, BoxFuture, Inbox, ProviderApp, Unavailable};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use uuid::Uuid;

/// A store without a single app.
struct NoApps;

impl Apps for NoApps {
    fn by_token<'a>(
        &'a self,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }
}

fn loaded() -> Loaded {
    let environment = vec![("DASHOFFICE__SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned())];
    load(&Sources { environment, data_dir: Some("/nowhere".into()), ..Sources::default() }).unwrap()
}

async fn status(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test holds the server's task")]
async fn d_the_port_answers_before_the_store_stands_and_ends_when_told() {
    let apps = Arc::new(LateApps::default());
    let readiness = Readiness::default();
    let stamps = Stamps { now: Arc::new(Timestamp::default), correlation: Arc::new(Uuid::nil) };
    let behind = Behind {
        apps: Arc::clone(&apps),
        channels: Channels::default(),
        readiness: readiness.clone(),
        stamps,
        api: LateApi::default(),
        metrics: None,
    };
    let doorway = Doorway::open(&Running::of(loaded().configuration), behind).await.unwrap();
    let address = doorway.address().unwrap();
    let (end, ended) = oneshot::channel();
    let server = tokio::spawn(doorway.carry(async { _ = ended.await }));

    let handshake = "GET /webhooks/cloud/x?hub.mode=subscribe&hub.verify_token=y&hub.challenge=z";
    assert_eq!(status(address, "GET /healthz").await, "200");
    assert_eq!(status(address, "GET /readyz").await, "503");
    assert_eq!(status(address, "GET /api/v1/me").await, "503");
    assert_eq!(status(address, handshake).await, "503");

    readiness.ready();
    assert_eq!(status(address, handshake).await, "503", "ready, but the store does not stand yet");
    apps.stand(Arc::new(NoApps));
    assert_eq!(status(address, handshake).await, "404");

    end.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), server).await.unwrap().unwrap();
    assert_eq!(readiness.standing(), dashoffice_api::StartupState::Draining);
}
