//! Rows of those whom chats are given to.

use crate::records::{AgentRecord, Tables};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::AgentId;
use dashoffice_domain::routing::{Activity, DEFAULT_CAPACITY, Row};
use uuid::Uuid;

pub(super) fn record(tables: &mut Tables, tenant: Uuid, row: &Row) {
    match row {
        Row::AgentActivity { agent, at, what } => activity(tables, tenant, *agent, *at, *what),
        Row::AgentCapacity { agent, units } => {
            let mut row = tables.agents.get(&(tenant, *agent)).cloned();
            let row = row.get_or_insert_with(|| AgentRecord::fresh(*units, Timestamp::default()));
            row.capacity_units = *units;
            tables.agents.put((tenant, *agent), row.clone());
        }
        Row::AgentPresence { agent, chosen, reason, since } => {
            let mut row = agent_or_fresh(tables, tenant, *agent, *since);
            (row.chosen, row.reason, row.since, row.misses) = (*chosen, reason.clone(), *since, 0);
            tables.agents.put((tenant, *agent), row);
        }
    }
}

fn agent_or_fresh(tables: &Tables, tenant: Uuid, agent: AgentId, at: Timestamp) -> AgentRecord {
    tables.agents.get(&(tenant, agent)).cloned().unwrap_or_else(|| AgentRecord::fresh(DEFAULT_CAPACITY, at))
}

fn activity(tables: &mut Tables, tenant: Uuid, agent: AgentId, at: Timestamp, what: Activity) {
    let mut row = agent_or_fresh(tables, tenant, agent, at);
    match what {
        Activity::Assigned => row.last_assigned_at = row.last_assigned_at.max(Some(at)),
        Activity::Released => row.last_release_at = row.last_release_at.max(Some(at)),
        Activity::Missed => row.misses += 1,
        Activity::Answered => row.misses = 0,
    }
    tables.agents.put((tenant, agent), row);
}
