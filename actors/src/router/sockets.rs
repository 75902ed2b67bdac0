//! Which sockets of an agent are open: a set of ids, so that an old tab's late close cannot hide the new one (B4).
//! Outlives the router's actor.

use dashoffice_domain::ids::AgentId;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Sockets(Mutex<HashMap<AgentId, HashSet<Uuid>>>);

impl Sockets {
    pub(super) fn opened(&self, agent: AgentId, socket: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(agent).or_default().insert(socket);
    }

    pub(super) fn closed(&self, agent: AgentId, socket: Uuid) {
        let mut sockets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = sockets.get_mut(&agent) {
            open.remove(&socket);
            if open.is_empty() {
                sockets.remove(&agent);
            }
        }
    }

    pub(super) fn any_of(&self, agent: AgentId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_the_late_close_of_an_old_tab_does_not_hide_the_new_one() {
        let sockets = Sockets::default();
        let (ana, old, new) = (AgentId(Uuid::from_u128(1)), Uuid::from_u128(2), Uuid::from_u128(3));
        sockets.opened(ana, old);
        sockets.opened(ana, new);
        sockets.closed(ana, old);
        sockets.closed(ana, old);
        assert!(sockets.any_of(ana));
        sockets.closed(ana, new);
        assert!(!sockets.any_of(ana));
    }
}
