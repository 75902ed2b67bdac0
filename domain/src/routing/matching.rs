//! The match: the oldest chat first, each to the first of those who may have it.

use super::chat::ChatView;
use super::index::{AgentView, Index, Reservation};
use super::load::Load;
use super::queue::{AcceptMode, Strategy};
use crate::ids::{AgentId, OfferId, QueueId, ThreadId};
use crate::time::{Span, Timestamp};
use std::collections::BTreeSet;

/// Chats looked at in one match, of those somebody free could serve; those behind them wait for the next trigger.
const MOST_LOOKED_AT: usize = 500;

/// An offer to be carried to its conversation; the units are held already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub thread: ThreadId,
    pub agent: AgentId,
    pub offer: OfferId,
    pub expected_epoch: i64,
    pub accept: AcceptMode,
    /// As the queue has it.
    pub typing_us: Option<Span>,
}

impl Index {
    /// Matches those who wait with those who are free, and takes a hold for each match. `next_offer` makes ids.
    ///
    /// Served by age; a chat nobody may have is passed over and keeps its place, so that no agent gets a later chat while an
    /// earlier one could have had them (rules 2 and 3, I6, I8).
    pub fn propose(&mut self, now: Timestamp, mut next_offer: impl FnMut() -> OfferId) -> Vec<Proposal> {
        if self.waiting.values().flatten().all(|(_, thread)| self.reservations.contains_key(thread)) {
            return Vec::new();
        }
        let mut load = self.load();
        let mut free: Vec<AgentId> = self.free_agents(&load);
        let mut proposals = Vec::new();
        for (_, thread) in self.oldest_of(&self.served_by(&free)) {
            if free.is_empty() {
                break;
            }
            let Some(chat) = self.chats.get(&thread).filter(|_| !self.reservations.contains_key(&thread)) else {
                continue;
            };
            let Some(queue) = self.queues.get(&chat.queue) else { continue };
            let Some(agent) = self.first_of(&free, &load, chat, queue.strategy, now) else { continue };
            let (expected_epoch, accept, typing_us) = (chat.owner_epoch, queue.accept, queue.typing_us);
            let offer = next_offer();
            self.reservations.insert(thread, Reservation { offer, agent, epoch: expected_epoch, since: now });
            load.reservation(agent);
            proposals.push(Proposal { thread, agent, offer, expected_epoch, accept, typing_us });
            if self.agents.get(&agent).is_none_or(|view| !load.leaves_room(agent, view)) {
                free.retain(|id| *id != agent);
            }
        }
        proposals
    }

    /// Who has waited longest in these queues, and is not held.
    fn oldest_of(&self, queues: &BTreeSet<QueueId>) -> Vec<(Timestamp, ThreadId)> {
        let lines = queues.iter().filter_map(|queue| self.waiting.get(queue));
        let of_line = |line: &BTreeSet<(Timestamp, ThreadId)>| {
            let places = line.iter().filter(|(_, thread)| !self.reservations.contains_key(thread));
            places.take(MOST_LOOKED_AT).copied().collect::<Vec<_>>()
        };
        let mut oldest: Vec<_> = lines.flat_map(of_line).collect();
        oldest.sort_unstable();
        oldest.truncate(MOST_LOOKED_AT);
        oldest
    }

    fn free_agents(&self, load: &Load) -> Vec<AgentId> {
        let routable = self.agents.iter().filter(|(_, agent)| agent.is_routable());
        routable.filter(|(id, agent)| load.leaves_room(**id, agent)).map(|(id, _)| *id).collect()
    }

    /// Queues whose chats one of these may be given.
    fn served_by(&self, free: &[AgentId]) -> BTreeSet<QueueId> {
        let served = self.queues.values().filter(|queue| queue.strategy != Strategy::Manual);
        let served = served.filter(|queue| free.iter().any(|agent| queue.members.contains(agent)));
        served.map(|queue| queue.id).collect()
    }

    fn first_of(
        &self,
        free: &[AgentId],
        load: &Load,
        chat: &ChatView,
        strategy: Strategy,
        now: Timestamp,
    ) -> Option<AgentId> {
        let free = || free.iter().filter_map(|id| self.agents.get(id).map(|agent| (*id, agent)));
        let longest_idle = |among: &mut dyn Iterator<Item = (AgentId, &AgentView)>| {
            among.min_by_key(|(id, agent)| idle_key(*id, agent, load)).map(|(id, _)| id)
        };
        match strategy {
            Strategy::Manual => None,
            Strategy::LongestIdle => {
                longest_idle(&mut free().filter(|(id, agent)| self.eligible(*id, agent, load, chat, now))).or_else(
                    || longest_idle(&mut free().filter(|(id, agent)| self.eligible_alone(*id, agent, load, chat, now))),
                )
            }
        }
    }
}

/// Ascending: who was never served first, then whose last chat ended longest ago. A hold is a chat that has begun, so that of
/// several chats in one match each goes to the next in line; then who was given one longest ago, then the id.
fn idle_key(id: AgentId, agent: &AgentView, load: &Load) -> (i64, Option<Timestamp>, Option<Timestamp>, AgentId) {
    (load.held(id), agent.last_release_at, agent.last_assigned_at, id)
}
