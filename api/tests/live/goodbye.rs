//! A server that ends waits until its consoles know.

use crate::console::{hear, open};
use crate::house::House;
use crate::place::Place;
use dashoffice_api::body::BodyReader;
use dashoffice_api::{ConnectionLimits, Doors, LateApi, Readiness, router, serve};
use dashoffice_domain::ports::{Apps, BoxFuture, Channels, Inbox, ProviderApp, Unavailable};
use dashoffice_runtime::task;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

struct NoApps;

impl Apps for NoApps {
    fn by_token<'a>(
        &'a self,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_the_end_waits_until_every_console_was_told_goodbye() {
    let house = House::open(&Place::sqlite(), 1).await;
    let readiness = Readiness::default();
    readiness.ready();
    let late = LateApi::standing(house.api.clone(), readiness.clone());
    let doors = Doors {
        apps: Arc::new(NoApps),
        channels: Channels::default(),
        readiness: readiness.clone(),
        stamps: house.api.stamps().clone(),
        bodies: BodyReader::new(1 << 20, Duration::from_secs(5), 64 << 20),
        webhook_timeout: Duration::from_secs(2).into(),
        api: late.clone(),
        metrics: None,
    };
    let limits = ConnectionLimits {
        connections: 10,
        header_timeout: Duration::from_secs(5),
        drain_timeout: Duration::from_secs(5),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let server = task::spawn("server", async move {
        serve(listener, router(doors), limits, async { _ = ended.await }).await;
    });
    late.sockets_ended().await;
    let mut socket = open(address).await;
    // The socket is there, and nobody has told it anything.
    assert!(timeout(Duration::from_millis(300), late.sockets_ended()).await.is_err(), "somebody is still there");
    readiness.drain();
    end.send(()).unwrap();
    assert_eq!(hear(&mut socket).await, Err(1001));
    timeout(Duration::from_secs(10), late.sockets_ended()).await.expect("nobody is left");
    server.await.unwrap();
    house.close().await;
}
