//! What the router shows: absolute figures of agents and queues, as they stand now.

use super::Attendance;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::ids::{AgentId, QueueId};
use dashoffice_domain::routing::{Chosen, Connection, Effective, Index, MOST_MISSES, effective};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    pub agents: BTreeMap<AgentId, AgentLine>,
    pub queues: BTreeMap<QueueId, QueueLine>,
    /// Who is here at this moment, whenever the rest was counted.
    pub attendance: Attendance,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLine {
    pub chosen: Chosen,
    pub effective: Effective,
    pub capacity_units: i64,
    pub used_units: i64,
    /// Whether new chats may be offered to them.
    pub routable: bool,
    /// Conversations they own.
    pub active: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueLine {
    pub waiting: usize,
    pub oldest_waiting_since: Option<Timestamp>,
    pub active: usize,
    pub agents_online: usize,
}

impl Board {
    /// What everybody sees of an agent who chose this and missed so many chats: the one truth wherever it is shown. Whether they are
    /// here is looked up now: a board is a moment old, and what was committed is not.
    pub fn effective(&self, agent: AgentId, chosen: Chosen, misses: i64) -> Effective {
        effective(chosen, self.attendance.of(agent).unwrap_or(Connection::Gone), misses >= MOST_MISSES)
    }

    pub(super) fn of(index: &Index, attendance: &Attendance) -> Self {
        let mut board = Self { attendance: attendance.clone(), ..Self::default() };
        for queue in index.queues() {
            let online = queue.members.iter().filter_map(|member| index.agent(*member));
            let agents_online = online.filter(|agent| agent.is_routable()).count();
            board.queues.insert(queue.id, QueueLine { agents_online, ..QueueLine::default() });
        }
        let load = index.load();
        for (id, agent) in index.agents() {
            let line = AgentLine {
                chosen: agent.chosen,
                effective: agent.effective(),
                capacity_units: agent.capacity_units,
                used_units: load.units(id),
                routable: agent.is_routable(),
                active: 0,
            };
            board.agents.insert(id, line);
        }
        for chat in index.chats() {
            let queue = board.queues.entry(chat.queue).or_default();
            match &chat.owner {
                Owner::Queue { .. } | Owner::Offered { .. } => {
                    queue.waiting += 1;
                    let since = queue.oldest_waiting_since.get_or_insert(chat.enqueued_at);
                    *since = (*since).min(chat.enqueued_at);
                }
                Owner::Agent { agent } => {
                    queue.active += 1;
                    if let Some(line) = board.agents.get_mut(agent) {
                        line.active += 1;
                    }
                }
                Owner::Nobody | Owner::Bot { .. } => {}
            }
        }
        board
    }
}
