//! Numbers, queues and agents, with what is committed of their load.

use super::visibility::queues;
use super::{Shown, TenantScope};
use crate::records::AgentRecord;
use crate::sql::{Columns, Connection, Error, decode, values};
use crate::{Fixed, Store};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::number::NumberState;
use dashoffice_domain::ids::{AgentId, NumberId, QueueId};
use dashoffice_domain::routing::{Chosen, QueueSettings};
use dashoffice_runtime::Unavailable;
use std::collections::BTreeMap;

/// Everything by name, each list at most 500.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub numbers: Vec<NumberView>,
    pub queues: Vec<QueueView>,
    pub agents: Vec<AgentView>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberView {
    pub id: NumberId,
    pub provider: String,
    pub name: String,
    pub display_phone_number: String,
    pub queue: QueueId,
    pub load: Load,
    /// What delivery found when it last spoke for it.
    pub state: NumberState,
    /// Of its outbox what is still to be sent.
    pub sends_waiting: i64,
    /// Fields that a file holds.
    pub fixed: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueView {
    pub settings: QueueSettings,
    pub load: Load,
    /// Fields that a file holds.
    pub fixed: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    pub id: AgentId,
    /// Of their user; empty for an agent who has none.
    pub name: String,
    pub chosen: Chosen,
    pub away_reason: Option<String>,
    /// `None`: they never chose anything.
    pub presence_since: Option<Timestamp>,
    pub capacity_units: i64,
    /// Chats missed since they last acted.
    pub misses: i64,
    /// Conversations they own, of which the oldest unanswered.
    pub load: Load,
    pub queues: Vec<QueueId>,
    /// Fields that a file holds.
    pub fixed: Vec<&'static str>,
}

/// Open conversations, by who has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Owned by a queue, or offered.
    pub waiting: i64,
    /// Owned by an agent.
    pub active: i64,
    pub oldest_waiting_since: Option<Timestamp>,
    pub oldest_unanswered_since: Option<Timestamp>,
}

impl Directory {
    /// Without it nothing is said of what a file holds.
    pub(super) fn is_fixed_by(&mut self, fixed: &Fixed, scope: TenantScope) {
        let tenant = scope.tenant();
        for number in &mut self.numbers {
            number.fixed = fixed.fields(tenant, number.id.0);
        }
        for queue in &mut self.queues {
            queue.fixed = fixed.fields(tenant, queue.settings.id.0);
        }
        for agent in &mut self.agents {
            agent.fixed = fixed.fields(tenant, agent.id.0);
        }
    }
}

impl Load {
    fn add(&mut self, group: &Group) {
        if group.agent.is_some() {
            self.active += group.count;
            self.oldest_unanswered_since = earlier(self.oldest_unanswered_since, group.waiting_since);
        } else if matches!(group.state.as_str(), "queued" | "offered") {
            self.waiting += group.count;
            self.oldest_waiting_since = earlier(self.oldest_waiting_since, Some(group.enqueued_at));
        }
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

/// Open conversations that are alike.
struct Group {
    number: NumberId,
    queue: QueueId,
    agent: Option<AgentId>,
    state: String,
    count: i64,
    enqueued_at: Timestamp,
    waiting_since: Option<Timestamp>,
}

/// An agent and their user's name, as [`agent`] reads them.
macro_rules! agent_view_columns {
    () => {
        "a.id, u.name, a.chosen, a.reason, a.since, a.capacity_units, a.last_assigned_at, a.last_release_at, a.misses"
    };
}
pub(super) use agent_view_columns;

impl Store {
    pub async fn directory(&self, scope: TenantScope) -> Result<Shown<Directory>, Unavailable> {
        let mut shown = self.showing("reading the directory", scope, async |db| directory(db, scope).await).await?;
        shown.what.is_fixed_by(&self.fixed(), scope);
        Ok(shown)
    }
}

pub(super) async fn directory(db: &mut Connection, scope: TenantScope) -> Result<Directory, Error> {
    let groups = groups(db, scope).await?;
    let load = |of_it: &dyn Fn(&Group) -> bool| {
        let mut load = Load::default();
        groups.iter().filter(|group| of_it(group)).for_each(|group| load.add(group));
        load
    };
    let mut directory = Directory::default();
    for mut number in numbers(db, scope).await? {
        number.load = load(&|group| group.number == number.id);
        directory.numbers.push(number);
    }
    let settings = queues(db, scope).await?;
    for mut agent in agents(db, scope).await? {
        agent.load = load(&|group| group.agent == Some(agent.id));
        let theirs = settings.iter().filter(|queue| queue.members.contains(&agent.id));
        agent.queues = theirs.map(|queue| queue.id).collect();
        directory.agents.push(agent);
    }
    for settings in settings {
        let load = load(&|group| group.queue == settings.id);
        directory.queues.push(QueueView { settings, load, fixed: Vec::new() });
    }
    Ok(directory)
}

async fn groups(db: &mut Connection, scope: TenantScope) -> Result<Vec<Group>, Error> {
    let sql = "SELECT c.number, c.queue, c.agent, c.state, COUNT(*), MIN(c.enqueued_at), MIN(c.waiting_since) \
               FROM conversation c WHERE c.tenant = $1 AND c.state <> 'closed' \
               GROUP BY c.number, c.queue, c.agent, c.state";
    let rows = db.rows(sql, values![scope.tenant()]).await?;
    let groups = rows.iter().map(|row| {
        let mut c = row.columns();
        Ok(Group {
            number: c.id()?,
            queue: c.id()?,
            agent: c.id_or_null()?,
            state: c.text()?,
            count: c.int()?,
            enqueued_at: c.time()?,
            waiting_since: c.time_or_null()?,
        })
    });
    groups.collect()
}

async fn numbers(db: &mut Connection, scope: TenantScope) -> Result<Vec<NumberView>, Error> {
    let sql = "SELECT number, COUNT(*) FROM outbox WHERE tenant = $1 AND state <> 'unknown' GROUP BY number";
    let mut sends: BTreeMap<NumberId, i64> = BTreeMap::new();
    for row in db.rows(sql, values![scope.tenant()]).await? {
        let mut c = row.columns();
        sends.insert(c.id()?, c.int()?);
    }
    let sql = "SELECT n.id, a.provider, n.display_name, n.display_phone_number, n.queue, n.state, n.state_reason FROM number n \
               INNER JOIN provider_app a ON a.tenant = n.tenant AND a.id = n.app \
               WHERE n.tenant = $1 ORDER BY n.display_name, n.id LIMIT 500";
    let rows = db.rows(sql, values![scope.tenant()]).await?;
    let numbers = rows.iter().map(|row| {
        let mut c = row.columns();
        let (id, provider, name) = (c.id()?, c.text()?, c.text()?);
        let (display_phone_number, queue) = (c.text()?, c.id()?);
        let (state, reason) = (c.text_or_null()?, c.text_or_null()?);
        let state = state.and_then(|state| NumberState::named(&state, reason.as_deref())).unwrap_or_default();
        Ok(NumberView {
            id,
            provider,
            name,
            display_phone_number,
            queue,
            load: Load::default(),
            state,
            sends_waiting: sends.get(&id).copied().unwrap_or(0),
            fixed: Vec::new(),
        })
    });
    numbers.collect()
}

async fn agents(db: &mut Connection, scope: TenantScope) -> Result<Vec<AgentView>, Error> {
    let sql = concat!(
        "SELECT ",
        agent_view_columns!(),
        " FROM agent a LEFT JOIN app_user u ON u.tenant = a.tenant AND u.id = a.id \
         WHERE a.tenant = $1 ORDER BY u.name, a.id LIMIT 500"
    );
    let rows = db.rows(sql, values![scope.tenant()]).await?;
    rows.iter().map(|row| agent(&mut row.columns())).collect()
}

/// Without what they have.
pub(super) fn agent(c: &mut Columns<'_>) -> Result<AgentView, Error> {
    let (id, name) = (c.id()?, c.text_or_null()?.unwrap_or_default());
    let AgentRecord { chosen, reason, since, capacity_units, misses, .. } = decode::agent(c)?;
    Ok(AgentView {
        id,
        name,
        chosen,
        away_reason: reason,
        presence_since: (since != Timestamp::default()).then_some(since),
        capacity_units,
        misses,
        load: Load::default(),
        queues: Vec::new(),
        fixed: Vec::new(),
    })
}
