//! How everybody else speaks to conversations.

use super::ThreadBehaviour;
use crate::Office;
use crate::asking::{Answer, Caller};
use dashoffice_domain::conversation::{Command, Done, OfferCommand};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{TenantId, ThreadId};
use dashoffice_domain::{Entity, Item, Refusal};
use dashoffice_runtime::{
    AskError, Current, Host, HostSettings, HostSnapshot, NotTaken, Order, Pass, Provenance, Question, Surroundings,
    TenantSlots,
};
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// The command as its caller means it, whichever router carries it.
pub(crate) fn plain(command: &Command) -> Command {
    let mut asked = command.clone();
    if let Command::Pick { incarnation, .. } | Command::Offer(OfferCommand { incarnation, .. }) = &mut asked {
        *incarnation = 0;
    }
    asked
}

/// The conversations of the tenants whose shard we own.
#[derive(Clone)]
pub struct Conversations(Host<Office, ThreadBehaviour>);

impl Conversations {
    /// Starts their host. The second value hears of threads whose quarantine has ended.
    pub async fn start(
        around: Surroundings<Office>,
        settings: Current<HostSettings>,
        behaviour: ThreadBehaviour,
    ) -> Result<(Self, mpsc::UnboundedReceiver<(Uuid, Entity)>), ractor::SpawnErr> {
        let (host, released) = Host::start(around, behaviour, settings).await?;
        Ok((Self(host), released))
    }

    /// Hands a durable item to its thread.
    pub fn deliver(&self, tenant: TenantId, thread: ThreadId, order: Order<Office>) -> Result<(), NotTaken> {
        self.0.deliver(tenant.0, Entity::Thread(thread), order)
    }

    /// What is nowhere on disk and cannot wait any longer leaves, with all such behind it, unless its commit is handed over.
    pub(crate) fn depart(&self, tenant: TenantId, thread: ThreadId, pass: &Pass) {
        self.0.depart(tenant.0, Entity::Thread(thread), pass);
    }

    /// Does what somebody wants, once: `key` is theirs, and asking again under it gives the same answer.
    ///
    /// # Errors
    /// The outer error says that nobody knows (ask again); the inner one is the business's no.
    pub async fn command(
        &self,
        tenant: TenantId,
        thread: ThreadId,
        principal: impl Into<Principal>,
        key: Uuid,
        command: Command,
    ) -> Result<Result<Done, Refusal>, AskError> {
        let caller = Caller::commanding(principal, key, thread, &command);
        self.command_by(tenant, thread, caller, command).await
    }

    /// The same for a caller who says what their question is known by.
    ///
    /// # Errors
    /// As of [`Self::command`].
    pub async fn command_by(
        &self,
        tenant: TenantId,
        thread: ThreadId,
        caller: Caller,
        command: Command,
    ) -> Result<Result<Done, Refusal>, AskError> {
        let Caller { principal, key, fingerprint } = caller;
        let question = Question {
            principal: principal.id(),
            key,
            fingerprint,
            item: Item::Command(command),
            provenance: Provenance { actor: principal, cause: key, correlation: key },
        };
        let answer = self.0.ask(tenant.0, Entity::Thread(thread), question).await?;
        // Recorded by a version we do not know: it was decided, and we cannot say how.
        let answer: Answer<Done> = serde_json::from_slice(&answer).map_err(|_| AskError::Fault)?;
        Ok(answer.into())
    }

    pub fn inspect(&self) -> HostSnapshot {
        self.0.inspect()
    }

    /// A tenant's, with at most `limit` of the threads that have something to say.
    pub fn inspect_tenant(&self, tenant: TenantId, limit: usize) -> TenantSlots<Entity> {
        self.0.inspect_tenant(tenant.0, limit)
    }

    /// Finishes what is in the slots; `false`: time ran out, and the rest is in the store.
    pub async fn drain(&self, within: Duration) -> bool {
        self.0.drain(within).await
    }

    /// Ends all of them at once, as a crash would; for tests.
    pub fn crash(&self) {
        self.0.crash();
    }

    /// Kills the actor of a thread; another one takes its place.
    pub fn kill(&self, tenant: TenantId, thread: ThreadId) -> bool {
        self.0.kill(tenant.0, Entity::Thread(thread))
    }
}
