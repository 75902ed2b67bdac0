//! What agents have taken on: counted anew from owners and holds, in one pass, whenever it is asked; never kept (B1, I4, I5).

use super::CHAT_UNITS;
use super::chat::ChatView;
use super::index::{AgentView, Index};
use crate::ids::AgentId;
use std::collections::BTreeMap;

/// Units and holds of every agent who has any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    units: BTreeMap<AgentId, i64>,
    held: BTreeMap<AgentId, i64>,
}

impl Load {
    pub(super) fn of(index: &Index) -> Self {
        let mut load = Self::default();
        let chats = index.occupying.iter().filter_map(|thread| index.chats.get(thread));
        for agent in chats.flat_map(ChatView::occupied) {
            load.add_units(*agent);
        }
        for (thread, reservation) in &index.reservations {
            *load.held.entry(reservation.agent).or_default() += 1;
            if index.chats.get(thread).is_none_or(|chat| !chat.occupied().contains(&reservation.agent)) {
                load.add_units(reservation.agent);
            }
        }
        load
    }

    fn add_units(&mut self, agent: AgentId) {
        *self.units.entry(agent).or_default() += CHAT_UNITS;
    }

    /// A chat that waits is held for this agent.
    pub(super) fn reservation(&mut self, agent: AgentId) {
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
