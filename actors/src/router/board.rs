//! What the router shows: absolute figures of agents and queues, as they stand now.

use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{AgentId, QueueId};
use dashoffice_domain::routing::{Chosen, Effective, Index};
use dashoffice_domain::thread::Owner;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    pub agents: BTreeMap<AgentId, AgentLine>,
    pub queues: BTreeMap<QueueId, QueueLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentLine {
    pub chosen: Chosen,
    pub effective: Effective,
    pub capacity_units: i64,
    pub used_units: i64,
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
    pub(super) fn of(index: &Index) -> Self {
        let mut board = Self::default();
        for queue in index.queues() {
            let online = queue.members.iter().filter_map(|member| index.agent(*member));
            let agents_online = online.filter(|agent| agent.effective().is_routable()).count();
            board.queues.insert(queue.id, QueueLine { agents_online, ..QueueLine::default() });
        }
        let taken = index.taken();
        for (id, agent) in index.agents() {
            let line = AgentLine {
                chosen: agent.chosen,
                effective: agent.effective(),
                capacity_units: agent.capacity_units,
                used_units: taken.units(id),
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
