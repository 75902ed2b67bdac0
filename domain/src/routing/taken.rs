//! What agents have taken on: counted anew from owners and holds, in one pass, whenever it is asked; never kept (B1, I4, I5).

use super::CHAT_UNITS;
use super::chat::ChatView;
use super::index::{AgentView, Index};
use crate::ids::AgentId;
use std::collections::BTreeMap;

/// Units and holds of every agent who has any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    units: BTreeMap<AgentId, i64>,
    held: BTreeMap<AgentId, i64>,
}

impl Taken {
    pub(super) fn of(index: &Index) -> Self {
        let mut taken = Self::default();
        let chats = index.occupying.iter().filter_map(|thread| index.chats.get(thread));
        for agent in chats.flat_map(ChatView::occupied) {
            taken.add_units(*agent);
        }
        for (thread, hold) in &index.holds {
            *taken.held.entry(hold.agent).or_default() += 1;
            if index.chats.get(thread).is_none_or(|chat| !chat.occupied().contains(&hold.agent)) {
                taken.add_units(hold.agent);
            }
        }
        taken
    }

    fn add_units(&mut self, agent: AgentId) {
        *self.units.entry(agent).or_default() += CHAT_UNITS;
    }

    /// A chat that waits is held for this agent.
    pub(super) fn hold(&mut self, agent: AgentId) {
        self.add_units(agent);
        *self.held.entry(agent).or_default() += 1;
    }

    /// Committed owners and pending offers, plus what is held and not yet committed.
    pub fn units(&self, agent: AgentId) -> i64 {
        self.units.get(&agent).copied().unwrap_or(0)
    }

    /// Chats held for them and not decided yet.
    pub(super) fn held(&self, agent: AgentId) -> i64 {
        self.held.get(&agent).copied().unwrap_or(0)
    }

    pub(super) fn leaves_room(&self, id: AgentId, agent: &AgentView) -> bool {
        self.units(id) + CHAT_UNITS <= agent.capacity_units
    }
}
