//! The agent actor, one per agent: what a person at work chose to be. Whether a socket of theirs is there is the router's to know (B4).

use crate::Office;
use crate::asking::{Answer, Caller};
use dashoffice_domain::ids::{AgentId, TenantId};
use dashoffice_domain::routing::{Agent, AgentCommand};
use dashoffice_domain::{Entity, Event, Item, Refusal, Timestamp};
use dashoffice_runtime::{
    AskError, Behaviour, Current, Decision, Host, HostSettings, HostSnapshot, Micros, Provenance, Question, StateRow,
    Surroundings, TenantSlots,
};
use std::time::Duration;

/// Of the state row's shape.
const SCHEMA_VERSION: i64 = 1;

#[derive(Clone, Copy, Debug, Default)]
pub struct AgentBehaviour;

impl Behaviour<Office> for AgentBehaviour {
    type State = Agent;

    fn kind(&self) -> &'static str {
        "agent"
    }

    fn fresh(&self, entity: Entity) -> Agent {
        Agent::fresh(AgentId(entity.id()))
    }

    fn thaw(&self, _: Entity, row: &StateRow) -> Option<Agent> {
        if row.schema_version != SCHEMA_VERSION {
            return None;
        }
        serde_json::from_slice(&row.body).ok()
    }

    fn freeze(&self, state: &Agent) -> (i64, Vec<u8>) {
        (SCHEMA_VERSION, serde_json::to_vec(state).expect("an agent is plain data"))
    }

    fn apply(&self, state: &mut Agent, event: &Event, at: Micros) {
        if let Event::Routing(event) = event {
            state.apply(event, Timestamp(at));
        }
    }

    fn decide(&self, state: &Agent, item: &Item, now: Micros) -> Decision<Office> {
        let Item::AgentCommand(command) = item else { return Decision::default() };
        let decided = state.decide(command, Timestamp(now));
        let answer = Answer::from(decided.as_ref().map(|_| ()).map_err(|refusal| *refusal)).to_bytes();
        let (events, rows) = decided.unwrap_or_default();
        let events = events.into_iter().map(|event| (event.into(), 0)).collect();
        let rows = rows.into_iter().map(Into::into).collect();
        Decision { events, rows, answer, ..Decision::default() }
    }
}

/// The agents of the tenants whose shard we own.
#[derive(Clone)]
pub struct Agents(Host<Office, AgentBehaviour>);

impl Agents {
    pub async fn start(
        around: Surroundings<Office>,
        settings: Current<HostSettings>,
    ) -> Result<Self, ractor::SpawnErr> {
        // Agents are told everything by callers who wait: nothing has to be offered again after a quarantine.
        let (host, _) = Host::start(around, AgentBehaviour, settings).await?;
        Ok(Self(host))
    }

    /// Does what somebody wants of an agent, once: asking again under the same key gives the same answer.
    ///
    /// # Errors
    /// The outer error says that nobody knows (ask again); the inner one is the business's no.
    pub async fn command(
        &self,
        tenant: TenantId,
        agent: AgentId,
        caller: Caller,
        command: AgentCommand,
    ) -> Result<Result<(), Refusal>, AskError> {
        let Caller { principal, key, fingerprint } = caller;
        let question = Question {
            principal: principal.id(),
            key,
            fingerprint,
            item: Item::AgentCommand(command),
            provenance: Provenance { actor: principal, cause: key, correlation: key },
        };
        let answer = self.0.ask(tenant.0, Entity::Agent(agent), question).await?;
        let answer: Answer<()> = serde_json::from_slice(&answer).map_err(|_| AskError::Fault)?;
        Ok(answer.into())
    }

    pub fn inspect(&self) -> HostSnapshot {
        self.0.inspect()
    }

    /// A tenant's, with at most `limit` of those that have something to say.
    pub fn inspect_tenant(&self, tenant: TenantId, limit: usize) -> TenantSlots<Entity> {
        self.0.inspect_tenant(tenant.0, limit)
    }

    pub async fn drain(&self, within: Duration) -> bool {
        self.0.drain(within).await
    }

    pub fn crash(&self) {
        self.0.crash();
    }
}
