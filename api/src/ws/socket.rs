//! One socket, from hello to close: what it says, what it is told, and every reason for its end.

use super::close::Close;
use super::incoming::{Command, Hello, Incoming, Refused, Unreadable};
use super::looks::Looks;
use super::outgoing::{self, Context};
use super::rate::Rate;
use super::waiting::Waiting;
use super::{LONGEST_FRAME, Sockets};
use crate::auth::Signed;
use crate::files::Links;
use crate::handles::Handles;
use crate::problem::Problem;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use dashoffice_actors::live::{Claims, Live, Subscription};
use dashoffice_actors::router::Router;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::AgentId;
use dashoffice_store::UserChanged;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use uuid::Uuid;

/// A close frame is waited for so long.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the loop ended.
enum End {
    /// We say why.
    Ours(Close),
    /// The same in words of its own.
    Saying(Close, String),
    /// The other side said goodbye.
    Goodbye,
    /// The other side is gone.
    Theirs,
}

impl From<Unreadable> for End {
    fn from(Unreadable(words): Unreadable) -> Self {
        Self::Saying(Close::Unreadable, words)
    }
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Ours(close)
    }
}

/// Carries a socket to its end. Thousands wait here at once, so what is needed for a moment only has memory for that moment only: it
/// is boxed.
pub(super) async fn carry(sockets: &Sockets, mut socket: WebSocket) {
    let begun = Box::pin(begin(sockets, &mut socket)).await;
    let end = match begun {
        Ok(mut talk) => talk.go_on(sockets, &mut socket).await,
        Err(end) => end,
    };
    let (close, words) = match end {
        End::Theirs => return,
        End::Goodbye => {
            // The protocol's library answers a close frame when it is asked for what comes next (RFC 6455 §5.5.1).
            let _ = timeout(FAREWELL, Box::pin(async { while let Some(Ok(_)) = socket.next().await {} })).await;
            return;
        }
        End::Ours(close) => (close, None),
        End::Saying(close, words) => (close, Some(words)),
    };
    Box::pin(farewell(&mut socket, close, words.as_deref())).await;
    tracing::debug!(close.code = close.code(), "a live socket was closed");
}

/// Says why it ends, and waits a little until the other side has heard it.
async fn farewell(socket: &mut WebSocket, close: Close, words: Option<&str>) {
    let said = async {
        // The other side may be gone already.
        if socket.send(outgoing::close(close, words)).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let _ = timeout(FAREWELL, said).await;
}

/// Waits for the hello, and lets them in.
async fn begin(sockets: &Sockets, socket: &mut WebSocket) -> Result<Talk, End> {
    let (inner, mut rate) = (&sockets.0, Rate::new());
    let hello = async {
        loop {
            match received(socket.next().await, &mut rate)? {
                Some(Incoming::Hello(hello)) => return Ok(hello),
                Some(_) => return Err(End::from(Unreadable::from("the first frame is a hello"))),
                None => {}
            }
        }
    };
    let hello = tokio::select! {
        hello = timeout(inner.times.hello, hello) => hello.map_err(|_| End::Ours(Close::NoHello))??,
        () = inner.readiness.draining() => return Err(Close::GoingAway.into()),
    };
    // Before the token is looked at, so that no end of the session is missed.
    let changes = inner.api.sessions().changes();
    let token = hello.token.clone().ok_or_else(|| End::Saying(Close::TokenEnded, "hello has no `token`".to_owned()))?;
    let signed = inner.api.sessions().check(&token).await.map_err(|problem| no_entry(&problem))?;
    let handles = inner.api.handles().get().map_err(|_| Close::NotNow)?;
    let live = handles.lives.get(&signed.tenant()).ok_or(Close::NotNow)?;
    let links = inner.api.files().links(inner.api.store(), &signed).await.map_err(|_| Close::NotNow)?;
    Talk::open(sockets, &handles, live, signed, links, (hello, token), (changes, rate))
}

fn no_entry(problem: &Problem) -> End {
    if problem.status.is_server_error() {
        return Close::NotNow.into();
    }
    let words = if problem.code == "token_expired" {
        "the token has expired"
    } else {
        "the token is no access token of ours, or its session has ended"
    };
    End::Saying(Close::TokenEnded, words.to_owned())
}

/// What came over the socket; `None`: nothing for us. Every frame counts, those of the protocol too.
fn received(message: Option<Result<Message, axum::Error>>, rate: &mut Rate) -> Result<Option<Incoming>, End> {
    if matches!(message, Some(Ok(_))) && !rate.takes() {
        return Err(Close::TooMany.into());
    }
    match message {
        None => Err(End::Theirs),
        Some(Ok(Message::Close(_))) => Err(End::Goodbye),
        Some(Ok(Message::Text(text))) if text.len() > LONGEST_FRAME => Err(Close::TooLarge.into()),
        Some(Ok(Message::Text(text))) => Ok(Some(Incoming::read(&text)?)),
        Some(Ok(Message::Binary(_))) => Err(Unreadable::from("frames are text").into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        // The protocol's library says it in words only.
        Some(Err(error)) if error.to_string().contains("too long") => Err(Close::TooLarge.into()),
        Some(Err(_)) => Err(Close::Unreadable.into()),
    }
}

/// The agent's presence at this socket: there from hello to whatever end (B4).
struct Seat {
    router: Router,
    agent: AgentId,
    connection: Uuid,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.router.disconnected(self.agent, self.connection);
    }
}

struct Talk {
    context: Context,
    signed: Signed,
    token: String,
    subscription: Subscription,
    waiting: Waiting,
    /// Whose rights change, or one of whose sessions ends.
    changes: broadcast::Receiver<UserChanged>,
    rate: Rate,
    unanswered_pings: u32,
    /// When today's rights are looked at next.
    looks: Looks,
    /// Nothing is answered before the welcome was told.
    welcomed: bool,
    /// Topics of the hello of which there are none: said after the welcome.
    unknown: Vec<Refused>,
    /// When the access token ends.
    ends: Instant,
    _seat: Option<Seat>,
}

fn claims(signed: &Signed) -> Claims {
    Claims { user: signed.user, agent: Some(signed.agent()), permissions: signed.permissions }
}

/// The instant of our own clock at which the token ends.
fn end_of(signed: &Signed, now: Timestamp) -> Instant {
    Instant::now() + Duration::from_micros((signed.expires_at.0 - now.0).max(0).cast_unsigned())
}

impl Talk {
    fn open(
        sockets: &Sockets,
        handles: &Arc<Handles>,
        live: &Live,
        signed: Signed,
        links: Links,
        (hello, token): (Hello, String),
        (changes, rate): (broadcast::Receiver<UserChanged>, Rate),
    ) -> Result<Self, End> {
        let api = &sockets.0.api;
        let connection = (api.stamps().correlation)();
        let Hello { cursor, topics, unknown, .. } = hello;
        let hello = dashoffice_actors::live::Hello { connection, claims: claims(&signed), cursor, topics };
        // Before anything is read for it, so that they see themselves as they are: connected.
        let seat = handles.routers.get(&signed.tenant()).map(|router| {
            let (router, agent) = (router.clone(), signed.agent());
            router.connected(agent, connection);
            Seat { router, agent, connection }
        });
        let subscription = live.subscribe(hello).ok_or(Close::NotNow)?;
        let context = Context {
            user: signed.user,
            connection,
            incarnation: live.incarnation().to_owned(),
            heartbeat_s: sockets.0.times.heartbeat.as_secs(),
            links,
        };
        let carry_api = api.clone();
        let carry = Box::new(move |Command { id, name, body }: Command| {
            let api = carry_api.clone();
            let carried: BoxFuture<'static, _> = Box::pin(async move {
                // What they may do is asked anew for each command: it may have changed since the hello.
                let today = api.sessions().stands(signed.tenant(), signed.session).await?;
                crate::rest::carry_out(&api, today.ok_or(Problem::unauthenticated())?, id, &name, body.get()).await
            });
            carried
        });
        let ends = end_of(&signed, (api.stamps().now)());
        Ok(Self {
            context,
            signed,
            token,
            subscription,
            waiting: Waiting::new(carry),
            changes,
            rate,
            unanswered_pings: 0,
            looks: Looks::default(),
            welcomed: false,
            unknown,
            ends,
            _seat: seat,
        })
    }

    async fn go_on(&mut self, sockets: &Sockets, socket: &mut WebSocket) -> End {
        match self.talk(sockets, socket).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn talk(&mut self, sockets: &Sockets, socket: &mut WebSocket) -> Result<std::convert::Infallible, End> {
        let (api, heartbeat) = (&sockets.0.api, sockets.0.times.heartbeat);
        let every = |period: Duration| {
            let mut interval = interval_at(Instant::now() + period, period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let mut beats = every(heartbeat);
        // Whoever takes nothing for so long is gone, or as good as gone.
        let patience = heartbeat * 2 + Duration::from_secs(5);
        let welcome_by = Instant::now() + patience;
        loop {
            tokio::select! {
                told = self.subscription.next() => {
                    let told = told.ok_or(Close::Restarting)?;
                    for frame in self.context.frames(&told, (api.stamps().now)()) {
                        say(socket, frame, patience).await?;
                    }
                    // The first thing the hub tells is the welcome.
                    self.welcomed = true;
                    for refused in self.unknown.drain(..) {
                        say(socket, refused.to_json().to_string(), patience).await?;
                    }
                }
                () = sleep_until(welcome_by), if !self.welcomed => return Err(Close::NotNow.into()),
                (command, outcome) = self.waiting.next() => {
                    say(socket, outgoing::result(command, &outcome), patience).await?;
                }
                message = socket.next(), if self.welcomed => {
                    let Some(incoming) = received(message, &mut self.rate)? else { continue };
                    if let Some(frame) = self.answer(sockets, incoming).await? {
                        say(socket, frame, patience).await?;
                    }
                }
                _ = beats.tick(), if self.welcomed => {
                    if self.unanswered_pings >= 2 {
                        return Err(Close::NoPong.into());
                    }
                    self.unanswered_pings += 1;
                    say(socket, r#"{"type":"ping"}"#.to_owned(), patience).await?;
                }
                () = sleep_until(self.looks.next()) => Box::pin(self.look(sockets)).await?,
                () = sleep_until(self.ends) => return Err(Close::TokenEnded.into()),
                changed = self.changes.recv() => match changed {
                    Ok(user) if user != (self.signed.tenant(), self.signed.user) => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => Box::pin(self.look(sockets)).await?,
                    Err(RecvError::Closed) => return Err(Close::Restarting.into()),
                },
                () = sockets.0.readiness.draining() => return Err(Close::GoingAway.into()),
            }
        }
    }

    /// What a frame is answered at once.
    async fn answer(&mut self, sockets: &Sockets, incoming: Incoming) -> Result<Option<String>, End> {
        match incoming {
            Incoming::Hello(_) => return Err(Unreadable::from("hello was said before").into()),
            Incoming::Refused(refused) => return Ok(Some(refused.to_json().to_string())),
            Incoming::Token(token) => return Box::pin(self.renew(sockets, token)).await.map(Some),
            Incoming::Subscribe { topic, subscription } => self.subscription.open(topic, subscription),
            Incoming::Unsubscribe(topic) => self.subscription.close(topic),
            Incoming::Command(command) => {
                let refused = self.waiting.add(command);
                return Ok(refused.map(|(command, outcome)| outgoing::result(command, &outcome)));
            }
            Incoming::Typing(conversation) => self.subscription.types(conversation),
            Incoming::Ping => return Ok(Some(r#"{"type":"pong"}"#.to_owned())),
            Incoming::Pong => self.unanswered_pings = 0,
        }
        Ok(None)
    }

    async fn renew(&mut self, sockets: &Sockets, token: String) -> Result<String, End> {
        let api = &sockets.0.api;
        let signed = api.sessions().check(&token).await.map_err(|problem| no_entry(&problem))?;
        if (signed.user, signed.session) != (self.signed.user, self.signed.session) {
            let words = "a token renews the session it was issued for, and no other";
            return Err(End::Saying(Close::TokenEnded, words.to_owned()));
        }
        let now = (api.stamps().now)();
        self.token = token;
        self.ends = end_of(&signed, now);
        self.believe(signed);
        let expires_in = (signed.expires_at.0 - now.0) / 1_000_000;
        Ok(format!(r#"{{"type":"token_accepted","expires_in":{expires_in}}}"#))
    }

    /// Whether the session still stands, and what its user may do today.
    async fn look(&mut self, sockets: &Sockets) -> Result<(), End> {
        match sockets.0.api.sessions().check(&self.token).await {
            Ok(signed) => {
                self.looks.saw();
                self.believe(signed);
            }
            Err(problem) if problem.code == "token_expired" => return Err(Close::TokenEnded.into()),
            Err(problem) if problem.code == "unauthenticated" => return Err(Close::SessionEnded.into()),
            // The store is away.
            Err(_) => self.looks.saw_nothing(),
        }
        Ok(())
    }

    fn believe(&mut self, signed: Signed) {
        if signed.permissions != self.signed.permissions {
            self.subscription.claims_changed(claims(&signed));
        }
        self.signed = signed;
    }
}

async fn say(socket: &mut WebSocket, frame: String, patience: Duration) -> Result<(), End> {
    match timeout(patience, socket.send(Message::Text(Utf8Bytes::from(frame)))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Theirs),
        Err(_elapsed) => Err(Close::NoPong.into()),
    }
}
