//! Delivery, one per number: what conversations want said goes out, each lane in order, each message at most once (A7).
//!
//! `sending` is committed before the post begins and the outcome after it; between the two nobody can know what happened, and a crash
//! there leaves the message `unknown`, for a status or a person to decide. Posts run as tasks of their own: the actor may die and
//! come back while they are under way, a number be set up anew, or the whole office be opened anew in the same process. So what is
//! under way is known for all of the process ([`UnderWay`]). Claims, lanes, limits and the breaker are the kernel's
//! (`dashoffice_runtime::jobs`).
//!
//! A message that is to be tried again keeps its place, and its lane waits for it, for five minutes at a time at most. Where the
//! provider asks for a longer wait (a limit of this customer, which lasts a day), the message steps aside until it is due, and
//! what is behind it goes first: it is then that order is worth less than being answered. What could not be sent for a day
//! has failed.
//!
//! Faults of the provider open a breaker, and the number rests; its state is recorded, and consoles are told.

mod actor;
mod marks;
mod number_health;
mod posting;
mod state;
mod templates;
mod under_way;

use crate::Office;
use crate::feed::FeedItem;
use crate::seen::JobsSeen;
use actor::{DeliveryActor, DeliveryMessage, Heed};
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::template::{Filled, NoTemplates, Template, Unfit, Words};
use dashoffice_domain::ids::{NumberId, TenantId};
use dashoffice_domain::ports::{self, ChannelCredentials, Sender, TenantReads};
use dashoffice_runtime::jobs::{self, Context, Kind};
use dashoffice_runtime::{Backlog, Current, Singleton, SingletonSnapshot};
use marks::Marks;
use posting::Sends;
use std::sync::Arc;
use std::time::Duration;
use templates::Templates;
use tokio::sync::watch;
use under_way::OfNumber;

pub use under_way::UnderWay;

/// The numbers of DESIGN F6, all configurable.
#[derive(Clone, Copy, Debug)]
pub struct DeliverySettings {
    /// Posts a number may begin each second.
    pub per_second: u32,
    /// Posts a number may have under way at once.
    pub most_at_once: usize,
    /// How long a lane waits for news of a message that may or may not have gone.
    pub unknown_holds: Duration,
    /// How long a message is tried before it has failed.
    pub gives_up_after: Duration,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            per_second: 80,
            most_at_once: 64,
            unknown_holds: Duration::from_secs(30),
            gives_up_after: Duration::from_hours(24),
        }
    }
}

/// What a number's delivery works with.
#[derive(Clone)]
pub struct DeliveryParts {
    pub number: NumberId,
    pub line: ChannelCredentials,
    pub capabilities: Capabilities,
    pub sender: Arc<dyn Sender>,
    /// `None`: its provider approves none.
    pub templates: Option<Arc<dyn ports::Templates>>,
    pub reads: Arc<dyn TenantReads>,
    pub settings: Current<DeliverySettings>,
    /// The office's.
    pub cx: Arc<Context<Office>>,
    /// The process's.
    pub under_way: UnderWay,
}

/// What outlives an actor.
#[derive(Clone)]
struct Shared {
    /// What was committed and concerns the number.
    backlog: Arc<Backlog<Heed>>,
    posts: OfNumber,
    rounds: jobs::UnderWay<()>,
    /// True: rounds of read marks are dropped where they are.
    closing: watch::Sender<bool>,
}

/// One number's delivery.
#[derive(Clone)]
pub struct Delivery {
    tenant: TenantId,
    number: NumberId,
    singleton: Singleton<DeliveryActor>,
    shared: Shared,
    capabilities: Capabilities,
    templates: Arc<Templates>,
}

impl Delivery {
    pub async fn start(parts: DeliveryParts) -> Result<Self, ractor::SpawnErr> {
        let (tenant, number, capabilities) = (parts.reads.tenant(), parts.number, parts.capabilities);
        let posts = parts.under_way.of(tenant, number);
        let shared = Shared {
            backlog: Arc::new(Backlog::of(jobs::MOST_KNOWN)),
            posts,
            rounds: jobs::UnderWay::default(),
            closing: watch::Sender::new(false),
        };
        let templates = Arc::new(Templates::of(parts.clone()));
        let (ids, given) = (Arc::clone(&parts.cx.ids), shared.clone());
        let arguments = move || actor::Arguments { parts: parts.clone(), shared: given.clone() };
        let singleton = Singleton::start("delivery", ids, move || (DeliveryActor, arguments())).await?;
        Ok(Self { tenant, number, singleton, shared, capabilities, templates })
    }

    pub fn number(&self) -> NumberId {
        self.number
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What its channel takes.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// The templates of the number's account, as of a few minutes ago at most.
    pub async fn templates(&self) -> Result<Arc<[Template]>, NoTemplates> {
        self.templates.told().await
    }

    /// What a customer reads who is sent the template with these values, or what of it the provider is sure to refuse; `None` where its
    /// templates are not known at this moment.
    pub async fn said(&self, filled: Filled<'_>) -> Result<Option<Words>, Unfit> {
        self.templates.said(filled).await
    }

    /// Something was committed: perhaps there is something to send, or news of something sent.
    pub fn hear(&self, heard: &FeedItem) {
        let backlog = &self.shared.backlog;
        let wakes = match heard {
            FeedItem::Missed => backlog.missed(),
            FeedItem::Batch(batch) if batch.tenant == self.tenant.0 => {
                backlog.add(actor::of_interest(self.number, batch))
            }
            FeedItem::Batch(_) => false,
        };
        if wakes {
            // Nobody there: whoever comes next reads the outbox.
            let _ = self.singleton.send(DeliveryMessage::Changed);
        }
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.singleton.inspect()
    }

    /// Messages and rounds of read marks on their way.
    pub fn under_way(&self) -> [JobsSeen; 2] {
        let Shared { posts, rounds, .. } = &self.shared;
        [
            JobsSeen { kind: Sends::NAME, under_way: posts.len() },
            JobsSeen { kind: Marks::NAME, under_way: rounds.len() },
        ]
    }

    /// Kills the actor; posts under way go on, and another actor takes its place.
    pub fn kill(&self) {
        self.singleton.kill();
    }

    /// Begins nothing more and waits for the posts under way. `false`: time ran out, and they will be found `sending`.
    pub async fn drain(&self, within: Duration) -> bool {
        self.shared.closing.send_replace(true);
        self.singleton.drain(Duration::from_secs(1)).await;
        let quiet = async {
            while !self.shared.posts.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(within, quiet).await.is_ok()
    }

    pub fn crash(&self) {
        self.shared.closing.send_replace(true);
        self.singleton.crash();
    }
}
