//! The router, one per tenant: who waits, who is free, who gets what (B1).
//!
//! It has no stream of its own. Its index is rebuilt from rows when it stands up and kept current by what is committed; it holds
//! units in memory, carries offers to conversations, and awaits nobody: an answer that does not come is asked for again.
//! A new router is a new incarnation, and what an older one offered is refused.

mod actor;
mod attendance;
mod board;
mod change;

pub use attendance::Attendance;
pub use board::{AgentLine, Board, QueueLine};

use crate::Office;
use crate::asking::Caller;
use crate::conversation::Conversations;
use crate::feed::FeedItem;
use actor::{RouterActor, RouterMessage};
use change::{Change, of_interest};
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::Done;
use dashoffice_domain::ids::{AgentId, ConversationId, TenantId, ThreadId};
use dashoffice_domain::ports::TenantReads;
use dashoffice_runtime::{AskError, Availability, Backlog, Clock, Ids, Journal, Singleton, SingletonSnapshot};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// What a router works with.
#[derive(Clone)]
pub struct RouterParts {
    pub reads: Arc<dyn TenantReads>,
    pub journal: Arc<dyn Journal<Office>>,
    pub availability: Arc<Availability<Office>>,
    pub conversations: Conversations,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<Ids>,
}

/// One tenant's router.
#[derive(Clone)]
pub struct Router {
    tenant: TenantId,
    singleton: Singleton<RouterActor>,
    /// What was committed and concerns the index.
    backlog: Arc<Backlog<Change>>,
    attendance: Attendance,
    board: watch::Receiver<Arc<Board>>,
    /// Raised when the first index stands.
    standing: watch::Receiver<bool>,
}

/// Changes that wait for the router; with more, the index is read anew.
const MOST_WAITING: usize = 10_000;
/// How long a pick may take before its caller is told that nobody knows.
const PICK_WITHIN: Duration = Duration::from_secs(5);

impl Router {
    pub async fn start(parts: RouterParts) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let attendance = Attendance::default();
        let (shown, board) = watch::channel(Arc::<Board>::default());
        let (stands, standing) = watch::channel(false);
        let backlog = Arc::new(Backlog::of(MOST_WAITING));
        let (shown, stands, shared, ids, waiting) =
            (Arc::new(shown), Arc::new(stands), attendance.clone(), Arc::clone(&parts.ids), Arc::clone(&backlog));
        let singleton = Singleton::start("router", ids, move || {
            let arguments = actor::Arguments {
                parts: parts.clone(),
                backlog: Arc::clone(&waiting),
                attendance: shared.clone(),
                shown: Arc::clone(&shown),
                stands: Arc::clone(&stands),
            };
            (RouterActor, arguments)
        })
        .await?;
        Ok(Self { tenant, singleton, backlog, attendance, board, standing })
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Something was committed.
    pub fn hear(&self, heard: &FeedItem) {
        let wakes = match heard {
            FeedItem::Missed => self.backlog.missed(),
            FeedItem::Batch(batch) if batch.tenant == self.tenant.0 => self.backlog.add(of_interest(batch)),
            FeedItem::Batch(_) => false,
        };
        if wakes {
            // Nobody there: whoever comes next rebuilds.
            let _ = self.singleton.send(RouterMessage::Changed);
        }
    }

    /// A socket of an agent opened.
    pub fn connected(&self, agent: AgentId, socket: Uuid) {
        self.attendance.opened(agent, socket);
        let _ = self.singleton.send(RouterMessage::Connection(agent));
    }

    /// A socket of an agent closed; the agent is disconnected when it was the last, and no lease holds.
    pub fn disconnected(&self, agent: AgentId, socket: Uuid) {
        self.attendance.closed(agent, socket);
        let _ = self.singleton.send(RouterMessage::Connection(agent));
    }

    /// An agent without a socket is here for so long, and from each request anew ([`Router::renews`]). Chats are offered to them only if
    /// the lease is `routable`.
    pub fn leases(&self, agent: AgentId, lasts: Duration, routable: bool) {
        self.attendance.leases(agent, lasts, routable);
        let _ = self.singleton.send(RouterMessage::Connection(agent));
    }

    /// A request of an agent came: their lease, if one holds, begins anew.
    pub fn renews(&self, agent: AgentId) {
        self.attendance.renews(agent);
    }

    /// Who is here by a lease.
    pub fn leased(&self) -> Vec<AgentId> {
        self.attendance.leased()
    }

    /// An agent goes: what is left of their lease counts no more.
    pub fn ends_lease(&self, agent: AgentId) {
        if self.attendance.ends_lease(agent) {
            let _ = self.singleton.send(RouterMessage::Connection(agent));
        }
    }

    /// An agent is writing in this conversation: where its reply clock is theirs, it gives them the time for it.
    pub fn types(&self, agent: AgentId, conversation: ConversationId) {
        let _ = self.singleton.send(RouterMessage::Types { agent, conversation });
    }

    /// Queues or agents were set up anew: read them again.
    pub fn settings_changed(&self) {
        if self.backlog.missed() {
            let _ = self.singleton.send(RouterMessage::Changed);
        }
    }

    /// An agent takes a waiting chat: units are held first, then the conversation decides.
    ///
    /// # Errors
    /// The outer error says that nobody knows (ask again under the same key); the inner one is the business's no.
    pub async fn pick(
        &self,
        agent: AgentId,
        thread: ThreadId,
        expected_epoch: i64,
        caller: Caller,
    ) -> Result<Result<Done, Refusal>, AskError> {
        let (answer, answered) = oneshot::channel();
        if !self.singleton.send(RouterMessage::Pick(actor::Pick { agent, thread, expected_epoch, caller, answer })) {
            return Err(AskError::Busy);
        }
        match tokio::time::timeout(PICK_WITHIN, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(AskError::TimedOut),
        }
    }

    /// Agents and queues as they stand now; changes are told by the receiver.
    pub fn board(&self) -> watch::Receiver<Arc<Board>> {
        self.board.clone()
    }

    /// Returns once the first index stands.
    pub async fn stands(&self) {
        let mut standing = self.standing.clone();
        // Fails only when the router is gone, and then we are ending.
        let _ = standing.wait_for(|standing| *standing).await;
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.singleton.inspect()
    }

    /// Kills the actor; another one rebuilds the index and takes its place.
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
