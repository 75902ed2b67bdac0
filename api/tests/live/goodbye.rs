//! A server that ends waits until its consoles know.

use crate::console::{hear, open};
use crate::house::House;
use crate::place::Place;
use dashoffice_api::body::BodyReader;
use dashoffice_api::{ConnectionLimits, Doors, LateApi, Readiness, TrustedProxies, router, serve, with_peers};
use dashoffice_domain::ports::{Apps, BoxFuture, Channels, Inbox, ProviderApp, Unavailable};
use dashoffice_runtime::task;
use futures_util::{SinkExt as _, StreamExt as _};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

struct NoApps;

impl Apps for NoApps {
    fn by_token<'a>(
        &'a self,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }
}

/// A server of the house's, until it is told to end.
struct Served {
    address: SocketAddr,
    readiness: Readiness,
    late: LateApi,
    end: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

async fn served(house: &House) -> Served {
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
        console: |_| None,
    };
    let limits = ConnectionLimits {
        connections: 10,
        header_timeout: Duration::from_secs(5),
        drain_timeout: Duration::from_secs(5),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    let (end, ended) = oneshot::channel::<()>();
    let told = with_peers(router(doors), TrustedProxies::parse(["127.0.0.0/8"]).expect("a network").into());
    let server = task::spawn("server", async move {
        serve(listener, told, limits, async { _ = ended.await }).await;
    });
    Served { address, readiness, late, end, server }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e3_the_end_waits_until_every_console_was_told_goodbye() {
    let house = House::open(&Place::sqlite(), 1).await;
    let Served { address, readiness, late, end, server } = served(&house).await;
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

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody fell").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn e2_what_is_logged_of_a_socket_names_where_it_comes_from_by_the_word_of_a_trusted_proxy() {
    let lines = Lines::default();
    let logged = lines.clone();
    let heard = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || logged.clone());
    // All that the server does is done on this thread.
    let _heard = tracing::subscriber::set_default(heard.with_ansi(false).finish());
    let house = House::open(&Place::sqlite(), 1).await;
    let Served { address, readiness, late, end, server } = served(&house).await;
    let mut request = format!("ws://{address}/api/v1/ws").into_client_request().unwrap();
    request.headers_mut().insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    socket.send("no frame of ours".into()).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    late.sockets_ended().await;
    readiness.drain();
    end.send(()).unwrap();
    server.await.unwrap();
    house.close().await;
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let closed =
        lines.lines().find(|line| line.contains("a live socket was closed")).unwrap_or_else(|| panic!("{lines}"));
    assert!(closed.contains("client.address=203.0.113.7"), "{closed}");
}
