//! The live hub, one per tenant: tells every console what was committed, in order, filtered by the rights of now (E3).
//!
//! It hears the writer's feed, keeps the recent past as facts without words, reads the bodies of what changed once for everybody,
//! and puts frames into the bounded outboxes of its subscribers. It never waits for a socket.

mod actor;
mod errands;
mod faces;
mod facts;
mod frame;
mod look;
mod notification;
mod outbox;
mod pending;
mod reads;
mod ring;
mod subscriber;
mod viewer;

#[cfg(test)]
mod tests;

pub use facts::{Effect, Fact, RecordEffect};
pub use frame::{Change, Frame, Pick};
pub use notification::{BoardRows, NoSuchTopic, NotTaken, Notification, Resync, Topic};
pub use outbox::OutboxLimits;
pub use reads::{Bodies, Body, Contents, ConversationBody, Directory, Face, LiveReads, MessageBody, Snapshot, Wanted};
pub use ring::RingLimits;
pub use viewer::{ConversationOwner, Loss, Viewer};

use crate::Office;
use crate::feed::FeedItem;
use crate::router::Router;
use actor::{Arguments, LiveActor, LiveMessage};
use dashoffice_domain::identity::Permissions;
use dashoffice_domain::ids::{AgentId, ConversationId, TenantId, UserId};
use dashoffice_runtime::{Availability, Clock, Current, Ids, Singleton, SingletonSnapshot};
use outbox::{Next, Outbox};
use pending::Pending;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What a hub works with.
#[derive(Clone)]
pub struct LiveParts {
    pub reads: Arc<dyn LiveReads>,
    pub router: Router,
    pub availability: Arc<Availability<Office>>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<Ids>,
    pub settings: Current<LiveSettings>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct LiveSettings {
    pub ring: RingLimits,
    pub outbox: OutboxLimits,
}

/// One tenant's hub.
#[derive(Clone)]
pub struct Live {
    tenant: TenantId,
    incarnation: Arc<str>,
    settings: Current<LiveSettings>,
    singleton: Singleton<LiveActor>,
    pending: Arc<Pending>,
}

/// What a user may do at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    pub user: UserId,
    pub agent: Option<AgentId>,
    pub permissions: Permissions,
}

/// How a socket begins.
#[derive(Clone, Debug)]
pub struct Hello {
    /// Fresh for each socket.
    pub connection: Uuid,
    pub claims: Claims,
    /// Incarnation and position; `None`: it knows nothing yet.
    pub cursor: Option<(String, i64)>,
    /// With a cursor: the topics it holds.
    pub topics: Vec<Topic>,
}

impl Live {
    pub async fn start(parts: LiveParts) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let incarnation = parts.reads.incarnation().into();
        let (settings, ids) = (parts.settings.clone(), Arc::clone(&parts.ids));
        let pending = Arc::<Pending>::default();
        let shared = Arc::clone(&pending);
        let make = move || (LiveActor, Arguments { parts: parts.clone(), pending: Arc::clone(&shared) });
        let singleton = Singleton::start("live", ids, make).await?;
        Ok(Self { tenant, incarnation, settings, singleton, pending })
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The part of every cursor before the dot.
    pub fn incarnation(&self) -> &str {
        &self.incarnation
    }

    /// Something was committed.
    pub fn hear(&self, heard: &FeedItem) {
        let wakes = match heard {
            FeedItem::Missed => self.pending.missed(),
            FeedItem::Batch(batch) if batch.tenant == self.tenant.0 => self.pending.add(batch),
            FeedItem::Batch(_) => return,
        };
        if wakes {
            // Nobody there: whoever comes next begins anew.
            let _ = self.singleton.send(LiveMessage::Committed);
        }
    }

    /// Numbers, queues or agents were set up anew, or a number's state changed: names and rights follow at once. Whoever does not
    /// say so is found out within four seconds.
    pub fn settings_changed(&self) {
        let _ = self.singleton.send(LiveMessage::Look);
    }

    /// A socket begins; its welcome is the first thing it is told. `None`: nobody is there at the moment.
    pub fn subscribe(&self, hello: Hello) -> Option<Subscription> {
        let (inlet, outbox) = Outbox::pair(self.settings.now().outbox);
        let connection = hello.connection;
        let is_ours = hello.cursor.as_ref().is_some_and(|(incarnation, _)| *incarnation == *self.incarnation);
        let cursor = hello.cursor.map(|(_, position)| position).filter(|_| is_ours);
        let message = LiveMessage::Hello { connection, inlet, claims: hello.claims, cursor, topics: hello.topics };
        self.singleton.send(message).then(|| Subscription { connection, outbox, singleton: self.singleton.clone() })
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.singleton.inspect()
    }

    /// Kills the actor: its subscribers are let go and come back to the next one.
    pub fn kill(&self) {
        self.singleton.kill();
    }

    pub async fn drain(&self, within: Duration) {
        self.singleton.drain(within).await;
    }

    pub fn crash(&self) {
        self.singleton.crash();
    }
}

/// A socket's end of the hub; dropping it leaves.
pub struct Subscription {
    connection: Uuid,
    outbox: Arc<Outbox>,
    singleton: Singleton<LiveActor>,
}

impl Subscription {
    /// What to send next; `None`: the hub is gone, and the socket should end and come back. Nothing is lost when the future is
    /// dropped.
    pub async fn next(&self) -> Option<Notification> {
        loop {
            match self.outbox.next().await {
                Next::Notification(message) => {
                    if matches!(message, Notification::Snapshot { .. }) {
                        self.tell(LiveMessage::Taken(self.connection));
                    }
                    return Some(message);
                }
                Next::Lagged => self.tell(LiveMessage::CaughtUp(self.connection)),
                Next::Closed => return None,
            }
        }
    }

    pub fn open(&self, topic: Topic, subscription: u64) {
        self.tell(LiveMessage::Subscribe { connection: self.connection, topic, subscription });
    }

    pub fn close(&self, topic: Topic) {
        self.tell(LiveMessage::Unsubscribe { connection: self.connection, topic });
    }

    /// Their person is writing.
    pub fn types(&self, conversation: ConversationId) {
        self.tell(LiveMessage::Typing { connection: self.connection, conversation });
    }

    /// The role changed.
    pub fn claims_changed(&self, claims: Claims) {
        self.tell(LiveMessage::Claims { connection: self.connection, claims });
    }

    fn tell(&self, message: LiveMessage) {
        if !self.singleton.send(message) {
            // Nobody is there to know us: what comes next does not either.
            self.outbox.close();
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let _ = self.singleton.send(LiveMessage::Leave(self.connection));
    }
}
