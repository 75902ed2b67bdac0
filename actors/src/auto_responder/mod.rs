//! The answerer: agents of a demo who answer by themselves, through the same handles as everybody.
//!
//! It keeps its agents present, and replies where one of them owns a chat whose customer waits; some chats it closes afterwards.
//! Each answer's command and message ids are derived from the message that is answered, so that a crash between two words never
//! makes it say them twice.

mod actor;

use crate::agent::Agents;
use crate::conversation::Conversations;
use crate::feed::FeedItem;
use crate::router::Router;
use actor::{Arguments, AutoResponderActor, AutoResponderMessage, Call};
use dashoffice_domain::ids::{AgentId, TenantId};
use dashoffice_domain::ports::TenantReads;
use dashoffice_runtime::{Backlog, Current, Ids, Singleton, SingletonSnapshot};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What agents answer to a text (empty where it is none); the second value is a lot that falls alike for the same message.
pub type Words = Arc<dyn Fn(&str, usize) -> String + Send + Sync>;

/// How the agents of a demo behave.
#[derive(Clone)]
pub struct AutoResponderSettings {
    pub agents: Vec<AgentId>,
    pub words: Words,
    /// The longest they think before they answer.
    pub pause: Duration,
    /// Of so many answers one is the chat's last; 0: they close nothing.
    pub closes_one_in: u32,
}

impl fmt::Debug for AutoResponderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswererSettings").field("agents", &self.agents).finish_non_exhaustive()
    }
}

/// What an answerer works with.
#[derive(Clone)]
pub struct AutoResponderParts {
    pub reads: Arc<dyn TenantReads>,
    pub conversations: Conversations,
    pub agents: Agents,
    pub router: Router,
    pub ids: Arc<Ids>,
    /// `None`: nobody answers by itself for now.
    pub settings: Current<Option<AutoResponderSettings>>,
}

/// One tenant's answerer.
#[derive(Clone)]
pub struct AutoResponder {
    tenant: TenantId,
    singleton: Singleton<AutoResponderActor>,
    /// Who was just written to and is to answer.
    backlog: Arc<Backlog<Call>>,
}

impl AutoResponder {
    pub async fn start(parts: AutoResponderParts) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let ids = Arc::clone(&parts.ids);
        let backlog = Arc::new(Backlog::of(actor::MOST_WAITING));
        let waiting = Arc::clone(&backlog);
        let arguments = move || Arguments { parts: parts.clone(), backlog: Arc::clone(&waiting) };
        let singleton = Singleton::start("answerer", ids, move || (AutoResponderActor, arguments())).await?;
        Ok(Self { tenant, singleton, backlog })
    }

    /// Something was committed: perhaps one of its agents is waited for.
    pub fn hear(&self, heard: &FeedItem) {
        if let FeedItem::Batch(batch) = heard
            && batch.tenant == self.tenant.0
            && self.backlog.add(actor::of_interest(batch))
        {
            // Nobody there: whoever comes next looks who waits.
            let _ = self.singleton.send(AutoResponderMessage::Changed);
        }
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        self.singleton.inspect()
    }

    /// Kills the actor; another one takes its place and looks who waits.
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
