//! The hub's messages, and what it does about each.

use super::faces::Faces;
use super::facts::Fact;
use super::frame::{Frame, wanted};
use super::notification::{Notification, Resync, Topic};
use super::outbox::Inlet;
use super::pending::{Pending, Rows, Taken};
use super::reads::{Bodies, Directory, Snapshot};
use super::ring::Ring;
use super::subscriber::Subscriber;
use super::viewer::Viewer;
use super::{Claims, LiveParts};
use dashoffice_domain::Span;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{ConversationId, UserId};
use dashoffice_domain::ports::{BoxFuture, Unavailable};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Tick, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::router::Board;

/// Boards and presences are told at most this often.
const BEAT: Duration = Duration::from_secs(1);
/// Each so many beats the rights are looked at, and whoever was told nothing gets a watermark.
const BEATS_PER_LOOK: u64 = 4;
/// Facts told after one read.
const FACTS_PER_READ: usize = 500;
/// A longer past is told as a snapshot.
const LONGEST_RESUME: usize = 500;
/// Snapshots and pasts that are read at the same time.
const READS_AT_ONCE: usize = 4;
/// Somebody is taken to be writing for so long after they said so.
const TYPING: Span = Span::seconds(5);

#[derive(Debug)]
pub(crate) enum LiveMessage {
    Committed,
    Hello {
        connection: Uuid,
        inlet: Inlet,
        claims: Claims,
        cursor: Option<i64>,
        topics: Vec<Topic>,
    },
    Subscribe {
        connection: Uuid,
        topic: Topic,
        subscription: u64,
    },
    Unsubscribe {
        connection: Uuid,
        topic: Topic,
    },
    Typing {
        connection: Uuid,
        conversation: ConversationId,
    },
    Claims {
        connection: Uuid,
        claims: Claims,
    },
    /// A snapshot was taken from the outbox.
    Taken(Uuid),
    /// The socket has seen that it lags.
    CaughtUp(Uuid),
    Leave(Uuid),
    Opened {
        connection: Uuid,
        generation: u64,
        snapshot: Option<Snapshot>,
    },
    Resumed {
        connection: Uuid,
        generation: u64,
        past: Vec<Arc<Frame>>,
    },
    Beat(Tick),
    /// Look at the directory now.
    Look,
}

#[derive(Debug)]
pub(crate) struct LiveActor;

pub(crate) struct Arguments {
    pub(super) parts: LiveParts,
    pub(super) pending: Arc<Pending>,
}

pub(crate) struct LiveState {
    pub(super) parts: LiveParts,
    pending: Arc<Pending>,
    pub(super) board: watch::Receiver<Arc<Board>>,
    pub(super) ring: Ring,
    faces: Faces,
    pub(super) directory: Directory,
    /// As it was at the last look: what changed since is told at the next.
    pub(super) looked: Directory,
    pub(super) subscribers: HashMap<Uuid, Subscriber>,
    /// The rights of each user as they were seen, and the position they have been these since.
    rights: HashMap<UserId, (Viewer, i64)>,
    pub(super) reading: Arc<Semaphore>,
    beats: u64,
    /// The position of the last look at the directory.
    pub(super) looked_at: i64,
}

impl Actor for LiveActor {
    type Msg = LiveMessage;
    type State = LiveState;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<LiveMessage>,
        arguments: Arguments,
    ) -> Result<LiveState, ActorProcessingErr> {
        let Arguments { parts, pending } = arguments;
        // Whatever waits was for the one before: the position is read anew before anything is told.
        pending.missed();
        myself.cast(LiveMessage::Committed)?;
        tick(&myself, BEAT, LiveMessage::Beat);
        let (board, ring) = (parts.router.board(), Ring::at(0, parts.settings.now().ring));
        Ok(LiveState {
            parts,
            pending,
            board,
            ring,
            faces: Faces::default(),
            directory: Directory::default(),
            looked: Directory::default(),
            subscribers: HashMap::new(),
            rights: HashMap::new(),
            reading: Arc::new(Semaphore::new(READS_AT_ONCE)),
            beats: 0,
            looked_at: 0,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<LiveMessage>,
        message: LiveMessage,
        state: &mut LiveState,
    ) -> Result<(), ActorProcessingErr> {
        reach("live", "handle");
        match message {
            LiveMessage::Committed => {
                let taken = state.pending.take();
                state.tell(taken).await;
                state.run_all_errands(&myself);
            }
            LiveMessage::Hello { connection, inlet, claims, cursor, topics } => {
                if state.subscribers.is_empty() {
                    // While nobody was there, nobody looked.
                    state.look().await;
                }
                state.hello(connection, inlet, claims, cursor, &topics, &myself);
            }
            LiveMessage::Beat(tick) => {
                drop(tick);
                state.beats += 1;
                state.beat(state.beats.is_multiple_of(BEATS_PER_LOOK)).await;
                state.run_all_errands(&myself);
            }
            LiveMessage::Look => {
                state.look().await;
                state.run_all_errands(&myself);
            }
            LiveMessage::Typing { connection, conversation } => state.typing(connection, conversation),
            LiveMessage::Leave(connection) => {
                state.subscribers.remove(&connection);
            }
            LiveMessage::Claims { connection, claims } => {
                let viewer = Viewer::of(claims, &state.directory);
                let head = state.ring.head();
                state.with(connection, &myself, |subscriber| {
                    if subscriber.viewer != viewer {
                        subscriber.viewer = viewer;
                        subscriber.resync(Resync::RightsChanged, head);
                    }
                });
            }
            LiveMessage::Subscribe { connection, topic, subscription } => {
                state.with(connection, &myself, |subscriber| subscriber.subscribe(topic, subscription));
            }
            LiveMessage::Unsubscribe { connection, topic } => {
                state.with(connection, &myself, |subscriber| subscriber.unsubscribe(topic));
            }
            LiveMessage::Taken(connection) => state.with(connection, &myself, Subscriber::taken),
            LiveMessage::CaughtUp(connection) => {
                let head = state.ring.head();
                state.with(connection, &myself, |subscriber| subscriber.caught_up(head));
            }
            LiveMessage::Opened { connection, generation, snapshot } => {
                let head = state.ring.head();
                state.with(connection, &myself, |subscriber| subscriber.opened(generation, snapshot, head));
            }
            LiveMessage::Resumed { connection, generation, past } => {
                state.with(connection, &myself, |subscriber| subscriber.resumed(generation, &past));
            }
        }
        Ok(())
    }
}

impl LiveState {
    fn with(&mut self, connection: Uuid, myself: &ActorRef<LiveMessage>, change: impl FnOnce(&mut Subscriber)) {
        if let Some(subscriber) = self.subscribers.get_mut(&connection) {
            change(subscriber);
            self.run_errands(connection, myself);
        }
    }

    /// Tells everybody what was committed; after a gap, everything anew.
    async fn tell(&mut self, taken: Taken) {
        let Taken { missed, first, mut facts, rows } = taken;
        reach("live", "tell");
        self.faces.follow(&rows);
        if missed || first > self.ring.head() + 1 {
            self.begin_anew().await;
        }
        facts.retain(|fact| fact.position > self.ring.head());
        while !facts.is_empty() {
            let rest = facts.split_off(facts.len().min(FACTS_PER_READ));
            self.tell_some(std::mem::replace(&mut facts, rest), &rows).await;
        }
    }

    async fn tell_some(&mut self, mut facts: Vec<Fact>, rows: &Rows) {
        let mut wanted = wanted(&facts, |id| self.subscribers.values().any(|subscriber| subscriber.looks_into(id)));
        if self.subscribers.is_empty() {
            wanted = super::Wanted { altered: wanted.altered, ..super::Wanted::default() };
        }
        let reads = Arc::clone(&self.parts.reads);
        let at_hand = self.faces.at_hand(&facts, rows, &mut wanted, reads.as_ref());
        let mut bodies = if wanted == super::Wanted::default() {
            Bodies::default()
        } else {
            self.insist(|| reads.bodies(wanted.clone())).await
        };
        self.faces.learn(&bodies);
        bodies.add(at_hand);
        let of_directory = |news: &super::Effect| matches!(news, super::Effect::Agent(_) | super::Effect::Number(_));
        let chosen = facts.iter().flat_map(|fact| &fact.news).any(of_directory);
        if chosen && !self.subscribers.is_empty() {
            let board = self.board.borrow().clone();
            self.directory = self.insist(|| reads.directory(Arc::clone(&board))).await;
        }
        for fact in &mut facts {
            fact.resolve(|thread, id| {
                let message = *bodies.altered.get(&(thread, id.to_owned()))?;
                Some((message, bodies.messages.get(&message)?.conversation))
            });
        }
        self.ring.keep_within(self.parts.settings.now().ring);
        for fact in facts {
            let fact = Arc::new(fact);
            if !self.subscribers.is_empty() {
                let frame = Arc::new(Frame::of(&fact, &bodies, &self.directory, reads.as_ref()));
                self.subscribers.values_mut().for_each(|subscriber| subscriber.hear(&frame));
            }
            self.ring.push(fact);
        }
        reach("live", "told");
    }

    /// Nothing is known of the past: the position is read, and whoever is here is told everything anew.
    async fn begin_anew(&mut self) {
        let reads = Arc::clone(&self.parts.reads);
        let position = self.insist(|| reads.position()).await;
        let board = self.board.borrow().clone();
        self.directory = self.insist(|| reads.directory(Arc::clone(&board))).await;
        self.looked = self.directory.clone();
        self.ring = Ring::at(position, self.parts.settings.now().ring);
        self.faces.forget();
        self.rights.clear();
        self.subscribers.values_mut().for_each(|subscriber| subscriber.resync(Resync::Lagging, position));
    }

    /// Reads, and where the store is away, waits until it is back.
    async fn insist<'a, T>(&self, read: impl Fn() -> BoxFuture<'a, Result<T, Unavailable>>) -> T {
        loop {
            match read().await {
                Ok(found) => return found,
                Err(_) => self.parts.availability.wait().await,
            }
        }
    }

    fn hello(
        &mut self,
        connection: Uuid,
        inlet: Inlet,
        claims: Claims,
        cursor: Option<i64>,
        topics: &[Topic],
        myself: &ActorRef<LiveMessage>,
    ) {
        let (viewer, head) = (Viewer::of(claims, &self.directory), self.ring.head());
        // Rights that are not known to have been these since the cursor may have been others: what was lost cannot be told.
        let known = self
            .rights
            .get(&claims.user)
            .is_some_and(|(seen, since)| *seen == viewer && cursor.is_some_and(|cursor| *since <= cursor));
        self.note_rights(&viewer);
        reach("live", "hello");
        let past = cursor.filter(|_| known).and_then(|cursor| self.ring.since(cursor, LONGEST_RESUME));
        let reads_past = past.as_ref().is_some_and(|past| !past.is_empty());
        let resumes_from = cursor.filter(|_| past.is_some());
        let subscriber = Subscriber::welcome(inlet, viewer, topics, head, resumes_from, reads_past);
        let generation = subscriber.generation();
        self.subscribers.insert(connection, subscriber);
        if let Some(past) = past.filter(|past| !past.is_empty()) {
            self.read_past(connection, generation, past, myself);
        }
        self.run_errands(connection, myself);
    }

    pub(super) fn note_rights(&mut self, viewer: &Viewer) {
        let head = self.ring.head();
        let known = self.rights.entry(viewer.user).or_insert_with(|| (viewer.clone(), head));
        if known.0 != *viewer {
            *known = (viewer.clone(), head);
        }
    }

    fn typing(&mut self, connection: Uuid, conversation: ConversationId) {
        let Some(by) = self.subscribers.get(&connection).filter(|typist| typist.holds(conversation)) else { return };
        let (by, agent, until) = (by.viewer.user, by.viewer.agent, Timestamp(self.parts.clock.now()).plus(TYPING));
        if let Some(agent) = agent {
            self.parts.router.types(agent, conversation);
        }
        for (other, subscriber) in &mut self.subscribers {
            if *other != connection && subscriber.holds(conversation) {
                subscriber.push(Notification::Typing { conversation, by, until });
            }
        }
    }
}
