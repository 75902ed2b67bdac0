//! Who sees what: the rights of one user, as they are now.

use dashoffice_domain::conversation::Owner;
use dashoffice_domain::ids::{AgentId, QueueId, UserId};
use std::collections::BTreeSet;

/// A user with what follows from their role and their queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub user: UserId,
    /// `None`: they take no conversations.
    pub agent: Option<AgentId>,
    /// Every conversation of the tenant.
    pub reads_all: bool,
    pub reads_board: bool,
    /// Queues they are a member of.
    pub queues: BTreeSet<QueueId>,
}

/// Where a conversation stands, as far as seeing it is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub owner: Owner,
    /// The agent who owned it last; must be there where the owner is nobody, or was nobody until now.
    pub last_agent: Option<AgentId>,
}

/// Why somebody does not see a conversation any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Taken,
    Moved,
}

impl Loss {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Moved => "moved",
        }
    }
}

impl Viewer {
    pub fn sees(&self, standing: &Standing) -> bool {
        self.sees_owned_by(&standing.owner, standing.last_agent)
    }

    /// The same for an owner of before; `last_agent` is who had it when nobody did.
    pub fn sees_owned_by(&self, owner: &Owner, last_agent: Option<AgentId>) -> bool {
        self.reads_all
            || match owner {
                Owner::Agent { agent } => self.agent == Some(*agent),
                Owner::Offered { agents, .. } => self.agent.is_some_and(|me| agents.contains(&me)),
                Owner::Queue { queue } => self.queues.contains(queue),
                Owner::Nobody => self.agent.is_some() && self.agent == last_agent,
                Owner::Bot { .. } => false,
            }
    }
}

impl Standing {
    /// What to say to somebody who saw it and does not any more.
    pub fn loss(&self) -> Loss {
        if matches!(self.owner, Owner::Queue { .. }) { Loss::Moved } else { Loss::Taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::ids::OfferId;
    use uuid::Uuid;

    fn ana() -> Viewer {
        let (agent, queue) = (AgentId(Uuid::from_u128(1)), QueueId(Uuid::from_u128(10)));
        Viewer {
            user: UserId(agent.0),
            agent: Some(agent),
            reads_all: false,
            reads_board: false,
            queues: BTreeSet::from([queue]),
        }
    }

    #[test]
    fn e3_an_agent_sees_what_is_hers_what_is_held_out_to_her_and_what_waits_in_her_queues() {
        let (ana, other) = (ana(), AgentId(Uuid::from_u128(2)));
        let me = ana.agent.unwrap();
        let (mine, theirs) = (QueueId(Uuid::from_u128(10)), QueueId(Uuid::from_u128(11)));
        let offered = |agents| Owner::Offered { queue: mine, offer: OfferId(Uuid::nil()), agents };
        let sees = |owner, last_agent| ana.sees(&Standing { owner, last_agent });
        assert!(sees(Owner::Agent { agent: me }, None));
        assert!(!sees(Owner::Agent { agent: other }, Some(me)));
        assert!(sees(Owner::Queue { queue: mine }, None));
        assert!(!sees(Owner::Queue { queue: theirs }, Some(me)));
        assert!(sees(offered(vec![me]), None));
        assert!(!sees(offered(vec![other]), None));
        assert!(sees(Owner::Nobody, Some(me)));
        assert!(!sees(Owner::Nobody, Some(other)));
        assert!(!sees(Owner::Nobody, None));
        let supervisor = Viewer { agent: None, reads_all: true, ..ana.clone() };
        assert!(supervisor.sees(&Standing { owner: Owner::Agent { agent: other }, last_agent: None }));
        let nobody_special = Viewer { agent: None, ..ana };
        assert!(!nobody_special.sees(&Standing { owner: Owner::Nobody, last_agent: None }));
    }
}
